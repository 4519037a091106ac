"""The one-page summary of a change: what it says (points), how much of it fits (fitting), and as text, HTML or PDF."""

"""The people area of the API: who there is, and what they may do."""

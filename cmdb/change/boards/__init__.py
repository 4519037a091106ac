"""Change advisory boards: who sits, what they vote on, meetings with their agenda, pack and minutes."""

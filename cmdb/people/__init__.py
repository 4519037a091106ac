"""The people: who they are, what they may do, through which accounts they act, and for whom."""

"""People at the command line: who there is, and what they may do."""

"""Discovery at the command line: sources, runs, and what they found."""

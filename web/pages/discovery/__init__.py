"""The pages of discovery: sources, their runs, and what a person should look at."""

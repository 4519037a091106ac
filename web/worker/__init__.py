"""Time is the fourth door: the clock that asks for runs, the table of jobs, and the workers that do them."""

"""What the columns of a table mean, and what its rows come to as records of the estate: all of it pure."""

"""What we know and what was decided: the system of record."""

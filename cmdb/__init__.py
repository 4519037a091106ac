"""What we know and what was decided: the system of record."""

__version__ = "0.1.0"

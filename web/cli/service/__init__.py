"""Service management at the command line."""

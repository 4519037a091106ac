"""Changes at the command line: raise, assess, decide, read."""

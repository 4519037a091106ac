"""Pages of service management."""

"""The pages of change management."""

"""The resources of discovery."""

"""Service management over the JSON API."""

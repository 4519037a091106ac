"""Four doors on the same desks: command line, JSON API, pages, and time."""

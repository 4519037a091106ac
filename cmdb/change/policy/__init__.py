"""The verdict policy: its text, keys and rules, its own tests, and what another would have said."""

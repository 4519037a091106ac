"""The connectors: a folder for each source, which registers itself by its ``CONNECTOR`` and knows no other."""

"""The adapters of the store's port: the embedded default and what goes beyond one machine."""

"""What impact reads from the store: the only files that turn its documents into a graph."""

"""The questions people ask of impact, a file each: they ask for the right, read the graph and answer or record."""

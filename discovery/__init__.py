"""Finding out what there is: connectors turn a source into observations, and runs bring them home."""

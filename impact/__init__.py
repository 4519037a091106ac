"""What would happen if: pure functions from an immutable snapshot of the estate to answers."""

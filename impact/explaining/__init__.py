"""The small graph behind an outcome: its cone, the derivation of its state, alike nodes merged."""

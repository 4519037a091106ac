"""Verification of the estate against a baseline: what differs, which change explains it, seals and samples."""

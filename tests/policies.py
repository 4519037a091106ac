"""Policies that tests judge by beside the one that comes with Foreshock."""

from __future__ import annotations

from pathlib import Path

FIRST = Path(__file__).with_name("policy_1.toml").read_text(encoding="utf-8")
"""The policy that came with Foreshock while there was only the first format: without models, losses and P(fail)."""

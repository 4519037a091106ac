"""Policies that tests judge by beside the one that comes with Foreshock."""

from __future__ import annotations

from pathlib import Path

from cmdb.change.policy.policy import default, set_policy
from cmdb.context import Context
from tests.builders import as_actor

FIRST = Path(__file__).with_name("policy_1.toml").read_text(encoding="utf-8")
"""The policy that came with Foreshock while there was only the first format: standard changes approve themselves."""

UNTESTED = default().text[: default().text.index("# What follows are the tests")]
"""The policy that comes with Foreshock without its tests, so that a limit of it may be another."""


def changed(*replaced: tuple[str, str], text: str = UNTESTED) -> str:
    """Return the text with each of these put in the place of what stands there."""
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return text


def judged_by(context: Context, text: str) -> Context:
    """Put a policy in force and return the context."""
    set_policy(as_actor(context, "administrator", "admin"), text.encode())
    return context

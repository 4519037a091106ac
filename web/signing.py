"""Who signs verifications in this process: the key that ``FORESHOCK_SIGNING_KEY`` refers to."""

from __future__ import annotations

from cmdb.errors import InvalidInput, Problem
from web.addresses import read_reference
from web.settings import read

SETTING = "FORESHOCK_SIGNING_KEY"
LEAST = 16
"""Fewest characters of a key."""


def key_of(reference: str, *, setting: str = SETTING) -> bytes | None:
    """
    Return the key that the reference of a setting leads to, None for no reference.

    Raises:
        InvalidInput: it leads nowhere, or the key is too short; nothing of the key is told.
    """
    key = read_reference(reference, what=setting)
    if not key:
        return None
    if len(key) < LEAST:
        fault = Problem("signing.key_short", "the key has fewer than {least} characters", {"least": LEAST}, "")
        raise InvalidInput([fault], what=setting, setting=True)
    return key.encode("utf-8")


def key_here() -> bytes | None:
    """Return the key of this process's settings; raises as :func:`key_of`."""
    return key_of(read().signing_key)

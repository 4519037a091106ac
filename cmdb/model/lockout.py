"""A lock-out guard: which credentials the targets of a source have refused, so that nobody tries them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    A target that did not accept a credential.

    ``references`` are those it was told by. ``credential`` is a short salted digest of what they stood for, enough to
    tell that it changed and too short to find out what it was; ``settings`` is one of the source's settings then.
    """

    target: str
    references: tuple[str, ...]
    credential: str
    settings: str
    run: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lockout:
    """
    What the targets of one source have refused and not accepted since.

    ``accepted`` are digests of credentials that were refused by some and accepted by another target, so are not wrong
    altogether.
    """

    source: str
    salt: str
    refusals: tuple[Refusal, ...] = ()
    accepted: tuple[str, ...] = ()


def lockout_key(document: Mapping[str, str]) -> str:
    """Return the key of a guard: its source."""
    return document["source"]


LOCKOUTS = Kind(Lockout, name="lockout", key=lockout_key)

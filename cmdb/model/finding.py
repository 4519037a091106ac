"""A finding: something about the configuration that a person should look at, from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing to look at.

    ``id`` is made of what it is about, so that the same is found again under the same id. ``code`` is stable, ``cis``
    are the CIs it is about. ``closed_at`` is set when it was not found any more, or when ``closed_by`` somebody dealt
    with it, as ``because`` tells.
    """

    id: str
    code: str
    cis: tuple[str, ...]
    opened_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_by: str | None = None
    because: str | None = None


FINDINGS = Kind(Finding, name="finding", indexed=("code", "closed_at", "opened_at"))

NATIVE_ID_TWICE = "source.native_id_twice"
HELD = "scope.held"
OF_A_READING = (HELD, NATIVE_ID_TWICE)
"""The codes of findings that only another reading of their source closes, named by the fact ``source``."""
VERIFIED = "verification."
"""What the codes of findings begin with that verifications open and close."""
CHANGES_ALARM = "change."
"""What the codes of findings begin with that the watch over changes opens and closes."""
FOUND_ELSEWHERE = (VERIFIED, CHANGES_ALARM, "credential.")
"""What the codes of findings begin with that reconciling neither opens nor closes: it is not what looked."""

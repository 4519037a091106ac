"""The newest reconciliation: what it rests on, and until when nothing changes by the passing of time alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cmdb.model.kind import Kind

NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """
    That all that was known at ``revision`` was reconciled ``at`` a moment ``by`` a version of the programme.

    ``due`` maps each source to the first moment at which something that it told may count differently, because it is
    no longer fresh, has been absent for long enough, or fades; None where that never comes.
    """

    revision: int
    at: datetime
    by: str
    due: Mapping[str, datetime | None] = field(default_factory=dict)


def _only(_document: Mapping[str, Any]) -> str:
    """Return the key of the only one there is."""
    return NEWEST


RECONCILIATIONS = Kind(Reconciliation, name="reconciliation", key=_only)

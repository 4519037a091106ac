"""What people decided about what discovery sees: two things are the same or not, a relation does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.relation import relation_key


@dataclass(frozen=True, slots=True)
class IdentityDecision:
    """
    That two things are ``same`` CI, or are not.

    ``one`` and ``other`` are each a source and the native id it has there; the source "" is the CMDB, whose native ids
    are ids of CIs. A decision that was ``revoked`` counts no more; it stays as history.
    """

    id: str
    same: bool
    one: tuple[str, ...]
    other: tuple[str, ...]
    decided_by: str
    decided_at: datetime
    reason: str = ""
    revoked_by: str | None = None
    revoked_at: datetime | None = None


IDENTITY_DECISIONS = Kind(IdentityDecision, name="identity_decision", indexed=("decided_at",), series="IDD")


@dataclass(frozen=True, slots=True)
class RelationRejection:
    """That a relation which discovery saw does not exist; it stays rejected, whatever is seen, until this is ended."""

    source: str
    type: str
    target: str
    rejected_by: str
    rejected_at: datetime
    group: str | None = None
    reason: str = ""


def rejection_key(document: Mapping[str, Any]) -> str:
    """Return the key of a rejection: that of the relation it is about."""
    return relation_key(document)


RELATION_REJECTIONS = Kind(
    RelationRejection, name="relation_rejection", key=rejection_key, indexed=("source", "target")
)

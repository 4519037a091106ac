"""The history desk: what became of a CI, a relation or a group, version by version, and who did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.configuration.differences import differences
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Event:
    """
    One version of a document: ``what`` is "made", "changed" or "ended", ``fields`` are (field, before, after).

    ``because`` is the tag of the act that made it.
    """

    version: int
    revision: int
    at: datetime
    actor: str
    because: str
    what: str
    fields: tuple[tuple[str, Any, Any], ...]


def history_of(
    context: Context,
    key: str,
    *,
    kind: Kind[Any] = CIS,
    before: int | None = None,
    limit: int = 100,
    at: int | None = None,
) -> tuple[Event, ...]:
    """
    Return the versions of a CI (or of another ``kind``), newest first, those below version ``before``.

    Raises:
        NotAllowed: the actor may not read CIs.
        NotFound: nothing was ever there under this key.
    """
    context.allow("ci:read")
    past = context.store.history(kind, key, before=before, limit=limit, at=at)
    if not past and before is None:
        raise NotFound(kind=kind.name, ids=(key,))
    return tuple(
        Event(
            version=each.version,
            revision=each.revision,
            at=each.at,
            actor=each.actor,
            because=each.reason,
            what="made" if each.before is None else "ended" if each.after is None else "changed",
            fields=tuple(differences(each.before, each.after)),
        )
        for each in past
    )

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
from cmdb.ports.store import Past


@dataclass(frozen=True, slots=True)
class Event:
    """
    One version of a document: ``what`` is "made", "changed" or "ended", ``fields`` are (field, before, after).

    ``what`` is "kept" where the version before it was let go: the fields then say all that it held. ``because`` is the
    tag of the act that made it.
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
    floor, formers = context.store.floor(), [each.version for each in past[1:]]
    if floor and past and past[-1].version > 1:
        # Whether the version before the last one is there still, only a look beyond this page tells.
        beyond = context.store.history(kind, key, before=past[-1].version, limit=1, at=at)
        formers += [each.version for each in beyond]
    return tuple(_event(each, each.version - 1 in formers or not floor) for each in past)


def _event(past: Past, follows: bool) -> Event:
    what = "changed"
    if past.after is None:
        what = "ended"
    elif past.before is None:
        what = "made" if follows or past.version == 1 else "kept"
    return Event(
        version=past.version,
        revision=past.revision,
        at=past.at,
        actor=past.actor,
        because=past.reason,
        what=what,
        fields=tuple(differences(past.before, past.after)),
    )

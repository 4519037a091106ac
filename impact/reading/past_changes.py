"""
Changes of the store as P(fail) is learned from them: what was planned of each, and what became of those that are done.

An outcome matures for seven days before it is learned from, since a review may correct it, and then until midnight UTC,
so that what is learned of one revision is the same for a day. A retrospective change is never learned from: nobody
foresaw anything of it. One process keeps the newest of each store, and brings them along by the log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cmdb.model.change import Change
from cmdb.model.past_change import PastChange, PlannedChange
from cmdb.ports.store import Store
from impact.reading.histories import histories_at
from impact.reading.per_store import PerStore
from impact.reading.started_changes import (
    FORETOLD,
    LOOK_BACK,
    MATURITY,
    Started,
    StartedChanges,
    advanced,
    classes_of,
    planned_change,
    read,
)

__all__ = ["FACTS", "LOOK_BACK", "MATURITY", "PastChanges", "of_change", "past_changes"]

FACTS = tuple(sorted(("backout_tested", "incidents_90d", "test_evidence", *FORETOLD)))
"""The given facts that a change of the store has."""

KEPT = 4
"""States kept for each store: who asks at a revision that has just been overtaken finds the one before."""


@dataclass(frozen=True, slots=True)
class PastChanges:
    """
    Changes by start and then id: those whose outcome had ``matured`` at the beginning of ``day``, and others
    that have ``begun``.

    While nothing is known otherwise of either, it is the very same tuple.
    """

    day: datetime
    matured: tuple[PastChange, ...]
    begun: tuple[PlannedChange, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    started: StartedChanges
    past: PastChanges


_KEPT: PerStore[list[_Kept]] = PerStore(list)


def past_changes(store: Store, revision: int, now: datetime) -> PastChanges:
    """
    Return the changes of a revision that have started by ``now``; retrospective ones are left out.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
    """
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with _KEPT.of(store) as kept:
        found = _found(kept, store, revision, day)
    if any(planned.starts_at > now for planned in found.begun[-1:]):
        return replace(found, begun=tuple(planned for planned in found.begun if planned.starts_at <= now))
    return found


def anew(store: Store, revision: int, now: datetime) -> PastChanges:
    """Return the same without what this process keeps; raises as :func:`past_changes`."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = _sorted(read(store, revision).rows, day)
    return replace(found, begun=tuple(planned for planned in found.begun if planned.starts_at <= now))


def of_change(store: Store, change: Change, starts_at: datetime, revision: int) -> PlannedChange:
    """Return what is known of one change before it starts, by a revision; not the facts that are only foretold."""
    classes = classes_of(store, {target.ci for target in change.targets}, revision)
    return planned_change(change, starts_at, classes, histories_at(store, revision), {})


def _found(kept: list[_Kept], store: Store, revision: int, day: datetime) -> PastChanges:
    """Return what is kept of the revision, made from what lies nearest before it; the newest stands last."""
    before = next((each for each in reversed(kept) if each.started.first <= revision), None)
    if before is None:
        # An earlier revision is asked for once; what is kept is for the newest.
        started = read(store, revision)
        if kept:
            return _sorted(started.rows, day)
        kept.append(_Kept(started, _sorted(started.rows, day)))
        return kept[-1].past
    place = kept.index(before)
    if revision > before.started.last:
        if place + 1 < len(kept):
            return _sorted(_brought(store, before.started, revision).rows, day)
        started = _brought(store, before.started, revision)
        past = before.past if started.rows is before.started.rows else _moved(before, started, day)
        if started.first == before.started.first:
            kept[place] = before = _Kept(started, past)
        else:
            kept.append(before := _Kept(started, past))
            del kept[:-KEPT]
    if before.past.day != day:
        place = kept.index(before)
        kept[place] = before = _Kept(before.started, _same(before.past, _sorted(before.started.rows, day)))
    return before.past


def _brought(store: Store, started: StartedChanges, revision: int) -> StartedChanges:
    # A revision that does not exist must be refused, as reading it is.
    if revision > store.revision():
        return read(store, revision)
    return advanced(store, started, revision) or read(store, revision)


def _moved(before: _Kept, started: StartedChanges, day: datetime) -> PastChanges:
    """Return the changes of a later state; those that matured are sorted anew only where one of them is another."""
    past, changed = before.past, started.changed
    rows = [each[id_] for each in (before.started.rows, started.rows) for id_ in changed if id_ in each]
    if past.day != day or not changed or any(_has_matured(row, day) for row in rows):
        return _same(past, _sorted(started.rows, day))
    begun = [planned for planned in past.begun if planned.id not in changed]
    begun += [started.rows[id_].planned for id_ in changed if id_ in started.rows]
    return replace(past, begun=tuple(sorted(begun, key=_order)))


def _sorted(rows: dict[str, Started], day: datetime) -> PastChanges:
    matured, begun = [], []
    for row in rows.values():
        if row.outcome is not None and row.known_at is not None and row.known_at <= day:
            matured.append(PastChange(row.planned, row.outcome, row.known_at, row.ended_at))
        else:
            begun.append(row.planned)
    return PastChanges(
        day, tuple(sorted(matured, key=lambda past: _order(past.planned))), tuple(sorted(begun, key=_order))
    )


def _same(before: PastChanges, found: PastChanges) -> PastChanges:
    """Return what was found, with the tuples from before where they hold the same."""
    return PastChanges(
        found.day,
        before.matured if before.matured == found.matured else found.matured,
        before.begun if before.begun == found.begun else found.begun,
    )


def _has_matured(row: Started, day: datetime) -> bool:
    return row.known_at is not None and row.known_at <= day


def _order(planned: PlannedChange) -> tuple[datetime, str]:
    return planned.starts_at, planned.id

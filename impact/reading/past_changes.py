"""
Changes of the store as P(fail) is learned from them: what was planned of each, and what became of those that are done.

An outcome matures for seven days before it is learned from, since a review may correct it. A retrospective change is
never learned from: nobody foresaw anything of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.model.change import CHANGES, Change
from cmdb.model.ci import CIS
from cmdb.model.past_change import PastChange, PlannedChange
from cmdb.ports.store import Store
from cmdb.records import from_document
from impact.reading.histories import Histories, histories_at

MATURITY = timedelta(days=7)
LOOK_BACK = timedelta(days=90)
FACTS = ("backout_tested", "incidents_90d", "test_evidence")
"""The given facts that a change of the store has."""

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class PastChanges:
    """Changes by their start and then their id: those whose outcome has ``matured``, and others that have ``begun``."""

    matured: tuple[PastChange, ...]
    begun: tuple[PlannedChange, ...]


def past_changes(store: Store, revision: int, now: datetime) -> PastChanges:
    """
    Return the changes of a revision that have started by ``now``; retrospective ones are left out.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
    """
    started = [change for change in _changes(store, revision) if change.started_at and not change.retrospective]
    histories = histories_at(store, revision)
    classes = classes_of(store, {target.ci for change in started for target in change.targets}, revision)
    matured, begun = [], []
    for change in started:
        assert change.started_at is not None
        planned = planned_change(change, change.started_at, classes, histories)
        known_at = None if change.outcome_at is None else change.outcome_at + MATURITY
        if change.outcome is not None and known_at is not None and known_at <= now:
            matured.append(PastChange(planned, change.outcome, known_at, change.ended_at))
        elif planned.starts_at <= now:
            begun.append(planned)
    return PastChanges(tuple(sorted(matured, key=lambda past: _order(past.planned))), tuple(sorted(begun, key=_order)))


def planned_change(
    change: Change, starts_at: datetime, classes: Mapping[str, str], histories: Histories
) -> PlannedChange:
    """
    Return what is known of a change before it starts.

    ``classes`` gives the class of each target that is in the estate. Incidents are those of its targets that were
    opened in the 90 days before it starts.
    """
    targets = sorted({target.ci for target in change.targets})
    facts = {
        "test_evidence": float(bool(change.test_evidence.strip())),
        "backout_tested": float(change.back_out is not None and change.back_out.tested_on is not None),
    }
    if histories.since is not None:
        # Before the first incident nobody recorded any, so that there were none is not known.
        lately = {
            (opened, resolved)
            for target in targets
            for opened, resolved in histories.by_ci.get(target, ())
            if starts_at - LOOK_BACK <= opened < starts_at
        }
        if histories.since <= starts_at:
            facts["incidents_90d"] = float(len(lately))
    return PlannedChange(
        id=change.id,
        starts_at=starts_at,
        title=change.title,
        type=change.type.value,
        model=change.model,
        team=change.team,
        implementer=change.implementer,
        targets=tuple(targets),
        classes=tuple(classes.get(target, "") for target in targets),
        requested_at=change.raised_at,
        window_minutes=None if change.window is None else float(change.window.minutes),
        facts=facts,
    )


def classes_of(store: Store, cis: set[str], revision: int) -> dict[str, str]:
    """Return the class of each of these CIs that is in the estate of a revision."""
    ids, found = sorted(cis), {}
    for first in range(0, len(ids), _AT_ONCE):
        for key, stored in store.get_many(CIS, ids[first : first + _AT_ONCE], at=revision).items():
            found[key] = stored.document["class"]
    return found


def _changes(store: Store, revision: int) -> Iterator[Change]:
    after = None
    while True:
        page = store.find(CHANGES, (), after=after, limit=_AT_ONCE, at=revision)
        yield from (from_document(CHANGES, stored.document) for stored in page.rows)
        after = page.after
        if after is None:
            return


def _order(planned: PlannedChange) -> tuple[datetime, str]:
    return planned.starts_at, planned.id


def of_change(store: Store, change: Change, starts_at: datetime, revision: int) -> PlannedChange:
    """Return what is known of one change before it starts, by a revision."""
    classes = classes_of(store, {target.ci for target in change.targets}, revision)
    return planned_change(change, starts_at, classes, histories_at(store, revision))

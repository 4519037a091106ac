"""
The changes that have started, as of any revision: read once, and then brought along by what the log says happened.

What is known of one of them rests on its own record, the classes of its targets, incidents of these in the 90 days
before it started, and the assessment it was started by. So a revision that writes none of these leaves all as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES, Change
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIS
from cmdb.model.incident import INCIDENTS
from cmdb.model.past_change import PlannedChange
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Entry, Equals, Store
from cmdb.records import from_document
from impact.reading.histories import Histories, histories_at

MATURITY = timedelta(days=7)
LOOK_BACK = timedelta(days=90)
FORETOLD = ("concurrent", "depth", "discovery_age_days", "freeze")
"""Facts that nobody could look up later: those of a past change are what its last assessment before the start kept."""

MOST_ENTRIES = 20_000
"""So many entries of the log are walked to bring what is kept along; beyond, reading all changes anew is sooner."""
_AT_ONCE = 1000
_FEW = 50


@dataclass(frozen=True, slots=True)
class Started:
    """A change that has started: what was planned of it, and, once known, how it went. ``known_at``: it has matured."""

    planned: PlannedChange
    outcome: ChangeOutcome | None
    known_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StartedChanges:
    """
    All of them but the retrospective, known to be so from revision ``first`` to ``last``; what is held never changes.

    ``changed`` are the ids that differ from the state this one was made from.
    """

    first: int
    last: int
    rows: dict[str, Started]
    by_target: dict[str, tuple[str, ...]]
    classes: dict[str, str]
    since: datetime | None
    changed: frozenset[str] = field(default=frozenset(), compare=False)


def read(store: Store, revision: int) -> StartedChanges:
    """
    Read them as of a revision.

    Raises:
        NotFound: there is no such revision yet.
        HistoryGone: it is no longer kept.
    """
    histories = histories_at(store, revision)
    started = [change for change in _all(store, revision) if _counts(change)]
    classes = classes_of(store, {target.ci for change in started for target in change.targets}, revision)
    rows = _rows(store, started, classes, histories, revision)
    return StartedChanges(revision, revision, rows, _by_target(rows.values()), classes, histories.since)


def advanced(store: Store, kept: StartedChanges, revision: int) -> StartedChanges | None:
    """Return them as of a later revision, None where reading them anew is sooner; raises as :func:`read`."""
    found = _written(store, kept, revision)
    if found is None:
        return None
    histories = histories_at(store, revision)
    touched = found.changes | found.touched(kept, histories.since)
    if not touched:
        return replace(kept, last=revision, changed=frozenset())
    there = [change for change in _some(store, touched, revision) if _counts(change)]
    targets = {target.ci for one in there for target in one.targets}
    classes = {ci: name for ci, name in kept.classes.items() if ci not in targets}
    classes |= classes_of(store, targets, revision)
    fresh = _rows(store, there, classes, histories, revision)
    changed = frozenset(each for each in touched if fresh.get(each) != kept.rows.get(each))
    if not changed:
        # Between the two revisions something may have been otherwise, so this is a state of its own.
        return replace(kept, first=revision, last=revision, classes=classes, since=histories.since, changed=changed)
    rows = dict(kept.rows)
    for each in changed:
        if each in fresh:
            rows[each] = fresh[each]
        else:
            rows.pop(each, None)
    by_target = _moved(kept, fresh, changed)
    return StartedChanges(revision, revision, rows, by_target, classes, histories.since, changed)


def planned_change(
    change: Change,
    starts_at: datetime,
    classes: Mapping[str, str],
    histories: Histories,
    foretold: Mapping[str, float],
) -> PlannedChange:
    """
    Return what is known of a change before it starts.

    ``classes`` gives the class of each target that is in the estate. Incidents are those of its targets that were
    opened in the 90 days before it starts. ``foretold`` are the facts that are as they were when somebody asked.
    """
    targets = sorted({target.ci for target in change.targets})
    facts = {
        "test_evidence": float(bool(change.test_evidence.strip())),
        "backout_tested": float(change.back_out is not None and change.back_out.tested_on is not None),
        **foretold,
    }
    if histories.since is not None and histories.since <= starts_at:
        # Before the first incident nobody recorded any, so that there were none is not known.
        lately = {
            (opened, resolved)
            for target in targets
            for opened, resolved in histories.by_ci.get(target, ())
            if starts_at - LOOK_BACK <= opened < starts_at
        }
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


def classes_of(store: Store, cis: Collection[str], revision: int) -> dict[str, str]:
    """Return the class of each of these CIs that is in the estate of a revision."""
    ids, found = sorted(cis), {}
    for first in range(0, len(ids), _AT_ONCE):
        for key, stored in store.get_many(CIS, ids[first : first + _AT_ONCE], at=revision).items():
            found[key] = stored.document["class"]
    return found


# what was written ----------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Written:
    """What a stretch of the log wrote: changes by id, CIs whose class is another, and incidents by CI and start."""

    changes: set[str]
    cis: set[str]
    incidents: set[tuple[str, datetime]]

    def take(self, entry: Entry, kept: StartedChanges) -> None:
        if entry.kind == CHANGES.name:
            self.changes.add(entry.key)
        elif entry.kind == CIS.name:
            now = None if entry.after is None else entry.after["class"]
            if entry.key in kept.by_target and kept.classes.get(entry.key) != now:
                self.cis.add(entry.key)
        elif entry.kind == ASSESSMENTS.name:
            for document in (entry.before, entry.after):
                if document is not None and document["change"] in kept.rows:
                    self.changes.add(document["change"])
        elif entry.kind == INCIDENTS.name:
            for document in (entry.before, entry.after):
                if document is not None:
                    opened = datetime.fromisoformat(document["opened"])
                    self.incidents.update((ci, opened) for ci in document["cis"])

    def touched(self, kept: StartedChanges, since: datetime | None) -> set[str]:
        """Return the changes that started and may be known otherwise; ``since`` is that of the incidents now."""
        if since != kept.since or any(kept.since is not None and opened <= kept.since for _, opened in self.incidents):
            return set(kept.rows)
        found = {each for ci in self.cis for each in kept.by_target[ci]}
        for ci, opened in self.incidents:
            for each in kept.by_target.get(ci, ()):
                starts_at = kept.rows[each].planned.starts_at
                if starts_at - LOOK_BACK <= opened < starts_at:
                    found.add(each)
        return found


def _written(store: Store, kept: StartedChanges, revision: int) -> _Written | None:
    found, entries = _Written(set(), set(), set()), 0
    try:
        for made in store.changes(kept.last, limit=revision - kept.last) if revision > kept.last else ():
            entries += made.size
            if entries > MOST_ENTRIES:
                return None
            for entry in made.entries:
                found.take(entry, kept)
    except HistoryGone:
        return None
    return found


# rows ----------------------------------------------------------------------------------------------------------------
def _rows(
    store: Store, changes: Sequence[Change], classes: Mapping[str, str], histories: Histories, revision: int
) -> dict[str, Started]:
    foretold = _foretold(store, changes, revision)
    found = {}
    for change in changes:
        assert change.started_at is not None
        planned = planned_change(change, change.started_at, classes, histories, foretold.get(change.id, {}))
        known_at = None if change.outcome is None or change.outcome_at is None else change.outcome_at + MATURITY
        found[change.id] = Started(planned, change.outcome, known_at, change.ended_at)
    return found


def _foretold(store: Store, changes: Sequence[Change], revision: int) -> dict[str, dict[str, float]]:
    """Return the facts that the last assessment before each start kept, by change."""
    starts = {change.id: change.started_at for change in changes if change.assessment is not None}
    made: dict[str, tuple[datetime, int, Any]] = {}
    for change, number, at, facts in _assessed(store, starts, revision):
        moment, start = datetime.fromisoformat(at), starts.get(change)
        if start is not None and moment <= start and (change not in made or made[change][:2] < (moment, number)):
            made[change] = (moment, number, facts)
    return {
        change: {name: float(facts[name]) for name in FORETOLD if facts.get(name) is not None}
        for change, (_, _, facts) in made.items()
        if facts
    }


def _assessed(store: Store, changes: Collection[str], revision: int) -> Iterator[tuple[str, int, str, Any]]:
    """Yield change, number, moment and kept facts of the assessments of these changes."""
    if len(changes) > _FEW:
        paths = ("change", "number", "made_at", "inputs.failure.facts")
        with store.snapshot(at=revision) as snapshot:
            for columns in snapshot.columns(ASSESSMENTS, *paths):
                yield from zip(*columns, strict=True)
        return
    for change in sorted(changes):
        after = None
        while True:
            page = store.find(ASSESSMENTS, (Equals("change", change),), after=after, limit=_AT_ONCE, at=revision)
            for stored in page.rows:
                document = stored.document
                figures = document["inputs"].get("failure") or {}
                yield change, document["number"], document["made_at"], figures.get("facts")
            after = page.after
            if after is None:
                break


def _counts(change: Change) -> bool:
    """Tell whether a change has started, and was foreseen."""
    return change.started_at is not None and not change.retrospective


def _all(store: Store, revision: int) -> Iterator[Change]:
    after = None
    while True:
        page = store.find(CHANGES, (), after=after, limit=_AT_ONCE, at=revision)
        yield from (from_document(CHANGES, stored.document) for stored in page.rows)
        after = page.after
        if after is None:
            return


def _some(store: Store, ids: Collection[str], revision: int) -> Iterator[Change]:
    wanted = sorted(ids)
    for first in range(0, len(wanted), _AT_ONCE):
        for stored in store.get_many(CHANGES, wanted[first : first + _AT_ONCE], at=revision).values():
            yield from_document(CHANGES, stored.document)


def _by_target(rows: Iterable[Started]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        for target in row.planned.targets:
            found.setdefault(target, []).append(row.planned.id)
    return {target: tuple(sorted(ids)) for target, ids in found.items()}


def _moved(kept: StartedChanges, fresh: Mapping[str, Started], changed: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the changes by target, with those that changed moved to the targets they have now."""
    found: dict[str, tuple[str, ...]] | None = None
    for each in sorted(changed):
        old, new = (set(rows[each].planned.targets) if each in rows else set() for rows in (kept.rows, fresh))
        for target in sorted(old ^ new):
            if found is None:
                found = dict(kept.by_target)
            ids = {*found.get(target, ()), each} if target in new else {*found[target]} - {each}
            if ids:
                found[target] = tuple(sorted(ids))
            else:
                del found[target]
    return kept.by_target if found is None else found

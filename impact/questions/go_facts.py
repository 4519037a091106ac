"""What became otherwise since a change was approved, as far as it concerns the change: who recorded what, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cmdb.change.record.differences import differences
from cmdb.context import Context
from cmdb.model.assessment import Assessment
from cmdb.model.calendar_entry import EntryState
from cmdb.model.change import CHANGES, Effect, Window
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.freeze import FREEZES, PEAKS
from cmdb.model.go_check import NEAR, ChangedFact, FieldChange
from cmdb.model.group import GROUPS
from cmdb.model.incident import INCIDENTS, Incident
from cmdb.model.kind import Document, Kind
from cmdb.model.policy import POLICIES
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Entry, Revision
from cmdb.records import from_document
from cmdb.service.incidents import in_period
from impact.questions.go_bears import Figures, bearing, figures_on, lost_success, touched_by
from impact.questions.go_cone import Cone, Nearness, concerned_by, shown
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.graph import Graph

MOST_FACTS = 20
"""So many changed facts are told, the nearest ones; the others are counted."""

_NOT_MET = ("schedule", "stated_at", "stated_by")
MATTERS = {
    CIS.name: ("class", "status", "unavailability", "mtbf_hours", "tier"),
    RELATIONS.name: ("type", "group", "strength", "confidence"),
    GROUPS.name: ("needs", "strength"),
    CHANGES.name: ("window", "targets"),
}
"""The fields by which a record of each kind bears on what a change does."""


DEFINITIONS = frozenset({CI_CLASSES.name, RELATION_TYPES.name})
"""Kinds by whose records impact is computed."""

CALENDAR: dict[str, Kind[Any]] = {FREEZES.name: FREEZES, PEAKS.name: PEAKS}
"""Kinds of which a record bears on the changes in whose windows it says something else than before."""


class Concern(NamedTuple):
    """What is asked of each entry of the log: whom it concerns; ``met`` are the changes it is in conflict with."""

    cone: Cone
    near: Callable[[str], tuple[str, str]]
    names: Callable[[str], str]
    met: frozenset[str]


def changed_facts(
    context: Context,
    graph: Graph,
    reference: Assessment,
    now: Assessment,
    reckoned: Sequence[ChangedFact] = (),
    *,
    first: bool = False,
) -> tuple[tuple[ChangedFact, ...], int | None]:
    """
    Return what is otherwise than at the revision of the ``reference``, the nearest first, and how many more there are.

    ``graph`` is that of ``now``. ``reckoned`` are the facts that made the verdict stricter; where a record tells the
    same, the record is told alone. They stand behind what is recorded, or with ``first``, where nothing but the verdict
    is worse, before it. The number is None where the log no longer reaches back so far.
    """
    met = {change for conflict in (now.outlook.conflicts if now.outlook else ()) for change in conflict.changes}
    before = concern_of(context, graph, reference, now, met - {now.change})
    found = list(_incidents(context, reference, now, before))
    change = context.records.get(CHANGES, now.change, at=now.graph_revision)
    figures = figures_on(context, change, now)
    budgets = _Budgets(graph, reckoned)
    whole = True
    try:
        for revision in context.store.changes(reference.graph_revision):
            if revision.number > now.graph_revision:
                break
            found += _of_revision(revision, before, now.inputs.window)
            found += (fact for each in revision.entries for fact in of_figures(revision, each, figures, before))
            found += budgets.of_revision(revision, before)
    except HistoryGone:
        whole = False
    facts = _together(found, reckoned, first=first)
    return tuple(facts[:MOST_FACTS]), max(0, len(facts) - MOST_FACTS) if whole else None


def _together(found: Iterable[ChangedFact], reckoned: Sequence[ChangedFact], *, first: bool) -> list[ChangedFact]:
    """Return facts of the log, each once as it was last, and reckoned ones that none of them tells, in their order."""
    latest = {(fact.record, fact.code, fact.ci): fact for fact in sorted(found, key=lambda fact: fact.at)}
    told = list(latest.values())
    failed = {fact.record for fact in told if fact.code == "incident"}
    told = [fact for fact in told if fact.code != "budget_used" or fact.record not in failed]
    explains = {id(fact) for fact in told for each in reckoned if _is_same(each, fact)}
    left = [each for each in reckoned if not any(_is_same(each, fact) for fact in told)]
    moved = any(fact.near for fact in told)
    left = [each for each in left if each.code != "outcome_worse" or not moved]
    ours = {id(each): place for place, each in enumerate(left)}

    def order(fact: ChangedFact) -> tuple[Any, ...]:
        leads = id(fact) in explains or id(fact) in ours
        return leads is not first if first else id(fact) in ours, ours.get(id(fact), -1), *nearest_first(fact)

    return sorted([*told, *left], key=order)


def _is_same(reckoned: ChangedFact, fact: ChangedFact) -> bool:
    """Tell whether a fact of the log tells what was reckoned: of the same record, or what became of the same CI."""
    if reckoned.code == "policy_other":
        return fact.code == "policy_set"
    if reckoned.code.startswith("target_"):
        return reckoned.ci == fact.ci and fact.code.startswith("ci_")
    if reckoned.code == "incident_over":
        return reckoned.record == fact.record and fact.code.startswith("incident_")
    return reckoned.record == fact.record


def of_figures(revision: Revision, entry: Entry, figures: Figures, before: Concern) -> Iterator[ChangedFact]:
    """Yield what an entry says that bears on the figures of a change, beside its cone."""
    who = revision.at, revision.actor
    if lost_success(entry, figures.model):
        yield ChangedFact("outcome_corrected", entry.key, *who)
    found = bearing(entry, figures)
    if found is not None:
        code, ci = found
        yield fact_about(code, entry.key, *who, ci, before) if ci else ChangedFact(code, entry.key, *who)


class _Budgets:
    """The incidents that may have used the error budget of services whose P(breach) rose."""

    def __init__(self, graph: Graph, reckoned: Sequence[ChangedFact]) -> None:
        from impact.graph.cones import all_beneath

        risen = [each for each in reckoned if each.code == "breach_rose" and _budget_was_used(each)]
        services = sorted(shown(graph, {each.ci for each in risen}))
        self._graph = graph
        self._beneath = {ci: all_beneath(graph, graph.indexes([ci])) for ci in services}

    def of_revision(self, revision: Revision, before: Concern) -> Iterator[ChangedFact]:
        """Yield the incidents that were recorded or changed, for each of the services that rests on what failed."""
        for entry in revision.entries if self._beneath else ():
            if entry.kind == INCIDENTS.name and entry.after is not None:
                failed = self._graph.indexes(shown(self._graph, entry.after["cis"]))
                for service, marks in self._beneath.items():
                    if any(bool(marks[ci]) for ci in failed):
                        yield fact_about("budget_used", entry.key, revision.at, revision.actor, service, before)


def _budget_was_used(fact: ChangedFact) -> bool:
    return any(each.name == "used" and each.after > (each.before or 0.0) for each in fact.fields)


def concern_of(context: Context, graph: Graph, reference: Assessment, now: Assessment, met: Iterable[str]) -> Concern:
    """Return whom an entry of the log must concern to concern the change, as ``now`` and the ``graph`` have it."""
    targets = concerned_by(now.inputs.targets)
    there = sorted(shown(graph, targets))
    brought = {target.ci for target in now.inputs.targets if target.effect is Effect.ADD}
    gone = targets.difference(there, brought)
    out = {ci for phase in now.phases for ci in phase.failed}.union(now.down, targets)
    near = Nearness(graph, there, shown(graph, out))

    @cache
    def before() -> tuple[Graph, Nearness]:
        revision = reference.graph_revision
        then = graph_at(context.store, defaults_at(context, revision), at=revision)
        return then, Nearness(then, shown(then, targets), shown(then, out))

    def nearness(ci: str) -> tuple[str, str]:
        # What is retired stood somewhere when it was approved, and so did what rests on it.
        if not gone and shown(graph, (ci,)):
            return near.of(ci)
        then, nearer = before()
        if shown(then, (ci,)):
            return nearer.of(ci)
        return near.of(ci) if shown(graph, (ci,)) else ("cone", "")

    return Concern(
        Cone(graph, there, shown(graph, touched_by(now))), nearness, lambda ci: name_of(context, ci), frozenset(met)
    )


def matters(entry: Entry) -> tuple[FieldChange, ...] | None:
    """Return the fields of an entry that bear on impact and changed; None: none did. Made or ended: an empty one."""
    watched = MATTERS.get(entry.kind)
    if watched is None:
        return None
    if entry.before is None or entry.after is None:
        return ()
    before, after = _watched(entry.before, watched), _watched(entry.after, watched)
    changed = tuple(
        FieldChange(each.pointer.lstrip("/"), each.before, each.after) for each in differences(before, after)
    )
    return changed or None


def meets(entry: Entry, window: Window | None) -> bool:
    """Tell whether the entry of a freeze or peak event alters what the calendar says of a window."""
    assert window is not None
    told = []
    for side in (entry.before, entry.after):
        record = None if side is None else from_document(CALENDAR[entry.kind], side)
        counts = record is not None and record.state is EntryState.ACTIVE
        met = record.schedule.within(window.start, window.end) if record is not None and counts else []
        # Rules are expanded anew from time to time, which alters nothing as far as they were known.
        what = {name: value for name, value in (side or {}).items() if name not in _NOT_MET}
        told.append((met, what) if met else None)
    return bool(told[0] != told[1])


def _watched(document: Document, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: document[name] for name in names if name in document}
    attributes = document.get("attributes")
    if "tier" in names and isinstance(attributes, dict) and "tier" in attributes:
        found["tier"] = attributes["tier"]
    return found


def _incidents(context: Context, reference: Assessment, now: Assessment, before: Concern) -> Iterator[ChangedFact]:
    """Yield the failures that incidents tell of now, and told nobody of when it was approved."""
    known = {each.id: each for each in _open(context, reference)}
    for incident in _open(context, now):
        was = known.get(incident.id)
        fresh = set(incident.cis) - set(was.cis if was else ())
        by = ""
        for ci in sorted(ci for ci in fresh if before.cone.holds(ci)):
            by = by or recorded_by(context, incident)
            yield fact_about("incident", incident.id, incident.opened, by, ci, before)


def _open(context: Context, assessment: Assessment) -> tuple[Incident, ...]:
    return in_period(context, assessment.made_at, assessment.made_at, at=assessment.graph_revision)


def recorded_by(context: Context, incident: Incident) -> str:
    past = context.store.history(INCIDENTS, incident.id, limit=1000)
    return past[-1].actor if past else incident.source


def _of_revision(revision: Revision, before: Concern, window: Window) -> Iterator[ChangedFact]:
    for entry in revision.entries:
        if entry.kind == POLICIES.name:
            yield ChangedFact("policy_set", entry.key, revision.at, revision.actor)
        elif entry.kind in DEFINITIONS:
            yield ChangedFact("definition_changed", entry.key, revision.at, revision.actor)
        elif entry.kind in CALENDAR:
            if meets(entry, window):
                yield ChangedFact("calendar_changed", entry.key, revision.at, revision.actor)
        elif entry.kind == CHANGES.name:
            if entry.key in before.met and _came_near(entry):
                yield ChangedFact("change_meets", entry.key, revision.at, revision.actor)
        elif (fields := matters(entry)) is not None:
            found = fact_of_entry(entry, fields, before)
            if found is not None:
                code, ci = found
                yield fact_about(code, entry.key, revision.at, revision.actor, ci, before, fields)


def fact_of_entry(entry: Entry, fields: tuple[FieldChange, ...], before: Concern) -> tuple[str, str] | None:
    """Return the code of a fact and the CI it is about, None where it does not concern the change."""
    document = entry.after or entry.before or {}
    if entry.kind == CIS.name:
        if entry.before is None or not before.cone.holds(entry.key):
            return None  # A new CI bears on nothing but by its relations.
        status = (entry.after or {}).get("status")
        gone = entry.after is None or (status == CIStatus.RETIRED.value and "status" in {each.name for each in fields})
        if gone:
            return "ci_retired", entry.key
        missing = any(each.name == "status" and each.after == CIStatus.MISSING.value for each in fields)
        return "ci_missing" if missing else "ci_changed", entry.key
    kind = "relation" if entry.kind == RELATIONS.name else "group"
    ci = document["source"] if kind == "relation" else document["item"]
    ends = (ci, document["target"]) if kind == "relation" else (ci,)
    if not any(before.cone.holds(end) for end in ends):
        return None
    way = "made" if entry.before is None else "ended" if entry.after is None else "changed"
    return f"{kind}_{way}", ci


def _came_near(entry: Entry) -> bool:
    """Tell whether another change was submitted, or moved, by this entry."""
    if entry.before is None or entry.after is None:
        return True
    return entry.before.get("state") == "draft" or bool(matters(entry))


def fact_about(
    code: str,
    record: str,
    at: datetime,
    by: str,
    ci: str,
    before: Concern,
    fields: tuple[FieldChange, ...] = (),
) -> ChangedFact:
    near, of = before.near(ci)
    return ChangedFact(code, record, at, by, ci, before.names(ci), near, of, fields)


def name_of(context: Context, ci: str) -> str:
    found = context.store.get(CIS, ci)
    return found.document["name"] if found else ci


def nearest_first(fact: ChangedFact) -> tuple[int, bool, datetime, str, str]:
    # What failed stands before what was changed: it is what people look for first.
    near = NEAR.index(fact.near) if fact.near else len(NEAR)
    return near, fact.code != "incident", fact.at, fact.record, fact.ci

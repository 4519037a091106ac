"""Which approvals the estate moved under: the log since a revision, held against the cones of the granted changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.group import GROUPS
from cmdb.model.incident import INCIDENTS
from cmdb.model.policy import POLICIES
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Entry, OneOf
from cmdb.records import from_document
from impact.questions.go_bears import BEARS, bearing, figures_on, lost_success, touched_by
from impact.questions.go_cone import Cone, concerned_by, shown
from impact.questions.go_facts import CALENDAR, matters, meets
from impact.questions.go_learned import risen
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at

if TYPE_CHECKING:
    from impact.graph import Graph

EVERYWHERE = frozenset({POLICIES.name, CI_CLASSES.name, RELATION_TYPES.name})
"""Kinds of which a record bears on every change."""
_COUNTED = frozenset({"submitted", "assessed", "approved", "scheduled", "implementing"})


class Moved(NamedTuple):
    """
    What one entry of the log may mean to a change: it touches everything, these CIs, or whoever's window it meets.

    ``change`` is the id of the change that the entry is of, ``calendar`` the entry of a freeze or peak event and
    ``figures`` one that may bear on the figures of a change alone (:mod:`impact.questions.go_bears`).
    """

    number: int
    everything: bool
    cis: frozenset[str]
    change: str = ""
    calendar: Entry | None = None
    figures: Entry | None = None


class Touched(NamedTuple):
    """The granted changes whose cones were touched, by id, and the revision up to which the log was looked at."""

    changes: tuple[str, ...]
    revision: int


def touched(context: Context, since: int | None) -> Touched:
    """
    Return the approved and scheduled changes that a revision above ``since`` concerns (None: whichever it was).

    A change counts from the revision of its newest assessment on, so that what a check has seen is no news, however
    many revisions there were: all of them together ask for one check. What counts is what touches its cone or
    the services it may touch, its window, its figures (:mod:`impact.questions.go_bears`), and of what was learned of
    past changes what may make its verdict stricter (:mod:`impact.questions.go_learned`). Where the log no longer
    reaches back, every granted change counts. Those that are retrospective, or whose window has ended, are left out.

    Raises:
        NotAllowed: the actor may not read changes.
    """
    context.allow("change:read")
    revision, now = context.store.revision(), context.clock.now()
    granted = {each.id: _seen(context, each) for each in _granted(context, now)}
    if not granted:
        return Touched((), revision)
    begin = min(_number(seen) for _, seen in granted.values()) if since is None else since
    try:
        moves = list(_moves(context, begin, revision))
    except HistoryGone:
        return Touched(tuple(sorted(granted)), revision)
    found = set()
    if moves:
        graph = graph_at(context.store, defaults_at(context, revision), at=revision)
        found = {key for key, (change, seen) in granted.items() if _concerns(context, graph, change, seen, moves)}
    for key, (change, seen) in granted.items():
        # What was learned since is asked last: it takes no graph, and seldom more than a look at which model there is.
        if key not in found and seen is not None and risen(context, change, seen, at=revision) is not None:
            found.add(key)
    return Touched(tuple(sorted(found)), revision)


def _granted(context: Context, now: datetime) -> Iterator[Change]:
    states = OneOf("state", (ChangeState.APPROVED.value, ChangeState.SCHEDULED.value))
    for change in context.records.find(CHANGES, [states]):
        if not change.retrospective and change.window is not None and now < change.window.end:
            yield change


def _seen(context: Context, change: Change) -> tuple[Change, Assessment | None]:
    """Return the change and its newest assessment."""
    stored = context.store.get(ASSESSMENTS, change.assessment) if change.assessment else None
    return change, from_document(ASSESSMENTS, stored.document) if stored else None


def _number(seen: Assessment | None) -> int:
    return seen.graph_revision if seen is not None else 0


def _moves(context: Context, since: int, until: int) -> Iterator[Moved]:
    for revision in context.store.changes(since):
        if revision.number > until:
            return
        for entry in revision.entries:
            moved = moved_by(revision.number, entry)
            if moved is not None:
                yield moved


def moved_by(number: int, entry: Entry) -> Moved | None:
    """Return what an entry of the log may mean to changes, None where it bears on none."""
    sides = [each for each in (entry.before, entry.after) if each is not None]
    if entry.kind in EVERYWHERE:
        return Moved(number, True, frozenset())
    if entry.kind in CALENDAR:
        return Moved(number, False, frozenset(), calendar=entry)
    if entry.kind in BEARS or lost_success(entry, sides[0].get("model")):
        return Moved(number, False, frozenset(), figures=entry)
    if entry.kind == INCIDENTS.name:
        told = [{name: side.get(name) for name in ("cis", "opened", "resolved")} for side in sides]
        named = frozenset(ci for side in sides for ci in side["cis"])
        return None if len(told) == 2 and told[0] == told[1] else Moved(number, False, named)
    if entry.kind == CHANGES.name:
        counted = [side for side in sides if side["state"] in _COUNTED]
        if not counted or (len(counted) == 2 and matters(entry) is None):
            return None
        aimed = frozenset(target["ci"] for side in counted for target in side.get("targets", ()))
        return Moved(number, False, aimed, entry.key)
    if entry.kind not in (CIS.name, RELATIONS.name, GROUPS.name) or matters(entry) is None:
        return None
    if entry.kind == CIS.name:
        # A new CI bears on nothing but by its relations.
        return Moved(number, False, frozenset({entry.key})) if entry.before is not None else None
    names = ("source", "target") if entry.kind == RELATIONS.name else ("item",)
    return Moved(number, False, frozenset(side[name] for side in sides for name in names))


def _concerns(context: Context, graph: Graph, change: Change, seen: Assessment | None, moves: list[Moved]) -> bool:
    """Tell whether one of the revisions above that of ``seen`` touches the cone of a change, or its figures."""
    later = [move for move in moves if move.number > _number(seen) and move.change != change.id]
    if any(move.everything for move in later):
        return True
    if any(move.calendar is not None and meets(move.calendar, change.window) for move in later):
        return True
    entries = [move.figures for move in later if move.figures is not None]
    if entries:
        figures = figures_on(context, change, seen)
        if any(bearing(entry, figures) or lost_success(entry, figures.model) for entry in entries):
            return True
    aimed = concerned_by(change.targets)
    cone = Cone(graph, shown(graph, aimed), shown(graph, touched_by(seen))) if later else None
    return cone is not None and any(
        ci in aimed or cone.holds(ci) for ci in sorted({ci for move in later for ci in move.cis})
    )

"""What the log brought since a GO: if anything of it concerns the change, the GO no longer counts, and it is named."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.change.go_checks import SinceGo
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES, Change
from cmdb.model.go_check import ChangedFact, GoCheck
from cmdb.model.incident import INCIDENTS, Incident
from cmdb.model.policy import POLICIES
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Entry, Revision
from cmdb.records import from_document
from impact.questions.go_bears import Figures, figures_on
from impact.questions.go_facts import (
    MOST_FACTS,
    Concern,
    concern_of,
    fact_about,
    fact_of_entry,
    matters,
    meets,
    nearest_first,
    of_figures,
)
from impact.questions.go_learned import risen
from impact.questions.go_watch import Moved, moved_by
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at


def since_check(context: Context, change: Change, check: GoCheck) -> SinceGo:
    """
    Return what happened since the revision a check looked at, as far as it is in the change's cone or window.

    For the better or the worse: whether it still may go on, the next check tells. Raises NotAllowed.
    """
    context.allow("change:read")
    revision = context.store.revision()
    try:
        news = list(_news(context, change, check.graph_revision, revision))
    except HistoryGone:
        return SinceGo((), None, revision)
    looked_at = context.records.get(ASSESSMENTS, check.assessment)
    learned = risen(context, change, looked_at, at=revision)
    if not news:
        return SinceGo((learned,) if learned else (), 0, revision)
    graph = graph_at(context.store, defaults_at(context, revision), at=revision)
    concern = concern_of(context, graph, looked_at, looked_at, ())
    figures = figures_on(context, change, looked_at)
    found = [fact for at, entry, moved in news for fact in _facts(at, entry, moved, change, concern, figures)]
    found += [learned] if learned else []
    latest = {(fact.record, fact.code, fact.ci): fact for fact in sorted(found, key=lambda fact: fact.at)}
    facts = sorted(latest.values(), key=nearest_first)
    return SinceGo(tuple(facts[:MOST_FACTS]), max(0, len(facts) - MOST_FACTS), revision)


def _news(context: Context, change: Change, since: int, until: int) -> Iterator[tuple[Revision, Entry, Moved]]:
    """Yield what may bear on some change, but for what was done with this one."""
    for revision in context.store.changes(since):
        if revision.number > until:
            return
        for entry in revision.entries:
            moved = moved_by(revision.number, entry)
            if moved is not None and moved.change != change.id:
                yield revision, entry, moved


def _facts(
    revision: Revision, entry: Entry, moved: Moved, change: Change, concern: Concern, figures: Figures
) -> Iterator[ChangedFact]:
    who = revision.at, revision.actor
    if moved.figures is not None:
        yield from of_figures(revision, entry, figures, concern)
        return
    if moved.everything:
        code = "policy_set" if entry.kind == POLICIES.name else "definition_changed"
        yield ChangedFact(code, entry.key, *who)
    elif moved.calendar is not None:
        if meets(entry, change.window):
            yield ChangedFact("calendar_changed", entry.key, *who)
    elif entry.kind == INCIDENTS.name:
        yield from _of_incident(revision, entry, concern)
    elif entry.kind == CHANGES.name:
        yield from _of_change(revision, entry, moved, concern)
    elif (found := fact_of_entry(entry, fields := matters(entry) or (), concern)) is not None:
        code, ci = found
        yield fact_about(code, entry.key, *who, ci, concern, fields)


def _of_incident(revision: Revision, entry: Entry, concern: Concern) -> Iterator[ChangedFact]:
    was, now = (None if side is None else from_document(INCIDENTS, side) for side in (entry.before, entry.after))
    known = set(was.cis if was else ())
    for ci in sorted(ci for ci in known.union(now.cis if now else ()) if concern.cone.holds(ci)):
        code = _incident_code(was, now, ci)
        at = now.opened if code == "incident" and now is not None else revision.at
        yield fact_about(code, entry.key, at, revision.actor, ci, concern)


def _incident_code(was: Incident | None, now: Incident | None, ci: str) -> str:
    if now is not None and ci in now.cis and (was is None or ci not in was.cis):
        return "incident"
    resolved = now is not None and now.resolved is not None and was is not None and was.resolved is None
    return "incident_resolved" if resolved else "incident_changed"


def _of_change(revision: Revision, entry: Entry, moved: Moved, concern: Concern) -> Iterator[ChangedFact]:
    aimed = sorted(ci for ci in moved.cis if concern.cone.holds(ci))
    if aimed:
        nearest = min(aimed, key=lambda ci: nearest_first(fact_about("", "", revision.at, "", ci, concern)))
        yield fact_about("change_moved", entry.key, revision.at, revision.actor, nearest, concern)

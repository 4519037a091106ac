"""What about changes can not wait, as findings: windows that are overrun, and papers of emergencies that are late."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from cmdb.change.implementation import papers_missing, papers_overdue
from cmdb.change.lifecycle import overrunning
from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.model.finding import CHANGES_ALARM, FINDINGS, Finding
from cmdb.ports.store import Between, Put
from cmdb.records import to_document

OVERRUN, PAPERS = f"{CHANGES_ALARM}overrun", f"{CHANGES_ALARM}papers_overdue"
MOST_CIS = 100


class Raised(NamedTuple):
    """How many alarms there are now, and how many of them were not there before."""

    standing: int
    new: int


def raise_alarms(context: Context) -> Raised:
    """
    Open a finding for each change that overruns its window or owes its papers, and close those that no longer hold.

    Raises:
        NotAllowed: the actor may not expire changes, which is the right of whoever watches over windows.
    """
    context.allow("change:expire")
    wanted: dict[str, Finding] = {}
    facts: dict[str, Any]
    for change in overrunning(context):
        assert change.window is not None
        facts = {"change": change.id, "ended": change.window.end.isoformat(), "by": change.started_by}
        wanted[f"{OVERRUN}:{change.id}"] = _finding(context, OVERRUN, change, facts)
    for change in papers_overdue(context):
        assert change.papers_due is not None
        missing = [name.replace("_", " ") for name in papers_missing(change)]
        facts = {"change": change.id, "due": change.papers_due.isoformat(), "missing": missing}
        wanted[f"{PAPERS}:{change.id}"] = _finding(context, PAPERS, change, facts)
    held = context.records.find(FINDINGS, [Between("code", CHANGES_ALARM, f"{CHANGES_ALARM}~")])
    there = {each.id: each for each in held}
    puts, new = [], 0
    for key, found in sorted(wanted.items()):
        was = there.get(key)
        standing = was is not None and was.closed_at is None
        new += not standing
        opened = replace(found, opened_at=was.opened_at) if was is not None and standing else found
        if opened != was:
            puts.append(Put(FINDINGS, to_document(FINDINGS, opened)))
    for key, was in sorted(there.items()):
        if key not in wanted and was.closed_at is None:
            puts.append(Put(FINDINGS, to_document(FINDINGS, replace(was, closed_at=context.clock.now()))))
    if puts:
        context.records.put_all(puts, because="change:alarms")
    return Raised(len(wanted), new)


def _finding(context: Context, code: str, change: Change, facts: dict[str, Any]) -> Finding:
    cis = tuple(sorted(target.ci for target in change.targets)[:MOST_CIS])
    return Finding(f"{code}:{change.id}", code, cis, context.clock.now(), facts)

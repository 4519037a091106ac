"""What go or no-go checks say of a change: those there are, what they are held against, whom they concern."""

from __future__ import annotations

from datetime import timedelta

from cmdb.change import assessments
from cmdb.change.authority import parts_of
from cmdb.change.go_words import suspension_reason
from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.model.decision import POLICY
from cmdb.model.go_check import GO_CHECKS, GoAnswer, GoCheck
from cmdb.model.person import PERSONS
from cmdb.ports.store import Equals

LASTS = timedelta(minutes=15)
"""So long a GO lets a change be begun."""


def of_change(context: Context, change_id: str) -> tuple[GoCheck, ...]:
    """Return every check of a change, oldest first; raises NotAllowed."""
    context.allow("change:read")
    found = context.records.find(GO_CHECKS, [Equals("change", change_id)])
    return tuple(sorted(found, key=lambda check: (check.at, len(check.id), check.id)))


def those_to_tell(context: Context, change: Change) -> tuple[str, ...]:
    """Return whom a NO-GO concerns, sorted: who asked for the change, who implements it, and who approved it."""
    parts = dict(parts_of(change))
    told = {*parts["requester"], *parts["implementer"]}
    told |= {each.by for each in assessments.granting(context, change)}
    if change.team is not None:
        everybody = context.records.find(PERSONS)
        told |= {person.id for person in everybody if person.active and change.team in person.owner_groups}
    return tuple(sorted(told - {POLICY}))


def is_go(context: Context, change: Change) -> bool:
    """Tell whether the newest assessment of a change is that of a check, which said GO."""
    return any(
        check.assessment == change.assessment and check.answer is GoAnswer.GO for check in of_change(context, change.id)
    )


def why_not_recent(context: Context, change: Change) -> str | None:
    """Return why the change may not be begun on its newest check, None where that is a GO and recent enough."""
    checks = [check for check in of_change(context, change.id) if check.change_revision == change.revision]
    if not checks:
        return f"it was not checked yet; foreshock change go {change.id} does so"
    newest = checks[-1]
    if newest.answer is GoAnswer.NO_GO:
        return f"{newest.id} said NO-GO: {suspension_reason(newest)}"
    age = context.clock.now() - newest.at
    if age > LASTS:
        return f"the GO of {newest.id} is {int(age / timedelta(minutes=1))} minutes old, more than 15"
    return None

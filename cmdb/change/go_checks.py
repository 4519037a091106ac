"""What go or no-go checks say of a change: those there are, what they are held against, whom they concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from cmdb.change import assessments
from cmdb.change.authority import parts_of
from cmdb.change.errors import GoOvertaken, GoTooOld, NoGo, NotChecked, NotReady
from cmdb.context import Context
from cmdb.model.capacity import CAPACITIES
from cmdb.model.change import CHANGES, Change
from cmdb.model.change_model import CHANGE_MODELS
from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.decision import POLICY
from cmdb.model.freeze import FREEZES, PEAKS
from cmdb.model.go_check import GO_CHECKS, ChangedFact, GoAnswer, GoCheck
from cmdb.model.group import GROUPS
from cmdb.model.incident import INCIDENTS
from cmdb.model.loss_scale import LOSS_SCALES
from cmdb.model.maintenance_window import MAINTENANCE
from cmdb.model.person import PERSONS
from cmdb.model.policy import POLICIES
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from cmdb.model.service_hours import SERVICE_HOURS, SERVICE_HOURS_YEARS
from cmdb.model.service_level import SERVICE_LEVELS
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


BEARING = tuple(
    kind.name
    for kind in (
        *(CIS, CI_CLASSES, RELATIONS, RELATION_TYPES, GROUPS, INCIDENTS, CHANGES, POLICIES, FREEZES, PEAKS),
        *(CAPACITIES, CHANGE_MODELS, LOSS_SCALES, MAINTENANCE, SERVICE_HOURS, SERVICE_HOURS_YEARS, SERVICE_LEVELS),
    )
)
"""The kinds of records by which a check judges: when one is written, a GO may no longer hold."""


class SinceGo(NamedTuple):
    """
    What the log brought since a GO that concerns the change: the nearest facts, and how many more there are.

    ``unlisted`` is None where the log no longer reaches back; ``revision`` is up to where it was looked at.
    """

    facts: tuple[ChangedFact, ...]
    unlisted: int | None
    revision: int


Looking = Callable[[Context, Change, GoCheck], SinceGo]
"""Looks at the log since a check: :func:`impact.questions.go_since.since_check`, for it takes the graph to tell."""


def why_not_recent(context: Context, change: Change, looking: Looking, *, move: str) -> NotReady | None:
    """Return what refuses to begin the change on its newest check; None where that is a GO, recent, and still holds."""
    subject, ask = change.id, f"foreshock change go {change.id}"
    checks = [check for check in of_change(context, subject) if check.change_revision == change.revision]
    if not checks:
        return NotChecked(subject=subject, move=move, ask=ask)
    newest = checks[-1]
    if newest.answer is GoAnswer.NO_GO:
        return NoGo(subject=subject, move=move, check=newest.id, found=newest.found)
    minutes, most = ((each // timedelta(minutes=1)) for each in (context.clock.now() - newest.at, LASTS))
    if context.clock.now() - newest.at > LASTS:
        return GoTooOld(subject=subject, move=move, check=newest.id, minutes=minutes, most=most, ask=ask)
    since = looking(context, change, newest)
    if since.facts or since.unlisted is None:
        return GoOvertaken(
            subject=subject, move=move, check=newest.id, facts=since.facts, unlisted=since.unlisted, ask=ask
        )
    return None

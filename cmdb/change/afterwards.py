"""
The desk of what came after a change: incidents by CI and time, proposed until a person confirms, and discovered drift.

The incident owns the link to the change that caused it: to confirm a proposal is to edit the incident, to decline one
is :mod:`cmdb.service.incident_causes`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.change import assessments
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.afterwards import (
    WITHIN,
    Afterwards,
    DeclaredValue,
    DeclinedLink,
    IncidentLink,
    MatchedDifference,
    is_near,
)
from cmdb.model.change import CHANGES, Change
from cmdb.model.incident import INCIDENTS, DeclinedCause, Incident
from cmdb.model.verification import VERIFICATIONS, Verification
from cmdb.ports.store import Between, Equals


def of_change(context: Context, change_id: str) -> Afterwards:
    """Return what came after a change began, nothing where it did not; raises NotAllowed and NotFound."""
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    if change.started_at is None:
        return Afterwards()
    made = _verifications(context, change)
    return Afterwards(
        incidents=incident_links(context, change),
        differences=tuple(row for each in made for row in _matched(each, change)),
        declared=tuple(row for each in made for row in _declared(each, change)),
        declined=declined_links(context, change),
    )


def incident_links(context: Context, change: Change) -> tuple[IncidentLink, ...]:
    """Return the incidents that a begun change caused, or may have; the first opened first. Raises NotAllowed."""
    context.allow("incident:read")
    if change.started_at is None:
        return ()
    touched = _touched(context, change)
    confirmed = {each.id: each for each in context.records.find(INCIDENTS, [Equals("caused_by", change.id)])}
    proposed = {
        each.id: each
        for each in _near(context, change)
        if each.caused_by is None and touched.intersection(each.cis) and _declining(each, change) is None
    }
    found = [_link(each, touched, confirmed=each.id in confirmed) for each in {**proposed, **confirmed}.values()]
    return tuple(sorted(found, key=lambda link: (link.opened, link.incident)))


def declined_links(context: Context, change: Change) -> tuple[DeclinedLink, ...]:
    """Return the incidents that people said a begun change did not cause; the first opened first. Raises NotAllowed."""
    context.allow("incident:read")
    found = [
        DeclinedLink(each.id, each.title, each.opened, because)
        for each in _near(context, change)
        if (because := _declining(each, change)) is not None
    ]
    return tuple(sorted(found, key=lambda link: (link.opened, link.incident)))


def _near(context: Context, change: Change) -> Iterator[Incident]:
    """Yield the incidents opened while the change went on, or shortly after."""
    if change.started_at is None:
        return
    until = "9999" if change.ended_at is None else (change.ended_at + WITHIN).strftime("%Y-%m-%dT%H:%M:%SZ")
    lowest = change.started_at.strftime("%Y-%m-%dT%H:%M:%S")
    for each in context.records.find(INCIDENTS, [Between("opened", lowest, until)]):
        if is_near(each, change.started_at, change.ended_at):
            yield each


def _declining(incident: Incident, change: Change) -> DeclinedCause | None:
    return next((each for each in incident.declined if each.change == change.id), None)


def _touched(context: Context, change: Change) -> set[str]:
    """Return the CIs that say an incident may be the change's doing."""
    touched = {target.ci for target in change.targets}
    try:
        assessment = assessments.approved(context, change)
    except NotFound:
        return touched  # An emergency may never have been assessed.
    return touched.union(assessment.down, assessment.degraded, (service.id for service in assessment.services))


def _link(incident: Incident, touched: set[str], *, confirmed: bool) -> IncidentLink:
    cis = tuple(sorted(touched.intersection(incident.cis)))
    return IncidentLink(incident.id, incident.title, incident.opened, incident.resolved, cis, confirmed)


def _verifications(context: Context, change: Change) -> list[Verification]:
    """Return the newest verification of each baseline made since the change began, by the baseline's name."""
    assert change.started_at is not None
    since = Between("made_at", change.started_at.strftime("%Y-%m-%dT%H:%M:%S"), None)
    newest: dict[str, Verification] = {}
    for made in context.records.find(VERIFICATIONS, [since]):
        was = newest.get(made.baseline)
        if was is None or (was.made_at, len(was.id), was.id) < (made.made_at, len(made.id), made.id):
            newest[made.baseline] = made
    return [newest[name] for name in sorted(newest)]


def _matched(made: Verification, change: Change) -> Iterator[MatchedDifference]:
    for row in made.rows:
        if row.change == change.id:
            seen = row.difference
            yield MatchedDifference(
                made.id, seen.way.value, seen.kind, seen.key, seen.field, seen.before, seen.after, row.declared
            )


def _declared(made: Verification, change: Change) -> Iterator[DeclaredValue]:
    for each in made.expectations:
        if each.change == change.id:
            yield DeclaredValue(made.id, each.ci, each.field, each.expected, each.present, each.outcome.value)

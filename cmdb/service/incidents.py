"""
The incident desk: open, edit and resolve incidents, and find them by CI, by state and by time.

Times may come as moments or as the texts people type (:mod:`cmdb.change.text_input`), so that every door reports the
same faults, all of them at once, at the same places. Files of incidents are :mod:`cmdb.service.incident_intake`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cmdb.change.text_input import Moment, moment_at
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import CHANGES
from cmdb.model.ci import CIS
from cmdb.model.incident import FORM, INCIDENTS, Incident, IncidentState
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Between, Equals, Filter, Holds, OneOf
from cmdb.records import Held, Listing
from cmdb.service.checks import Entered, fault, problems_of, unknown_problems
from cmdb.service.errors import AlreadyResolved

"""An aware datetime, or its text with an offset or a zone."""

EDITED = ("title", "cis", "opened", "priority", "caused_by")


# writing -------------------------------------------------------------------------------------------------------------
def open_incident(
    context: Context,
    *,
    title: str,
    cis: Sequence[str],
    priority: int,
    opened: Moment | None = None,
    caused_by: str | None = None,
) -> Held[Incident]:
    """
    Record that something failed; ``opened`` left out is now.

    Raises:
        NotAllowed: the actor may not open incidents.
        InvalidInput: something given is wrong; every problem is named at its JSON pointer, nothing is written.
    """
    context.allow("incident:open")
    began = context.clock.now() if opened is None else opened
    given = {"title": title, "cis": tuple(cis), "opened": began, "priority": priority, "caused_by": caused_by or None}
    made = _judged(context, given, None, what="the new incident")
    made = replace(made, id=_free_id(context))
    return context.records.put(INCIDENTS, made, because="incident:opened", expected_version=0)


def edit(
    context: Context, incident_id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Held[Incident]:
    """
    Change what ``changes`` names of :data:`EDITED` and keep the rest; ``caused_by`` None takes the link away.

    To name a change as the cause that was declined takes the declining back: the history keeps who said so.

    An edit that changes nothing writes nothing. ``expected_version`` is the version the actor has seen; left out, the
    present one.

    Raises:
        NotAllowed: the actor may not edit incidents.
        NotFound: there is no such incident.
        VersionConflict: somebody else changed it meanwhile.
        InvalidInput: as for :func:`open_incident`.
    """
    context.allow("incident:edit")
    held = _held(context, incident_id, expected_version)
    was = held.record
    if "id" in changes and changes["id"] != incident_id:
        raise InvalidInput([fault("incident.id_stays", "", "id", id=incident_id)], what=incident_id)
    given = {name: changes[name] for name in EDITED if name in changes}
    edited = _judged(context, given, was, what=incident_id)
    if edited.caused_by is not None:
        edited = replace(edited, declined=tuple(each for each in was.declined if each.change != edited.caused_by))
    if edited == was:
        return held
    return context.records.put(INCIDENTS, edited, because="incident:edited", expected_version=held.version)


def resolve(
    context: Context, incident_id: str, *, resolved: Moment | None = None, expected_version: int | None = None
) -> Held[Incident]:
    """
    Record that the interruption is over; ``resolved`` left out is now.

    Raises:
        NotAllowed: the actor may not resolve incidents.
        NotFound: there is no such incident.
        VersionConflict: somebody else changed it meanwhile.
        AlreadyResolved: it was resolved before.
        InvalidInput: the moment can not be read, lies before the incident was opened, or is still to come.
    """
    context.allow("incident:resolve")
    held = _held(context, incident_id, expected_version)
    if held.record.resolved is not None:
        raise AlreadyResolved(incident=incident_id, resolved=held.record.resolved.isoformat())
    over = context.clock.now() if resolved is None else resolved
    done = _judged(context, {"resolved": over}, held.record, what=incident_id)
    return context.records.put(INCIDENTS, done, because="incident:resolved", expected_version=held.version)


# reading -------------------------------------------------------------------------------------------------------------
def get(context: Context, incident_id: str, *, at: int | None = None) -> Held[Incident]:
    """Return an incident; raises NotAllowed and NotFound."""
    context.allow("incident:read")
    return context.records.held(INCIDENTS, incident_id, at=at)


def listing(
    context: Context,
    *,
    ci: str | None = None,
    states: Sequence[IncidentState] = (),
    open_at: Moment | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    after: str | None = None,
    limit: int = 100,
    at: int | None = None,
) -> Listing[Incident]:
    """
    Return one page of incidents, the last opened first, then by id; each argument that is given narrows it.

    ``ci`` keeps those that name the CI, ``states`` those in one of them, ``open_at`` those that went on at that moment,
    ``since`` and ``until`` those that went on at some time from the one until before the other. ``at`` is the revision
    that is read.

    Raises:
        NotAllowed: the actor may not read incidents.
        InvalidInput: a moment can not be read.
    """
    context.allow("incident:read")
    moment, start, end = _moments({"open_at": open_at, "since": since, "until": until}, what="the query")
    where: list[Filter] = [OneOf("state", tuple(state.value for state in states))] if states else []
    where += [Holds("cis", ci)] if ci is not None else []
    where += [Between("opened", None, _highest(bound)) for bound in (moment, end) if bound is not None]
    rows: list[Held[Incident]] = []
    while True:
        # Each page is taken whole, so its cursor continues the answer; what a filter can not say is left out here.
        page = context.records.listing(
            INCIDENTS, where, order="opened", descending=True, after=after, limit=limit - len(rows), at=at
        )
        rows += [held for held in page.rows if _goes_on(held.record, moment, start, end)]
        after = page.after
        if after is None or len(rows) >= limit:
            return Listing(tuple(rows), after)


def in_period(context: Context, start: datetime, end: datetime, *, at: int | None = None) -> tuple[Incident, ...]:
    """
    Return the incidents that went on at some time from ``start`` until before ``end``, by id; none is left out.

    Both are aware. For the open ones of a moment let them be equal. Cost: those that are open, and those resolved since
    ``start``, whatever lies before. Raises NotAllowed.
    """
    context.allow("incident:read")
    before = Between("opened", None, _highest(end))
    still: list[Filter] = [Equals("state", IncidentState.OPEN.value), before]
    since: list[Filter] = [Between("resolved", _lowest(start), None), before]
    found = {}
    for where in (still, since):
        for incident in context.records.find(INCIDENTS, where, at=at):
            if incident.is_open_at(start) or incident.overlaps(start, end):
                found[incident.id] = incident
    return tuple(found[key] for key in sorted(found))


# how -----------------------------------------------------------------------------------------------------------------
def _judged(context: Context, given: Mapping[str, Any], was: Incident | None, *, what: str) -> Incident:
    """Return the incident with what is given, as it may be written; raises InvalidInput with every problem."""
    before = {} if was is None else {name: getattr(was, name) for name in (*EDITED, "resolved")}
    words = {"resolved": None, "caused_by": None, **before, **given}
    problems: list[Problem] = []
    for key in ("opened", "resolved"):
        words[key], wrong = moment_at(words[key], f"/{key}")
        problems += wrong
    problems += [fault("incident.null", "", key, key=key) for key in given if given[key] is None and key != "caused_by"]
    for key in ("title", "caused_by"):
        words[key] = words[key] and words[key].strip()
    words["cis"] = None if words["cis"] is None else tuple(ci.strip() for ci in words["cis"])
    entered = Entered(id=None, **words)
    problems += problems_of(entered, "", now=context.clock.now())
    problems += _unknown(context, entered)
    if problems:
        raise InvalidInput(problems, what=what)
    # Only now: a problem names the place that a CI has in the input.
    words["cis"] = tuple(sorted(words["cis"]))
    words["state"] = IncidentState.OPEN if words["resolved"] is None else IncidentState.RESOLVED
    return Incident(id="", source=FORM, **words) if was is None else replace(was, **words)


def _unknown(context: Context, entered: Entered) -> Iterator[Problem]:
    named = tuple(dict.fromkeys(entered.cis or ()))
    known = context.store.get_many(CIS, named)
    unknown = [ci for ci in named if ci and ci not in known]
    hints: Mapping[str, tuple[str, ...]] = {}
    if unknown:
        from cmdb.configuration.nearest import nearest_cis

        hints = nearest_cis(context, unknown)
    changes = context.store.get_many(CHANGES, (entered.caused_by,)) if entered.caused_by else {}
    return unknown_problems(entered, "", cis=known, changes=changes, hints=hints)


def _free_id(context: Context) -> str:
    """Return the next id of our series; an import may have brought one that looks the same."""
    while True:
        free = context.new_id(INCIDENTS)
        if context.store.get(INCIDENTS, free) is None:
            return free


def _held(context: Context, incident_id: str, expected: int | None) -> Held[Incident]:
    held = context.records.held(INCIDENTS, incident_id)
    if expected is not None and held.version != expected:
        raise VersionConflict(kind=INCIDENTS.name, key=incident_id, expected=expected, actual=held.version)
    return held


def _moments(given: Mapping[str, Moment | None], *, what: str) -> list[datetime | None]:
    """Return the moments in UTC, None where there is none; raises InvalidInput with every problem."""
    found: list[datetime | None] = []
    problems: list[Problem] = []
    for name, text in given.items():
        moment, wrong = moment_at(text, f"/{name}")
        found.append(moment)
        problems += wrong
    if problems:
        raise InvalidInput(problems, what=what, setting=True)
    return found


def _goes_on(incident: Incident, moment: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    if moment is not None and not incident.is_open_at(moment):
        return False
    ends_late = start is None or incident.resolved is None or start < incident.resolved
    return ends_late and (end is None or incident.opened < end)


# Documents hold times as text, in which "05.5Z" comes before "05Z"; so bounds reach over the whole second, and what is
# found is compared as moments.
def _lowest(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _highest(moment: datetime) -> str:
    return f"{_lowest(moment)}Z"

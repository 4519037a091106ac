"""
The calendar desk: freezes, peak events, maintenance windows and what teams can do; add, find and withdraw them.

A rule that comes again is expanded into dated intervals when it is stated (:mod:`cmdb.change.calendar.recurrence`), and
stored with them, so that whoever reads the calendar does arithmetic on intervals, and reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cmdb.chain import digest
from cmdb.change.calendar.calendar_checks import covered_problems, figure_problems, text_problems, words_problems
from cmdb.change.calendar.recurrence import ScheduleGiven, scheduled, stated
from cmdb.configuration.classes import catalogue_of
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, InvalidInput, Problem
from cmdb.model.calendar_entry import Covered, EntryState, Schedule, Withdrawal
from cmdb.model.capacity import CAPACITIES, TeamCapacity
from cmdb.model.ci import CIS
from cmdb.model.freeze import FREEZES, PEAKS, Freeze, PeakEvent
from cmdb.model.kind import Kind
from cmdb.model.maintenance_window import MAINTENANCE, MaintenanceWindow
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals, Filter, Put
from cmdb.records import Held, Listing, to_document

Entry = Freeze | PeakEvent | MaintenanceWindow | TeamCapacity

KINDS: Mapping[str, Kind[Any]] = {
    "freeze": FREEZES,
    "peak": PEAKS,
    "maintenance": MAINTENANCE,
    "capacity": CAPACITIES,
}
"""By the word that every door says: which records they are."""

LONGEST: Mapping[str, timedelta] = {
    "freeze": timedelta(days=184),
    "peak": timedelta(days=184),
    "maintenance": timedelta(days=31),
    "capacity": timedelta(days=7),
}
"""How long one interval may be."""

_COVERS: Mapping[str, tuple[str, ...]] = {
    "freeze": ("services", "classes", "environments"),
    "peak": ("services", "classes", "environments"),
    "maintenance": ("services", "cis"),
}
RENEWED_BELOW = timedelta(days=366)
"""What is known for less time than this ahead is worth expanding anew."""


class AlreadyWithdrawn(ForeshockError):
    """An entry of the calendar is withdrawn once."""

    code = "calendar.already_withdrawn"
    sentence = "{entry} was withdrawn at {at}"
    family = Family.REFUSED

    def __init__(self, *, entry: str, at: str) -> None:
        super().__init__(entry=entry, at=at)


class CapacityStated(ForeshockError):
    """A team has one capacity that counts."""

    code = "calendar.capacity_stated"
    sentence = "{entry} says already what {team} can do; withdraw it first"
    family = Family.REFUSED

    def __init__(self, *, entry: str, team: str) -> None:
        super().__init__(entry=entry, team=team)


class Entries(NamedTuple):
    """The entries that count at a revision, each by id."""

    freezes: tuple[Freeze, ...]
    peaks: tuple[PeakEvent, ...]
    maintenance: tuple[MaintenanceWindow, ...]
    capacities: tuple[TeamCapacity, ...]


# writing -------------------------------------------------------------------------------------------------------------
def add(context: Context, what: str, given: Mapping[str, Any]) -> Held[Any]:
    """
    Add an entry; ``what`` is one of :data:`KINDS`.

    ``given`` has the fields of the record, ``schedule`` (of a capacity ``hours``, if any) as
    :class:`~cmdb.change.calendar.recurrence.ScheduleGiven`.

    Raises:
        NotAllowed: the actor may not add to the calendar.
        InvalidInput: something given is wrong; every problem is named at its JSON pointer, nothing is written.
        CapacityStated: the team has a capacity that counts.
    """
    context.allow("calendar:add")
    fields, problems = judged(context, what, given)
    if problems:
        raise InvalidInput(problems, what=f"the new {what}")
    if what == "capacity":
        _refuse_second(context, fields["team"])
    kind = KINDS[what]
    made = made_of(context, kind, context.new_id(kind), fields)
    return context.records.put(kind, made, because=f"{kind.name}:added", expected_version=0, claims=claims_of(made))


def withdraw(
    context: Context, what: str, entry_id: str, *, reason: str, expected_version: int | None = None
) -> Held[Any]:
    """
    Let an entry count no more; it stays in the records, with who did so, when and why.

    Raises:
        NotAllowed: the actor may not withdraw entries.
        NotFound: there is no such entry.
        AlreadyWithdrawn: somebody did before.
        VersionConflict: it is not at ``expected_version``.
        InvalidInput: no reason is given, or it is too long.
    """
    context.allow("calendar:withdraw")
    held = _held(context, what, entry_id, expected_version)
    was = held.record
    if was.withdrawal is not None:
        raise AlreadyWithdrawn(entry=entry_id, at=was.withdrawal.at.isoformat())
    problems = list(text_problems("reason", reason, "/reason"))
    if problems:
        raise InvalidInput(problems, what=entry_id)
    why = Withdrawal(context.actor.id, context.clock.now(), reason.strip())
    made = replace(was, state=EntryState.WITHDRAWN, withdrawal=why)
    kind = KINDS[what]
    return context.records.put(kind, made, because=f"{kind.name}:withdrawn", expected_version=held.version)


def renew(context: Context) -> tuple[str, ...]:
    """
    Expand anew, in one revision, the rules that are known for less than a year ahead; return the ids of what was.

    Raises:
        NotAllowed: the actor may not add to the calendar.
        VersionConflict: somebody wrote one of them meanwhile; nothing was renewed.
    """
    context.allow("calendar:add")
    now = context.clock.now()
    puts = []
    for what, kind in KINDS.items():
        for held in _active(context, kind):
            schedule = held.record.hours if what == "capacity" else held.record.schedule
            if schedule is not None and not schedule.knows(now + RENEWED_BELOW):
                found, problems = scheduled(stated(schedule), now=now, longest=LONGEST[what])
                if found is None:
                    raise InvalidInput(problems, what=held.record.id)
                made = replace(held.record, **{"hours" if what == "capacity" else "schedule": found})
                puts.append(Put(kind, to_document(kind, made), held.version, claims_of(made)))
    if puts:
        context.records.put_all(puts, because="calendar:renewed")
    return tuple(sorted(put.document["id"] for put in puts))


# reading -------------------------------------------------------------------------------------------------------------
def get(context: Context, what: str, entry_id: str, *, at: int | None = None) -> Held[Any]:
    """Return an entry; raises NotAllowed and NotFound."""
    context.allow("calendar:read")
    return context.records.held(KINDS[what], entry_id, at=at)


def listing(
    context: Context,
    what: str,
    *,
    withdrawn: bool = False,
    after: str | None = None,
    limit: int = 100,
    at: int | None = None,
) -> Listing[Any]:
    """Return one page of the entries of a kind that count, by id; ``withdrawn``: those that do not, too."""
    context.allow("calendar:read")
    where: list[Filter] = [] if withdrawn else [Equals("state", EntryState.ACTIVE.value)]
    return context.records.listing(KINDS[what], where, after=after, limit=limit, at=at)


def entries_at(context: Context, *, at: int | None = None) -> Entries:
    """Return all entries that count, as of a revision; raises NotAllowed."""
    context.allow("calendar:read")
    return Entries(*(tuple(held.record for held in _active(context, kind, at=at)) for kind in KINDS.values()))


# how -----------------------------------------------------------------------------------------------------------------
def judged(context: Context, what: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields of an entry as they may be written, and every problem of what is given."""
    fields = dict(given)
    for key in ("name", "team", "reason"):
        if key in fields:
            fields[key] = fields[key].strip()
    problems = [*words_problems(fields), *figure_problems(fields)]
    key = "hours" if what == "capacity" else "schedule"
    if fields.get(key) is not None:
        fields[key], wrong = _scheduled(context, fields[key], what, f"/{key}")
        problems += wrong
    if what in _COVERS:
        covers: Covered = fields["covers"]
        known = context.store.get_many(CIS, tuple(dict.fromkeys((*covers.services, *covers.cis))))
        problems += covered_problems(covers, _COVERS[what], catalogue_of(context), known)
        fields["covers"] = replace(
            covers,
            services=tuple(sorted(covers.services)),
            cis=tuple(sorted(covers.cis)),
            classes=tuple(sorted(covers.classes)),
            environments=tuple(sorted(covers.environments)),
        )
    return fields, problems


def made_of(context: Context, kind: Kind[Any], entry_id: str, fields: Mapping[str, Any]) -> Any:
    """Return the record of judged fields, stated by the actor now; it gets a UID where it brings none."""
    now = context.clock.now().replace(microsecond=0)
    named = {} if kind is CAPACITIES else {"uid": uid_of(entry_id, now)}
    stated = {"id": entry_id, "state": EntryState.ACTIVE, "stated_by": context.actor.id, "stated_at": now}
    return kind.record(**{**named, **stated, **fields})


def uid_of(record_id: str, made_at: datetime) -> str:
    """Return the UID that calendars know a record by: the same for ever, and another in another store."""
    return f"{record_id}-{digest([record_id, made_at.isoformat()])[:12]}@foreshock"


def claims_of(entry: Entry) -> tuple[str, ...]:
    """Return what only one entry that counts may have: the team of a capacity, the UID of all others."""
    if isinstance(entry, TeamCapacity):
        return (f"team_capacity:{entry.team}",)
    return (f"calendar_uid:{entry.uid}",)


def _scheduled(
    context: Context, given: ScheduleGiven, what: str, pointer: str
) -> tuple[Schedule | None, list[Problem]]:
    return scheduled(given, now=context.clock.now(), longest=LONGEST[what], pointer=pointer)


def _refuse_second(context: Context, team: str) -> None:
    for held in _active(context, CAPACITIES):
        if held.record.team == team:
            raise CapacityStated(entry=held.record.id, team=team)


def _active(context: Context, kind: Kind[Any], *, at: int | None = None) -> Iterable[Held[Any]]:
    after = None
    while True:
        where = [Equals("state", EntryState.ACTIVE.value)]
        page = context.records.listing(kind, where, after=after, limit=1000, at=at)
        yield from page.rows
        after = page.after
        if after is None:
            return


def _held(context: Context, what: str, entry_id: str, expected: int | None) -> Held[Any]:
    kind = KINDS[what]
    held = context.records.held(kind, entry_id)
    if expected is not None and held.version != expected:
        raise VersionConflict(kind=kind.name, key=entry_id, expected=expected, actual=held.version)
    return held

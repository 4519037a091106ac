"""
What the calendar says of one change: intervals against intervals, and nothing else.

What covers a change hangs on its targets, and when on its window; so what applies to it is sorted out once, and asked
for any window it may have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from cmdb.model.calendar_entry import Covered, Schedule
from cmdb.model.calendar_facts import (
    CalendarFacts,
    CalendarReason,
    FreezeMet,
    MaintenanceMet,
    PeakMet,
    Stretch,
    TeamOverrun,
)
from cmdb.model.capacity import TeamCapacity
from cmdb.model.freeze import Freeze, PeakEvent
from cmdb.model.intervals import Interval, Intervals, charged, clipped, covers, crowded, difference, minutes_in, union
from cmdb.model.maintenance_window import MaintenanceWindow


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Whom a change concerns, by ids: its ``targets``, the ``services`` that depend on them, and ``affected``, those of
    the services that it does something to, with the outages planned of them relative to the start of its window.

    ``classes`` are those a target's class is or descends from, by target; ``environments`` by target and service.
    """

    targets: tuple[str, ...]
    services: tuple[str, ...]
    affected: Mapping[str, tuple[tuple[timedelta, timedelta], ...]]
    out: Mapping[str, tuple[tuple[timedelta, timedelta], ...]] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)


class Touched(NamedTuple):
    """Which services and targets of a change an entry covers; falsy where none."""

    services: tuple[str, ...]
    targets: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.services or self.targets)


def touched(covered: Covered, reach: Reach) -> Touched:
    """Return what an entry covers of a change."""
    if covered.everything:
        return Touched(reach.services, reach.targets)

    def in_environment(ci: str) -> bool:
        return reach.environments.get(ci) in covered.environments

    services = (ci for ci in reach.services if ci in covered.services or in_environment(ci))
    targets = (
        ci
        for ci in reach.targets
        if ci in covered.cis
        or ci in covered.services
        or in_environment(ci)
        or not set(covered.classes).isdisjoint(reach.classes.get(ci, ()))
    )
    return Touched(tuple(services), tuple(targets))


class Applying(NamedTuple):
    """
    What of the calendar applies to one change, whenever it is made; each by id.

    ``maintenance`` are the agreed windows of each service affected, and of each target that has any of its own.
    ``team`` is who implements it, ``busy`` with which other changes when.
    """

    freezes: tuple[tuple[Freeze | PeakEvent, Touched], ...]
    peaks: tuple[tuple[PeakEvent, Touched], ...]
    maintenance: Mapping[str, tuple[MaintenanceWindow, ...]]
    team: str | None
    capacity: TeamCapacity | None
    busy: tuple[tuple[str, Interval], ...]


def applying(
    reach: Reach,
    *,
    freezes: Iterable[Freeze],
    peaks: Iterable[PeakEvent],
    maintenance: Sequence[MaintenanceWindow],
    team: str | None,
    capacity: TeamCapacity | None,
    busy: Iterable[tuple[str, Interval]] = (),
) -> Applying:
    """Return those of the entries that concern a change."""
    met = [(each, of) for each in peaks if (of := touched(each.covers, reach))]
    frozen: list[tuple[Freeze | PeakEvent, Touched]] = [
        *((each, of) for each in freezes if (of := touched(each.covers, reach))),
        *((each, of) for each, of in met if each.counts_as_freeze),
    ]
    windows: dict[str, tuple[MaintenanceWindow, ...]] = {}
    for ci in sorted({*reach.affected, *reach.targets}):
        own = tuple(e for e in maintenance if e.agreed and (ci in e.covers.services or ci in e.covers.cis))
        if own or ci in reach.affected:
            windows[ci] = own
    return Applying(
        tuple(sorted(frozen, key=lambda pair: pair[0].id)),
        tuple(sorted(met, key=lambda pair: pair[0].id)),
        windows,
        team,
        capacity,
        tuple(sorted(busy)),
    )


def facts_at(reach: Reach, applies: Applying, window: Interval, *, emergency: bool) -> CalendarFacts:
    """Return what the calendar says of the change in ``window``."""
    freezes = tuple(
        FreezeMet(each.id, each.name, _code(each, emergency), of.services, of.targets, when)
        for each, of in applies.freezes
        if (when := _when(each.schedule, window))
    )
    peaks = tuple(
        PeakMet(each.id, each.name, each.demand, of.services, of.targets, when)
        for each, of in applies.peaks
        if (when := _when(each.schedule, window))
    )
    maintenance = tuple(
        _maintenance(ci, own, planned_of(reach, ci, window.start), window) for ci, own in applies.maintenance.items()
    )
    overruns = tuple(_overruns(applies, window))
    unknown = _unknown(applies, window.end)
    return CalendarFacts(
        freezes,
        peaks,
        maintenance,
        applies.team,
        applies.capacity is not None,
        overruns,
        unknown,
        _reasons(freezes, peaks, maintenance, overruns, unknown),
    )


def _reasons(
    freezes: Sequence[FreezeMet],
    peaks: Sequence[PeakMet],
    maintenance: Sequence[MaintenanceMet],
    overruns: Sequence[TeamOverrun],
    unknown: Sequence[str],
) -> tuple[CalendarReason, ...]:
    found = {each.code for each in freezes} | {each.code for each in overruns}
    if peaks:
        found.add(CalendarReason.PEAK)
    if any(each.outside_minutes > 0 or (each.has_windows and not each.window_inside) for each in maintenance):
        found.add(CalendarReason.OUTSIDE_MAINTENANCE)
    if unknown:
        found.add(CalendarReason.NOT_KNOWN_YET)
    return tuple(each for each in CalendarReason if each in found)


def _code(entry: Freeze | PeakEvent, emergency: bool) -> CalendarReason:
    if emergency and entry.emergency_passes:
        return CalendarReason.FREEZE_PASSED
    return CalendarReason.FREEZE if isinstance(entry, Freeze) else CalendarReason.PEAK_FREEZE


def _when(schedule: Schedule, window: Interval) -> tuple[Stretch, ...]:
    found = clipped(schedule.within(window.start, window.end), window.start, window.end)
    return tuple(Stretch(each.start, each.end) for each in found)


def planned_of(reach: Reach, ci: str, start: datetime) -> Intervals:
    """Return when a service is down by plan, or a target out, if the change's window begins at ``start``."""
    offsets = reach.affected.get(ci) or reach.out.get(ci) or ()
    return union(Interval(start + since, start + until) for since, until in offsets)


def _maintenance(
    ci: str, windows: Sequence[MaintenanceWindow], planned: Sequence[Interval], window: Interval
) -> MaintenanceMet:
    def minutes(of: Callable[[MaintenanceWindow], bool]) -> float:
        allowances = (
            (interval, None if each.minutes is None else float(each.minutes))
            for each in windows
            if of(each)
            for interval in each.schedule.within(window.start, window.end)
        )
        return charged(planned, allowances)

    met = [(each.id, each.schedule.within(window.start, window.end)) for each in windows]
    return MaintenanceMet(
        ci=ci,
        has_windows=bool(windows),
        window_inside=covers((interval for _, found in met for interval in found), window.start, window.end),
        planned_minutes=minutes_in(planned),
        agreed_minutes=minutes(lambda _: True),
        notified_minutes=minutes(lambda each: each.notified),
        windows=tuple(key for key, found in met if found),
    )


def _overruns(applies: Applying, window: Interval) -> Iterable[TeamOverrun]:
    capacity, team = applies.capacity, applies.team
    if capacity is None or team is None:
        return
    for off in _off(capacity, window):
        yield TeamOverrun(team, CalendarReason.TEAM_OFF, capacity.at_once, off.start, off.end)
    others = [(key, each) for key, each in applies.busy if each.meets(window.start, window.end)]
    own = clipped((each for _, each in others), window.start, window.end)
    for crowd in crowded([*own, window], capacity.at_once):
        changes = tuple(key for key, each in others if each.meets(crowd.start, crowd.end))
        yield TeamOverrun(team, CalendarReason.TEAM_BUSY, capacity.at_once, crowd.start, crowd.end, changes)


def _off(capacity: TeamCapacity, window: Interval) -> Intervals:
    if capacity.hours is None:
        return ()
    return difference([window], capacity.hours.within(window.start, window.end))


def _unknown(applies: Applying, end: datetime) -> tuple[str, ...]:
    entries = [
        *(each for each, _ in applies.freezes),
        *(each for each, _ in applies.peaks),
        *(each for own in applies.maintenance.values() for each in own),
    ]
    found = {each.id for each in entries if not each.schedule.knows(end)}
    capacity = applies.capacity
    if capacity is not None and capacity.hours is not None and not capacity.hours.knows(end):
        found.add(capacity.id)
    return tuple(sorted(found))

"""
When something is that comes again: an RRULE (RFC 5545) to dated intervals, as far as a horizon.

A rule counts in the clocks of its zone: what is from 22:00 until 06:00 is so in summer and in winter, whatever that is
in UTC. A start or an end in the hour that summer time skips is the moment the clocks jump, so what lies wholly in that
hour does not take place; of an hour that comes twice the first is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from cmdb.change.calendar.recurrence_rule import MOST_INTERVALS, local_of, parts_of, starts_of, written
from cmdb.change.text_input import Unreadable, zone_of, zoned
from cmdb.errors import Problem
from cmdb.model.calendar_entry import Schedule
from cmdb.model.intervals import Interval

HORIZON = timedelta(days=731)
"""So far beyond now, or beyond the first interval where that is later, a rule is expanded at most."""

CLOSEST = timedelta(hours=1)
MOST_DATES = 1_000
YEARS = range(1990, 2200)


@dataclass(frozen=True, slots=True)
class ScheduleGiven:
    """
    A schedule as it is stated: moments as people type them, or aware ones.

    ``until`` is how far a rule is to be expanded; left out, as far as the horizon.
    """

    start: datetime | str
    end: datetime | str
    rule: str | None = None
    excluded: Sequence[datetime | str] = ()
    added: Sequence[datetime | str] = ()
    until: datetime | str | None = None
    zone: str | None = None


def scheduled(
    given: ScheduleGiven, *, now: datetime, longest: timedelta, pointer: str = "/schedule"
) -> tuple[Schedule | None, list[Problem]]:
    """
    Return the schedule with its intervals, or None and every problem; ``longest`` is how long one of them may be.

    A rule is expanded until the horizon, or until before where ``until`` says so; what it comes to is complete as far
    as ``known_until`` of the schedule tells.
    """
    read = _Read(given, pointer)
    problems = read.problems
    if given.rule:
        problems += parts_of(given.rule, f"{pointer}/rule")[1]
    if read.start is None or read.end is None:
        return None, problems
    problems += _length_problems(read, longest, pointer)
    if problems:
        return None, problems
    farthest = max(now, read.start) + HORIZON
    horizon = farthest if read.until is None else read.until
    if horizon > farthest:
        facts = {"until": horizon.isoformat(), "farthest": farthest.isoformat(timespec="minutes")}
        sentence = "a rule is expanded until {farthest} at most, not until {until}"
        return None, [Problem("schedule.horizon", sentence, facts, f"{pointer}/until")]
    once = Schedule(read.start, read.end, read.zone, intervals=(Interval(read.start, read.end).text,))
    if not given.rule and not read.added:
        wrong = read.excluded or read.until
        sentence = "only what comes again by a rule has exclusions or an end of its expansion"
        return (None, [Problem("schedule.no_rule", sentence, {}, pointer)]) if wrong else (once, [])
    return _recurring(read, given.rule, horizon, pointer)


class _Read:
    """The moments of a schedule in UTC, and what is wrong with their texts."""

    def __init__(self, given: ScheduleGiven, pointer: str) -> None:
        self.problems: list[Problem] = []
        self.zone = given.zone or "UTC"
        zones: dict[str, str] = {}
        self.start = self._moment(given.start, f"{pointer}/start", zones)
        self.end = self._moment(given.end, f"{pointer}/end", {})
        self.until = None if given.until is None else self._moment(given.until, f"{pointer}/until", {})
        self.zone = given.zone or zones.get(f"{pointer}/start", "UTC")
        self.excluded = self._moments(given.excluded, f"{pointer}/excluded")
        self.added = self._moments(given.added, f"{pointer}/added")
        if zone_of(self.zone) is None:
            sentence = "{zone!r} is no time zone of the IANA list and no offset such as +01:00"
            self.problems.append(Problem("time.unknown_zone", sentence, {"zone": self.zone}, f"{pointer}/zone"))

    def _moments(self, given: Sequence[datetime | str], pointer: str) -> tuple[datetime, ...]:
        if len(given) > MOST_DATES:
            facts = {"count": len(given), "most": MOST_DATES}
            self.problems.append(Problem("schedule.dates", "{count:,} dates; at most {most:,}", facts, pointer))
            return ()
        found = [self._moment(each, f"{pointer}/{place}", {}) for place, each in enumerate(given)]
        return tuple(sorted({each for each in found if each is not None}))

    def _moment(self, given: datetime | str, pointer: str, zones: dict[str, str]) -> datetime | None:
        try:
            moment, zone = zoned(given, "UTC")
            if isinstance(given, str):
                zones[pointer] = zone
        except Unreadable as unreadable:
            self.problems.append(unreadable.at(pointer))
            return None
        if moment.year not in YEARS:
            facts = {"moment": moment.isoformat(), "first": YEARS[0], "last": YEARS[-1]}
            sentence = "{moment} is not in the years {first} to {last}"
            self.problems.append(Problem("schedule.year", sentence, facts, pointer))
            return None
        if moment.microsecond:
            sentence = "{moment} is no whole second"
            self.problems.append(Problem("schedule.fraction", sentence, {"moment": moment.isoformat()}, pointer))
            return None
        return moment


def _length_problems(read: _Read, longest: timedelta, pointer: str) -> Iterator[Problem]:
    assert read.start is not None
    assert read.end is not None
    facts = {"start": read.start.isoformat(), "end": read.end.isoformat()}
    if read.end <= read.start:
        sentence = "it ends at {end}, which is not after its start {start}"
        yield Problem("schedule.ends_first", sentence, facts, f"{pointer}/end")
    elif read.end - read.start > longest:
        facts = {"days": f"{(read.end - read.start) / timedelta(days=1):g}", "most": str(longest.days)}
        sentence = "it lasts {days} days; at most {most}"
        yield Problem("schedule.too_long", sentence, facts, f"{pointer}/end")


def _recurring(read: _Read, rule: str | None, horizon: datetime, pointer: str) -> tuple[Schedule | None, list[Problem]]:
    zone = zone_of(read.zone)
    assert zone is not None
    assert read.start is not None
    assert read.end is not None
    if rule and read.zone != "UTC" and read.zone[0] in "+-":
        sentence = "{zone} is an offset, whose clocks know no summer time; name the IANA zone the rule counts in"
        return None, [Problem("schedule.offset_rule", sentence, {"zone": read.zone}, f"{pointer}/start")]
    first = local_of(read.start, zone)
    lasts = local_of(read.end, zone) - first
    if lasts <= timedelta(0):
        sentence = "by the clocks of {zone} it ends before it begins, so it can not come again"
        return None, [Problem("schedule.clocks", sentence, {"zone": read.zone}, f"{pointer}/end")]
    complete, starts = True, [first]
    if rule:
        parts, _ = parts_of(rule, f"{pointer}/rule")
        try:
            complete, starts = starts_of(parts, first, local_of(horizon, zone), zone)
        except ValueError as error:
            facts = {"rule": rule[:80], "cause": str(error)}
            return None, [Problem("schedule.rule", "{rule!r} is no rule: {cause}", facts, f"{pointer}/rule")]
    problems = list(_start_problems(read, starts, first, horizon, zone, pointer))
    if problems:
        return None, problems
    left_out = {local_of(each, zone) for each in read.excluded}
    intervals = [
        Interval(read.start, read.end) if local == first else _between(local, local + lasts, zone)
        for local in sorted({*starts, *(local_of(each, zone) for each in read.added)} - left_out)
    ]
    found = sorted(each for each in intervals if each.start < each.end)
    problems = list(_interval_problems(found, pointer))
    if problems:
        return None, problems
    return Schedule(
        read.start,
        read.end,
        read.zone,
        rule=None if not rule else written(parts_of(rule, pointer)[0]),
        excluded=read.excluded,
        added=read.added,
        known_until=None if complete else horizon,
        intervals=tuple(each.text for each in found),
    ), []


def _start_problems(
    read: _Read, starts: Sequence[datetime], first: datetime, horizon: datetime, zone: tzinfo, pointer: str
) -> Iterator[Problem]:
    if len(starts) > MOST_INTERVALS:
        facts = {"most": MOST_INTERVALS, "until": horizon.isoformat(timespec="minutes")}
        sentence = (
            "until {until} it comes to more than {most:,} intervals; let it end earlier, by UNTIL, COUNT or until"
        )
        yield Problem("schedule.too_many", sentence, facts, f"{pointer}/rule")
    elif not starts or starts[0] != first:
        facts = {"start": first.isoformat(), "next": starts[0].isoformat() if starts else "never"}
        sentence = "the first interval begins at {start}, which the rule does not name; its first would be {next}"
        yield Problem("schedule.first", sentence, facts, f"{pointer}/start")
    elif any(later - earlier < CLOSEST for earlier, later in pairwise(starts)):
        facts = {"least": int(CLOSEST / timedelta(minutes=1))}
        sentence = "it begins again within less than {least} minutes; hourly at most"
        yield Problem("schedule.too_often", sentence, facts, f"{pointer}/rule")
    known = set(starts)
    for place, moment in enumerate(read.excluded):
        if moment < horizon and local_of(moment, zone) not in known:
            sentence = "{moment} is excluded, and nothing begins then"
            facts = {"moment": moment.isoformat()}
            yield Problem("schedule.excluded", sentence, facts, f"{pointer}/excluded/{place}")


def _interval_problems(found: Sequence[Interval], pointer: str) -> Iterator[Problem]:
    if not found:
        yield Problem("schedule.never", "it never takes place", {}, pointer)
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            facts = {"start": later.start.isoformat(), "end": earlier.end.isoformat()}
            sentence = "it begins again at {start}, before it has ended at {end}"
            yield Problem("schedule.overlaps", sentence, facts, pointer)
            return


def _between(start: datetime, end: datetime, zone: tzinfo) -> Interval:
    return Interval(_moment_at(start, zone), _moment_at(end, zone))


def _moment_at(local: datetime, zone: tzinfo) -> datetime:
    """Return the first moment at which the clocks of the zone show ``local``, or jump over it."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if local_of(moment, zone) == local:
        return moment
    # Skipped: the jump is the first second that shows more. It lies between what the two offsets make of the text.
    low = int(local.replace(tzinfo=zone, fold=1).astimezone(UTC).timestamp())
    high = int(moment.timestamp())
    while low < high:
        middle = (low + high) // 2
        after = local_of(datetime.fromtimestamp(middle, UTC), zone) >= local
        low, high = (low, middle) if after else (middle + 1, high)
    return datetime.fromtimestamp(low, UTC)


def stated(schedule: Schedule) -> ScheduleGiven:
    """Return what a schedule was stated as, to be expanded anew; how far is the horizon's to say."""
    return ScheduleGiven(
        schedule.start, schedule.end, schedule.rule, schedule.excluded, schedule.added, zone=schedule.zone
    )

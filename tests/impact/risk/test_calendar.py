"""What the calendar says of a change, held minute by minute to counting; the next window, to trying them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cmdb.model.calendar_entry import Covered, EntryState, Schedule
from cmdb.model.calendar_facts import CalendarReason
from cmdb.model.capacity import TeamCapacity
from cmdb.model.change import Effect, Target, Window
from cmdb.model.freeze import Freeze, PeakEvent
from cmdb.model.intervals import Interval
from cmdb.model.maintenance_window import MaintenanceWindow
from impact.graph import build
from impact.risk.calendar import Reach, Touched, applying, facts_at, touched
from impact.risk.conflicts import Calendar
from impact.risk.planned import concerned
from impact.risk.projected import planned_outages
from impact.risk.safe_window import (
    Against,
    Grid,
    Ruled,
    first_safe,
    joined,
    ruled_by_calendar,
    ruled_by_conflicts,
)
from tests.impact.risk.test_conflicts import party
from tests.impact.sketch import sketch
from tests.impact.strategies import calendars
from tests.oracles import conflicts as oracle
from tests.oracles.conflicts import PlainChange, party_of
from tests.oracles.estate import rows_of
from tests.oracles.impact import blast_radius, degraded_of, down_of, hard_cone

EXAMPLES = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
SPAN, GRID = 120, 5


def at(minute: float) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def span(start: float, end: float) -> Interval:
    return Interval(at(start), at(end))


def a_schedule(pairs, known_until: int | None = None) -> Schedule:
    """Return a schedule of these minutes, in order; what touches or overlaps is one."""
    found: list[list[int]] = []
    for start, end in sorted(pairs):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    texts = tuple(span(*pair).text for pair in found)
    until = None if known_until is None else at(known_until)
    return Schedule(at(0), at(1), "UTC", known_until=until, intervals=texts)


SAID = {"name": "N", "reason": "", "state": EntryState.ACTIVE, "stated_by": "x", "stated_at": ORIGIN}
UID = {"uid": "u"}


def a_freeze(key: str, *pairs, covers=Covered(everything=True), known_until=None, **more) -> Freeze:  # noqa: B008
    return Freeze(id=key, schedule=a_schedule(pairs, known_until), covers=covers, **SAID, **UID, **more)


def a_peak(key: str, *pairs, counts=False) -> PeakEvent:
    covers = Covered(everything=True)
    return PeakEvent(
        id=key, schedule=a_schedule(pairs), covers=covers, demand=2.0, counts_as_freeze=counts, **SAID, **UID
    )


def a_window(key: str, ci: str, *pairs, minutes=None, agreed=True, notified=True) -> MaintenanceWindow:
    covers = Covered(cis=(ci,))
    told = {"agreed": agreed, "notified": notified, "minutes": minutes}
    return MaintenanceWindow(id=key, schedule=a_schedule(pairs), covers=covers, **told, **SAID, **UID)


def a_capacity(at_once: int, *pairs) -> TeamCapacity:
    said = {key: SAID[key] for key in ("reason", "state", "stated_by", "stated_at")}
    return TeamCapacity(id="CAP-1", team="t", at_once=at_once, hours=a_schedule(pairs) if pairs else None, **said)


spans = st.lists(
    st.tuples(st.integers(0, SPAN), st.sampled_from((1, 5, 10, 30, 60))).map(lambda p: (p[0], p[0] + p[1])), max_size=3
)


@st.composite
def applies(draw, cis):
    """Draw entries that concern a change which affects these CIs, with the reach of it."""
    freezes = [a_freeze("FRZ-1", *draw(spans)), a_freeze("FRZ-2", *draw(spans), emergency_passes=True)]
    peaks = [a_peak("PEAK-1", *draw(spans), counts=True), a_peak("PEAK-2", *draw(spans))]
    windows = [
        a_window(
            f"MW-{number}",
            draw(st.sampled_from(cis)),
            *draw(spans),
            minutes=draw(st.sampled_from((None, 3, 20))),
            agreed=draw(st.booleans()),
            notified=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    capacity = draw(st.none() | st.builds(lambda n, pairs: a_capacity(n, *pairs), st.integers(1, 2), spans))
    busy = [(f"CHG-{number}", span(*pair)) for number, pair in enumerate(draw(spans))]
    return {"freezes": freezes, "peaks": peaks, "maintenance": windows, "capacity": capacity, "busy": busy}


def reach_of(planned: tuple[int, int] | None) -> Reach:
    offsets = () if planned is None else ((timedelta(minutes=planned[0]), timedelta(minutes=sum(planned))),)
    return Reach(targets=("web1",), services=("shop", "blog"), affected={"shop": offsets})


def inside(schedule: Schedule, minute: int) -> bool:
    return bool(schedule.within(at(minute), at(minute + 1)))


def minutes_of(stretches) -> set[int]:
    return {m for m in range(4 * SPAN) for each in stretches if each.from_ <= at(m) < each.to}


@EXAMPLES
@given(st.data(), st.integers(0, SPAN), st.integers(1, 40), st.booleans())
def test_facts_minute_by_minute(data, start, length, emergency):
    """Freezes, peaks, planned minutes in agreed maintenance, and what the team can do."""
    given = data.draw(applies(["shop", "web1"]))
    planned = data.draw(st.none() | st.tuples(st.integers(0, length - 1), st.integers(1, length)))
    reach = reach_of(planned)
    facts = facts_at(reach, applying(reach, team="t", **given), span(start, start + length), emergency=emergency)
    window = range(start, start + length)

    frozen = [*given["freezes"], given["peaks"][0]]
    expected = {each.id: {m for m in window if inside(each.schedule, m)} for each in frozen}
    assert {met.id: minutes_of(met.stretches) for met in facts.freezes} == {k: v for k, v in expected.items() if v}
    for met in facts.freezes:
        passes = emergency and met.id == "FRZ-2"
        assert (met.code is CalendarReason.FREEZE_PASSED) == passes
    assert facts.frozen == any(v for k, v in expected.items() if not (emergency and k == "FRZ-2"))
    assert {met.id for met in facts.peaks} == {
        each.id for each in given["peaks"] if any(inside(each.schedule, m) for m in window)
    }

    own = [each for each in given["maintenance"] if each.agreed and each.covers.cis == ("shop",)]
    (met,) = (each for each in facts.maintenance if each.ci == "shop")
    out = set() if planned is None else {start + m for m in range(planned[0], sum(planned))}
    assert met.planned_minutes == len(out)
    if all(each.minutes is None for each in own):
        assert met.agreed_minutes == len([m for m in out if any(inside(each.schedule, m) for each in own)])
    assert met.notified_minutes <= met.agreed_minutes <= met.planned_minutes
    assert met.window_inside == all(any(inside(each.schedule, m) for each in own) for m in window)
    assert met.has_windows == bool(own)

    capacity = given["capacity"]
    crowded, off = set(), set()
    if capacity is not None:
        at_work = {m: [key for key, each in given["busy"] if each.start <= at(m) < each.end] for m in window}
        crowded = {m for m, keys in at_work.items() if len(keys) + 1 > capacity.at_once}
        off = {m for m in window if capacity.hours is not None and not inside(capacity.hours, m)}
        for each in facts.overruns:
            found = {key for m in minutes_of([each]) for key in at_work[m]}
            assert each.code is CalendarReason.TEAM_OFF or set(each.changes) == found
    for code, minutes in ((CalendarReason.TEAM_BUSY, crowded), (CalendarReason.TEAM_OFF, off)):
        assert minutes_of([each for each in facts.overruns if each.code is code]) == minutes
        assert (code in facts.reasons) == bool(minutes)


@EXAMPLES
@given(st.data(), st.integers(1, 40), st.booleans())
def test_starts_that_are_ruled_out_are_those_of_which_the_facts_speak_against(data, length, emergency):
    """For every start of the grid, one by one; and the first of the others is what is found."""
    given = data.draw(applies(["shop", "web1"]))
    given["maintenance"] = [each for each in given["maintenance"] if each.minutes is None]
    reach = reach_of((0, length))
    applies_to = applying(reach, team="t", **given)
    grid = Grid.between(at(3), at(SPAN), GRID)
    ruled = list(ruled_by_calendar(grid, timedelta(minutes=length), reach, applies_to, emergency=emergency))
    against: dict[Against, set[int]] = {each: set() for each in Against}
    for number in range(grid.count):
        start = grid.start(number)
        facts = facts_at(reach, applies_to, Interval(start, start + timedelta(minutes=length)), emergency=emergency)
        if facts.frozen:
            against[Against.FREEZE].add(number)
        if any(each.has_windows and not each.window_inside for each in facts.maintenance):
            against[Against.MAINTENANCE].add(number)
        for each in facts.overruns:
            against[Against(each.code.value)].add(number)
    held_to(grid, ruled, against)


def held_to(grid: Grid, ruled: list[Ruled], against: dict[Against, set[int]]) -> None:
    """Compare ranges with sets of numbers, and what is found with the first in none of them."""
    for reason, numbers in against.items():
        ranges = joined((r for each in ruled if each.against is reason for r in each.ranges), grid.count)
        assert {n for low, high in ranges for n in range(low, high + 1)} == numbers, reason
    free = [n for n in range(grid.count) if not any(n in numbers for numbers in against.values())]
    found = first_safe(grid, ruled)
    assert found.number == (free[0] if free else None)
    before = set(range(free[0] if free else grid.count))
    counts = {reason: len(numbers & before) for reason, numbers in against.items() if numbers & before}
    assert {each.against: each.total for each in found.rejected} == counts
    for each in found.rejected:
        assert all(0 < count <= each.total for _, count in each.by)


@EXAMPLES
@given(calendars(changes=4), st.integers(0, 59), st.integers(0, 3))
def test_starts_in_a_joint_conflict_are_those_the_oracle_finds(drawn, since, which):
    """Every start of the grid tried with the change moved there, among the other changes and incidents."""
    graph, needs = build(revision=1, **rows_of(drawn.estate)), drawn.estate.requirements()
    change = drawn.changes[which % len(drawn.changes)]
    others = [party_of(each) for each in (*drawn.changes, *drawn.incidents) if each is not change]
    assume(all(ends is not None for _, _, ends in party_of(change).down))
    grid = Grid.between(at(since), at(since + 90), GRID)
    calendar = Calendar(
        graph, [party(graph, each) for each in (*others, party_of(change))], graph.indexes(drawn.services)
    )
    ruled = list(ruled_by_conflicts(grid, calendar, change.id, span(change.start, change.end)))
    conflicting = set()
    for number in range(grid.count):
        start = int((grid.start(number) - ORIGIN) / timedelta(minutes=1))
        moved = PlainChange(change.id, start, start + change.end - change.start, change.outages)
        found = oracle.conflicts(needs, drawn.services, [*others, party_of(moved)])
        if any(change.id in members for members, _ in found):
            conflicting.add(number)
    held_to(grid, ruled, {Against.CONFLICT: conflicting})


@EXAMPLES
@given(calendars(changes=5), st.integers(0, 4))
def test_a_limit_never_makes_a_start_safe_that_is_not(drawn, which):
    """Where too many overlap to be looked at together, starts are ruled out as not examined; none is let through."""
    graph = build(revision=1, **rows_of(drawn.estate))
    change = drawn.changes[which % len(drawn.changes)]
    parties = [party(graph, party_of(each)) for each in (*drawn.changes, *drawn.incidents)]
    grid, window = Grid.between(at(0), at(90), GRID), span(change.start, change.end)

    def safe(**limits) -> set[int]:
        calendar = Calendar(graph, parties, graph.indexes(drawn.services), **limits)
        ranges = (r for each in ruled_by_conflicts(grid, calendar, change.id, window) for r in each.ranges)
        ruled = joined(ranges, grid.count)
        return set(range(grid.count)) - {n for low, high in ruled for n in range(low, high + 1)}

    for limits in ({"together": 1}, {"together": 2}, {"budget": 8}):
        assert safe(**limits) <= safe()


def test_the_grid():
    """Starts are counted from midnight UTC; a start is on the grid or after the moment that was asked for."""
    grid = Grid.between(at(7), at(31), 15)
    assert [grid.start(number) for number in range(grid.count)] == [at(15), at(30)]
    assert Grid.between(at(15), at(30), 15).count == 1
    assert Grid.between(at(16), at(30), 15).count == 0
    assert first_safe(Grid.between(at(16), at(30), 15), []).number is None
    seconds = Grid.between(at(0) + timedelta(seconds=1), at(60), 60)
    assert (seconds.first, seconds.count) == (at(60), 0)


def test_what_is_not_known_yet_is_not_safe():
    """From a window's end on beyond what is known of a freeze."""
    reach = reach_of(None)
    entries = {"freezes": [a_freeze("FRZ-1", known_until=60)], "peaks": [], "maintenance": []}
    applies_to = applying(reach, team=None, capacity=None, **entries)
    grid = Grid.between(at(0), at(90), GRID)
    ruled = list(ruled_by_calendar(grid, timedelta(minutes=10), reach, applies_to, emergency=False))
    held_to(grid, ruled, {Against.NOT_KNOWN_YET: set(range(11, 18))})
    facts = facts_at(reach, applies_to, span(51, 61), emergency=False)
    assert (facts.not_known_yet, facts.reasons) == (("FRZ-1",), (CalendarReason.NOT_KNOWN_YET,))
    assert facts_at(reach, applies_to, span(50, 60), emergency=False).reasons == ()


def test_a_window_with_too_few_agreed_minutes_is_none():
    """Twenty minutes of outage do not fit where ten were agreed; in the facts ten of them are."""
    reach = reach_of((0, 20))
    windows = [a_window("MW-1", "shop", (0, 30), minutes=10), a_window("MW-2", "shop", (60, 90), minutes=20)]
    applies_to = applying(reach, freezes=[], peaks=[], maintenance=windows, team=None, capacity=None)
    grid = Grid.between(at(0), at(90), GRID)
    ruled = ruled_by_calendar(grid, timedelta(minutes=30), reach, applies_to, emergency=False)
    assert grid.start(first_safe(grid, ruled).number) == at(60)
    (met,) = facts_at(reach, applies_to, span(0, 30), emergency=False).maintenance
    assert (met.agreed_minutes, met.outside_minutes) == (10, 10)


def test_what_an_entry_covers():
    """Everything, a service that is reached, a target by class, CI or environment; anything else is left alone."""
    reach = Reach(
        targets=("db1", "web1"),
        services=("shop", "blog"),
        affected={},
        classes={"web1": ("virtual_machine", "server"), "db1": ("database",)},
        environments={"web1": "test", "shop": "production"},
    )
    for covers, expected in (
        (Covered(everything=True), Touched(("shop", "blog"), ("db1", "web1"))),
        (Covered(services=("shop", "mail")), Touched(("shop",), ())),
        (Covered(classes=("server",)), Touched((), ("web1",))),
        (Covered(cis=("db1",)), Touched((), ("db1",))),
        (Covered(environments=("production",)), Touched(("shop",), ())),
        (Covered(environments=("test",)), Touched((), ("web1",))),
        (Covered(services=("mail",), classes=("switch",)), Touched((), ())),
    ):
        assert touched(covers, reach) == expected
    assert not touched(Covered(services=("mail",)), reach)


@EXAMPLES
@given(calendars(changes=2))
def test_whom_a_change_concerns(drawn):
    """Dependants by the oracle's reach; affected have a target out in their hard cone, or are degraded."""
    estate, change = drawn.estate, drawn.changes[0]
    assume(all(pair is None or pair[1] is not None for pair in change.outages.values()))
    graph, needs = build(revision=1, **rows_of(estate)), estate.requirements()
    window = Window(at(change.start), at(change.end))
    targets = [
        Target(ci, Effect.CONFIG) if pair is None else Target(ci, Effect.DOWN, pair[0], pair[1])
        for ci, pair in sorted(change.outages.items())
    ]
    found = concerned(graph, window, targets)
    services = {ci for ci, row in estate.items.items() if row["service"]}
    strengths = {(row["item"], row["name"]): row["strength"] for row in estate.groups}
    assert (
        set(found.services)
        == blast_radius(estate.relations, strengths, {each.ci for each in targets}).keys() & services
    )
    rest = down_of(needs, set())
    affected: dict[str, set[int]] = {}
    for minute in range(change.end - change.start):
        out = {ci for ci, pair in change.outages.items() if pair is not None and pair[0] <= minute < sum(pair)}
        down = down_of(needs, out)
        for service in services - rest:
            newly = degraded_of(needs, down) - degraded_of(needs, rest)
            if out & hard_cone(needs, service) or service in newly:
                affected.setdefault(service, set()).update({minute} & ({minute} if service in down else set()))
    told = {
        ci: {m for m in range(change.end) for since, until in times if since <= timedelta(minutes=m) < until}
        for ci, times in found.affected.items()
    }
    assert told == affected


def test_a_pair_and_its_service():
    """One of two out: the service is affected and not down; both: down for the minutes they are out together."""
    graph = sketch("Shop: 1 of (web1 web2)", "Blog: soft Shop")
    window = Window(at(0), at(60))
    one = concerned(graph, window, [Target("web1", Effect.RESTART, 0, 10), Target("gone")])
    assert (one.services, one.affected) == (("Blog", "Shop"), {"Shop": ()})
    both = concerned(graph, window, [Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 5, 10)])
    assert both.affected == {"Blog": (), "Shop": ((timedelta(minutes=5), timedelta(minutes=10)),)}
    assert concerned(graph, window, [Target("web1", Effect.CONFIG)]).affected == {}


@EXAMPLES
@given(calendars(changes=4), st.integers(0, 40), st.integers(1, 60))
def test_planned_outages_of_all_changes_together(drawn, start, length):
    """Minute by minute: some set with a change in it stops the service; without incidents, all that are out do."""
    graph, needs = build(revision=1, **rows_of(drawn.estate)), drawn.estate.requirements()
    parties = [party_of(each) for each in (*drawn.changes, *drawn.incidents)]
    calendar = Calendar(graph, [party(graph, each) for each in parties])
    period = range(start, start + length)
    found = {
        graph.ids[service]: {m for m in period for each, *_ in down if each.start <= at(m) < each.end}
        for service, down in planned_outages(graph, calendar, at(start), at(start + length)).items()
    }
    services = sorted({ci for ci, row in drawn.estate.items.items() if row["service"]} - down_of(needs, set()))
    stopped = oracle.conflicts(needs, services, parties, least=1)
    expected: dict[str, set[int]] = {}
    for (members, service), intervals in stopped.items():
        if any(member.startswith("CHG") for member in members):
            minutes = {
                m
                for m in period
                for since, until in intervals
                if (since is None or since <= m) and (until is None or m < until)
            }
            if minutes:
                expected.setdefault(service, set()).update(minutes)
    assert found == expected
    if not drawn.incidents:
        for m in range(start, start + length):
            out = {
                ci for each in parties for ci, since, until in each.down if since <= m and (until is None or m < until)
            }
            down = down_of(needs, out) - down_of(needs, set())
            assert {service for service, minutes in found.items() if m in minutes} == down & set(services)

"""The reckoning of a consequence, against every case and every minute; what it may never do, and that its parts sum."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.consequence import FailureChance, RepairCases, RepairTime, ScenarioName
from cmdb.model.intervals import MINUTE, Interval, union
from cmdb.model.outcome import Outcome
from cmdb.model.sla import ErrorBudget
from impact.risk.affected import Affected, BudgetPeriod
from impact.risk.consequence import reckon
from impact.risk.courses import Alternative, Course
from tests.builders import moment
from tests.oracles import consequence as oracle

START = moment("2026-03-28T22:00Z")
WINDOW = Interval(START, START + 30 * MINUTE)
HALF_AT = 60.0
LONGEST = 90
_outcomes = st.sampled_from([Outcome.DOWN, Outcome.DEGRADED, Outcome.UNAFFECTED])


def at(minute: int) -> object:
    return START + minute * MINUTE


def between(start: int, end: int) -> Interval:
    return Interval(START + start * MINUTE, START + end * MINUTE)


def a_repair(**minutes: float) -> RepairTime:
    """Return a repair time: ``a_repair(m10=0.5, m60=0.5)``."""
    ordered = sorted((int(name[1:]), share) for name, share in minutes.items())
    return RepairTime(tuple(m for m, _ in ordered), tuple(p for _, p in ordered), RepairCases(0, 0, 0))


def a_course(*ways: Alternative, p_fail: float = 0.2, back_out: int = 10, share: float = 0.5) -> Course:
    chance = FailureChance(p_fail, p_fail / 2, (1 + p_fail) / 2, False, share)
    return Course(WINDOW, chance, ((1.0, back_out),), ways or (Alternative(("a",), 1.0, a_repair(m20=0.5, m60=0.5)),))


def affected(**given) -> Affected:
    """Return a service that is there around the clock and goes down with whatever fails."""
    wanted = {
        "id": "shop",
        "name": "Shop",
        "tier": 1,
        "weight": 1.0,
        "has_level": True,
        "hours": (between(-10_000, 10_000),),
        "unknown": (),
        "planned": (),
        "as_planned": Outcome.UNAFFECTED,
        "backing_out": Outcome.DOWN,
        "failing": (Outcome.DOWN,),
    }
    return Affected(**{**wanted, **given})


@st.composite
def spans(draw, low: int, high: int, most: int = 3):
    edges = draw(st.lists(st.integers(low, high), max_size=2 * most, unique=True).map(sorted))
    return union(between(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def repairs(draw):
    minutes = draw(st.lists(st.integers(1, LONGEST), min_size=1, max_size=3, unique=True).map(sorted))
    weights = [draw(st.integers(1, 4)) for _ in minutes]
    return RepairTime(tuple(minutes), tuple(each / sum(weights) for each in weights), RepairCases(0, 0, 0))


@st.composite
def changes(draw):
    """A course with up to three ways to fail, and services that they do different things to."""
    ways = draw(st.integers(1, 3))
    course = Course(
        WINDOW,
        FailureChance(draw(st.floats(0, 1)), 0.0, 1.0, False, draw(st.floats(0, 1))),
        tuple((1.0, minutes) for minutes in [draw(st.integers(0, LONGEST))]),
        tuple(Alternative((f"ci{way}",), 1 / ways, draw(repairs())) for way in range(ways)),
    )
    services = []
    for number in range(draw(st.integers(1, 3))):
        planned = draw(spans(0, 30))
        periods = ()
        if draw(st.booleans()):
            cut = draw(st.integers(1, 100))
            periods = tuple(
                BudgetPeriod(each, ErrorBudget(draw(st.integers(0, 60)) * MINUTE, draw(st.integers(0, 40)) * MINUTE))
                for each in (between(-5000, cut), between(cut, 5000))
            )
        services.append(
            affected(
                id=f"s{number}",
                weight=draw(st.sampled_from([1.0, 0.3, 0.03])),
                hours=draw(spans(-20, 120, 4)),
                planned=planned,
                as_planned=Outcome.DOWN if planned else Outcome.UNAFFECTED,
                backing_out=draw(_outcomes),
                failing=tuple(draw(_outcomes) for _ in range(ways)),
                periods=periods,
                maintenance=draw(st.integers(0, 20)) * MINUTE if periods else timedelta(),
                longest=draw(st.none() | st.integers(1, 60).map(lambda minutes: minutes * MINUTE)) if periods else None,
                rate_per_minute=draw(st.none() | st.just(2.5)),
                currency="EUR",
            )
        )
    return course, services


# against the oracle --------------------------------------------------------------------------------------------------
@settings(max_examples=40, deadline=None)
@given(changes())
def test_every_figure_is_that_of_all_cases_minute_by_minute(change):
    """Minutes, what is charged, P(breach), P(down), loss, money and the tail: exact, nothing drawn."""
    course, services = change
    found = reckon(course, services, half_at=HALF_AT)

    every = list(oracle.cases(course))
    totals = [Fraction(0) for _ in every]
    for service, told in zip(services, found.services, strict=True):
        costs = [oracle.cost(course, service, case) for case in every]
        totals = [t + Fraction(service.weight) * c.charged for t, c in zip(totals, costs, strict=True)]
        for row in told.scenarios:
            mine = [(case, paid) for case, paid in zip(every, costs, strict=True) if case.scenario is row.scenario]
            likely = sum(case.probability for case, _ in mine)
            charged = sum(case.probability * paid.charged for case, paid in mine)
            assert row.loss == pytest.approx(float(charged) * service.weight, abs=4e-6)
            assert (row.money or 0.0) == pytest.approx(float(charged) * (service.rate_per_minute or 0.0))
            if likely:
                minutes = sum(case.probability * paid.minutes for case, paid in mine) / likely
                assert row.minutes == pytest.approx(float(minutes))
                missed = sum(case.probability for case, paid in mine if paid.breaches) / likely
                assert (row.p_breach or 0.0) == pytest.approx(float(missed) if service.periods else 0.0, abs=1e-9)
        missed = sum(case.probability for case, paid in zip(every, costs, strict=True) if paid.breaches)
        assert (told.p_breach is None) == (not service.periods)
        assert (told.p_breach or 0.0) == pytest.approx(float(missed) if service.periods else 0.0, abs=1e-9)
    losses = [(case.probability, total) for case, total in zip(every, totals, strict=True)]
    assert found.expected_loss == pytest.approx(float(sum(p * loss for p, loss in losses)), abs=1e-4)
    assert found.tail_loss == pytest.approx(float(oracle.worst(losses, Fraction(0.05))), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(changes())
def test_all_parts_sum_to_their_wholes_exactly(change):
    """In whatever order they are added, to the last bit: the loss and the score."""
    found = reckon(*change, half_at=HALF_AT)

    for of in ("loss", "score"):
        parts = [getattr(row, of) for service in found.services for row in service.scenarios]
        whole = found.expected_loss if of == "loss" else found.score
        assert sum(parts) == sum(reversed(parts)) == whole
        assert sum(getattr(service, of) for service in found.services) == whole
        for service in found.services:
            assert sum(getattr(row, of) for row in service.scenarios) == getattr(service, of)
    assert sum(each.probability for each in found.scenarios) == pytest.approx(1.0)
    assert found.loss_low <= found.expected_loss <= found.loss_high
    assert found.expected_loss <= found.tail_loss
    assert 0 <= found.score < 100


# what may never be ---------------------------------------------------------------------------------------------------
def _figures(course, services) -> tuple[float, float, float]:
    found = reckon(course, services, half_at=HALF_AT)
    return found.expected_loss, found.tail_loss, found.score


def _none_lower(before, after) -> None:
    assert all(now >= was - 1e-9 for was, now in zip(before, after, strict=True))


@settings(max_examples=40, deadline=None)
@given(changes(), st.floats(0, 1))
def test_a_likelier_failure_never_lowers_loss_tail_or_score(change, share):
    """Every scenario holds what the plan holds."""
    course, services = change
    chance = course.p_fail
    worse = replace(course, p_fail=replace(chance, mean=chance.mean + (1 - chance.mean) * share))

    _none_lower(_figures(course, services), _figures(worse, services))


@settings(max_examples=40, deadline=None)
@given(changes(), spans(0, 30))
def test_a_longer_outage_never_lowers_them(change, more):
    """Also with agreed maintenance, hours and budgets in between."""
    course, services = change
    longer = [replace(each, planned=union((*each.planned, *more)), as_planned=Outcome.DOWN) for each in services]

    _none_lower(_figures(course, services), _figures(course, longer))


@settings(max_examples=40, deadline=None)
@given(changes(), st.integers(0, 60), st.data())
def test_a_slower_repair_or_back_out_never_lowers_them(change, later, data):
    """Every duration by as much, or one of them."""
    course, services = change
    slower = replace(
        course,
        back_out=tuple((p, minutes + later) for p, minutes in course.back_out),
        alternatives=tuple(
            replace(
                way,
                repair=replace(
                    way.repair,
                    minutes=tuple(minutes + data.draw(st.sampled_from([0, later])) for minutes in way.repair.minutes),
                ),
            )
            for way in course.alternatives
        ),
    )

    _none_lower(_figures(course, services), _figures(slower, services))


@settings(max_examples=40, deadline=None)
@given(changes())
def test_a_way_to_fail_that_stops_more_never_lowers_them(change):
    """A service that went down with nothing now goes down with everything."""
    course, services = change
    worse = [replace(each, failing=(Outcome.DOWN,) * len(each.failing)) for each in services]

    _none_lower(_figures(course, services), _figures(course, worse))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 10), st.floats(0, 1), st.data())
def test_splitting_a_change_does_not_lower_the_summed_expected_loss(count, p_fail, data):
    """Each part with a chance of failure such that together they fail no less often than the whole did."""
    repair = data.draw(repairs())
    down = [data.draw(_outcomes) for _ in range(count)]
    service = affected(failing=tuple(down), backing_out=Outcome.DOWN)
    ways = tuple(Alternative((f"ci{n}",), 1 / count, repair) for n in range(count))
    whole = reckon(a_course(*ways, p_fail=p_fail), [service], half_at=HALF_AT)
    part = 1 - (1 - p_fail) ** (1 / count)

    parts = [
        reckon(a_course(replace(way, weight=1.0), p_fail=part), [replace(service, failing=(outcome,))], half_at=HALF_AT)
        for way, outcome in zip(ways, down, strict=True)
    ]

    assert fsum(each.expected_loss for each in parts) >= whole.expected_loss - 1e-5


# single facts --------------------------------------------------------------------------------------------------------
def test_as_planned_backed_out_and_failed_by_hand():
    """P(fail) 0.2, half of it incidents; ten minutes planned, ten to back out, 20 or 60 to repair."""
    service = affected(planned=(between(5, 15),), as_planned=Outcome.DOWN)

    found = reckon(a_course(), [service], half_at=HALF_AT)

    rows = found.services[0].scenarios
    assert [row.scenario for row in rows] == list(ScenarioName)
    assert [row.minutes for row in rows] == [10.0, 20.0, 50.0]
    assert [round(row.loss, 4) for row in rows] == [8.0, 2.0, 5.0]
    assert found.expected_loss == pytest.approx(15.0, abs=1e-5)
    assert found.tail_loss == pytest.approx(70.0)
    assert found.score == pytest.approx(20.0, abs=1e-3)
    assert [(each.name, round(each.probability, 3), each.extra_minutes) for each in found.scenarios] == [
        (ScenarioName.AS_PLANNED, 0.8, 0.0),
        (ScenarioName.BACKED_OUT, 0.1, 10.0),
        (ScenarioName.FAILED, 0.1, 40.0),
    ]


def test_agreed_maintenance_is_shown_and_not_charged():
    """Of each period the first of the planned outage; a back-out that takes longer is."""
    month = BudgetPeriod(between(-5000, 5000), ErrorBudget(5 * MINUTE))
    service = affected(
        planned=(between(5, 15),), as_planned=Outcome.DOWN, periods=(month,), maintenance=timedelta(minutes=10)
    )

    told = reckon(a_course(), [service], half_at=HALF_AT).services[0]

    planned, backed_out, _ = told.scenarios
    assert (planned.minutes, planned.maintenance_minutes, planned.loss, planned.p_breach) == (10.0, 10.0, 0.0, 0.0)
    assert (backed_out.minutes, backed_out.p_breach) == (20.0, 1.0)
    assert backed_out.budget_share == 2.0


def test_nothing_outside_service_hours_is_charged():
    """A night's work of a service of the day; the repair that runs into the morning is."""
    service = affected(hours=(between(60, 600),), planned=(between(0, 30),), as_planned=Outcome.DOWN)

    rows = reckon(a_course(), [service], half_at=HALF_AT).services[0].scenarios

    assert [row.minutes for row in rows] == [0.0, 0.0, 15.0]
    assert [row.p_down for row in rows] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("used", "share", "spent"), [(0, 0.5, False), (30, 1.0, False), (60, None, False), (70, None, True)]
)
def test_the_budget_share_is_of_what_is_left(used, share, spent):
    """None where nothing is left of which it could be a share."""
    month = BudgetPeriod(between(-5000, 5000), ErrorBudget(60 * MINUTE, used * MINUTE))
    service = affected(planned=(between(0, 30),), as_planned=Outcome.DOWN, periods=(month,))

    told = reckon(a_course(), [service], half_at=HALF_AT).services[0]

    assert told.scenarios[0].budget_share == share
    assert told.budget.spent is spent
    assert told.scenarios[0].p_breach == (1.0 if share is None else 0.0)


def test_what_adds_nothing_misses_nothing():
    """Though the target of the period is missed already, by others."""
    month = BudgetPeriod(between(-5000, 5000), ErrorBudget(MINUTE, 60 * MINUTE))
    untouched = affected(failing=(Outcome.REDUCED,), backing_out=Outcome.REDUCED, periods=(month,))

    told = reckon(a_course(), [untouched], half_at=HALF_AT).services[0]

    assert (told.p_breach, told.loss, told.budget.spent) == (0.0, 0.0, True)


def test_one_interruption_may_be_too_long_though_the_budget_holds():
    """And two of them are not one: the planned one ends before the window does."""
    month = BudgetPeriod(between(-5000, 5000), ErrorBudget(1000 * MINUTE))
    service = affected(planned=(between(0, 15),), as_planned=Outcome.DOWN, periods=(month,), longest=20 * MINUTE)

    planned, backed_out, failed = reckon(a_course(), [service], half_at=HALF_AT).services[0].scenarios

    assert (planned.p_breach, backed_out.p_breach, failed.p_breach) == (0.0, 0.0, 0.5)


def test_an_outage_that_runs_into_the_next_period_weighs_on_both():
    """Each period has a budget of its own."""
    first = BudgetPeriod(between(-5000, 40), ErrorBudget(30 * MINUTE))
    following = BudgetPeriod(between(40, 5000), ErrorBudget(15 * MINUTE))
    service = affected(periods=(first, following))

    told = reckon(a_course(back_out=30), [service], half_at=HALF_AT).services[0]

    # The back-out lasts from 30 to 60: ten minutes of the first period, twenty of the next.
    assert told.scenarios[1].p_breach == 1.0
    assert told.budget.start == following.period.start


def test_it_is_told_until_when_an_outage_may_last():
    """From the window's start on, inside service hours, by the budget or the longest interruption."""
    month = BudgetPeriod(between(-5000, 5000), ErrorBudget(43 * MINUTE))
    by_budget = affected(periods=(month,), hours=(between(-100, 10), between(20, 5000)))
    by_length = replace(by_budget, longest=20 * MINUTE)

    told = [reckon(a_course(), [each], half_at=HALF_AT).services[0].breaches_at for each in (by_budget, by_length)]

    assert told == [at(53), at(30)]


def test_a_change_that_touches_nothing_costs_nothing():
    """No service, no way to fail that stops one."""
    found = reckon(a_course(), [], half_at=HALF_AT)

    assert (found.expected_loss, found.tail_loss, found.score, found.services) == (0, 0, 0, ())


@pytest.mark.promises
def test_the_exact_figures_are_those_that_a_million_throws_come_to(promise):
    """Monte Carlo over scenario, way and repair time: the mean loss and the tail within four standard errors."""
    kept = promise("the consequence of a change", "exact: within four standard errors of 10^6 throws", "none")
    rng = random.Random(7)
    ways = tuple(Alternative((f"ci{n}",), 0.25, a_repair(m5=0.5, m30=0.25, m90=0.125, m600=0.125)) for n in range(4))
    services = [
        affected(failing=(Outcome.DOWN, Outcome.UNAFFECTED, Outcome.DOWN, Outcome.DOWN), planned=(between(3, 9),)),
        affected(failing=(Outcome.DOWN, Outcome.DOWN, Outcome.UNAFFECTED, Outcome.UNAFFECTED), weight=0.3),
    ]
    course = a_course(*ways, p_fail=0.13)
    found = reckon(course, services, half_at=HALF_AT)

    every = list(oracle.cases(course))
    totals = [float(sum(oracle.cost(course, s, case).charged * s.weight for s in services)) for case in every]
    drawn = rng.choices(totals, weights=[float(case.probability) for case in every], k=1_000_000)
    mean = fsum(drawn) / len(drawn)
    deviation = (fsum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5
    worst = sorted(drawn)[-len(drawn) // 20 :]

    error = 4 * deviation / len(drawn) ** 0.5
    tail = fsum(worst) / len(worst)
    spread = (fsum((each - tail) ** 2 for each in worst) / len(worst)) ** 0.5
    kept.seen(f"mean {mean:.3f} for {found.expected_loss:.3f}, tail {tail:.2f} for {found.tail_loss:.2f}")
    assert abs(mean - found.expected_loss) < error
    assert abs(tail - found.tail_loss) < 8 * spread / len(worst) ** 0.5

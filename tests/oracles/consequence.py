"""The consequence of a change case by case and minute by minute, sharing no arithmetic with what it judges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

from cmdb.model.consequence import ScenarioName
from cmdb.model.outcome import Outcome
from tests.oracles.hours import holds, minutes_of


class Case(NamedTuple):
    """One thing that may happen: how likely, in which scenario, who fails (None: nobody), for how many minutes."""

    probability: Fraction
    scenario: ScenarioName
    way: int | None
    extra: int


def cases(course) -> Iterator[Case]:
    """Yield all that may happen, in fractions."""
    fails, share = Fraction(course.p_fail.mean), Fraction(course.p_fail.incident_share)
    yield Case(1 - fails, ScenarioName.AS_PLANNED, None, 0)
    for probability, minutes in course.back_out:
        yield Case(fails * (1 - share) * Fraction(probability), ScenarioName.BACKED_OUT, None, minutes)
    for way, each in enumerate(course.alternatives):
        for probability, minutes in zip(each.repair.probabilities, each.repair.minutes, strict=True):
            likely = fails * share * Fraction(each.weight) * Fraction(probability)
            yield Case(likely, ScenarioName.FAILED, way, minutes)


class Cost(NamedTuple):
    """What a case costs a service: minutes inside its hours, those that are charged, whether it misses its target."""

    minutes: int
    charged: int
    breaches: bool


def cost(course, service, case: Case) -> Cost:
    """Return what a case costs, looking at every minute from the window's start on."""
    end = course.window.end + timedelta(minutes=max(case.extra, 0))
    later = (
        case.scenario is not ScenarioName.AS_PLANNED
        and (service.backing_out if case.way is None else service.failing[case.way]) is Outcome.DOWN
    )
    left = [service.maintenance for _ in service.periods]
    total = charged = 0
    spent = [timedelta() for _ in service.periods]
    interruption = longest = timedelta()
    for minute in minutes_of(course.window.start, max(end, course.window.end)):
        planned = holds(service.planned, minute)
        down = planned or (later and minute >= course.window.end)
        if not down:
            interruption = timedelta()
            continue
        if not holds(service.hours, minute):
            continue
        total += 1
        of = [place for place, each in enumerate(service.periods) if holds([each.period], minute)]
        if planned and of and left[of[0]] >= timedelta(minutes=1):
            left[of[0]] -= timedelta(minutes=1)
            continue
        charged += 1
        interruption += timedelta(minutes=1)
        longest = max(longest, interruption)
        for place in of:
            spent[place] += timedelta(minutes=1)
    missed = any(
        more and each.budget.used + more > each.budget.total for each, more in zip(service.periods, spent, strict=True)
    )
    return Cost(total, charged, missed or (service.longest is not None and longest > service.longest))


def worst(losses: list[tuple[Fraction, Fraction]], tail: Fraction) -> Fraction:
    """Return the mean of the worst share of probabilities and losses."""
    left, found = tail, Fraction(0)
    for loss, probability in sorted(((loss, p) for p, loss in losses), reverse=True):
        taken = min(left, probability)
        found, left = found + taken * loss, left - taken
    return found / tail

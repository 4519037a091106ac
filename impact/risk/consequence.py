"""
The consequence of a change, pure: three ways it may go, what each does to each service, and what that costs.

Everything that asks the graph, the calendars and the history is done by the caller and given as values: an
:class:`~impact.risk.affected.Affected` says of a service when it is down by plan and which sets of CIs take it down.
From there all is exact arithmetic over a discrete distribution: the scenario, then which CIs stay down, then for how
many minutes.

* *As planned*, 1 - P(fail): the planned outages, and nothing else.
* *Backed out*: the planned outages, and from the window's end on all targets that the plan takes out, together, for
  the minutes of the back-out; nobody plans the waves of a back-out.
* *Failed with an incident*: the planned outages, and from the window's end on one of the ways to fail
  (:class:`~impact.risk.courses.Alternative`), for a time of repair.

So every scenario holds what the plan holds, and losses never fall when an outage gets longer, failing more likely or a
repair slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum, inf

from cmdb.model.consequence import (
    BudgetState,
    Failing,
    Scenario,
    ScenarioName,
    ServiceConsequence,
    ServiceScenario,
)
from cmdb.model.hours import MINUTE, Interval, in_minutes, length_of, union
from cmdb.model.outcome import Outcome
from impact.risk.affected import Affected, Spent
from impact.risk.courses import Course
from impact.risk.losses import GRID, SCORE_GRID, Case, apportioned, expected_shortfall, on_grid, score_of
from impact.risk.repair import quantile

Figure = Callable[[Spent], timedelta]
"""One of the lengths that an outage costs."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What :func:`reckon` found; the fields are those of :class:`cmdb.model.consequence.Consequence`."""

    scenarios: tuple[Scenario, ...]
    failing: tuple[Failing, ...]
    services: tuple[ServiceConsequence, ...]
    expected_loss: float
    loss_low: float
    loss_high: float
    tail_loss: float
    tail_high: float
    failed_loss: float
    score: float
    money: Mapping[str, float]


def reckon(course: Course, affected: Sequence[Affected], *, half_at: float) -> Reckoned:
    """
    Return the consequence of a change for the services it may touch, in their order.

    The weights of the alternatives, and the probabilities of each repair and of the back-out, sum to 1. Cost: for each
    service the different repair times in reads of a clock, and in additions the cases in which it is down.
    """
    lines = [_Line(course, each) for each in affected]
    expected_loss = _expected(lines, course.p_fail.mean)
    score = score_of(expected_loss, half_at)
    shares = [line.share(scenario) for line in lines for scenario in ScenarioName]
    losses, scores = apportioned(expected_loss, shares, GRID), apportioned(score, shares, SCORE_GRID)
    each = len(ScenarioName)
    services = tuple(
        line.told(losses[place * each : (place + 1) * each], scores[place * each : (place + 1) * each])
        for place, line in enumerate(lines)
    )
    tail = max(expected_loss, expected_shortfall(_cases(course, lines)))
    high = course.at_most_likely()
    loss_high = _expected(lines, course.p_fail.high)
    return Reckoned(
        scenarios=tuple(
            Scenario(name, course.probability(name), _extra_minutes(course, name)) for name in ScenarioName
        ),
        failing=tuple(
            Failing(each.cis, each.weight, quantile(each.repair, 0.5), quantile(each.repair, 0.95), each.repair.cases)
            for each in course.alternatives
        ),
        services=services,
        expected_loss=expected_loss,
        loss_low=_expected(lines, course.p_fail.low),
        loss_high=loss_high,
        tail_loss=tail,
        tail_high=max(tail, loss_high, expected_shortfall(_cases(high, lines))),
        failed_loss=on_grid(fsum(line.failed() for line in lines)),
        score=score,
        money=_money(services),
    )


def _extra_minutes(course: Course, scenario: ScenarioName) -> float:
    return fsum(way.weight * p * extra for way in course.ways(scenario) for p, extra in way.points)


def _expected(lines: Sequence[_Line], p_fail: float) -> float:
    """Return the expected loss at a chance of failure, on the grid."""
    return on_grid(fsum(line.expected(p_fail) for line in lines))


def _cases(course: Course, lines: Sequence[_Line]) -> Iterator[Case]:
    """Yield every case with its probability and what all services lose in it together."""
    planned = fsum(line.service.weight * in_minutes(line.planned.charged) for line in lines)
    for scenario in ScenarioName:
        likely = course.probability(scenario)
        for way in course.ways(scenario):
            stopped = [line for line in lines if line.is_down(scenario, way.place)]
            if not stopped:
                yield likely * way.weight, planned
                continue
            for probability, extra in way.points:
                more = fsum(line.service.weight * line.more(extra) for line in stopped)
                yield likely * way.weight * probability, planned + more


def _money(services: Iterable[ServiceConsequence]) -> dict[str, float]:
    parts: dict[str, list[float]] = {}
    for service in services:
        for each in service.scenarios:
            if service.currency is not None and each.money is not None:
                parts.setdefault(service.currency, []).append(each.money)
    return {currency: fsum(parts[currency]) for currency in sorted(parts)}


def _probability(parts: Iterable[float]) -> float:
    """Return the sum of probabilities without the noise of their last digits, so that certainty is 1."""
    return round(fsum(parts), 12)


class _Line:
    """One service along the course of a change; what an outage of so many minutes costs it is reckoned once."""

    def __init__(self, course: Course, service: Affected) -> None:
        self.course, self.service = course, service
        self._known: dict[int, Spent] = {}
        self.planned = self._spent(0)
        # Of each scenario the cases in which the service is down beyond the window; in all others it costs the plan.
        self._beyond = {scenario: list(self._cases_beyond(scenario)) for scenario in ScenarioName}
        self._charged = {scenario: self._more(scenario, _charged) for scenario in ScenarioName}
        self._weighs_most: int | None = None

    def is_down(self, scenario: ScenarioName, place: int | None) -> bool:
        """Tell whether the service is down beyond the window."""
        if place is not None:
            return self.service.failing[place] is Outcome.DOWN
        return scenario is ScenarioName.BACKED_OUT and self.service.backing_out is Outcome.DOWN

    def more(self, extra: int) -> float:
        """Return the minutes that are charged beyond those planned if it is down so long after the window."""
        return in_minutes(self._spent(extra).charged - self.planned.charged)

    def expected(self, p_fail: float) -> float:
        """
        Return the expected loss at a chance of failure, in tier 1 minutes.

        What is planned is lost in any case, and on top what each scenario takes beyond it. Written so, every step is
        one in which a greater number never gives a smaller one, to the last bit.
        """
        share = self.course.p_fail.incident_share
        more = p_fail * (1.0 - share) * self._charged[ScenarioName.BACKED_OUT]
        more += p_fail * share * self._charged[ScenarioName.FAILED]
        return self.service.weight * (in_minutes(self.planned.charged) + more)

    def share(self, scenario: ScenarioName) -> float:
        """Return the part of the expected loss that a scenario brings."""
        return self.service.weight * self.course.probability(scenario) * self._mean(scenario, _charged)

    def failed(self) -> float:
        """Return what is lost once the change has failed with an incident, in tier 1 minutes."""
        return self.service.weight * self._mean(ScenarioName.FAILED, _charged)

    def _breach(self, course: Course, rows: Sequence[ServiceScenario]) -> float | None:
        """Return P(breach) over all scenarios of a course."""
        if not self.service.periods:
            return None
        return _probability(course.probability(row.scenario) * (row.p_breach or 0.0) for row in rows)

    def _cases_beyond(self, scenario: ScenarioName) -> Iterator[tuple[float, Spent]]:
        for way in self.course.ways(scenario):
            if self.is_down(scenario, way.place):
                yield from ((way.weight * p, self._spent(extra)) for p, extra in way.points if extra)

    def _spent(self, extra: int) -> Spent:
        if extra not in self._known:
            end = self.course.window.end
            later = () if not extra else (Interval(end, end + extra * MINUTE),)
            self._known[extra] = Spent(self.service, union((*self.service.planned, *later)))
        return self._known[extra]

    def _more(self, scenario: ScenarioName, figure: Figure) -> float:
        """Return the expected minutes of a figure in a scenario beyond those that are planned."""
        planned = figure(self.planned)
        return fsum(p * in_minutes(figure(spent) - planned) for p, spent in self._beyond[scenario])

    def _mean(self, scenario: ScenarioName, figure: Figure) -> float:
        """Return the expected minutes of a figure in a scenario."""
        return in_minutes(figure(self.planned)) + self._more(scenario, figure)

    def told(self, losses: Sequence[float], scores: Sequence[float]) -> ServiceConsequence:
        """Return what is known of the service."""
        service, course = self.service, self.course
        rows = tuple(
            self._scenario(name, loss, score) for name, loss, score in zip(ScenarioName, losses, scores, strict=True)
        )
        return ServiceConsequence(
            id=service.id,
            name=service.name,
            tier=service.tier,
            weight=service.weight,
            has_level=service.has_level,
            hours_unknown=in_minutes(length_of(service.unknown)),
            budget=self._budget(),
            breaches_at=self._breaches_at(),
            p_breach=self._breach(course, rows),
            p_breach_high=self._breach(course.at_most_likely(), rows),
            loss=sum(losses),
            score=sum(scores),
            currency=service.currency,
            scenarios=rows,
        )

    def _scenario(self, name: ScenarioName, loss: float, score: float) -> ServiceScenario:
        service, beyond = self.service, self._beyond[name]
        breach = None
        if service.periods:
            # More down time never misses less, so a plan that misses the target does in every scenario.
            breach = 1.0 if self.planned.breaches else _probability(p for p, spent in beyond if spent.breaches)
        rate = service.rate_per_minute
        return ServiceScenario(
            scenario=name,
            outcome=self._outcome(name),
            p_down=1.0 if service.planned else _probability(p for p, _ in beyond),
            minutes=self._mean(name, _minutes),
            maintenance_minutes=in_minutes(service.clock.inside(service.agreed)),
            budget_share=self._share(name),
            p_breach=breach,
            loss=loss,
            score=score,
            money=None if rate is None else self.course.probability(name) * self._mean(name, _charged) * rate,
        )

    def _outcome(self, scenario: ScenarioName) -> Outcome:
        found = [self.service.as_planned]
        if scenario is ScenarioName.BACKED_OUT:
            found.append(self.service.backing_out)
        if scenario is ScenarioName.FAILED:
            found += self.service.failing
        return min(found, key=lambda outcome: outcome.rank)

    # the error budget ------------------------------------------------------------------------------------------------
    def _weighs_on(self) -> int:
        """Return the place of the period on whose remaining budget the change weighs most."""
        if self._weighs_most is None:
            shares = []
            for number, each in enumerate(self.service.periods):
                figure = _in_period(number)
                more = fsum(self.course.probability(name) * self._mean(name, figure) for name in ScenarioName)
                left = in_minutes(each.budget.remaining)
                shares.append(more / left if left else inf if more else 0.0)
            self._weighs_most = max(range(len(shares)), key=lambda number: (shares[number], -number))
        return self._weighs_most

    def _share(self, scenario: ScenarioName) -> float | None:
        if not self.service.periods:
            return None
        number = self._weighs_on()
        more = self._mean(scenario, _in_period(number))
        left = in_minutes(self.service.periods[number].budget.remaining)
        if not more:
            return 0.0
        return more / left if left else None

    def _budget(self) -> BudgetState | None:
        if not self.service.periods:
            return None
        of = self.service.periods[self._weighs_on()]
        budget = of.budget
        return BudgetState(
            start=of.period.start,
            end=of.period.end,
            total=in_minutes(budget.total),
            used=in_minutes(budget.used),
            remaining=in_minutes(budget.remaining),
            spent=budget.is_spent,
        )

    def _breaches_at(self) -> datetime | None:
        """Return until when an outage that begins with the window may last, within the period it begins in."""
        service = self.service
        if not service.periods:
            return None
        start, first = self.course.window.start, service.periods[0]
        found = [service.charged.due(start, first.budget.remaining)]
        found = [each for each in found if each is not None and each < first.period.end]
        if service.longest is not None:
            found.append(service.charged.due(start, service.longest))
        return min((each for each in found if each is not None), default=None)


def _charged(spent: Spent) -> timedelta:
    return spent.charged


def _minutes(spent: Spent) -> timedelta:
    return spent.minutes


def _in_period(number: int) -> Figure:
    """Return the figure of what is charged in one of the periods."""
    return lambda spent: spent.by_period[number]

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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    score: float
    money: Mapping[str, float]


def reckon(course: Course, affected: Sequence[Affected], *, half_at: float) -> Reckoned:
    """
    Return the consequence of a change for the services it may touch, in their order.

    The weights of the alternatives, and the probabilities of each repair and of the back-out, sum to 1. Cost: services
    times different repair times in reads of a clock, and cases times services in additions.
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
    return Reckoned(
        scenarios=tuple(
            Scenario(name, course.probability(name), fsum(p * extra for p, _, extra in course.cases(name)))
            for name in ScenarioName
        ),
        failing=tuple(
            Failing(each.cis, each.weight, quantile(each.repair, 0.5), quantile(each.repair, 0.95), each.repair.cases)
            for each in course.alternatives
        ),
        services=services,
        expected_loss=expected_loss,
        loss_low=_expected(lines, course.p_fail.low),
        loss_high=_expected(lines, course.p_fail.high),
        tail_loss=max(expected_loss, expected_shortfall(_cases(course, lines))),
        score=score,
        money=_money(services),
    )


def _expected(lines: Sequence[_Line], p_fail: float) -> float:
    """Return the expected loss at a chance of failure, on the grid."""
    return on_grid(fsum(line.expected(p_fail) for line in lines))


def _cases(course: Course, lines: Sequence[_Line]) -> Iterator[Case]:
    """Yield every case with its probability and what all services lose in it together."""
    for scenario in ScenarioName:
        likely = course.probability(scenario)
        for probability, place, extra in course.cases(scenario):
            yield likely * probability, fsum(line.weighed(scenario, place, extra) for line in lines)


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
        self._share_of: int | None = None

    def spent(self, scenario: ScenarioName, place: int | None, extra: int) -> Spent:
        """Return what a case costs; beyond the window only if what is down then takes the service down."""
        if not self._is_down(scenario, place):
            extra = 0
        if extra not in self._known:
            end = self.course.window.end
            later = () if not extra else (Interval(end, end + extra * MINUTE),)
            self._known[extra] = Spent(self.service, union((*self.service.planned, *later)))
        return self._known[extra]

    def weighed(self, scenario: ScenarioName, place: int | None, extra: int) -> float:
        """Return the loss of a case, in tier 1 minutes."""
        return self.service.weight * in_minutes(self.spent(scenario, place, extra).charged)

    def expected(self, p_fail: float) -> float:
        """
        Return the expected loss at a chance of failure, in tier 1 minutes.

        What is planned is lost in any case, and on top what each scenario takes beyond it. Written so, every step is
        one in which a greater number never gives a smaller one, to the last bit.
        """
        share = self.course.p_fail.incident_share
        more = p_fail * (1.0 - share) * self._beyond(ScenarioName.BACKED_OUT)
        more += p_fail * share * self._beyond(ScenarioName.FAILED)
        return self.service.weight * (self._planned() + more)

    def share(self, scenario: ScenarioName) -> float:
        """Return the part of the expected loss that a scenario brings."""
        likely = self.course.probability(scenario)
        return self.service.weight * likely * (self._planned() + self._beyond(scenario))

    def _planned(self) -> float:
        return in_minutes(self.spent(ScenarioName.AS_PLANNED, None, 0).charged)

    def _beyond(self, scenario: ScenarioName) -> float:
        """Return the minutes that are charged in a scenario beyond those that are planned."""
        planned = self.spent(ScenarioName.AS_PLANNED, None, 0).charged
        return fsum(
            p * in_minutes(self.spent(scenario, place, extra).charged - planned)
            for p, place, extra in self.course.cases(scenario)
        )

    def told(self, losses: Sequence[float], scores: Sequence[float]) -> ServiceConsequence:
        """Return what is known of the service."""
        service, course = self.service, self.course
        rows = tuple(
            self._scenario(name, loss, score) for name, loss, score in zip(ScenarioName, losses, scores, strict=True)
        )
        breach = None
        if service.periods:
            breach = _probability(course.probability(row.scenario) * (row.p_breach or 0.0) for row in rows)
        return ServiceConsequence(
            id=service.id,
            name=service.name,
            tier=service.tier,
            weight=service.weight,
            has_level=service.has_level,
            hours_unknown=in_minutes(length_of(service.unknown)),
            budget=self._budget(),
            breaches_at=self._breaches_at(),
            p_breach=breach,
            loss=sum(losses),
            score=sum(scores),
            currency=service.currency,
            scenarios=rows,
        )

    def _scenario(self, name: ScenarioName, loss: float, score: float) -> ServiceScenario:
        service = self.service
        cases = [(p, place, self.spent(name, place, extra)) for p, place, extra in self.course.cases(name)]
        charged = fsum(p * in_minutes(spent.charged) for p, _, spent in cases)
        minutes = fsum(p * in_minutes(spent.minutes) for p, _, spent in cases)
        likely = self.course.probability(name)
        rate = service.rate_per_minute
        return ServiceScenario(
            scenario=name,
            outcome=self._outcome(name),
            p_down=1.0 if service.planned else _probability(p for p, place, _ in cases if self._is_down(name, place)),
            minutes=minutes,
            maintenance_minutes=in_minutes(service.clock.inside(service.agreed)),
            budget_share=self._share(cases),
            p_breach=_probability(p for p, _, spent in cases if spent.breaches) if service.periods else None,
            loss=loss,
            score=score,
            money=None if rate is None else likely * charged * rate,
        )

    def _is_down(self, scenario: ScenarioName, place: int | None) -> bool:
        """Tell whether the service is down beyond the window."""
        if place is not None:
            return self.service.failing[place] is Outcome.DOWN
        return scenario is ScenarioName.BACKED_OUT and self.service.backing_out is Outcome.DOWN

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
        if self._share_of is None:
            expected = [0.0 for _ in self.service.periods]
            for scenario in ScenarioName:
                likely = self.course.probability(scenario)
                for probability, place, extra in self.course.cases(scenario):
                    for number, more in enumerate(self.spent(scenario, place, extra).by_period):
                        expected[number] += likely * probability * in_minutes(more)
            remaining = [in_minutes(each.budget.remaining) for each in self.service.periods]
            shares = [
                more / left if left else inf if more else 0.0 for more, left in zip(expected, remaining, strict=True)
            ]
            self._share_of = max(range(len(shares)), key=lambda number: (shares[number], -number))
        return self._share_of

    def _share(self, cases: Sequence[tuple[float, int | None, Spent]]) -> float | None:
        if not self.service.periods:
            return None
        number = self._weighs_on()
        more = fsum(p * in_minutes(spent.by_period[number]) for p, _, spent in cases)
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

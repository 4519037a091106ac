"""What would happen if some CIs failed now, in the fixed words of verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from cmdb.context import Context
from cmdb.model.assessment import ServiceOutcome
from cmdb.model.outcome import Outcome
from web.wording_change import service_sentences

# What the impact service answers; its own type belongs to the core, which no door imports.
ImpactAnswer = Any


@dataclass(frozen=True, slots=True)
class Failing:
    """The sentences, and how many services have each outcome, worst first."""

    lines: tuple[str, ...]
    counts: tuple[tuple[Outcome, int], ...]


def failing(context: Context, ci: str) -> Failing:
    """Return what the failure of one CI does to the services."""
    from impact.questions.impact import impact_of

    answer = impact_of(context, [ci])
    counts = Counter(Outcome(service.outcome) for service in answer.services)
    if answer.unaffected:
        counts[Outcome.UNAFFECTED] = answer.unaffected
    return Failing(tuple(sentences(answer)), tuple((each, counts[each]) for each in Outcome if counts[each]))


def sentences(answer: ImpactAnswer) -> list[str]:
    """Return what happens to the services; without a window nothing is said of minutes."""
    return service_sentences(outcomes_of(answer), answer.unaffected)


def outcomes_of(answer: ImpactAnswer) -> list[ServiceOutcome]:
    """Return the services as an assessment holds them; a failure without a window has no minutes."""
    return [
        ServiceOutcome(
            id=service.id,
            name=service.name,
            tier=service.tier,
            outcome=Outcome(service.outcome),
            minutes={},
            reason=service.reason,
            new_single_points=service.new_single_points,
            margin=service.margin,
            margin_high=service.margin_high,
        )
        for service in answer.services
    ]


def worst_of(answer: ImpactAnswer) -> Outcome:
    """Return the worst outcome of an answer."""
    found = (Outcome(service.outcome) for service in answer.services)
    return min(found, key=lambda outcome: outcome.rank, default=Outcome.UNAFFECTED)

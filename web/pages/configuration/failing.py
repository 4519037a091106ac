"""What would happen if a CI failed now, in the fixed words of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmdb.context import Context
from cmdb.model.assessment import Outcome
from web.wording_change import VERBS, listed, untouched

if TYPE_CHECKING:
    from impact.answers import ImpactAnswer

_NAMED = 3


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
    """Return a sentence for each outcome that occurs, worst first; services are named up to three, then counted."""
    if not answer.services:
        return [untouched(answer.unaffected)]
    said = []
    for outcome in Outcome:
        names = [service.name for service in answer.services if Outcome(service.outcome) is outcome]
        if names:
            shown = names if len(names) <= _NAMED + 1 else [*names[:_NAMED], f"{len(names) - _NAMED} more"]
            said.append(f"{listed(shown)} {VERBS[outcome][len(names) > 1]}.")
    return said


def worst_of(answer: ImpactAnswer) -> Outcome:
    """Return the worst outcome of an answer."""
    return min((Outcome(service.outcome) for service in answer.services), key=_rank, default=Outcome.UNAFFECTED)


def _rank(outcome: Outcome) -> int:
    order: Sequence[Outcome] = tuple(Outcome)
    return order.index(outcome)

"""How probable an outage of a service is, at any moment or within a window, and which components it hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from impact.questions.graphs import graph_of, names_nearest
from impact.questions.unavailability import unavailabilities
from impact.reliability.unavailability import Source, Unavailability, Window


@dataclass(frozen=True, slots=True)
class ComponentImportance:
    """
    What one component means to the service: its own chance of being out with where that is from, and four measures.

    See :class:`impact.risks.Importance` for the measures.
    """

    id: str
    unavailability: float
    source: Source
    window: Window
    birnbaum: float
    fussell_vesely: float | None
    risk_achievement_worth: float | None
    risk_reduction_worth: float | None


@dataclass(frozen=True, slots=True)
class OutageAnswer:
    """
    The probability that ``service`` is down while ``failed`` have failed; see :class:`impact.risks.Outage`.

    ``window_hours`` of None is the steady state: the probability at any moment.
    """

    revision: int
    service: str
    failed: tuple[str, ...]
    window_hours: float | None
    probability: float
    low: float
    high: float
    method: str
    nodes: int
    budget: int
    unstated: tuple[str, ...]
    components: tuple[ComponentImportance, ...] | None


@names_nearest
def outage_of(
    context: Context,
    service: str,
    *,
    failed: Sequence[str] = (),
    window_hours: float | None = None,
    budget: int | None = None,
    at: int | None = None,
) -> OutageAnswer:
    """
    Return how probable it is that a service (or any CI) is down, at a revision (None: the newest).

    With ``window_hours`` it is the probability that it is down when every component that fails within the window stays
    so. ``budget`` is how many nodes may be made for all diagrams together (None: the usual number).

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: the service or some CIs are not in the estate (all are named), or there is no such revision.
        InvalidInput: the window is no length, or the budget below 0.
        HistoryGone: the revision is no longer kept.
    """
    from impact.risks import outage

    limit = budget_of(budget)
    graph = graph_of(context, at=at)
    known: dict[int, Unavailability] = {}

    def chances(cis: Sequence[int]) -> Mapping[int, float | None]:
        known.update(unavailabilities(context, graph, cis, window_hours=window_hours))
        return {ci: own.q for ci, own in known.items()}

    found = outage(graph, service, failed, chances=chances, budget=limit)
    components = None
    if found.components is not None:
        sources = {graph.ids[ci]: own.source for ci, own in known.items()}
        components = tuple(
            ComponentImportance(
                id=each.id,
                unavailability=each.unavailability,
                source=sources[each.id].q,
                window=sources[each.id].window,
                birnbaum=each.birnbaum,
                fussell_vesely=each.fussell_vesely,
                risk_achievement_worth=each.risk_achievement_worth,
                risk_reduction_worth=each.risk_reduction_worth,
            )
            for each in found.components
        )
    return OutageAnswer(
        revision=found.revision,
        service=found.service,
        failed=found.failed,
        window_hours=window_hours,
        probability=found.probability,
        low=found.low,
        high=found.high,
        method=found.method,
        nodes=found.nodes,
        budget=found.budget,
        unstated=found.unstated,
        components=components,
    )


def budget_of(asked: int | None) -> int:
    """
    Return the budget of nodes that was asked for, or the usual one.

    Raises:
        InvalidInput: it is below 0 or beyond what can be numbered.
    """
    from impact.reliability.faults.purse import NODE_BUDGET

    refuse(budget_problems(asked))
    return NODE_BUDGET if asked is None else asked


def budget_problems(asked: int | None) -> list[Problem]:
    """Return what is wrong with a budget that was asked for."""
    from impact.reliability.faults.purse import MOST_NODES

    if asked is None or 0 <= asked <= MOST_NODES:
        return []
    sentence = "a budget is a number of nodes from 0 to {most}, not {asked}"
    return [Problem("budget.nodes", sentence, {"most": MOST_NODES, "asked": asked}, "/budget")]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise InvalidInput if anything is wrong with a question."""
    if problems:
        raise InvalidInput(problems, what="the question", setting=True)

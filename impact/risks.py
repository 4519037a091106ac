"""How probable an outage of a service is, what it hangs on, and the minimal risk groups that would cause it, in ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isinf, isnan

from cmdb.model.risk_group import RiskGroup, RiskGroups
from impact.errors import BudgetSpent
from impact.graph.states import at_rest, extend, take_back
from impact.graph.structure import Graph
from impact.reliability.faults.bounds import GATE_BUDGET
from impact.reliability.faults.chances import Quantified
from impact.reliability.faults.counting import Sets, fresh, fresh_sets, sets_of, tally
from impact.reliability.faults.exact import Part
from impact.reliability.faults.function import Worth
from impact.reliability.faults.purse import NODE_BUDGET, Purse
from impact.reliability.faults.ranking import most_probable
from impact.reliability.faults.service import ServiceTree, service_tree
from impact.reliability.faults.tree import ALWAYS, NEVER

Ids = tuple[str, ...]

Chances = Callable[[Sequence[int]], Mapping[int, float | None]]
"""Tells for CI numbers the probability that each has failed by itself, None for unknown."""

EXACT, BOUNDS, BUDGET_SPENT = "exact", "bounds", "budget_spent"


@dataclass(frozen=True, slots=True)
class Importance:
    """
    What one component means to a service.

    ``birnbaum`` is how much more probable an outage is when the component has failed than when it has not;
    ``fussell_vesely`` the share of the outage's probability that would go if it never failed;
    ``risk_achievement_worth`` how many times more probable an outage is once it has failed,
    ``risk_reduction_worth`` how many times less if it never failed; the last three are None where they would divide by
    0 (or by so little that no number is great enough). The quotients are those of sums to which nothing was rounded
    away, however small the probabilities. ``fussell_vesely`` is the measure as risk assessments use it, one minus the
    inverse of the reduction worth. As Fussell first put it, it was the chance that in an outage some minimal cut set
    with the component has failed: that counts outages too that other cut sets would have caused anyway, is never less,
    and is not computed here.
    Sources: Vesely and others, Measures of risk importance and their applications, NUREG/CR-3385, 1983; Cheok, Parry
    and Sherry, Use of importance measures in risk-informed regulatory applications, 1998, for Fussell-Vesely.
    """

    id: str
    unavailability: float
    birnbaum: float
    fussell_vesely: float | None
    risk_achievement_worth: float | None
    risk_reduction_worth: float | None


@dataclass(frozen=True, slots=True)
class Outage:
    """
    The probability that ``service`` is down while ``failed`` have failed, the failure of its own component included.

    ``method`` is "exact", or "bounds": all diagrams together would have taken more than the budget of nodes; then the
    probability lies for certain between ``low`` and ``high``, and ``probability`` is ``high``. ``nodes`` is what of the
    budget was spent: the nodes made for all diagrams, those that turned out not to be needed included
    (:mod:`impact.reliability.faults.purse` tells what counts).
    ``unstated`` are the components of whose unavailability nothing is known; they count as 0. ``components`` are those
    that could take part in an outage, the most important (Birnbaum) first; None where bounds are all there is.
    """

    revision: int
    service: str
    failed: Ids
    probability: float
    low: float
    high: float
    method: str
    nodes: int
    budget: int
    unstated: Ids
    components: tuple[Importance, ...] | None


def outage(
    graph: Graph,
    service_id: str,
    failed_ids: Iterable[str] = (),
    *,
    chances: Chances | None = None,
    budget: int = NODE_BUDGET,
    looks: int = GATE_BUDGET,
) -> Outage:
    """
    Return how probable it is that a service (or any CI) is down.

    Args:
        chances: asked once for the CI numbers that matter; left out, each has the unavailability of the graph.
        budget: how many nodes may be made for all diagrams of the question together.
        looks: how many children of gates may be looked at to tighten bounds where there is no diagram.

    Raises:
        NotFound: it names all ids that are unknown.
    """
    service, failed = asked(graph, service_id, failed_ids)
    fell = at_rest(graph)
    extend(graph, fell, failed)
    both = service_tree(graph, service, failed, budget=budget)
    standing = both.now
    known = _Chances(graph, chances, (service, *standing.cis))
    of_events = [known.of(ci) for ci in standing.cis]
    found, own = standing.tree.chance(of_events, looks), known.of(service)
    low, high = (own + (1.0 - own) * side for side in (found.low, found.high))
    itself = () if service in fell.down else (service,)
    left = [ci for ci in standing.cis if ci not in fell.down] if itself else []
    worths = standing.tree.worths(of_events)
    components = None
    if worths is not None:
        by_ci = dict(zip(standing.cis, worths, strict=True))
        worth = {ci: _beside(own, by_ci[ci]) for ci in left}
        if own and itself:
            worth[service] = Worth(1.0 - found.high, 1.0, found.high)
        components = _importances(graph, worth, known, high)
    return Outage(
        revision=graph.revision,
        service=service_id,
        failed=graph.ids_of(failed),
        probability=high,
        low=low,
        high=high,
        method=EXACT if worths is not None else BOUNDS,
        nodes=both.made,
        budget=budget,
        unstated=graph.ids_of(sorted(ci for ci in (*left, *itself) if known.stated(ci) is None)),
        components=components,
    )


def _beside(own: float, worth: Worth) -> Worth:
    """Return what a component means to a service that fails by itself as well, with the probability ``own``."""
    return Worth((1.0 - own) * worth.gain, *(own + (1.0 - own) * each for each in (worth.fails, worth.runs)))


def _importances(graph: Graph, worth: Mapping[int, Worth], known: _Chances, top: float) -> tuple[Importance, ...]:
    """Return the importance of each CI from Birnbaum's, the greatest first, then by id."""
    found = []
    for ci in sorted(worth, key=lambda ci: (-worth[ci].gain, ci)):
        chance, (gain, fails, runs) = known.of(ci), worth[ci]
        found.append(
            Importance(
                id=graph.ids[ci],
                unavailability=chance,
                birnbaum=gain,
                fussell_vesely=_quotient(chance * gain, top),
                # What has failed, or cannot, leaves the probability as it is, to the last digit.
                risk_achievement_worth=_quotient(top if chance == 1.0 else fails, top),
                risk_reduction_worth=_quotient(top, top if chance == 0.0 else runs),
            )
        )
    return tuple(found)


def _quotient(one: float, other: float) -> float | None:
    """Return the quotient, None where it divides by 0 or is greater than any number there is."""
    found = one / other if other else inf
    return None if isinf(found) else found


def asked(graph: Graph, service_id: str, failed_ids: Iterable[str]) -> tuple[int, list[int]]:
    """Return the numbers of a service and of failed CIs. Raises NotFound, which names all that are unknown."""
    failed = list(failed_ids)
    graph.indexes((service_id, *failed))
    return graph.index(service_id), graph.indexes(failed)


class _Chances:
    """The probability of each component that matters of having failed by itself."""

    def __init__(self, graph: Graph, chances: Chances | None, cis: Sequence[int]) -> None:
        if chances is None:
            stated = ((ci, float(graph.unavailability[ci])) for ci in cis)
            self._known: Mapping[int, float | None] = {ci: None if isnan(own) else own for ci, own in stated}
        else:
            self._known = chances(cis)

    def stated(self, ci: int) -> float | None:
        """Return it, None where nothing is known."""
        return self._known[ci]

    def of(self, ci: int) -> float:
        """Return it, 0 where nothing is known."""
        return self._known[ci] or 0.0


def risk_groups(
    graph: Graph,
    service_id: str,
    failed_ids: Iterable[str] = (),
    *,
    most: int = 10,
    chances: Chances | None = None,
    budget: int = NODE_BUDGET,
) -> RiskGroups:
    """
    Return the minimal risk groups of a service (or any CI): how many there are, and up to ``most`` of them.

    ``chances`` and ``budget`` are those of :func:`outage`; the diagrams of minimal solutions are made from what the
    others left of the budget.

    Raises:
        NotFound: it names all ids that are unknown.
    """
    service, failed = asked(graph, service_id, failed_ids)
    both = service_tree(graph, service, failed, budget=budget)
    purse = Purse(budget)
    purse.take(both.made)
    try:
        sets = sets_of(_diagrams(both.now.tree, purse), purse)
        added = _added(both, sets, purse)
    except BudgetSpent:
        return RiskGroups(
            revision=graph.revision,
            service=service_id,
            failed=graph.ids_of(failed),
            count=None,
            count_method=BUDGET_SPENT,
            budget=budget,
            smallest=None,
            by_size=None,
            added=None,
            groups=(),
        )
    counted = tally(both.now.tree.tree, sets)
    return RiskGroups(
        revision=graph.revision,
        service=service_id,
        failed=graph.ids_of(failed),
        count=counted.total,
        count_method=EXACT,
        budget=budget,
        smallest=counted.smallest,
        by_size=counted.by_size[1:],
        added=added,
        groups=_most_probable(graph, service, both, sets, _Chances(graph, chances, both.now.cis), most),
    )


def _most_probable(
    graph: Graph, service: int, both: ServiceTree, sets: Sequence[Sets], known: _Chances, most: int
) -> tuple[RiskGroup, ...]:
    now, rest = both.now, at_rest(graph)
    alike = both.now is both.before
    groups = []
    for events, chance in most_probable(now.tree.tree, sets, [known.of(ci) for ci in now.cis], most):
        cis = [now.cis[event] for event in events]
        stopped = alike
        if not alike:
            step = extend(graph, rest, cis)
            stopped = service in rest.down
            take_back(rest, step)
        stated = all(known.stated(ci) is not None for ci in cis)
        groups.append(RiskGroup(graph.ids_of(cis), chance if stated else None, added=not stopped))
    return tuple(groups)


def _added(both: ServiceTree, sets: Sequence[Sets], purse: Purse) -> int:
    """Return how many minimal cut sets there are now that were none before. Raises BudgetSpent."""
    now, before = both.now.tree, both.before.tree
    if now is before:
        return 0
    if ALWAYS in (now.tree.top, before.tree.top) or now.tree.top == NEVER:
        return int(now.tree.top == ALWAYS != before.tree.top)
    if not both.paired:
        raise BudgetSpent(budget=purse.budget)
    if now.tree.top < now.tree.events:
        return 0
    return fresh(now.tree, sets, fresh_sets(_diagrams(now, purse), _diagrams(before, purse), purse))


def _diagrams(tree: Quantified, purse: Purse) -> list[Part]:
    if tree.diagrams is None:
        raise BudgetSpent(budget=purse.budget)
    return tree.diagrams

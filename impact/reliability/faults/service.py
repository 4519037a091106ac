"""A service's fault tree with nothing failed and with some CIs failed, both from the same diagrams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from impact.graph.states import Spread, at_rest, extend
from impact.graph.structure import Graph
from impact.reliability.faults.chances import Quantified, quantified
from impact.reliability.faults.exact import NODE_BUDGET
from impact.reliability.faults.extraction import cone_of
from impact.reliability.faults.tree import ALWAYS, FaultTree
from impact.reliability.rest import Needs


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stands: its fault tree as diagrams, and the CI number of each event."""

    cis: tuple[int, ...]
    tree: Quantified


@dataclass(frozen=True, slots=True)
class ServiceTree:
    """
    How a service stands ``now``, with some CIs failed, and how it stands ``before``, with none.

    ``paired`` tells that both stem from the same diagrams, so that their modules can be compared one by one: no budget
    was spent, and the service itself has not failed.
    """

    now: Standing
    before: Standing
    paired: bool


def service_tree(
    graph: Graph, service: int, failed: Iterable[int] = (), *, budget: int = NODE_BUDGET, known: Needs | None = None
) -> ServiceTree:
    """
    Return the fault tree of ``service`` with the CI numbers ``failed`` failed, and with none.

    ``budget`` is how many nodes the diagram of a module may have. ``known`` carries what CIs need from one service to
    the next of the same graph; it changes no answer.
    """
    targets = set(failed)
    rest = at_rest(graph)
    cone = cone_of(graph, service, rest, targets, known)
    whole = Standing(cone.cis, quantified(cone.tree, budget))
    if not targets:
        return ServiceTree(whole, whole, paired=True)
    events = {ci: event for event, ci in enumerate(cone.cis) if ci in targets}
    now = whole.tree.given(dict.fromkeys(events.values(), True))
    before = whole.tree.given({event: False for ci, event in events.items() if not graph.can_fail(ci)})
    if now is None or before is None:
        standing = _anew(graph, service, rest, budget, known)
        extend(graph, rest, targets)
        return ServiceTree(_anew(graph, service, rest, budget, known), standing, paired=False)
    if service in targets:
        down = Standing((), quantified(FaultTree(0, ALWAYS, (), (), ()), budget))
        return ServiceTree(down, Standing(cone.cis, before), paired=False)
    return ServiceTree(Standing(cone.cis, now), Standing(cone.cis, before), paired=True)


def _anew(graph: Graph, service: int, spread: Spread, budget: int, known: Needs | None) -> Standing:
    cone = cone_of(graph, service, spread, (), known)
    return Standing(cone.cis, quantified(cone.tree, budget))

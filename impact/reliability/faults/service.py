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

    Where no budget was spent and the service stands at all, the modules of both stand in pairs and can be compared.
    """

    now: Standing
    before: Standing


def service_tree(
    graph: Graph, service: int, failed: Iterable[int] = (), *, budget: int = NODE_BUDGET, known: Needs | None = None
) -> ServiceTree:
    """
    Return the fault tree of ``service`` with the CI numbers ``failed`` failed, and with none.

    ``budget`` is how many nodes the diagram of a module may have. ``known`` carries what CIs need from one service to
    the next of the same graph; it changes no answer.
    """
    targets = sorted(set(failed))
    rest = at_rest(graph)
    cone = cone_of(graph, service, rest, targets, known)
    whole = quantified(cone.tree, budget)
    if not targets:
        return ServiceTree(Standing(cone.cis, whole), Standing(cone.cis, whole))
    events = {ci: event for event, ci in enumerate(cone.cis) if ci in targets}
    now = whole.given(dict.fromkeys(events.values(), True))
    before = whole.given({event: False for ci, event in events.items() if not graph.can_fail(ci)})
    if now is None or before is None:
        before_standing = _anew(graph, service, rest, budget, known)
        extend(graph, rest, targets)
        return ServiceTree(_anew(graph, service, rest, budget, known), before_standing)
    if service in targets:
        return ServiceTree(
            Standing((), quantified(FaultTree(0, ALWAYS, (), (), ()), budget)), Standing(cone.cis, before)
        )
    return ServiceTree(Standing(cone.cis, now), Standing(cone.cis, before))


def _anew(graph: Graph, service: int, spread: Spread, budget: int, known: Needs | None) -> Standing:
    cone = cone_of(graph, service, spread, (), known)
    return Standing(cone.cis, quantified(cone.tree, budget))

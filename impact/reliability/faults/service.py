"""A service's fault tree with nothing failed and with some CIs failed, both from the same diagrams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from impact.graph.states import at_rest, extend
from impact.graph.structure import Graph
from impact.reliability.faults.chances import Quantified, quantified
from impact.reliability.faults.extraction import Cone, cone_of
from impact.reliability.faults.purse import NODE_BUDGET, Purse
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

    ``paired`` tells that both stem from the same diagrams, so that their modules can be compared one by one; otherwise
    the budget was spent, or the service itself has failed, and ``before`` has no modules. ``made`` is what was spent.
    """

    now: Standing
    before: Standing
    paired: bool
    made: int


def service_tree(
    graph: Graph, service: int, failed: Iterable[int] = (), *, budget: int = NODE_BUDGET, known: Needs | None = None
) -> ServiceTree:
    """
    Return the fault tree of ``service`` with the CI numbers ``failed`` failed, and with none.

    ``budget`` is how many nodes all diagrams may have together; the tree with nothing failed may take half of them
    where CIs have. ``known`` carries what CIs need from one service to the next of the same graph; it changes no
    answer. The last trees of a graph are kept while it lives (:data:`KEPT`), so that questions that follow each other
    make each once.
    """
    asked = service, frozenset(failed), budget
    found = _kept(graph, asked)
    if found is None:
        found = _made(graph, service, asked[1], budget, known)
        _keep(graph, asked, found)
    return found


def _made(graph: Graph, service: int, failed: frozenset[int], budget: int, known: Needs | None) -> ServiceTree:
    purse = Purse(budget)
    rest = at_rest(graph)
    if not failed:
        whole = _standing(cone_of(graph, service, rest, (), known), purse)
        return ServiceTree(whole, whole, paired=True, made=purse.made)
    cone = cone_of(graph, service, rest, failed, known)
    half = Purse((budget + 1) // 2)
    whole = _standing(cone, half)
    events = {ci: event for event, ci in enumerate(cone.cis) if ci in failed}
    now = whole.tree.given(dict.fromkeys(events.values(), True), half)
    before = whole.tree.given({event: False for ci, event in events.items() if not graph.can_fail(ci)}, half)
    purse.take(half.made)
    if now is None or before is None:
        bare = cone_of(graph, service, rest, (), known)
        extend(graph, rest, failed)
        fallen = _standing(cone_of(graph, service, rest, (), known), purse)
        return ServiceTree(fallen, Standing(bare.cis, Quantified(bare.tree, ())), paired=False, made=purse.made)
    if service in failed:
        down = Standing((), Quantified(FaultTree(0, ALWAYS, (), (), ()), ()))
        return ServiceTree(down, Standing(cone.cis, before), paired=False, made=purse.made)
    return ServiceTree(Standing(cone.cis, now), Standing(cone.cis, before), paired=True, made=purse.made)


def _standing(cone: Cone, purse: Purse) -> Standing:
    return Standing(cone.cis, quantified(cone.tree, purse))


_Asked = tuple[int, frozenset[int], int]

KEPT = 4
"""So many trees of a graph are kept, the last ones."""

KEPT_NODES = 1 << 19
"""A tree is kept if its diagrams have no more nodes, and its gates no more children, than this: some 20 MB at most."""

_KEPT: WeakKeyDictionary[Graph, tuple[tuple[_Asked, ServiceTree], ...]] = WeakKeyDictionary()


def _kept(graph: Graph, asked: _Asked) -> ServiceTree | None:
    return next((tree for other, tree in _KEPT.get(graph, ()) if other == asked), None)


def _keep(graph: Graph, asked: _Asked, tree: ServiceTree) -> None:
    """Keep a tree as the newest; two threads that do so at once may lose one, which costs making it again."""
    if tree.now.tree.weight() + tree.before.tree.weight() <= KEPT_NODES:
        others = [pair for pair in _KEPT.get(graph, ()) if pair[0] != asked]
        _KEPT[graph] = ((asked, tree), *others[: KEPT - 1])

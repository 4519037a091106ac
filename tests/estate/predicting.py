"""
What the shop will be without a component, as the graph that discovery found has it.

A person states three things that no source can know: that there is a service called shop, that it is what the virtual
address stands for, and at which port of which switch its customers come in (``STATED``). All else is discovered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmdb.configuration import register
from cmdb.configuration.observing import settle
from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.relation import Relation
from impact.answers import what_goes_down
from impact.questions.graphs import graph_of
from tests.builders import add
from tests.estate.comparing import UNSEEN, names_of
from tests.estate.description import LINKS, PROBE_LINK, VIP, components
from tests.estate.probe import State

SHOP = "shop"
STATED: tuple[tuple[str, str], ...] = (("depends_on", VIP), ("routes_through", "/".join(PROBE_LINK.right)))
"""What a person states of the service: type of relation, and the target by the description's name."""
_LINKS = {link.name: link for link in LINKS}


class Predictions:
    """The predictions of a store that the estate was discovered into; the service is stated there at first."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ids = {name: ci for ci, name in names_of(context.records.find(CIS)).items()}
        register.add_ci(context, id=SHOP, ci_class="service", name=SHOP, attributes={})
        add(context, *(Relation(SHOP, type_, self._ids[target]) for type_, target in STATED))
        settle(context)
        self._graph = graph_of(context)

    def of(self, stopped: Collection[str]) -> State:
        """Return what the shop will be while these components are stopped."""
        failed = sorted({ci for component in stopped for ci in self.cis(component)})
        answer = what_goes_down(self._graph, failed)
        return State.DOWN if SHOP in answer.down else State.DEGRADED if SHOP in answer.degraded else State.UP

    def cis(self, component: str) -> Sequence[str]:
        """Return the CIs that are a component: a link is both of its ends; none for what discovery can not see."""
        kind, _, name = component.partition(":")
        if kind == "link":
            return [self._ids["/".join(end)] for end in (_LINKS[name].left, _LINKS[name].right)]
        return [self._ids[name]] if name not in UNSEEN else []


def seen_components() -> tuple[str, ...]:
    """Return the components that discovery finds."""
    return tuple(each for each in components() if each.partition(":")[2] not in UNSEEN)

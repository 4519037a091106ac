"""The graph as a networkx multigraph and back, so that analysts can bring their own algorithms; nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.graph.building import build
from impact.graph.structure import Graph

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(graph: Graph) -> nx.MultiDiGraph:
    """
    Return ``graph`` as a ``networkx.MultiDiGraph``: nodes are ids, an edge runs from a CI to what it depends on.

    A node has ``ci_class``, ``name``, ``unavailability``, ``mtbf_hours``, ``tier`` (None where not given), ``service``
    and ``groups``: for each of its redundancy groups by name ``needs`` (a number or a share) and ``strength``. An edge
    has ``group`` (or None), ``strength`` and ``confidence``. Parallel relations are parallel edges. The graph itself
    has ``revision``. Cost: about a kilobyte for each CI with its relations; for estates of up to some 100,000 CIs.
    """
    import networkx as nx  # Late, because few need it and it takes longer to import than a small question to answer.

    out: nx.MultiDiGraph = nx.MultiDiGraph(revision=graph.revision)
    for ci_id, ci_class, name, unavailability, mtbf_hours, tier, service in graph.item_rows():
        out.add_node(
            ci_id,
            ci_class=ci_class,
            name=name,
            unavailability=unavailability,
            mtbf_hours=mtbf_hours,
            tier=tier,
            service=service,
            groups={},
        )
    for item, name, needs, strength in graph.group_rows():
        out.nodes[item]["groups"][name] = {"needs": needs, "strength": strength}
    for source, target, group, strength, confidence in graph.relation_rows():
        out.add_edge(source, target, group=group, strength=strength, confidence=confidence)
    return out


def from_networkx(network: nx.Graph) -> Graph:
    """
    Return the graph of a networkx directed graph with the attributes that :func:`to_networkx` writes.

    Attributes left out have these values: ``ci_class`` "ci", ``name`` the id, ``service`` False, ``groups`` none;
    ``group`` None, ``strength`` "hard", ``confidence`` 1; ``revision`` 0. Edges between ids that are no nodes do not
    exist in networkx, so any directed graph with text nodes will do.

    Raises:
        MalformedSnapshot: an attribute holds what no estate could.
    """
    items = [
        (
            ci_id,
            facts.get("ci_class", "ci"),
            facts.get("name", ci_id),
            facts.get("unavailability"),
            facts.get("mtbf_hours"),
            facts.get("tier"),
            facts.get("service", False),
        )
        for ci_id, facts in network.nodes(data=True)
    ]
    relations = [
        (source, target, facts.get("group"), facts.get("strength", "hard"), facts.get("confidence", 1.0))
        for source, target, facts in network.edges(data=True)
    ]
    groups = [
        (ci_id, name, group["needs"], group.get("strength", "hard"))
        for ci_id, facts in network.nodes(data=True)
        for name, group in facts.get("groups", {}).items()
    ]
    facts: dict[str, Any] = network.graph
    return build(revision=facts.get("revision", 0), items=[items], relations=[relations], groups=[groups])

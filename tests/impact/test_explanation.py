"""The small graph behind an outcome: real edges, few nodes, and enough by itself for what it explains."""

from __future__ import annotations

from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.explanation import Because, NodeKind
from cmdb.model.outcome import Outcome
from impact.answers import what_goes_down
from impact.explaining.drawing import MOST_NODES
from impact.explanation import explained_services
from impact.graph import build
from tests.impact.sketch import sketch
from tests.impact.strategies import all_kinds
from tests.oracles import impact as oracle
from tests.oracles.estate import PlainEstate, estate_of, rows_of


def explained(graph, *failed):
    """Return the explanation of every affected service by id."""
    answer = what_goes_down(graph, failed)
    return {one.service: one for one in explained_services(graph, failed, answer.services)}


def shown(story):
    """Return the edges between nodes, each as the ids of its two ends."""
    gates = (f" {node.needs} of {node.members}" if node.kind is NodeKind.GATE else "" for node in story.nodes)
    name = ["+".join(node.ids) + gate for node, gate in zip(story.nodes, gates, strict=True)]
    return [(name[high], name[low]) for high, low in story.edges]


def test_a_service_that_hangs_on_what_failed_shows_the_way():
    """No gate, one cause."""
    one = explained(sketch("Shop: web", "web: host"), "host")["Shop"]
    assert shown(one.story) == [("Shop", "web"), ("web", "host")]
    assert (one.facts.because, one.facts.via, one.facts.roots) == (Because.ALONE, ("web",), ("host",))


def test_a_group_that_fell_shows_as_many_members_as_it_takes():
    """Two of three must be up and all three are down: two are enough, and the third is counted."""
    graph = sketch("Shop: 2 of (a b c)", "a: host", "b: host", "c: host")
    one = explained(graph, "host")["Shop"]
    gate = "Shop 2 of 3"
    assert shown(one.story) == [("Shop", gate), (gate, "a"), (gate, "b"), ("a", "host"), ("b", "host")]
    assert one.story.left == 1
    assert (one.facts.because, one.facts.group.gone, one.facts.roots) == (Because.GROUP, ("a", "b", "c"), ("host",))


def test_a_lost_redundancy_shows_the_group_and_the_ci_it_hangs_on():
    """The twin that is down stands beside the one that still holds."""
    graph = sketch("Shop: 1 of (a b)", "a: host")
    one = explained(graph, "host")["Shop"]
    assert (one.facts.because, one.facts.point, one.facts.carried) == (Because.LAST, "b", ("b",))
    assert shown(one.story) == [("Shop", "Shop 1 of 2"), ("Shop 1 of 2", "a"), ("Shop 1 of 2", "b"), ("a", "host")]


def test_a_reduced_service_shows_the_spare_that_is_gone():
    """Two of four are enough and one is down."""
    graph = sketch("Shop: pool", "pool: 2 of (a b c d)")
    one = explained(graph, "c")["Shop"]
    assert (one.facts.because, one.facts.via, one.facts.group.spares) == (Because.SPARE, ("pool",), 1)
    assert shown(one.story) == [("Shop", "pool"), ("pool", "pool 2 of 4"), ("pool 2 of 4", "c")]


def test_hundreds_that_are_alike_are_one_node_and_a_long_chain_is_drawn_in_part():
    """Nothing is dropped: what is merged is in the node, what stands between is one as well."""
    wide = sketch("Shop: 1 of (" + " ".join(f"w{n}" for n in range(300)) + ")", *(f"w{n}: host" for n in range(300)))
    one = explained(wide, "host")["Shop"]
    assert [len(node.ids) for node in one.story.nodes] == [1, 1, 300, 1]
    long = sketch("Shop: c0", *(f"c{n}: c{n + 1}" for n in range(50)))
    two = explained(long, "c50")["Shop"]
    assert len(two.story.nodes) == MOST_NODES
    assert sum(len(node.ids) for node in two.story.nodes) == 52


def test_an_edge_that_begins_at_a_gate_among_others_is_real():
    """A long row of groups in groups: the last of them and the CIs they belong to are one node above what failed."""
    estate = estate_of({"shop": [(1, ["c0"])], **{f"c{n}": [(1, [f"c{n + 1}"])] for n in range(6)}})
    one = explained(build(revision=7, **rows_of(estate)), "c6")["shop"]
    mixed = one.story.nodes[-2]
    assert (mixed.kind, mixed.ids, mixed.groups) == (NodeKind.MIXED, ("c4", "c5"), ("g0", "g0"))
    assert shown(one.story)[-1] == ("c4+c5", "c6")
    assert ("c5", "c6") not in relations(estate)
    assert_real(estate, one.story)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(estate=all_kinds(), data=st.data())
def test_every_story_is_small_real_connected_and_enough(estate, data):
    """Against brute force: with only what the graph shows as failed, the service has the outcome that it explains."""
    failed = tuple(sorted(data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=3))))
    graph = build(revision=7, **rows_of(estate))
    answer = what_goes_down(graph, failed)
    found = explained_services(graph, failed, answer.services)
    assert [one.service for one in found] == [service.id for service in answer.services]
    for one in found:
        story = one.story
        assert len(story.nodes) <= MOST_NODES
        assert story.nodes[0].ids == (one.service,)
        assert_connected(story)
        assert_real(estate, story)
        assert_enough(estate, one, set(failed))
        assert_counted(estate, one, set(failed))


def assert_connected(story):
    """Every node is reached from the service, and edges never go in a circle."""
    reached = {0}
    for _ in story.nodes:
        reached |= {low for high, low in story.edges if high in reached}
    assert reached == set(range(len(story.nodes)))
    left = set(story.edges)
    while left:
        bottom = {edge for edge in left if not any(high == edge[1] for high, _ in left)}
        assert bottom
        left -= bottom


def ends(story, place):
    """
    Return the CIs of a node as ids and its gates as pairs of item and name.

    A gate that is mixed in is of a CI of the same node, or of one right above it.
    """
    node = story.nodes[place]
    if node.kind is NodeKind.GATE:
        return set(zip(node.ids, node.groups, strict=True))
    owners = {ci for high, low in story.edges if low == place for ci in story.nodes[high].ids}.union(node.ids)
    return {*node.ids, *product(owners, node.groups)}


def relations(estate: PlainEstate):
    """Return what may be an edge: owner to its group, group to its member, and CI to what it needs outside any."""
    found = set()
    for relation in estate.relations:
        gate = (relation["source"], relation["group"])
        found |= {(gate[0], gate), (gate, relation["target"])} if gate[1] else {(gate[0], relation["target"])}
    return found | {(group["item"], (group["item"], group["name"])) for group in estate.groups}


def assert_real(estate, story):
    """Every edge stands for a relation of the estate."""
    real = relations(estate)
    for high, low in story.edges:
        assert any((a, b) in real for a in ends(story, high) for b in ends(story, low))


def assert_enough(estate, one, failed):
    """What the graph shows as failed gives the outcome alone, and with the point of a lost redundancy the outage."""
    needs = estate.requirements()
    causes = {ci for node in one.story.nodes if node.kind is NodeKind.CI for ci in node.ids} & failed
    assert oracle.outcome(estate.items, needs, one.service, causes) == one.outcome.value
    if one.outcome is Outcome.DOWN or one.facts.point:
        assert derived(one.story, causes | {one.facts.point})
    if one.facts.point:
        assert one.service in oracle.down_of(needs, causes | {one.facts.point})
        assert one.service not in oracle.down_of(needs, {one.facts.point})


def derived(story, failed):
    """Tell whether the service is down by the rule of states, knowing nothing but the nodes and edges of the graph."""
    if any(len(node.ids) > 1 for node in story.nodes):
        return True  # Where nodes are merged, their ids are judged above.
    down = {place for place, node in enumerate(story.nodes) if node.kind is NodeKind.CI and node.ids[0] in failed}
    for _ in story.nodes:
        for place, node in enumerate(story.nodes):
            lost = len({low for high, low in story.edges if high == place and low in down})
            if lost > (node.members - node.needs if node.kind is NodeKind.GATE else 0):
                down.add(place)
    return 0 in down


def assert_counted(estate, one, failed):
    """What is down or runs with less is in a node or counted."""
    needs = estate.requirements()
    down = oracle.down_of(needs, failed)
    bad = down | oracle.degraded_of(needs, down)
    in_nodes = {ci for node in one.story.nodes if node.kind is NodeKind.CI for ci in node.ids}
    assert one.story.left == len(bad - in_nodes)
    group = one.facts.group
    if group:
        assert set(group.gone) <= bad
        assert not down & set(group.left)

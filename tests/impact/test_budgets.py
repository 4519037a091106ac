"""What a question may spend: one budget bounds the whole of it, and what needs no budget takes none."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from impact.graph import Graph
from impact.reliability.faults import bounds, rows
from impact.reliability.faults.chances import quantified
from impact.reliability.faults.modules import Module
from impact.reliability.faults.purse import NODE_BUDGET
from impact.reliability.faults.service import service_tree
from impact.reliability.faults.simplification import Gates, simplified
from impact.risks import outage, risk_groups
from tests.impact.sketch import sketch


def known(graph: Graph, chance: float):
    """Return what tells a chance for all but the service."""
    service = graph.index("Shop")
    return lambda cis: {ci: 0.0 if ci == service else chance for ci in cis}


def knot(name: str, size: int) -> list[str]:
    """Return the lines of a CI that needs two of each three neighbours in a row of ``size``: one large module."""
    row = [f"{name}-{place}" for place in range(size)]
    groups = [f"2 of ({' '.join(row[place : place + 3])})" for place in range(size - 2)]
    return [f"{name}: {', '.join(groups)}"]


def shop_of_knots(count: int, size: int) -> Graph:
    """Return a service over so many knots, of which each shares something with the next."""
    names = [f"knot{place}" for place in range(count)]
    lines = [line for name in names for line in knot(name, size)]
    shared = [f"{one}-0: {other}-1" for one, other in pairwise(names)]
    return sketch(f"Shop: {', '.join(names)}", *lines, *shared)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[rows.Rows]:
    """Return all rows of nodes that are begun from now on."""
    found: list[rows.Rows] = []
    begin = rows.Rows.__init__

    def noted(self: rows.Rows, levels: int, budget: int) -> None:
        begin(self, levels, budget)
        found.append(self)

    monkeypatch.setattr(rows.Rows, "__init__", noted)
    return found


@pytest.mark.parametrize("budget", [0, 1, 50, 300, 1000, 5000, 30_000])
@pytest.mark.parametrize("failed", [[], ["knot0-3"]])
def test_a_budget_bounds_all_that_a_question_makes(made, budget, failed):
    """Over all modules, all orders that are tried, with and without failures, and the minimal solutions."""
    graph = shop_of_knots(6, 12)
    spent = outage(graph, "Shop", failed, budget=budget).nodes
    assert sum(each.made for each in made) <= spent <= budget
    made.clear()
    risk_groups(shop_of_knots(6, 12), "Shop", failed, budget=budget)
    assert sum(each.made for each in made) <= budget


def test_what_one_module_would_swallow_is_not_missing_for_the_others():
    """Small modules have their diagram whatever a large one would take: only that one is bounded."""
    hard = [f"h{place}" for place in range(60)]
    chance = Random(5)
    groups = [f"3 of ({' '.join(chance.sample(hard, 5))})" for _ in range(60)]
    pools = [f"1 of (p{pool} q{pool})" for pool in range(30)]
    graph = sketch(f"Shop: {', '.join([*groups, *pools])}")
    tree = service_tree(graph, graph.index("Shop"), budget=30_000).now.tree
    assert [isinstance(part, Module) for part in tree.parts].count(True) <= 2
    assert len(tree.parts) > 30


def test_modules_that_are_alike_share_one_diagram():
    """A thousand pools of three: each is a module of its own, and all of them have the same few nodes."""
    graph = sketch("Shop: " + ", ".join(f"2 of (a{pool} b{pool} c{pool})" for pool in range(1000)))
    parts = service_tree(graph, graph.index("Shop")).now.tree.diagrams
    assert parts is not None
    assert len(parts) == 1001
    assert len({id(part.function) for part in parts}) == 2
    found = outage(graph, "Shop", chances=known(graph, 1e-3))
    assert found.probability == pytest.approx(1 - (1 - 3 * 1e-6 * (1 - 1e-3) - 1e-9) ** 1000, rel=1e-9)
    assert risk_groups(graph, "Shop").by_size == (0, 3000, 0, 0)


@pytest.mark.parametrize("count", [400, 5000])
def test_a_ring_of_plain_dependencies_is_one_gate(count):
    """Any of its CIs takes all of them down, and working that out takes no more nodes than a list of them."""
    graph = sketch("Shop: c0", *(f"c{place}: c{(place + 1) % count}" for place in range(count)))
    tree = service_tree(graph, graph.index("Shop"), budget=0).now.tree.tree
    assert [len(children) for children in tree.children] == [count]
    found = outage(graph, "Shop", chances=known(graph, 1e-4), budget=2 * count)
    assert found.method == "exact"
    assert found.probability == pytest.approx(1 - (1 - 1e-4) ** count, rel=1e-9)
    bounded = outage(graph, "Shop", chances=known(graph, 1e-4), budget=0)
    assert bounded.low == pytest.approx(found.probability, rel=1e-9)
    assert bounded.high == pytest.approx(found.probability, rel=1e-9)


def test_plain_dependencies_within_another_ring_are_one_gate_too():
    """What needs each other without a choice falls together, though more than that rests on it."""
    graph = sketch("Shop: a", "a: b", "b: c, 1 of (x y)", "c: a", "x: c", "y: 1 of (a z)")
    found = outage(graph, "Shop", chances=known(graph, 0.1))
    # a, b and c are one; x falls with it, and y, which falls with z and it, is needed only while x has failed.
    assert found.probability == pytest.approx(1 - 0.9**3 * (1 - 0.1 * 0.1), abs=1e-15)


def test_the_bounds_of_a_large_ring_take_no_more_than_they_may():
    """Two thousand CIs that each need one of their neighbours: with nothing to spend the bounds are wide and hold."""
    count = 2000
    ring = (f"c{place}: 1 of (c{(place + 1) % count} c{place - 1 if place else count - 1})" for place in range(count))
    graph = sketch("Shop: c0", *ring)
    tree = service_tree(graph, graph.index("Shop"), budget=0).now.tree
    assert isinstance(tree.parts[-1], Module)
    found = tree.chance([1e-3] * count, 100_000)
    # The CI's own failure, or that both of its neighbours have failed.
    assert found.low >= 1e-3
    assert found.low < 1e-3 + 1e-5 < found.high


@pytest.mark.parametrize("looks", [0, 1, 10, 100, 1000, 10_000, 1 << 21])
def test_bounds_hold_however_little_may_be_looked_at(looks):
    """In a ring whose gates count, with shared inputs; the more is looked at, the closer they are, down to exact."""
    graph = sketch(
        "Shop: a, 2 of (b c d e)", "a: 1 of (b s)", "b: 1 of (a c t)", "c: 2 of (a b s t)", "d: s", "e: 1 of (t c)"
    )
    tree = service_tree(graph, graph.index("Shop"), budget=NODE_BUDGET).now.tree
    chances = [0.05 + 0.1 * event for event in range(tree.tree.events)]
    exact = tree.chance(chances).low
    found = quantified(tree.tree, 0).chance(chances, looks)
    assert found.low * (1 - 1e-12) <= exact <= found.high * (1 + 1e-12)
    if looks == 1 << 21:
        assert found.high - found.low < 1e-12


def test_many_of_many_are_counted_as_what_they_take():
    """Half of 4,000 that share something: a look at each member for each that has to fail is more than may be spent."""
    members = " ".join(f"m{place}" for place in range(4000))
    graph = sketch(f"Shop: 2001 of ({members}), m0", "m0: x", "m1: x")
    found = outage(graph, "Shop", chances=known(graph, 0.01), budget=0)
    assert 0.0 < found.low <= found.high <= 1.0
    assert bounds.GATE_BUDGET < 4000 * 2000


def test_a_long_chain_is_taken_in_at_once():
    """Twenty thousand CIs in a row: one gate over all of them, and no gate on the way holds what it takes in."""
    count = 20_000
    gates = Gates(count)
    top = count - 1
    for event in range(count - 2, -1, -1):
        top = gates.of(1, (event, top))
    tree = simplified(gates.tree(top))
    assert [len(children) for children in tree.children] == [count]


def test_questions_about_the_same_service_share_its_tree(made):
    """An outage and its risk groups: the second makes no diagram of a function, and says what it would say alone."""
    graph = shop_of_knots(3, 8)
    alone = risk_groups(shop_of_knots(3, 8), "Shop", ["knot0-3"])
    made.clear()
    first = service_tree(graph, graph.index("Shop"), [graph.index("knot0-3")])
    outage(graph, "Shop", ["knot0-3"])
    assert service_tree(graph, graph.index("Shop"), [graph.index("knot0-3")]) is first
    before = len(made)
    assert risk_groups(graph, "Shop", ["knot0-3"]) == alone
    solutions = made[before:]
    assert all(each.levels and each.made < first.made for each in solutions)
    assert outage(graph, "Shop", ["knot0-3"]).nodes == first.made


def test_the_most_probable_of_very_many_groups_come_in_order():
    """A thousand out of four billion: no group is listed that is less probable than one that is not."""
    size, pools = 40, 6
    lines = [f"x{pool}: {', '.join(f'e{pool}-{place}' for place in range(size))}" for pool in range(pools)]
    fixed = " ".join(f"x{pool}" for pool in range(pools))
    graph = sketch(f"Shop: 1 of ({fixed})", *lines, cannot_fail=fixed)
    place = {ci: int(name.split("-")[1]) for ci, name in enumerate(graph.ids) if "-" in name}
    chances = {ci: 1.0 / (2 + place[ci]) for ci in place}
    found = risk_groups(graph, "Shop", most=1000, chances=lambda cis: {ci: chances.get(ci, 0.0) for ci in cis})
    assert found.count == size**pools
    listed = [group.probability for group in found.groups]
    assert listed == sorted(listed, reverse=True)
    assert len({group.members for group in found.groups}) == 1000
    by_hand = sorted(_products([1.0 / (2 + each) for each in range(size)], pools, 1000), reverse=True)
    assert listed == pytest.approx(by_hand[:1000], rel=1e-12)


def _products(chances: list[float], times: int, most: int) -> list[float]:
    """Return the greatest products of so many factors each out of ``chances``, with all their orders."""
    found = [1.0]
    for _ in range(times):
        found = sorted((one * other for one in found for other in chances), reverse=True)[:most]
    return found

"""Diagrams of fault trees: compiled and plain alike, within a budget, rings, and examples worked out by hand."""

from __future__ import annotations

from itertools import combinations
from math import comb

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.errors import BudgetSpent
from impact.graph import build
from impact.reliability.faults import rows
from impact.reliability.faults.diagram import FALSE, TRUE, Diagram
from impact.reliability.faults.purse import Purse
from impact.risks import outage, risk_groups
from tests.impact.sketch import sketch
from tests.impact.strategies import estates_with_chances
from tests.oracles.estate import rows_of


def pools(count: int, size: int, needs: int) -> list[str]:
    """Return the lines of a service over ``count`` pools of ``size`` that each need ``needs``."""
    members = [" ".join(f"m{pool}-{place}" for place in range(size)) for pool in range(count)]
    return ["Shop: " + ", ".join(f"{needs} of ({each})" for each in members)]


def chances(chance: float):
    return lambda cis: dict.fromkeys(cis, chance)


def without_the_service(graph, chance):
    """Return what tells a chance for all but the service."""
    service = graph.index("Shop")
    return lambda cis: {ci: 0.0 if ci == service else chance for ci in cis}


@given(estates_with_chances())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_compiled_diagrams_are_the_plain_ones(estate):
    """From the first node on or never: every answer is the same, to the last bit, and so is the number of nodes."""
    graph = build(revision=7, **rows_of(estate))
    plain = [(outage(graph, ci), risk_groups(graph, ci)) for ci in graph.ids]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rows, "COMPILED_FROM", 1)
        patched.setattr(rows, "READY_FROM", 1)
        patched.setattr(rows, "_FIRST", 1)
        assert [(outage(graph, ci), risk_groups(graph, ci)) for ci in graph.ids] == plain


VARIABLES = 6
SETS = st.lists(st.sets(st.integers(0, VARIABLES - 1), min_size=1, max_size=3), max_size=8)


def listed(solutions) -> set[frozenset[int]]:
    """The sets of a diagram of sets."""

    def of(node: int) -> list[frozenset[int]]:
        if node < 2:
            return [frozenset()] * node
        return of(solutions.low[node]) + [each | {solutions.level[node]} for each in of(solutions.high[node])]

    return set(of(solutions.top))


@given(SETS, SETS, st.randoms(use_true_random=False))
@settings(max_examples=1000, deadline=None)
def test_minimal_solutions_unless_another_function_holds(some, more, chance):
    """They are those of trying all sets, whichever functions the two are and however they were made."""

    def made(sets):
        diagram = Diagram(VARIABLES, 10_000)
        # Functions of another order of making have other numbers for their nodes.
        order = sorted(map(sorted, sets))
        chance.shuffle(order)
        nodes = [diagram.at_least(len(each), [diagram.variable(level) for level in each]) for each in order]
        return diagram.function(diagram.at_least(1, nodes))

    now, before = [*some, *more], some
    minimal = {frozenset(each) for each in now if not any(other < each for other in now)}
    fresh = {each for each in minimal if not any(other <= each for other in before)}
    assert listed(made(now).minimal(Purse(10_000))) == minimal
    assert listed(made(now).minimal(Purse(10_000), unless=made(before))) == fresh


def test_one_of_two_twice():
    """1 of 2 web and 1 of 2 db: two pairs, each of which stops the shop."""
    graph = sketch("Shop: 1 of (web1 web2), 1 of (db1 db2)")
    found = outage(graph, "Shop", chances=without_the_service(graph, 0.1))
    assert found.probability == pytest.approx(1 - (1 - 0.01) ** 2, abs=1e-15)
    groups = risk_groups(graph, "Shop")
    assert (groups.count, groups.smallest, groups.by_size) == (2, 2, (0, 2, 0, 0))


def test_clusters_of_clusters():
    """Two of three clusters, each of which needs one of its two."""
    graph = sketch("Shop: 2 of (a b c)", "a: 1 of (a1 a2)", "b: 1 of (b1 b2)", "c: 1 of (c1 c2)", cannot_fail="a b c")
    found = outage(graph, "Shop", chances=lambda cis: {ci: 0.1 if len(graph.ids[ci]) == 2 else 0.0 for ci in cis})
    assert found.probability == pytest.approx(3 * 0.01**2 * 0.99 + 0.01**3, abs=1e-15)
    assert risk_groups(graph, "Shop").by_size == (0, 0, 0, 3)


def test_counts_beyond_what_could_be_listed():
    """Twelve pools of forty, thirty-one needed each: ten failures of one pool, counted and not listed."""
    graph = sketch(*pools(12, 40, 31))
    found = risk_groups(graph, "Shop", most=5)
    assert found.count == 12 * comb(40, 10) > 10**10
    assert (found.smallest, found.by_size, len(found.groups)) == (10, (0, 0, 0, 0), 5)


def test_a_long_and_a_short_path_to_the_same_ci():
    """No depth has an effect: what hangs on it by a chain of a hundred is the same single component."""
    chain = [f"c{number}: c{number + 1}" for number in range(100)]
    fixed = " ".join(f"c{number}" for number in range(100))
    graph = sketch("Shop: 1 of (c0 c100)", *chain, cannot_fail=fixed)
    found = outage(graph, "Shop", chances=lambda cis: {ci: 0.25 if graph.ids[ci] == "c100" else 0.0 for ci in cis})
    assert found.probability == 0.25
    assert [group.members for group in risk_groups(graph, "Shop").groups] == [("c100",)]


def test_a_ring_does_not_fail_by_itself():
    """Three that need each other fall by the one component below them, or by one another's own failure."""
    graph = sketch("Shop: a", "a: b", "b: c", "c: a, power", cannot_fail="a b c")
    assert [group.members for group in risk_groups(graph, "Shop").groups] == [("power",)]
    assert outage(graph, "Shop", chances=without_the_service(graph, 0.0)).probability == 0.0


def test_what_failures_add_is_counted():
    """With one of a pair down the other is a risk group, and it was none before."""
    graph = sketch("Shop: 1 of (web1 web2), net")
    found = risk_groups(graph, "Shop", ["web1"])
    assert {group.members: group.added for group in found.groups} == {("web2",): True, ("net",): False}
    assert (found.count, found.added) == (2, 1)


def test_a_service_that_is_down_is_certain_to_be_down():
    """Its own failure or that of what it needs: probability 1, and the one risk group is the empty one."""
    graph = sketch("Shop: net")
    for failed in (["Shop"], ["net"]):
        found = outage(graph, "Shop", failed)
        assert (found.probability, found.method, found.components) == (1.0, "exact", ())
        groups = risk_groups(graph, "Shop", failed)
        assert (groups.count, groups.smallest, [group.members for group in groups.groups]) == (1, 0, [()])


def test_a_service_without_dependencies_has_no_risk_group():
    """It fails by its own component alone, which is in none."""
    graph = sketch("Shop:")
    assert outage(graph, "Shop", chances=chances(0.125)).probability == 0.125
    assert (risk_groups(graph, "Shop").count, risk_groups(graph, "Shop").smallest) == (0, None)


def test_components_nobody_knows_the_unavailability_of_are_named():
    """They count as 0, and their groups have no probability."""
    graph = sketch("Shop: 1 of (web1 web2)")
    found = outage(graph, "Shop")
    assert (found.probability, found.unstated) == (0.0, ("Shop", "web1", "web2"))
    assert [group.probability for group in risk_groups(graph, "Shop").groups] == [None]


def test_a_budget_that_is_spent_is_part_of_the_answer():
    """Bounds that hold for the probability, no number for the groups; with room enough both are exact."""
    graph = sketch(*pools(4, 6, 3), "m0-0: m1-1", "m1-0: m2-1", "m2-0: m3-1", "m3-0: m0-1")
    known = without_the_service(graph, 0.2)
    exact, bounds = (outage(graph, "Shop", chances=known, budget=budget) for budget in (10**6, 10))
    assert (exact.method, bounds.method, bounds.components) == ("exact", "bounds", None)
    assert bounds.low <= exact.probability * (1 + 1e-12)
    assert exact.probability <= bounds.high * (1 + 1e-12)
    groups = risk_groups(graph, "Shop", budget=10)
    assert (groups.count, groups.count_method, groups.groups) == (None, "budget_spent", ())


def test_a_diagram_takes_no_more_nodes_than_it_may_have():
    """The variables count too."""
    diagram = Diagram(3, 5)
    both = diagram.at_least(2, [diagram.variable(0), diagram.variable(1)])
    assert diagram.made == 4
    with pytest.raises(BudgetSpent) as spent:
        diagram.at_least(2, [diagram.variable(0), diagram.variable(1), diagram.variable(2)])
    assert spent.value.facts["budget"] == 5
    assert diagram.function(both).size() == 2
    with pytest.raises(BudgetSpent):
        Diagram(3, 2)


def test_k_of_n_variables_is_the_same_function_however_it_is_come_to():
    """Branching at once or combining, with constants among the children or a child twice: one node for one function."""
    diagram = Diagram(5, 1000)
    variables = [diagram.variable(level) for level in range(5)]
    at_once = diagram.at_least(3, variables)
    listed = [diagram.at_least(3, trio) for trio in combinations(variables, 3)]
    assert at_once == diagram.at_least(1, listed)
    assert diagram.at_least(3, [FALSE, *variables]) == at_once == diagram.at_least(4, [TRUE, *variables])
    pair = diagram.at_least(2, [variables[0], variables[0], variables[1]])
    assert pair == variables[0]
    assert diagram.probability(at_once, [0.5] * 5) == 0.5


def test_two_that_need_each_other_are_one_component_each():
    """A clustered pair of which one is needed: either failure takes both down."""
    graph = sketch("Shop: 1 of (x y)", "x: y", "y: x")
    assert outage(graph, "Shop", chances=without_the_service(graph, 0.1)).probability == pytest.approx(0.19, abs=1e-15)
    assert {group.members for group in risk_groups(graph, "Shop").groups} == {("x",), ("y",)}


@pytest.mark.parametrize(
    "lines",
    [("Shop: a", "a: b, s, 1 of (s t)", "b: a, x, s"), ("Shop: c2", "c0: c1, c2", "c1: c0", "c2: c1")],
)
def test_a_service_that_is_nothing_but_a_ring(lines):
    """Its first need is part of a ring; every component of it stops the service."""
    graph = sketch(*lines)
    singles = {group.members[0] for group in risk_groups(graph, "Shop").groups if len(group.members) == 1}
    assert singles == {ci for ci in graph.ids if ci not in ("Shop", "t")}


def test_a_budget_between_two_answers_is_told_and_never_raised():
    """Whatever the budget: an exact answer or bounds, and groups that are counted or not; what is added agrees."""
    graph = sketch("Shop: 2 of (a b c d e), 1 of (a x), 1 of (b y), 2 of (c d x y)")
    exact = outage(graph, "Shop", ["a"], chances=without_the_service(graph, 0.1))
    counted = risk_groups(graph, "Shop", ["a"], most=1000)
    paired = sketch("Shop: 1 of (c1 c2 c3 c0)", "c0: c3", "c1: 1 of (c3 c2)", cannot_fail="c0")
    for budget in range(12):
        assert risk_groups(paired, "Shop", ["c2"], budget=budget).added in (1, None)
    for budget in range(80):
        found = outage(graph, "Shop", ["a"], chances=without_the_service(graph, 0.1), budget=budget)
        assert found.low * (1 - 1e-12) <= exact.probability <= found.high * (1 + 1e-12)
        groups = risk_groups(graph, "Shop", ["a"], most=1000, budget=budget)
        assert groups.count is None or (groups.count, groups.added) == (counted.count, counted.added)


def test_of_groups_nobody_knows_the_probability_of_the_smallest_come_first():
    """Single points are not hidden by a larger group that was met before."""
    graph = sketch("Shop: 1 of (a b c d), z2", "z2: 1 of (e f g), z")
    assert [group.members for group in risk_groups(graph, "Shop", most=2).groups] == [("z",), ("z2",)]

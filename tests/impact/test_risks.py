"""Outage probability, importance and minimal risk groups: whatever the diagrams say equals what brute force finds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.graph import build
from impact.reliability.faults.diagram import Diagram
from impact.risks import outage, risk_groups
from tests.impact.strategies import all_kinds, estates_with_chances, tangles
from tests.oracles import probability as oracle
from tests.oracles import risk_groups as groups_oracle
from tests.oracles.estate import estate_of, rows_of
from tests.oracles.impact import down_of

# Of the first three `make promises` tries 20,000 (tests/promises/test_enumeration.py).
EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
CLOSE = 1e-12
RELATIVE = 1e-9
BUDGETS = st.integers(0, 60)
RARELY = st.one_of(st.sampled_from((0, 1e-12, 1e-9, 1e-6, 0.01, 0.5)), st.floats(1e-12, 1))


def asked(data: st.DataObject, estate) -> tuple:
    """Draw any CI of the estate as the service, and CIs that have failed."""
    ids = list(estate.items)
    return data.draw(st.sampled_from(ids)), data.draw(st.sets(st.sampled_from(ids), max_size=2))


def check_outage(estate, service, failed, budget) -> None:
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    exact = oracle.outage(estate.items, needs, service, failed)
    found = outage(graph, service, failed)
    assert found.method == "exact"
    assert abs(found.probability - exact) <= min(CLOSE, RELATIVE * exact)
    assert found.low == found.high == found.probability
    bounds = outage(graph, service, failed, budget=budget)
    assert bounds.low * (1 - RELATIVE) <= exact <= bounds.high * (1 + RELATIVE)


def check_groups(estate, service, failed, budget) -> None:
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    expected = groups_oracle.risk_groups(estate.items, needs, service, failed)
    added = groups_oracle.added(estate.items, needs, service, failed)
    found = risk_groups(graph, service, failed, most=10**6)
    assert (found.count, found.count_method) == (len(expected), "exact")
    assert [frozenset(group.members) for group in found.groups if group.added] == [
        frozenset(group.members) for group in found.groups if frozenset(group.members) in added
    ]
    assert {frozenset(group.members) for group in found.groups} == expected
    assert found.added == len(added)
    sizes = groups_oracle.sizes(expected)
    assert found.smallest == min(sizes, default=None)
    assert found.by_size == tuple(sizes.get(size, 0) for size in (1, 2, 3, 4))
    less = risk_groups(graph, service, failed, budget=budget)
    assert less.count is None or (less.count, less.added) == (found.count, found.added)
    few = risk_groups(graph, service, failed, most=3).groups
    chances = [groups_oracle.product_of(estate.items, group.members) for group in few]
    best = sorted((groups_oracle.product_of(estate.items, group) for group in expected), reverse=True)[:3]
    assert all(abs(one - other) <= CLOSE * other for one, other in zip(chances, best, strict=True))


@given(estates_with_chances(), st.data())
@EXAMPLES
def test_an_outage_is_as_probable_as_all_its_states_together(estate, data):
    """The probability is that of enumeration; with a budget too small its bounds hold."""
    check_outage(estate, *asked(data, estate), data.draw(BUDGETS))


@given(estates_with_chances(), st.data())
@EXAMPLES
def test_minimal_risk_groups_are_those_of_trying_all_sets(estate, data):
    """All groups, their number, their sizes, what failures add, and the most probable ones."""
    check_groups(estate, *asked(data, estate), data.draw(BUDGETS))


@given(tangles(), st.data())
@EXAMPLES
def test_rings_fail_as_the_least_fixpoint_says(estate, data):
    """CIs that need each other any way round: probability, groups and what failures add, with any budget."""
    failed, budget = data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=2)), data.draw(BUDGETS)
    check_outage(estate, "shop", failed, budget)
    check_groups(estate, "shop", failed, budget)


def check_importances(estate, service, failed) -> None:
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    if service in down_of(needs, failed):
        assert outage(graph, service, failed).components == ()
        return
    expected = oracle.importances(estate.items, needs, service, failed)
    for found in outage(graph, service, failed).components:
        want = expected[found.id]
        assert abs(found.birnbaum - want.birnbaum) <= CLOSE
        for mine, theirs in (
            (found.fussell_vesely, want.reduction),
            (found.risk_achievement_worth, want.achievement_worth),
            (found.risk_reduction_worth, want.reduction_worth),
        ):
            assert (mine is None) == (theirs is None)
            assert mine is None or mine == pytest.approx(float(theirs), rel=RELATIVE, abs=CLOSE)


@given(estates_with_chances(), st.data())
@settings(EXAMPLES, max_examples=300)
def test_importance_measures_are_their_definitions(estate, data):
    """Birnbaum, the share that would go, achievement and reduction worth of every component."""
    check_importances(estate, *asked(data, estate))


@given(all_kinds(), st.data())
@settings(EXAMPLES, max_examples=300)
def test_the_smallest_probabilities_keep_their_digits(estate, data):
    """Components that fail once in a million million beside such that fail often, and what they mean to the service."""
    for facts in estate.items.values():
        facts["unavailability"] = data.draw(RARELY)
    service, failed = asked(data, estate)
    check_outage(estate, service, failed, data.draw(BUDGETS))
    check_importances(estate, service, failed)


@given(tangles(), st.data())
@settings(EXAMPLES, max_examples=300)
def test_rings_that_hardly_ever_fail_keep_their_digits(estate, data):
    """The bounds of CIs that need each other hold in all their digits, however improbable a failure is."""
    for facts in estate.items.values():
        facts["unavailability"] = data.draw(RARELY)
    check_outage(estate, "shop", set(), data.draw(BUDGETS))
    check_importances(estate, "shop", set())


def test_what_hardly_ever_happens_is_not_rounded_away_by_what_does():
    """A service that fails once in a hundred, over a pair that hardly ever does, which is what is left without that."""
    estate = estate_of({"shop": [(1, ["a", "b"])]}, {"shop": 0.01, "a": 1e-6, "b": 1e-6})
    first, *pair = outage(build(revision=7, **rows_of(estate)), "shop").components
    assert first.risk_reduction_worth == pytest.approx(1e10 + 0.99, rel=1e-12)
    for each in pair:
        assert each.birnbaum == pytest.approx(0.99e-6, rel=1e-12)
        assert each.fussell_vesely == pytest.approx(0.99e-10, rel=1e-9)
        assert each.risk_achievement_worth == pytest.approx((0.01 + 0.99e-6) / (0.01 + 0.99e-12), rel=1e-15)
        assert each.risk_reduction_worth == pytest.approx(1 + 0.99e-10, rel=1e-15)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("levels", [1, 2, 3, 7, 8, 9, 21])
def test_every_way_past_a_level_counts_for_it(levels, compiled):
    """A function of few of many variables, in lists and in arrays: what each means is what fixing it gives."""
    diagram = Diagram(levels, 10**4)
    some = [diagram.variable(level) for level in range(levels) if level % 5 != 1]
    function = diagram.function(diagram.at_least((len(some) + 1) // 2, some))
    if compiled:
        columns = dict(zip(("level", "low", "high"), function.columns(compiled=True), strict=True))
        function = function._replace(compiled=True, **columns)
    chances = [10.0 ** -(1 + level % 12) for level in range(levels)]
    for level, worth in enumerate(function.worths(chances)):
        fails, runs = (function.probability([*chances[:level], state, *chances[level + 1 :]]) for state in (1.0, 0.0))
        assert (worth.fails, worth.runs) == pytest.approx((fails, runs), rel=1e-12, abs=0)
        assert worth.gain == pytest.approx(fails - runs, rel=1e-9, abs=1e-15 * fails)

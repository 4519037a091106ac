"""Random gate graphs: whatever the impact core says equals what brute force finds."""

from __future__ import annotations

from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.answers import blast_radius, reasons, single_points, what_goes_down
from impact.graph import Graph, build
from impact.graph.states import states_of
from impact.reliability.margin import Margin, margin_of
from tests.impact.strategies import estates, logic
from tests.oracles import impact as oracle
from tests.oracles.estate import PlainEstate, rows_of

EXAMPLES = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))


def failure_sets(data: st.DataObject, ids: list[str]) -> list[set[str]]:
    """Return all 2^n failure sets of a small estate, else none and some that are drawn."""
    if len(ids) <= 4:
        return [set(chosen) for size in range(len(ids) + 1) for chosen in combinations(ids, size)]
    return [set(), *(data.draw(st.sets(st.sampled_from(ids), min_size=1, max_size=3)) for _ in range(4))]


def check_everything(estate: PlainEstate, graph: Graph, needs: dict, failed: set[str]) -> None:
    """Compare states, reasons, outcomes, new single points and margins for one failure set."""
    items = estate.items
    answer = what_goes_down(graph, failed)
    down = oracle.down_of(needs, failed)
    degraded = oracle.degraded_of(needs, down)

    assert answer.failed == tuple(sorted(failed))
    assert answer.down == tuple(sorted(down - failed))
    assert answer.degraded == tuple(sorted(degraded))

    state_reasons, loss_reasons = oracle.state_reasons(needs, failed), oracle.loss_reasons(needs, failed)
    assert reasons(graph, failed) == state_reasons
    assert set(state_reasons) == down | degraded

    services = [item for item, facts in items.items() if facts["service"]]
    outcomes = {service: oracle.outcome(items, needs, service, failed) for service in services}
    affected = [service for service in services if outcomes[service] != "UNAFFECTED"]
    affected.sort(key=lambda item: (items[item]["tier"] or 99, item))
    assert [service.id for service in answer.services] == affected
    assert answer.unaffected == len(services) - len(affected)
    for service in answer.services:
        expected = outcomes[service.id]
        assert service.outcome == expected
        of = state_reasons if expected in ("DOWN", "DEGRADED") else loss_reasons
        assert service.reason == of[service.id]
        assert set(service.new_single_points) == oracle.new_single_points(items, needs, service.id, failed)
        margin = oracle.margin(items, needs, service.id, failed)
        assert (service.margin, service.margin_high) == (margin, margin)


def check_some(estate: PlainEstate, data: st.DataObject) -> None:
    """Compare all failure sets of a small estate, else none failed and some that are drawn."""
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    for failed in failure_sets(data, list(estate.items)):
        check_everything(estate, graph, needs, failed)


def check_all_states(estate: PlainEstate, data: st.DataObject) -> None:
    """Compare the states of all 2^n failure sets, and everything else for some of them."""
    graph, needs, ids = build(revision=7, **rows_of(estate)), estate.requirements(), list(estate.items)
    for size in range(len(ids) + 1):
        for chosen in combinations(ids, size):
            down = oracle.down_of(needs, set(chosen))
            states = states_of(graph, graph.indexes(chosen))
            assert set(graph.ids_of(states.down)) == down
            assert set(graph.ids_of(states.degraded)) == oracle.degraded_of(needs, down)
    check_some(estate, data)


@given(estates(), st.data())
@EXAMPLES
def test_impact_equals_brute_force(estate, data):
    """States, reasons, outcomes, new single points and margins of up to 10 CIs are those of the definitions."""
    check_some(estate, data)


@given(estates(most=7), st.data())
@settings(EXAMPLES, max_examples=50)
def test_states_equal_brute_force_whatever_fails(estate, data):
    """All 2^n failure sets of up to 7 CIs; ``make promises`` does it for 14."""
    check_all_states(estate, data)


@given(logic(), st.data())
@settings(EXAMPLES, max_examples=500)
def test_margins_of_nested_gates_equal_brute_force(estate, data):
    """Gates of gates over shared leaves: the margin is exact, and with any smaller budget its bounds hold."""
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    failed = data.draw(st.sets(st.sampled_from([ci for ci in estate.items if ci.startswith("leaf")]), max_size=2))
    states, service = states_of(graph, graph.indexes(failed)), graph.index("service")
    want = oracle.margin(estate.items, needs, "service", failed)

    assert margin_of(graph, service, states.down, states.lost) == Margin(want, want)
    for budget in (0, 10, 30, 100):
        bounds = margin_of(graph, service, states.down, states.lost, budget=budget)
        if want is None:
            assert bounds == Margin(None, None)
        else:
            assert bounds.low <= want <= bounds.high


@given(estates(), st.data())
@settings(EXAMPLES, max_examples=500)
def test_blast_radius_and_single_points_equal_brute_force(estate, data):
    """Depths are the fewest relations, and a service's single points are those found by trying each CI."""
    graph = build(revision=7, **rows_of(estate))
    items, needs = estate.items, estate.requirements()
    failed = data.draw(st.sets(st.sampled_from(list(items)), max_size=3))
    strengths = {(group["item"], group["name"]): group["strength"] for group in estate.groups}
    depths = oracle.blast_radius(estate.relations, strengths, failed)

    reached = blast_radius(graph, failed)
    assert [(each.id, each.depth) for each in reached] == sorted(depths.items(), key=lambda pair: pair[::-1])

    for ci in items:
        found = single_points(graph, ci, failed)
        before, now = oracle.single_points(items, needs, ci, set()), oracle.single_points(items, needs, ci, failed)
        assert (set(found.before), set(found.now), set(found.added)) == (before, now, now - before)
        assert found.down == (ci in oracle.down_of(needs, failed))

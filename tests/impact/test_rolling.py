"""Rolling plans: whether there is one, and the fewest waves, are those of trying every partition."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from impact.graph import build
from impact.risk.rolling import rolling_plan
from tests.impact.sketch import sketch
from tests.impact.strategies import rollouts
from tests.oracles import rolling as oracle
from tests.oracles.estate import rows_of

# `make promises` tries 20,000 (tests/promises/test_enumeration.py).
EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def check(rollout) -> None:
    estate, services, targets, standing = rollout
    graph, needs = build(revision=7, **rows_of(estate)), estate.requirements()
    found = rolling_plan(
        graph, graph.indexes(targets), services=set(graph.indexes(services)), standing=graph.indexes(standing)
    )
    assert found.fewest
    never = oracle.never_alone(needs, services, targets, standing)
    assert {graph.ids[target]: set(graph.ids_of(lost)) for target, lost in found.never.items()} == never
    least = oracle.fewest_waves(needs, services, targets, standing)
    assert (least is None) == (found.waves is None) == bool(never)
    if found.waves is not None:
        assert len(found.waves) == least
        plan = [graph.ids_of(wave) for wave in found.waves]
        assert oracle.is_safe_plan(needs, services, targets, plan, standing)


@given(rollouts())
@EXAMPLES
def test_a_rolling_plan_has_the_fewest_waves(rollout):
    """No wave loses a service, no plan has fewer, and where there is none the targets to blame are named."""
    check(rollout)


def test_a_pool_is_patched_by_what_it_can_spare():
    """Two hundred hosts of which 150 are needed: four waves of fifty at most."""
    members = [f"host{number:03}" for number in range(200)]
    graph = sketch(f"Shop: 150 of ({' '.join(members)})")
    plan = rolling_plan(graph, graph.indexes(members))
    assert plan.waves is not None
    assert [len(wave) for wave in plan.waves] == [50, 50, 50, 50]


def test_visits_that_are_spent_are_told():
    """The plan holds, but nobody proved that there is no shorter one."""
    graph = sketch("Shop: 1 of (a b), 1 of (b c), 1 of (c a)")
    spent = rolling_plan(graph, graph.indexes("abc"), visits=9)
    assert (len(spent.waves or ()), spent.fewest, spent.spent) == (3, False, True)
    found = rolling_plan(graph, graph.indexes("abc"))
    assert (found.fewest, found.spent) == (True, False)


def test_a_plan_that_was_cut_short_is_still_safe():
    """However few CIs may be visited: whatever no wave has taken goes alone, and what was visited stays in bounds."""
    members = [f"host{number:03}" for number in range(60)]
    graph = sketch(f"Shop: 59 of ({' '.join(members)}), net", "x: soft net")
    targets = graph.indexes(members)
    for visits in range(0, 4000, 200):
        plan = rolling_plan(graph, targets, visits=visits)
        assert sorted(target for wave in plan.waves or () for target in wave) == targets
        assert {len(wave) for wave in plan.waves or ()} == {1}
        assert plan.visited <= visits + 20
        assert (plan.fewest, plan.spent) == (False, True)


def test_targets_that_take_much_down_are_still_tried_alone():
    """Three hubs under a thousand CIs each: however little may be visited, there is a plan, and each is safe."""
    hubs = ["a", "b", "c"]
    below = [f"{hub}{number}: {hub}" for hub in hubs for number in range(1000)]
    graph = sketch("Shop: 2 of (a b c)", *below)
    plan = rolling_plan(graph, graph.indexes(hubs), visits=1)
    assert plan.waves == tuple((graph.index(hub),) for hub in hubs)
    assert rolling_plan(graph, graph.indexes(hubs)).fewest


def test_no_targets_need_no_wave():
    """An empty plan, and it is proved."""
    plan = rolling_plan(sketch("Shop: a"), [])
    assert (plan.waves, plan.never, plan.fewest) == ((), {}, True)

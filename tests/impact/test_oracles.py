"""The oracles themselves: figures worked out by hand, and tables of all states against one state at a time."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.impact.strategies import estates_with_chances
from tests.oracles import impact
from tests.oracles.estate import PlainEstate, estate_of
from tests.oracles.every_state import EveryState
from tests.oracles.probability import (
    chances_of,
    flipping,
    importances,
    outage,
    outcomes,
    total,
    uncertain_outage,
    uncertain_outcomes,
)
from tests.oracles.risk_groups import added, is_most_probable, most_probable, risk_groups, sizes

TENTH = Fraction(1, 10)


def of(estate: PlainEstate) -> tuple[dict, dict, str]:
    return estate.items, estate.requirements(), "shop"


def shop_of_pairs(chances: dict | None = None) -> PlainEstate:
    return estate_of({"shop": [(1, ["web1", "web2"]), (1, ["db1", "db2"])]}, chances)


def ids(*groups: str) -> set[frozenset]:
    return {frozenset(group.split()) for group in groups}


def test_one_of_two_web_and_one_of_two_db():
    """P = 1 - (1 - 0.01)^2 = 0.0199, and with the service's own 0.05 it is 1 - 0.95 x 0.9801."""
    pairs = of(shop_of_pairs())
    assert outage(*pairs) == Fraction("0.0199")
    assert outage(*of(shop_of_pairs({"shop": Fraction("0.05")}))) == 1 - Fraction("0.95") * Fraction("0.9801")
    assert outage(*pairs, failed={"web1"}) == 1 - Fraction("0.9") * Fraction("0.99")
    assert outage(*of(shop_of_pairs({"web1": None, "db1": None}))) == 0
    assert risk_groups(*pairs) == ids("web1 web2", "db1 db2")


def test_importances_of_one_of_two_pairs():
    """P(top | web1 down) = 0.109 and P(top | web1 up) = 0.01; the pair of web1 has occurred with 0.01."""
    found = importances(*of(shop_of_pairs()))
    assert sorted(found) == ["db1", "db2", "web1", "web2"]
    assert found["web1"].birnbaum == Fraction("0.099")
    assert found["web1"].fussell_vesely == Fraction(100, 199)
    assert found["web1"].reduction == Fraction(99, 199)
    assert found["web1"].achievement_worth == Fraction(1090, 199)
    assert found["web1"].reduction_worth == Fraction("1.99")


def test_importances_where_nothing_can_be_divided():
    """A sole component has no worth of reduction (nothing is left), and with P(top) = 0 there are no quotients."""
    sole = importances(*of(estate_of({"shop": ["db"]})))["db"]
    assert sole == (1, 1, 1, 10, None)
    never = importances(*of(estate_of({"shop": ["db"]}, {"db": None})))["db"]
    assert never == (1, None, None, None, None)
    already = importances(*of(estate_of({"shop": ["db", "app"]})), failed={"db"})
    assert already == {"app": (0, 0, 0, 1, 1)}


def nested() -> PlainEstate:
    """2 of 3 clusters of 1 of 2 nodes; a cluster can not fail by itself."""
    clusters = {f"c{number}": [(1, [f"n{number}a", f"n{number}b"])] for number in (1, 2, 3)}
    return estate_of({"shop": [(2, ["c1", "c2", "c3"])], **clusters}, {"c1": 0, "c2": 0, "c3": 0})


def test_nested_two_of_three_clusters_of_one_of_two():
    """A cluster is out with 0.01, two or three of them with 3 x 0.01^2 x 0.99 + 0.01^3; cut sets pair two clusters."""
    clusters = of(nested())
    assert outage(*clusters) == Fraction("0.000298")
    found = risk_groups(*clusters)
    assert found == ids("n1a n1b n2a n2b", "n1a n1b n3a n3b", "n2a n2b n3a n3b")
    assert sizes(found) == {4: 3}
    assert risk_groups(*clusters, failed={"c1"}) == ids("n2a n2b", "n3a n3b")
    assert added(*clusters, targets={"n1a"}) == ids("n1b n2a n2b", "n1b n3a n3b")


def test_most_probable_groups_tell_their_ties():
    """Of {a b} 0.02, {c} 0.02 and {d} 0.01 the first two tie; whichever of them is the most probable one will do."""
    rules = {"shop": [(1, ["a", "b"]), "c", "d"]}
    chances = {"a": Fraction("0.1"), "b": Fraction("0.2"), "c": Fraction("0.02"), "d": Fraction("0.01")}
    estate = estate_of(rules, chances)
    groups = risk_groups(*of(estate))
    assert most_probable(estate.items, groups, 1) == [(Fraction("0.02"), ids("a b", "c"))]
    assert [chance for chance, _ in most_probable(estate.items, groups, 9)] == [Fraction("0.02"), Fraction("0.01")]
    assert is_most_probable(estate.items, groups, 2, [{"c"}, {"a", "b"}])
    assert is_most_probable(estate.items, groups, 1, [{"c"}])
    assert not is_most_probable(estate.items, groups, 2, [{"c"}, {"d"}])
    assert not is_most_probable(estate.items, groups, 2, [{"c"}, {"c"}])
    assert not is_most_probable(estate.items, groups, 2, [{"c"}])


def powered() -> PlainEstate:
    """Two paths, each over its own switch and its own PDU, and both PDUs hang on one feed three levels down."""
    rules = {"shop": [(1, ["path1", "path2"])]}
    for side in "12":
        rules |= {f"path{side}": [f"switch{side}"], f"switch{side}": [f"pdu{side}"], f"pdu{side}": ["feed"]}
    return estate_of(rules)


def test_a_shared_power_feed_is_the_single_point():
    """The feed alone, or one of three on either side: ten groups, P = 0.1 + 0.9 (1 - 0.9^3)^2."""
    found = risk_groups(*of(powered()))
    assert sizes(found) == {1: 1, 2: 9}
    assert frozenset({"feed"}) in found
    assert outage(*of(powered())) == TENTH + Fraction("0.9") * (1 - Fraction("0.9") ** 3) ** 2
    assert risk_groups(*of(powered()), failed={"feed"}) == {frozenset()}
    assert impact.single_points(*of(powered()), set()) == {"feed"}


def test_outcomes_of_a_pair_with_one_down():
    """With web1 down the shop is down when web2 fails (0.1), and else web2 is its new single point."""
    pair = of(estate_of({"shop": [(1, ["web1", "web2"])]}))
    assert outcomes(*pair, failed={"web1"}) == {
        "DOWN": TENTH,
        "DEGRADED": 0,
        "REDUNDANCY_LOST": 1 - TENTH,
        "REDUCED": 0,
        "UNAFFECTED": 0,
    }
    three = outcomes(*of(estate_of({"shop": [(1, ["web1", "web2", "web3"])]})))
    assert [float(each) for each in three.values()] == pytest.approx([0.001, 0, 0.027, 0.243, 0.729])


def doubtful_estate(rules: dict, position: int, chances: dict | None = None) -> PlainEstate:
    estate = estate_of(rules, chances)
    estate.relations[position]["confidence"] = Fraction("0.6")
    return estate


def test_an_uncertain_relation_counts_by_its_confidence():
    """The shop needs db with 0.6, db is out with 0.1: 0.06; with db down the outcome is DOWN with 0.6."""
    estate = doubtful_estate({"shop": ["db"]}, 0)
    assert uncertain_outage(estate, "shop") == Fraction("0.06")
    found = uncertain_outcomes(estate, "shop", {"db"})
    assert (found["DOWN"], found["UNAFFECTED"]) == (Fraction("0.6"), Fraction("0.4"))
    assert uncertain_outcomes(estate, "shop", failing=True)["DOWN"] == Fraction("0.06")
    assert flipping(estate, "shop", {"db"}) == {0}
    assert flipping(estate, "shop") == flipping(estate, "shop", anywhere=True) == set()


def test_an_absent_member_is_a_member_that_is_not_up():
    """1 of 2 with a doubtful second: 0.6 x 0.01 + 0.4 x 0.1; 2 of 2 loses a member for certain, or is capped at one."""
    assert uncertain_outage(doubtful_estate({"shop": [(1, ["a", "b"])]}, 1), "shop") == Fraction("0.046")
    both = doubtful_estate({"shop": [(2, ["a", "b"])]}, 1, {"a": 0, "b": 0})
    assert uncertain_outage(both, "shop") == uncertain_outage(both, "shop", reading="share") == Fraction("0.4")
    assert uncertain_outage(both, "shop", reading="capped") == 0
    share = doubtful_estate({"shop": [("100%", ["a", "b"])]}, 1, {"a": 0, "b": 0})
    assert uncertain_outage(share, "shop") == Fraction("0.4")
    assert uncertain_outage(share, "shop", reading="share") == 0


def test_two_relations_may_make_up_for_each_other():
    """A member of two doubtful relations of one group is there with 1 - 0.4^2: neither alone flips, both do."""
    estate = doubtful_estate({"shop": [(1, ["a", "a"])]}, 0, {"a": 0})
    estate.relations[1]["confidence"] = Fraction("0.6")
    assert uncertain_outage(estate, "shop") == Fraction("0.16")
    assert flipping(estate, "shop") == set()
    assert flipping(estate, "shop", anywhere=True) == {0, 1}


@given(estates_with_chances(most=6))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_tables_equal_one_state_at_a_time(estate):
    """Down, degraded, outcomes, probability and risk groups are those of asking each state by itself."""
    items, needs = estate.items, estate.requirements()
    for service in items:
        every = EveryState(items, needs, service, set(items), soft=True)
        degraded, tables = every.degraded(), every.outcomes()
        chances, sums = chances_of(items), dict.fromkeys(tables, Fraction(0))
        for size in range(len(every.variables) + 1):
            for failed in map(set, combinations(every.variables, size)):
                state, down = every.state(failed), impact.down_of(needs, failed)
                worse = impact.degraded_of(needs, down)
                found = impact.outcome(items, needs, service, failed)
                for ci in every.cone:
                    assert (every.down[ci] >> state & 1, degraded[ci] >> state & 1) == (ci in down, ci in worse)
                assert {each: table >> state & 1 for each, table in tables.items()} == {
                    each: each == found for each in tables
                }
                weight = Fraction(1)
                for ci in every.variables:
                    weight *= chances[ci] if ci in failed else 1 - chances[ci]
                sums[found] += weight
        assert outcomes(items, needs, service) == sums
        assert outage(items, needs, service) == sums["DOWN"] == total(tables["DOWN"], every.variables, chances)
        check_risk_groups(items, needs, service)


def check_risk_groups(items: dict, needs: dict, service: str) -> None:
    """Try every set of candidates and every proper subset of it by rounds."""
    cone = impact.hard_cone(needs, service)
    candidates = [ci for ci in cone if ci != service and impact.can_fail(items, ci)]
    stopping = {
        frozenset(chosen)
        for size in range(len(candidates) + 1)
        for chosen in combinations(candidates, size)
        if service in impact.down_of(needs, set(chosen))
    }
    assert risk_groups(items, needs, service) == {each for each in stopping if not any(s < each for s in stopping)}

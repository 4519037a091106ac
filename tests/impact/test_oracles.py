"""The oracles themselves: figures worked out by hand, and tables of all states against one state at a time."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.impact.strategies import calendars, estates_with_chances, rollouts
from tests.oracles import impact, rolling
from tests.oracles.conflicts import (
    PlainChange,
    PlainIncident,
    conflicts,
    free_moves,
    party_of,
    smallest_moves,
    standing_party,
)
from tests.oracles.estate import PlainEstate
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


def estate_of(rules: dict, chances: dict | None = None) -> PlainEstate:
    """
    Return an estate in which ``rules`` maps a CI to its requirements: an id, or (needs, members) for a group.

    Every CI's unavailability is a tenth unless ``chances`` says otherwise; ``shop`` is the service, and its is 0.
    """
    estate = PlainEstate()
    for ci, requirements in rules.items():
        for number, requirement in enumerate(requirements):
            group = None if isinstance(requirement, str) else f"g{number}"
            members = [requirement] if group is None else requirement[1]
            if group:
                estate.groups.append({"item": ci, "name": group, "needs": requirement[0], "strength": "hard"})
            for member in members:
                relation = {"source": ci, "target": member, "group": group, "strength": "hard", "confidence": 1.0}
                estate.relations.append(relation)
    ids = {*rules, *(relation["target"] for relation in estate.relations)}
    for ci in sorted(ids):
        chance = (chances or {}).get(ci, 0 if ci == "shop" else TENTH)
        facts = {"class": "server", "name": ci, "tier": None, "service": ci == "shop", "unavailability": chance}
        estate.items[ci] = facts
    return estate


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


def pair_with(second: int, minutes: int = 60) -> tuple[dict, list, list]:
    """An HA pair with a change of web1 in [0, 60) and one of web2 that begins at ``second``."""
    changes = [
        PlainChange("CHG-1", 0, 60, {"web1": (0, 60)}),
        PlainChange("CHG-2", second, second + minutes, {"web2": (0, minutes)}),
    ]
    needs = estate_of({"shop": [(1, ["web1", "web2"])]}).requirements()
    return needs, ["shop"], [party_of(change) for change in changes]


def test_an_ha_pair_and_two_changes():
    """Overlapping by one minute they conflict in that minute; one after the other they do not."""
    both = (frozenset({"CHG-1", "CHG-2"}), "shop")
    assert conflicts(*pair_with(59)) == {both: [(59, 60)]}
    assert conflicts(*pair_with(60)) == {}
    needs, services, parties = pair_with(59)
    assert smallest_moves(needs, parties, both, "CHG-2", reach=9) == {1}
    assert smallest_moves(needs, parties, both, "CHG-1", reach=9) == {-1}
    needs, services, parties = pair_with(20, minutes=20)
    assert smallest_moves(needs, parties, both, "CHG-2", reach=99) == {40, -40}
    assert smallest_moves(needs, parties, both, "CHG-2", reach=39) == set()
    assert free_moves(needs, services, parties, "CHG-2", reach=99) == {40, -40}
    assert free_moves(needs, services, parties, "CHG-2", {"web1"}, reach=9) == {0}


def test_a_window_is_no_outage():
    """Windows that overlap by an hour conflict only where the planned outages do; config takes nothing out."""
    needs, services, _ = pair_with(0)
    first = PlainChange("CHG-1", 0, 60, {"web1": (5, 10), "db": None})
    for outage_of_second, expected in (((15, 10), []), ((14, 10), [(14, 15)]), ((0, None), [(5, 15)]), (None, [])):
        second = PlainChange("CHG-2", 0, 60, {"web2": outage_of_second})
        found = conflicts(needs, services, [party_of(first), party_of(second)])
        assert list(found.values()) == ([expected] if expected else [])


def test_open_incidents_and_standing_failures():
    """An open incident conflicts without end; a standing failure is in the background, or a party when made one."""
    needs, services, parties = pair_with(100)
    incident = party_of(PlainIncident("INC-1", 30, frozenset({"web2"})))
    assert conflicts(needs, services, [parties[0], incident]) == {(frozenset({"CHG-1", "INC-1"}), "shop"): [(30, 60)]}
    assert conflicts(needs, services, parties, {"web2"}) == {}
    alone = {(frozenset({"CHG-1"}), "shop"): [(0, 60)]}
    assert conflicts(needs, services, parties, {"web2"}, least=1) == alone
    standing = standing_party("standing", {"web2"})
    assert conflicts(needs, services, [*parties, standing]) == {(frozenset({"CHG-1", "standing"}), "shop"): [(0, 60)]}
    assert conflicts(needs, services, parties, {"shop"}, least=1) == {}
    forever = [party_of(PlainIncident(f"INC-{ci}", 0, frozenset({ci}))) for ci in ("web1", "web2")]
    assert conflicts(needs, services, forever) == {(frozenset({"INC-web1", "INC-web2"}), "shop"): [(0, None)]}


def test_three_changes_and_no_two_of_them():
    """Only all three members of a pool take it down; a change with two of them makes the third one's pair minimal."""
    needs = estate_of({"shop": [(1, ["a", "b", "c"])]}).requirements()
    changes = [PlainChange(f"CHG-{ci}", 0, 9, {ci: (0, 9)}) for ci in "abc"]
    parties = [party_of(change) for change in changes]
    assert list(conflicts(needs, ["shop"], parties)) == [(frozenset({"CHG-a", "CHG-b", "CHG-c"}), "shop")]
    wide = party_of(PlainChange("CHG-ab", 3, 6, {"a": (0, 3), "b": (0, 3)}))
    assert conflicts(needs, ["shop"], [*parties, wide]) == {
        (frozenset({"CHG-a", "CHG-b", "CHG-c"}), "shop"): [(0, 9)],
        (frozenset({"CHG-ab", "CHG-c"}), "shop"): [(3, 6)],
    }


@pytest.mark.parametrize(
    ("needed", "members", "waves"), [(1, "ab", 2), (2, "abcd", 2), (3, "abcd", 4), (1, "abcd", 2), (2, "abcdefgh", 2)]
)
def test_the_fewest_waves_of_a_pool(needed, members, waves):
    """Of n members of which k are needed at most n - k are out at once."""
    needs = estate_of({"shop": [(needed, list(members))]}).requirements()
    plan = rolling.best_plan(needs, ["shop"], members)
    assert rolling.fewest_waves(needs, ["shop"], members) == len(plan) == waves
    assert rolling.is_safe_plan(needs, ["shop"], members, plan)
    assert not rolling.is_safe_plan(needs, ["shop"], members, [members])
    assert not rolling.is_safe_plan(needs, ["shop"], members, plan[1:])
    assert rolling.any_order(needs, ["shop"], members) == tuple(members)


def test_a_target_that_can_never_be_taken_down():
    """A sole database allows no plan, and it is named with the service that is lost."""
    needs = estate_of({"shop": [(1, ["web1", "web2"]), "db"]}).requirements()
    assert rolling.never_alone(needs, ["shop"], ["web1", "db"]) == {"db": {"shop"}}
    assert rolling.any_order(needs, ["shop"], ["web1", "db"]) is None
    assert rolling.fewest_waves(needs, ["shop"], ["web1", "db"]) is None
    assert rolling.never_alone(needs, ["shop"], ["web1"], {"web2"}) == {"web1": {"shop"}}
    assert rolling.never_alone(needs, ["shop"], ["web1"], {"db"}) == {}, "it is down without the change"


def test_the_order_matters_where_a_target_stays_or_comes_back():
    """Who is retired goes last while its twin still has a turn; who has failed goes first when its turn repairs it."""
    needs = estate_of({"shop": [(2, ["a", "b", "c"])]}).requirements()
    assert list(rolling.orders(needs, ["shop"], "abc", (), {"a"})) == [("b", "c", "a"), ("c", "b", "a")]
    assert list(rolling.orders(needs, ["shop"], "abc", (), {"a", "b"})) == []
    assert rolling.any_order(needs, ["shop"], "ab", {"b"}) is None
    assert list(rolling.orders(needs, ["shop"], "ab", {"b"}, repairs=True)) == [("b", "a")]


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


@given(calendars(most=7, changes=4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_conflicts_equal_one_minute_at_a_time(calendar):
    """In every minute the minimal sets are those found by asking all sets and all their proper subsets."""
    needs = calendar.estate.requirements()
    records = [*calendar.changes, *calendar.incidents]
    found = conflicts(needs, calendar.services, [party_of(record) for record in records], calendar.standing, least=1)
    for minute in range(-25, 130):
        out = {record.id: out_at(record, minute) for record in records}
        lost = {
            frozenset(chosen): impact.down_of(needs, calendar.standing.union(*(out[each] for each in chosen)))
            for size in range(len(out) + 1)
            for chosen in combinations(out, size)
        }
        minimal = {
            (chosen, service)
            for chosen, down in lost.items()
            for service in down & set(calendar.services)
            if chosen and not any(service in lost[part] for part in lost if part < chosen)
        }
        holds = {
            key
            for key, intervals in found.items()
            if any((a is None or a <= minute) and (b is None or minute < b) for a, b in intervals)
        }
        assert holds == minimal


def out_at(record: PlainChange | PlainIncident, minute: int) -> set:
    if isinstance(record, PlainIncident):
        return set(record.cis) if record.opened <= minute else set()
    began = {ci: minute - record.start - outage[0] for ci, outage in record.outages.items() if outage}
    return {ci for ci, since in began.items() if since >= 0 and (record.outages[ci][1] or 999) > since}


@given(rollouts(most=7, targets=5))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_at_a_time_is_possible_when_each_alone_is(rollout):
    """Who comes back leaves nothing behind: an order exists, and waves do, when no target is never to be taken down."""
    needs = rollout.estate.requirements()
    asked = (needs, rollout.services, rollout.targets, rollout.standing)
    possible = not rolling.never_alone(*asked)
    plan = rolling.best_plan(*asked)
    assert (rolling.any_order(*asked) is not None) == possible == (plan is not None)
    if plan is not None:
        assert rolling.is_safe_plan(needs, rollout.services, rollout.targets, plan, rollout.standing)
        pairs = sum(len(wave) for wave in plan) - len(plan)
        assert pairs > 0 or all(
            rolling.lost(needs, rollout.services, both, rollout.standing) for both in combinations(rollout.targets, 2)
        )


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

"""What an engineer and a change manager may rely on when they ask what would happen if."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.synthetic import Synthetic
from cmdb.errors import NotFound
from impact.answers import blast_radius, reasons, single_points, what_goes_down
from impact.graph import blast, build
from tests.impact.sketch import sketch


def outcomes(graph, *failed: str) -> dict[str, str]:
    return {service.id: service.outcome.value for service in what_goes_down(graph, failed).services}


def only_service(graph, *failed: str):
    (service,) = what_goes_down(graph, failed).services
    return service


def test_one_of_two_web_and_one_of_two_databases():
    """Any one of the four leaves the shop up with new single points; both of one pair stop it."""
    shop = sketch("Shop: 1 of (web1 web2), 1 of (db1 db2)")

    for lost, left in (("web1", "web2"), ("web2", "web1"), ("db1", "db2"), ("db2", "db1")):
        service = only_service(shop, lost)
        assert (service.outcome.value, service.new_single_points, service.margin) == ("REDUNDANCY_LOST", (left,), 1)
    assert only_service(shop, "web1", "db1").new_single_points == ("db2", "web2")
    assert outcomes(shop, "web1", "web2") == outcomes(shop, "db1", "db2") == {"Shop": "DOWN"}
    assert only_service(shop, "db1", "db2").reason == ("db1", "Shop")


def test_two_of_three_clusters_of_one_of_two():
    """A cluster is gone with both its nodes, the service with two clusters; margins count exactly."""
    graph = sketch("Pay: 2 of (a b c)", "a: 1 of (a1 a2)", "b: 1 of (b1 b2)", "c: 1 of (c1 c2)", cannot_fail="a b c")

    assert only_service(graph, "a1").outcome.value == "REDUCED"
    assert only_service(graph, "a1").margin == 3
    assert only_service(graph, "a1", "b1").margin == 2
    lost = only_service(graph, "a1", "a2")
    assert (lost.outcome.value, lost.margin, lost.new_single_points) == ("REDUCED", 2, ())
    assert only_service(graph, "a1", "a2", "b1").new_single_points == ("b2",)
    down = what_goes_down(graph, ["a1", "a2", "b1", "b2"])
    assert down.down == ("Pay", "a", "b")
    assert (down.services[0].reason, down.services[0].margin) == (("a1", "a", "Pay"), 0)


def test_each_change_of_a_pair_alone_takes_the_last_spare():
    """An HA pair: one member at a time is REDUNDANCY_LOST, both together are DOWN."""
    graph = sketch("Mail: 1 of (mx1 mx2)")

    assert outcomes(graph, "mx1") == outcomes(graph, "mx2") == {"Mail": "REDUNDANCY_LOST"}
    assert outcomes(graph, "mx1", "mx2") == {"Mail": "DOWN"}


def test_a_power_feed_shared_three_levels_down_is_the_single_point():
    """Two paths that look independent meet at one feed: it stops the service, nothing else alone does."""
    graph = sketch(
        "Shop: 1 of (web1 web2)", "web1: rack1", "web2: rack2", "rack1: pdu1", "rack2: pdu2", "pdu1: feed", "pdu2: feed"
    )

    assert single_points(graph, "Shop").now == ("feed",)
    after = single_points(graph, "Shop", ["pdu1"])
    assert after.before == ("feed",)
    assert after.added == ("pdu2", "rack2", "web2")
    assert only_service(graph, "feed").reason == ("feed", "pdu1", "rack1", "web1", "Shop")


def test_a_long_and_a_short_way_to_the_same_ci_are_one_dependency():
    """How deep the ways are makes no difference to the states; the reason is the short one."""
    graph = sketch("Shop: a, z", "a: b", "b: c", "c: d", "d: disk", "z: disk")

    service = only_service(graph, "disk")
    assert (service.outcome.value, service.reason) == ("DOWN", ("disk", "z", "Shop"))


def test_of_equally_short_reasons_the_smallest_ids_count_from_the_failed_ci_on():
    """The first CI decides before the second, whatever comes later."""
    graph = sketch("Shop: m, n", "m: y", "n: x")

    assert only_service(graph, "x", "y").reason == ("x", "n", "Shop")


def test_a_reason_passes_only_through_groups_that_failed():
    """A lost member of a group that still has enough is no reason, however near it is."""
    graph = sketch("Shop: 1 of (near spare), far", "far: disk", "disk: power")

    assert only_service(graph, "near", "power").reason == ("power", "disk", "far", "Shop")


def test_a_cycle_does_not_go_down_by_itself():
    """Two services that need each other are up until something fails, then both are down."""
    graph = sketch("A: B, disk", "B: A", "C: 1 of (C other)")

    assert what_goes_down(graph, []).services == ()
    assert outcomes(graph, "disk") == {"A": "DOWN", "B": "DOWN"}
    assert only_service(graph, "other").reason == ("other", "C")


def test_an_estate_without_anything_answers_nothing():
    """The empty estate has an answer too."""
    empty = build(revision=0, items=[], relations=[], groups=[])

    answer = what_goes_down(empty, [])
    assert (answer.down, answer.degraded, answer.services, answer.unaffected) == ((), (), (), 0)
    assert blast_radius(empty, []) == ()


@pytest.mark.parametrize("cannot_fail", [False, True], ids=["servers", "logical"])
def test_a_chain_a_hundred_thousand_deep(cannot_fail):
    """No recursion limit anywhere: states, reasons, depths, single points and the margin."""
    depth = 100_000
    ids = [f"c{number:06d}" for number in range(depth)]
    chance = 0.0 if cannot_fail else None
    items = [(ci, "server", ci, chance, None, None, False) for ci in ids[1:-1]]
    items += [(ids[0], "server", "bottom", None, None, None, False), (ids[-1], "service", "top", None, None, 1, True)]
    relations = [(above, below, None, "hard", 1.0) for below, above in pairwise(ids)]
    graph = build(revision=1, items=[items], relations=[relations], groups=[])

    answer = what_goes_down(graph, [ids[0]])
    assert len(answer.down) == depth - 1
    assert answer.services[0].reason == tuple(ids)
    assert blast_radius(graph, [ids[0]])[-1].depth == depth - 1
    assert single_points(graph, ids[-1]).now == ((ids[0],) if cannot_fail else tuple(ids[:-1]))


@pytest.mark.parametrize("cannot_fail", [False, True], ids=["servers", "logical"])
def test_two_deep_chains_that_are_each_others_spare(cannot_fail):
    """With one chain's end gone every CI of the other that can fail, up to 50,000 of them, is a new single point."""
    depth = 50_000
    chains = [[f"{chain}{number:05d}" for number in range(depth)] for chain in "ab"]
    chances = [None] + [0.0 if cannot_fail else None] * (depth - 1)
    items = [
        (ci, "server", ci, chance, None, None, False) for ids in chains for ci, chance in zip(ids, chances, strict=True)
    ]
    items.append(("top", "service", "top", None, None, 1, True))
    relations = [(above, below, None, "hard", 1.0) for ids in chains for below, above in pairwise(ids)]
    relations += [("top", ids[-1], "either", "hard", 1.0) for ids in chains]
    graph = build(revision=1, items=[items], relations=[relations], groups=[[("top", "either", 1, "hard")]])

    service = only_service(graph, "a00000")
    points = ("b00000",) if cannot_fail else tuple(chains[1])
    assert (service.outcome.value, service.new_single_points, service.margin) == ("REDUNDANCY_LOST", points, 1)
    assert len(service.reason) == depth + 1


def test_a_service_within_a_chain_has_no_new_single_point_that_stopped_it_before():
    """What it rests on alone stopped it all along, though now the end of the chain would stop it a second way."""
    lines = ("Top: Inner, b", "Inner: a, 1 of (Top spare)", "spare: x")
    found = {service.id: service.new_single_points for service in what_goes_down(sketch(*lines), ["x"]).services}

    assert found["Inner"] == ("Top", "b")
    assert found.get("Top", ()) == ()


def test_soft_relations_and_groups_degrade_and_do_not_stop():
    """A service that lost something soft runs with less; what needs it runs with less too, but softly no further."""
    graph = sketch("Shop: soft mail", "Web: Shop", "News: soft Shop", "Ads: soft 1 of (ad1 ad2)")

    assert outcomes(graph, "mail") == {"Shop": "DEGRADED", "Web": "DEGRADED"}
    assert outcomes(graph, "ad1") == {}
    assert outcomes(graph, "ad1", "ad2") == {"Ads": "DEGRADED"}
    assert only_service(graph, "ad1", "ad2").margin is None


def test_a_pool_of_degraded_members_is_degraded():
    """A hard group counts members that are neither down nor degraded, and its reason may begin with either."""
    graph = sketch("Shop: 2 of (a b c)", "b: soft log")

    assert outcomes(graph, "log") == {}
    assert outcomes(graph, "a", "log") == {"Shop": "DEGRADED"}
    assert only_service(graph, "a", "log").reason == ("a", "Shop")


def test_a_degraded_service_tells_its_new_single_points():
    """Function and spares are shown apart."""
    graph = sketch("Shop: 1 of (web1 web2), soft mail")

    service = only_service(graph, "mail", "web1")
    assert (service.outcome.value, service.new_single_points) == ("DEGRADED", ("web2",))


def test_what_can_not_fail_by_itself_is_no_single_point():
    """Neither the service nor a CI of unavailability exactly 0 counts, though a person may say that it failed."""
    graph = sketch("Shop: gate", "gate: 1 of (a b)", cannot_fail="gate")

    assert single_points(graph, "Shop").now == ()
    assert only_service(graph, "a").margin == 1
    assert only_service(graph, "gate").outcome.value == "DOWN"


def test_a_spare_without_anything_that_could_take_the_rest_is_reduced():
    """A loss in the cone that makes no new single point is REDUCED, and the reason is the way to the lost member."""
    graph = sketch("Shop: 1 of (a b c)", "a: disk", "b: disk2")

    service = only_service(graph, "disk")
    assert (service.outcome.value, service.reason, service.margin) == ("REDUCED", ("disk", "a", "Shop"), 2)


def test_services_stand_by_tier_then_id_and_failed_cis_are_not_repeated():
    """Tier 1 first, services without a tier last; what failed is listed as failed alone."""
    services = [("c", None), ("d", 2), ("a", 2), ("b", 1)]
    items = [(ci, "service", ci, None, None, tier, True) for ci, tier in services]
    items.append(("disk", "storage_array", "disk", None, None, None, False))
    relations = [(ci, "disk", None, "hard", 1.0) for ci, _ in services]
    answer = what_goes_down(build(revision=3, items=[items], relations=[relations], groups=[]), ["disk", "disk"])

    assert [service.id for service in answer.services] == ["b", "a", "d", "c"]
    assert (answer.revision, answer.failed, answer.down) == (3, ("disk",), ("a", "b", "c", "d"))


def test_unknown_ids_are_all_named():
    """Nothing is guessed or skipped: every unknown id stands in the error."""
    graph = sketch("Shop: web")

    for ask in (what_goes_down, blast_radius, reasons):
        with pytest.raises(NotFound) as missing:
            ask(graph, ["web", "nope", "neither"])
        assert missing.value.facts["ids"] == ("neither", "nope")


def test_blast_radius_follows_groups_and_soft_but_not_none():
    """It is the raw upper bound: redundancy does not stop it, only relations without impact do."""
    graph = sketch("Shop: 1 of (web1 web2)", "web1: soft log", "Mail: none log")

    assert [(reached.id, reached.depth) for reached in blast_radius(graph, ["log"])] == [
        ("log", 0),
        ("web1", 1),
        ("Shop", 2),
    ]


def test_wide_and_narrow_rings_give_the_same_blast_radius(monkeypatch):
    """How a ring is walked makes no difference: as arrays or in plain Python, the answers are equal."""
    graph = build(revision=1, **Synthetic(4_000).rows())
    asked = [graph.ids[ci] for ci in range(0, len(graph), 97)]
    usual = [blast_radius(graph, [ci]) for ci in asked]

    for width in (0, 3, 10**9):
        monkeypatch.setattr(blast, "WIDE", width)
        assert [blast_radius(graph, [ci]) for ci in asked] == usual
    assert max(map(len, usual)) > 500


def test_a_new_single_point_may_stop_a_service_by_another_member_of_what_it_weakened():
    """c1 is what is left of a pool and takes o down besides, which is what is left of another: both are new points."""
    graph = sketch("Shop: 1 of (o y)", "o: c1, 1 of (c1 z z2)")
    (shop,) = what_goes_down(graph, ["y", "z"]).services
    assert shop.new_single_points == ("c1", "o")
    assert shop.new_single_points == single_points(graph, "Shop", ["y", "z"]).added

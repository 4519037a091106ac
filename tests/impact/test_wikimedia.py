"""A real estate with pools of up to 240 servers: the answers equal brute force, and mean what an engineer expects."""

from __future__ import annotations

import gzip
import json
import os
import random
from itertools import pairwise
from pathlib import Path

import pytest

from impact.answers import reasons, what_goes_down
from impact.graph import build, from_networkx, to_networkx
from tests.oracles import impact as oracle
from tests.oracles.cone import Cone
from tests.oracles.estate import PlainEstate, rows_of

DATA = Path(os.environ.get("FORESHOCK_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
ESTATE = DATA / "wikimedia" / "estate.json.gz"
SETS, LARGEST = 300, 40

pytestmark = pytest.mark.skipif(
    not ESTATE.is_file(), reason=f"no data: {ESTATE} is not there; FORESHOCK_TEST_DATA names another folder"
)


@pytest.fixture(scope="module")
def estate():
    document = json.loads(gzip.decompress(ESTATE.read_bytes()))
    plain = PlainEstate()
    for item in document["items"]:
        plain.items[item["id"]] = {
            "class": item["class"],
            "name": item["name"],
            "unavailability": item.get("unavailability"),
            "tier": item.get("attributes", {}).get("tier"),
            "service": item["class"] == "service",
        }
    for relation in document["relations"]:
        plain.relations.append({"group": None, "strength": "hard", "confidence": 1.0, **relation})
    for group in document["groups"]:
        plain.groups.append({"strength": "hard", **group})
    return plain


@pytest.fixture(scope="module")
def graph(estate):
    return build(revision=1, **rows_of(estate))


@pytest.fixture(scope="module")
def needs(estate):
    return estate.requirements()


@pytest.fixture(scope="module")
def cones(estate, needs):
    services = [item for item, facts in estate.items.items() if facts["service"]]
    return {service: Cone(estate.items, needs, service) for service in services}


def expected(cones: dict, needs: dict, failed: set[str]) -> dict[str, tuple]:
    """Return service to (outcome, new single points), the affected services alone."""
    down = oracle.down_of(needs, failed)
    degraded = oracle.degraded_of(needs, down)
    found = {}
    for service, cone in cones.items():
        if service in down:
            found[service] = ("DOWN", set())
        elif service in degraded or cone.bits(down):
            points = cone.new_single_points(failed & cone.bit.keys())
            state = "DEGRADED" if service in degraded else "REDUNDANCY_LOST" if points else "REDUCED"
            found[service] = (state, points)
    return found


def check(estate, graph, needs, cones, failed: set[str]) -> None:
    answer = what_goes_down(graph, failed)
    down = oracle.down_of(needs, failed)
    want = expected(cones, needs, failed)

    assert answer.down == tuple(sorted(down - failed))
    assert answer.degraded == tuple(sorted(oracle.degraded_of(needs, down)))
    assert {s.id: (s.outcome.value, set(s.new_single_points)) for s in answer.services} == want
    assert answer.unaffected == len(cones) - len(want)
    states, losses = oracle.state_reasons(needs, failed), oracle.loss_reasons(needs, failed)
    for service in answer.services:
        paths = states if service.outcome in ("DOWN", "DEGRADED") else losses
        assert service.reason == paths[service.id]


def test_300_random_failure_sets_equal_brute_force(estate, graph, needs, cones):
    """States, outcomes, new single points and reasons of 300 random sets of 1 to 40 CIs follow the definitions."""
    draw = random.Random(20240)
    ids = sorted(estate.items)
    for _ in range(SETS):
        check(estate, graph, needs, cones, set(draw.sample(ids, draw.randint(1, LARGEST))))


def test_failing_parts_of_pools_equals_brute_force(estate, graph, needs, cones):
    """Sets that empty pools to just above, at and below their needs give the right outcomes too."""
    draw = random.Random(7)
    pools = [(each["item"], each["name"]) for each in estate.groups if each["name"] == "pool"]
    for item, name in draw.sample(pools, 25):
        members = sorted({r["target"] for r in estate.relations if (r["source"], r["group"]) == (item, name)})
        spare = len(members) - next(g["needs"] for g in estate.groups if (g["item"], g["name"]) == (item, name))
        for more in (-1, 0, 1):
            if 0 < spare + more <= len(members):
                check(estate, graph, needs, cones, set(draw.sample(members, spare + more)))


def test_margins_equal_brute_force(estate, graph, cones):
    """Margins of one and two are found by trying, greater ones are refuted up to two."""
    draw = random.Random(11)
    ids = sorted(estate.items)
    for _ in range(8):
        failed = set(draw.sample(ids, draw.randint(1, LARGEST)))
        for service in what_goes_down(graph, failed).services:
            assert service.margin == service.margin_high
            tried = cones[service.id].margin_up_to(failed, 2)
            assert tried == (service.margin if service.margin is not None and service.margin <= 2 else None)


def test_depooling_one_server_of_a_large_pool_takes_no_service_down(graph):
    """One of 223 servers gone: every service of the pool is up, its spare is gone, and the reason is the way to it."""
    answer = what_goes_down(graph, ["host:kubernetes2005.codfw.wmnet"])

    assert answer.down == answer.degraded == ()
    assert len(answer.services) > 40
    assert {service.outcome.value for service in answer.services} <= {"REDUCED", "REDUNDANCY_LOST"}
    apertium = next(service for service in answer.services if service.id == "service:apertium")
    assert apertium.reason == ("host:kubernetes2005.codfw.wmnet", "service:apertium@codfw", "service:apertium")


def test_a_pool_below_its_needs_takes_its_owner_down(estate, graph):
    """With more servers gone than the pool can spare its owner is down, while the other site still serves."""
    owner = "service:apertium@codfw"
    members = sorted({r["target"] for r in estate.relations if r["source"] == owner})
    failed = members[: len(members) - 112 + 1]

    answer = what_goes_down(graph, failed)
    assert owner in answer.down
    apertium = next(service for service in answer.services if service.id == "service:apertium")
    assert apertium.outcome.value == "REDUNDANCY_LOST"
    assert "service:apertium@eqiad" in apertium.new_single_points
    assert apertium.margin == 1

    both = what_goes_down(graph, [*failed, "service:apertium@eqiad"])
    apertium = next(service for service in both.services if service.id == "service:apertium")
    assert (apertium.outcome.value, apertium.margin) == ("DOWN", 0)
    assert apertium.reason == ("service:apertium@eqiad", "service:apertium")


def test_reasons_lead_from_failed_cis_along_relations(estate, graph):
    """Every step of every reason is a relation of the estate, from what failed to what depends on it."""
    steps = {(relation["target"], relation["source"]) for relation in estate.relations}
    for path in reasons(graph, sorted(estate.items)[::90]).values():
        assert all(step in steps for step in pairwise(path))


def test_the_estate_survives_networkx(graph):
    """Carried to networkx and back, every row of the estate is the same."""
    back = from_networkx(to_networkx(graph))

    assert list(back.item_rows()) == list(graph.item_rows())
    assert list(back.relation_rows()) == list(graph.relation_rows())
    assert list(back.group_rows()) == list(graph.group_rows())

"""Every single failure and criticality: compiled and plain count the same, and what the definitions say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.synthetic import Synthetic
from cmdb.errors import NotFound
from impact.answers import CriticalityOf, criticality
from impact.graph import build
from impact.graph.states import kernel_states, plain_states
from impact.kernels import asking, scratch
from impact.kernels.patience import Patience
from impact.reliability import criticality as single
from impact.reliability import single_points
from impact.reliability.criticality import MINUTES_A_YEAR, criticality_of, every_single_failure
from tests.impact.kernels.ailing import ailing_estates
from tests.impact.sketch import sketch
from tests.oracles import impact as oracle
from tests.oracles.estate import rows_of

EXAMPLES = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=["compiled", "uncompiled", "plain"])
def way(request, monkeypatch) -> str:
    """The kernel as it runs, the very same function as plain Python, and the plain twin."""
    if request.param == "uncompiled":
        monkeypatch.setattr(asking, "compiled", lambda kernel: kernel)
    for module in (single, single_points):
        monkeypatch.setattr(module, "Patience", lambda: Patience(10**9 if request.param == "plain" else -1))
    return request.param


def same(found, wanted) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(found, wanted, strict=True))


@given(ailing_estates())
@EXAMPLES
def test_every_single_failure_equals_brute_force(way, estate):
    """For each CI: who goes down or degrades with it and not without it, and the services among them by tier."""
    graph, needs, items = build(revision=7, **rows_of(estate)), estate.requirements(), estate.items
    found, critical = every_single_failure(graph), criticality_of(graph)
    lost = criticality(graph)
    rest = oracle.down_of(needs, set())
    rest_degraded = oracle.degraded_of(needs, rest)
    for row, ci in enumerate(graph.ids):
        down = oracle.down_of(needs, {ci}) - rest
        degraded = oracle.degraded_of(needs, rest | down) - rest_degraded
        assert (found.cis_down[row], found.cis_degraded[row]) == (len(down), len(degraded))
        for column, tier in enumerate(found.tiers):
            services = {each for each, facts in items.items() if facts["service"] and facts["tier"] == tier}
            assert found.services_down[row, column] == critical.services_lost[row, column] == len(services & down)
            assert found.services_degraded[row, column] == len(services & degraded)
        many = sum(items[each]["service"] for each in down)
        chance = items[ci]["unavailability"]
        assert lost[ci].cis_lost == critical.cis_lost[row] == len(down)
        assert sum(lost[ci].services_lost.values()) == many
        minutes = 0.0 if not many else None if chance is None else chance * MINUTES_A_YEAR * many
        assert lost[ci].outage_minutes == minutes
    assert set(found.tiers) == {facts["tier"] for facts in items.values() if facts["service"]}
    assert not any(each.any() for lent in scratch._POOL for each in (lent.marks, lent.lost, lent.hurt))


@given(ailing_estates(), st.data())
@EXAMPLES
def test_new_single_points_equal_brute_force(way, estate, data):
    """With any CIs failed, each service's new single points are those found by trying every CI."""
    graph, needs, items = build(revision=7, **rows_of(estate)), estate.requirements(), estate.items
    failed = data.draw(st.sets(st.sampled_from(list(items)), max_size=3))
    found = single_points.new_single_points(graph, plain_states(graph, tuple(graph.indexes(failed)), Patience()))
    for service in (each for each, facts in items.items() if facts["service"]):
        want = oracle.new_single_points(items, needs, service, failed)
        assert set(graph.ids_of(found.get(graph.index(service), []))) == want


def test_new_single_points_are_alike_on_a_large_estate(monkeypatch):
    """Failed hubs of an estate of thousands: so many services lose a spare that what was found must be made longer."""
    graph = build(revision=1, **Synthetic(20_000).rows())
    hubs = np.argsort(graph.effect_starts[:-1] - graph.effect_starts[1:], kind="stable")[:6].tolist()
    found = []
    for most in (-1, 10**9):
        monkeypatch.setattr(single_points, "Patience", lambda most=most: Patience(most))
        found.append([single_points.new_single_points(graph, kernel_states(graph, (hub,))) for hub in hubs])
    assert found[0] == found[1]
    assert sum(len(points) for points in found[0]) > 20


def test_all_ways_count_alike_on_a_large_estate(monkeypatch):
    """Thousands of CIs, some of which are down or degraded with nothing failed; and some CIs instead of all."""
    rows = Synthetic(4_000).rows()
    items = [row for batch in rows["items"] for row in batch]
    groups = [(row[0], "too many", 3, "soft" if place % 2 else "hard") for place, row in enumerate(items[::71])]
    relations = list(rows["relations"])
    relations.append([(owner, items[5][0], name, "hard", 1.0) for owner, name, _, _ in groups])
    graph = build(revision=1, items=[items], relations=relations, groups=[*rows["groups"], groups])
    assert graph.failing
    assert graph.ailing
    walked = every_single_failure(graph)
    monkeypatch.setattr(asking, "compiled", lambda kernel: kernel)
    assert same(every_single_failure(graph), walked)
    monkeypatch.setattr(single, "Patience", lambda: Patience(10**9))
    asked = range(0, len(graph), 17)
    assert same(every_single_failure(graph, asked)[2:], [each[asked] for each in walked[2:]])


def test_a_kernel_of_all_failures_agrees_with_one_of_each(way):
    """Two kernels that share no code: each CI asked for alone gives the count of the walk over all."""
    graph = build(revision=1, **Synthetic(600).rows())
    found = every_single_failure(graph)
    for ci in range(0, len(graph), 5):
        states = kernel_states(graph, (ci,))
        assert (len(states.down), len(states.degraded)) == (found.cis_down[ci], found.cis_degraded[ci])


def test_criticality_by_hand(way):
    """A disk under one of two databases takes nothing else down; a network under everything takes both shops."""
    lines = ("Shop: web", "Blog: web", "web: net, 1 of (db1 db2)", "db1: disk", "db2: net", "idle:")
    graph = sketch(*lines, cannot_fail="idle")
    assert criticality(graph, ["disk", "net", "idle"]) == {
        "disk": CriticalityOf(2, {}, 0.0),
        "idle": CriticalityOf(1, {}, 0.0),
        "net": CriticalityOf(5, {None: 2}, None),
    }
    known = criticality_of(graph, [graph.index("net")], lambda cis: np.full(len(cis), 0.001))
    assert known.outage_minutes.tolist() == [pytest.approx(2 * 525.6)]
    assert math.isnan(criticality_of(graph, [graph.index("net")]).outage_minutes[0])


def test_unknown_ids_are_all_named():
    """Nothing is skipped."""
    with pytest.raises(NotFound) as refused:
        criticality(sketch("a: b"), ["b", "x", "y"])
    assert refused.value.facts["ids"] == ("x", "y")


def test_an_estate_without_cis_has_no_failures(way):
    """The smallest estate there is."""
    found = every_single_failure(build(revision=1, items=[], relations=[], groups=[]))
    assert (len(found.cis), found.tiers) == (0, ())

"""The fat-tree of the benchmarks: as many devices as there must be, a legal estate, and redundancy where it belongs."""

from __future__ import annotations

import json

import pytest

from bench.fat_tree import FatTree
from cmdb.configuration.intake import import_estate
from impact.answers import what_goes_down
from impact.questions.graphs import defaults_at
from impact.reading.live import graph_at
from tests.builders import the_context


@pytest.mark.parametrize(("k", "devices"), [(4, 36), (48, 30_528), (64, 70_656)])
def test_there_are_as_many_devices_as_the_ports_allow(k, devices):
    """k^3/4 servers and 5 k^2/4 switches."""
    tree = FatTree(k)
    assert tree.devices == devices
    assert sum(1 for _ in tree.items()) == devices + 1


@pytest.mark.parametrize(("replicas", "needs", "chance"), [(3, 1, 7.988005999e-09), (5, 3, 7.96407311506e-08)])
def test_the_expected_chance_is_that_of_servers_and_edge_switches(replicas, needs, chance):
    """Worked out by hand for three replicas of which one is needed, and five of which three are."""
    assert FatTree(48, replicas, needs).expected() == pytest.approx(chance, rel=1e-11)


@pytest.mark.parametrize("words", [(3,), (0,), (4, 5), (4, 2, 3), (4, 2, 0)])
def test_what_can_not_be_built_is_refused(words):
    """Odd numbers of ports, more replicas than pods, more needed than there are."""
    with pytest.raises(ValueError, match="k must be even"):
        FatTree(*words)


def test_it_goes_through_the_ordinary_import_and_fails_where_it_should(tmp_path):
    """A replica hangs on its server and edge switch; ways up have spares, and a service its other replicas."""
    path = tmp_path / "estate.jsonl.gz"
    assert FatTree(4, 3, 2).write(path) == {"items": 37, "relations": 51, "groups": 17}
    context = the_context()
    with path.open("rb") as stream:
        assert import_estate(context, stream, source="fat tree").revision == 1
    graph = graph_at(context.store, defaults_at(context, 1))

    def outcome(*failed: str) -> str:
        services = what_goes_down(graph, failed).services
        return services[0].outcome.name if services else "UNAFFECTED"

    assert outcome("edge-00-00") == outcome("server-01-00-00") == "REDUNDANCY_LOST"
    assert outcome("edge-00-00", "server-01-00-00") == "DOWN"
    assert outcome("edge-00-01", "server-01-00-01") == "UNAFFECTED"
    assert outcome("aggregation-00-00") == "REDUCED"
    assert outcome("aggregation-00-00", "aggregation-00-01", "edge-02-00") == "DOWN"
    assert outcome("core-0000", "core-0001", "aggregation-00-01", "server-01-00-00") == "DOWN"
    assert json.dumps(what_goes_down(graph, ["core-0000"]).down) == "[]"

"""The Cypher queries of the guide give what they say, on the built-in estate in a real server."""

from __future__ import annotations

import io
import re
from pathlib import Path

import neo4j
import pytest

from cmdb.change import changes
from cmdb.configuration.intake import import_estate
from cmdb.model.change import Target
from web.bootstrap import make_context, open_store
from web.demo import estate
from web.settings import Settings

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "neo4j.md"
QUERIES = re.findall(r"\n([^\n]+):\n\n```cypher\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
# What each query must find on the built-in estate with two changes on one UPS, by the first words of its title.
EXPECTED = {
    "What a CI depends on directly": {"depends_on": "host-n1"},
    "All that could be reached": {"ci": "checkout"},
    "Services by tier": {"service": "checkout", "tier": 1},
    "The ten CIs that most others": {"ci": "dc-north"},
    "CIs that nothing depends on": {"ci": "leftover"},
    "How many CIs of each class": {"class": "virtual_machine", "cis": 9},
    "Redundancy groups without a spare": {"redundancy_group": "tight"},
    "What two redundant CIs have in common": {"shared": "san-s"},
    "A shortest way": None,
    "Open changes": {"change": "CHG-1001", "targets": ["ups-s1"]},
    "CIs that two open changes touch": {"ci": "ups-s1", "change": "CHG-1001", "other_change": "CHG-1002"},
    "Who changed a CI": {"version": 1, "revision": 1},
}


@pytest.fixture(scope="module")
def graph(neo4j_server):
    """A driver on a store that holds the built-in estate, a leftover, a group without a spare and two changes."""
    neo4j_server.wipe()
    store = open_store(Settings(store=neo4j_server.address))
    context = make_context(Settings(), store)
    import_estate(context, io.BytesIO(estate()), source="demo")
    import_estate(context, io.BytesIO(MORE), source="more")
    for title in ("Replace the battery string", "Replace the fans"):
        changes.new(context, title=title, reason="It is worn out", targets=(Target("ups-s1"),))
    with neo4j.GraphDatabase.driver(neo4j_server.address) as driver:
        yield driver
    store.close()
    neo4j_server.wipe()


MORE = b"""{"format": "estate/1", "items": [
 {"id": "leftover", "class": "server"},
 {"id": "pair", "class": "application"}, {"id": "half-1", "class": "server"}, {"id": "half-2", "class": "server"}],
 "relations": [
 {"source": "pair", "target": "half-1", "type": "runs_on", "group": "tight"},
 {"source": "pair", "target": "half-2", "type": "runs_on", "group": "tight"}],
 "groups": [{"item": "pair", "name": "tight", "needs": 2}]}"""


def test_the_guide_has_twelve_queries_and_each_is_tested():
    """A new one is added here too."""
    assert len(QUERIES) == len(EXPECTED) == 12
    for title, _ in QUERIES:
        assert sum(title.startswith(start) for start in EXPECTED) == 1, title


@pytest.mark.parametrize(("title", "query"), QUERIES, ids=[title[:30] for title, _ in QUERIES])
def test_a_query_finds_what_it_says(graph, title, query):
    """The row that must be there is there."""
    records, _, _ = graph.execute_query(query)
    rows = [record.data() for record in records]
    expected = next(row for start, row in EXPECTED.items() if title.startswith(start))
    if expected is None:
        assert (rows[0]["way"][0], rows[0]["way"][-1]) == ("checkout", "san-n")
    else:
        assert any(expected.items() <= row.items() for row in rows), rows

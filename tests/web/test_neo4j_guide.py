"""The Cypher queries of the guide give what they say, on the built-in estate in a real server."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import neo4j
import pytest

from cmdb.change import changes
from cmdb.configuration.catalogue import built_in
from cmdb.configuration.intake import import_estate
from cmdb.model.change import CHANGES, ChangeState, Target, Window
from cmdb.stores.neo4j.project import label_of
from web.bootstrap import make_context, open_store
from web.demo import estate
from web.pages.home import _OPEN as OPEN
from web.settings import Settings

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "neo4j.md"
QUERIES = re.findall(r"\n([^\n]+):\n\n```cypher\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
# What each query must find on the built-in estate with changes on one UPS, by the first words of its title.
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
    "CIs that two changes, open or approved, touch": {"ci": "ups-s1", "change": "CHG-1001", "other_change": "CHG-1002"},
    "Who changed a CI": {"version": 1, "revision": 1},
}


# Beside drafts: what became of some of the changes.
STATES = {
    "CHG-1003": ChangeState.ASSESSED,
    "CHG-1005": ChangeState.REJECTED,
    "CHG-1006": ChangeState.APPROVED,
    "CHG-1007": ChangeState.SUBMITTED,
}


@pytest.fixture(scope="module")
def graph(neo4j_server):
    """A driver on a store that holds the built-in estate, a leftover, a group without a spare and two changes."""
    neo4j_server.wipe()
    store = open_store(Settings(store=neo4j_server.address))
    context = make_context(Settings(), store)
    import_estate(context, io.BytesIO(estate()), source="demo")
    import_estate(context, io.BytesIO(MORE), source="more")
    for day, hour in ((1, 20), (1, 21), (1, 22), (2, 20), (1, 20), (1, 20), (1, 20)):
        start = datetime(2099, 3, day, hour, tzinfo=UTC)
        window = Window(start, start + timedelta(hours=2))
        changes.new(context, title="Fans", reason="Worn out", targets=(Target("ups-s1"),), window=window)
    changes.new(context, title="No window yet", reason="Worn out", targets=(Target("ups-s1"),))
    for id_, state in STATES.items():
        held = context.records.held(CHANGES, id_)
        context.records.put(CHANGES, replace(held.record, state=state), because="A test wants it so")
    with neo4j.GraphDatabase.driver(neo4j_server.address) as driver:
        yield driver
    store.close()
    neo4j_server.wipe()


MORE = b"""{"format": "estate/1", "items": [
 {"id": "leftover", "class": "server"},
 {"id": "mail", "class": "service", "attributes": {"tier": 2}}, {"id": "dns", "class": "technical_service"},
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


def rows_of(graph, start: str) -> list[dict]:
    """Return what the query whose title begins so finds."""
    (query,) = (query for title, query in QUERIES if title.startswith(start))
    return [record.data() for record in graph.execute_query(query)[0]]


def test_services_are_those_of_every_class_of_services(graph):
    """The query names the label of each built-in class at or below service, and so finds CIs of each."""
    (query,) = (query for title, query in QUERIES if title.startswith("Services by tier"))
    named = re.search(r"\(s:([\w|]+)\)", query)[1].split("|")
    assert set(named) == {label_of(name) for name in built_in().services}
    assert {"checkout", "mail", "dns"} <= {row["service"] for row in rows_of(graph, "Services by tier")}


def test_open_changes_are_those_the_home_page_counts(graph):
    """Drafts, submitted and assessed ones; neither what is approved nor what was rejected."""
    found = {row["change"]: ChangeState(row["state"]) for row in rows_of(graph, "Open changes")}
    assert found.keys() == {"CHG-1001", "CHG-1002", "CHG-1003", "CHG-1004", "CHG-1007", "CHG-1008"}
    assert set(found.values()) == set(OPEN)


def test_two_changes_clash_only_where_their_windows_overlap(graph):
    """Not where one begins as another ends, on other days, without a window or rejected; an approved one counts."""
    found = {(row["change"], row["other_change"]) for row in rows_of(graph, "CIs that two changes")}
    first, second, third, approved, submitted = (f"CHG-100{n}" for n in (1, 2, 3, 6, 7))
    same_time = {(first, approved), (first, submitted), (approved, submitted)}
    assert found == same_time | {(first, second), (second, approved), (second, submitted), (second, third)}

"""The graph for people: it reads well, follows the ledger, and no name is taken for Cypher."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from itertools import count

import pytest

from cmdb.errors import ForeshockError
from cmdb.model.change import CHANGES
from cmdb.model.ci import CIS
from cmdb.ports.errors import StoreBusy
from cmdb.ports.store import Delete, Patch, Put
from cmdb.stores.neo4j import repair
from tests.contracts.test_store_feed_equals_snapshot import random_batch
from tests.contracts.things import ci, group, key_of, note, relation, write
from tests.neo4j_server import query

HOSTILE = [
    "a`) DETACH DELETE n //",
    "a]->() DELETE r //",
    "'; MATCH (n) DETACH DELETE n",
    "_Head",
    "",
    "数据库",
    "9",
    "\0",
]


def test_a_person_finds_cis_relations_groups_and_changes(store):
    """By class, by type, and by what a change touches."""
    write(
        store,
        ci("web", attributes={"tier": 1, "os": "linux", "ports": [80], "name": "taken"}, status="active"),
        Put(CIS, {"id": "db", "class": "database_cluster", "name": "DB"}),
        relation("web", "db", type_="runs_on", strength="hard", confidence=0.5, group="pool"),
        group("web", "pool", 2),
        Put(CHANGES, {"id": "CHG-1", "title": "Swap", "state": "draft", "targets": [{"ci": "db"}, {"ci": "none"}]}),
    )
    assert query("MATCH (n:CI:Server) RETURN n.id, n.name, n.class, n.status, n.tier, n.os, n.`attributes.name`") == [
        ["web", "web", "server", "active", 1, "linux", "taken"]
    ]
    assert query("MATCH (a:Server)-[r:RUNS_ON]->(b:DatabaseCluster) RETURN a.id, r.strength, r.confidence, b.id") == [
        ["web", "hard", 0.5, "db"]
    ]
    assert query("MATCH (:CI {id: 'web'})-[:HAS_GROUP]->(g:Group) RETURN g.name, g.needs") == [["pool", 2]]
    assert query("MATCH (c:Change {id: 'CHG-1'})-[:TOUCHES]->(n:CI) RETURN c.title, c.state, n.id") == [
        ["Swap", "draft", "db"]
    ]


def test_what_ends_vanishes_and_comes_back_with_those_who_refer_to_it(store):
    """A change goes on touching a CI that was gone for a while."""
    write(store, ci("a"), ci("b"), relation("a", "b"), Put(CHANGES, {"id": "CHG-1", "targets": [{"ci": "b"}]}))
    write(store, Delete(CIS, "b"), Delete(relation("a", "b").kind, key_of("a", "b")))
    assert query("MATCH (n:CI) RETURN n.id") == [["a"]]
    assert query("MATCH (:CI)-[r]->(:CI) RETURN count(r)") == [[0]]
    assert store.check() == ()
    write(store, ci("b", **{"class": "service"}))
    assert query("MATCH (:Change)-[:TOUCHES]->(n:CI:Service) RETURN n.id") == [["b"]]
    write(store, Patch(CIS, "b", {"class": "server"}))
    assert query("MATCH (n:CI {id: 'b'}) RETURN n:Server, n:Service") == [[True, False]]
    assert store.check() == ()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name(store, name):
    """As a class, an id, a relation type, and an attribute."""
    write(
        store,
        ci("a", **{"class": name}, attributes={name: 1}),
        ci(name or "-"),
        relation("a", name or "-", type_=name),
        note("n", **{name or "-": name}),
    )
    assert store.count(CIS) == 2
    assert query("MATCH (:CI {id: 'a'})-[r]->(b:CI) RETURN b.id") == [[name or "-"]]
    (labels,) = query("MATCH (n:CI {id: 'a'}) RETURN labels(n)")[0]
    assert all(label.replace("_", "").isalnum() and label.isascii() for label in labels)
    assert store.check() == ()


def test_after_any_history_the_graph_is_what_the_ledger_says(store):
    """Nodes, labels, properties, relations and references, after random batches."""
    chance, state = random.Random(7), {}
    for turn in range(60):
        try:
            store.apply(random_batch(chance, state), txn_id=str(turn), actor="a", reason="r")
        except ForeshockError:
            continue
        with store.snapshot() as now:
            kinds = (CIS, relation("a", "b").kind, group("a", "g").kind, note("n").kind)
            state = {(kind.name, row.key): row.document for kind in kinds for row in now.documents(kind)}
    assert len(state) > 20
    assert store.check() == ()


def test_references_that_a_kind_gains_are_drawn_for_what_was_written_before(store):
    """A newer programme knows that a field refers to something; an older one that still writes takes nothing back."""
    write(store, ci("a", owner="t1"), ci("b"), ci("t1"), relation("a", "b"), group("a", "pool"))
    newer = replace(CIS, refers_to={"owner": "ci"})
    write(store, Put(newer, {"id": "c", "class": "server", "name": "c", "owner": "b"}))
    drawn = "MATCH (n:CI)-[r]->(o) RETURN n.id, type(r), coalesce(o.id, o.name) ORDER BY n.id, type(r)"
    wanted = [["a", "DEPENDS_ON", "b"], ["a", "HAS_GROUP", "pool"], ["a", "OWNER", "t1"], ["c", "OWNER", "b"]]
    assert query(drawn) == wanted
    write(store, ci("d", owner="a"))
    assert query(drawn) == [*wanted, ["d", "OWNER", "a"]]
    assert store.check() == ()


def test_who_died_while_drawing_references_is_followed_by_the_next_writer(store, opened, monkeypatch):
    """The kind is registered already, so nobody else would see that something is missing."""
    write(store, ci("a", owner="b"), ci("b"))
    newer = replace(CIS, refers_to={"owner": "ci"})
    with monkeypatch.context() as broken:
        broken.setattr(repair, "_draw", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write(store, Put(newer, {"id": "c", "class": "server", "name": "c"}))
    query("MATCH (h:_Head) SET h.loading_until = 0")
    write(opened(), Put(newer, {"id": "c", "class": "server", "name": "c"}))
    assert query("MATCH (n:CI)-[r:OWNER]->(o) RETURN n.id, o.id") == [["a", "b"]]
    assert store.check() == ()


def test_check_finds_what_was_done_to_the_graph_by_hand_and_repair_mends_it(store):
    """A removed relation, an altered property, a node too many."""
    write(store, ci("a"), ci("b"), relation("a", "b"), group("a", "g"))
    for harm in (
        "MATCH (:CI)-[r:DEPENDS_ON]->() DELETE r",
        "MATCH (n:CI {id: 'a'}) SET n.name = 'other'",
        "CREATE (:_Node:CI {_id: 'ci:x', id: 'x'})",
        "MATCH (n:CI {id: 'b'}) REMOVE n:Server",
    ):
        query(harm)
        assert {finding.code for finding in store.check()} == {"check.graph"}, harm
        store.repair()
        assert store.check() == (), harm


@pytest.mark.parametrize("damage", ['{"id', "7"])
@pytest.mark.parametrize("small", [300, 1])
def test_a_document_that_was_damaged_can_be_written_over(store, monkeypatch, small, damage):
    """In a small batch and in a large one; what nobody can read any more leaves nothing behind in the graph."""
    monkeypatch.setattr("cmdb.stores.neo4j.write.SMALL", small)
    change = {"id": "CHG-1", "title": "Swap", "targets": [{"ci": "b"}]}
    write(store, ci("a"), ci("b"), ci("c"), Put(CHANGES, change))
    query(f"MATCH (v:_Version) WHERE v.k IN ['a', 'c', 'CHG-1'] SET v.body = '{damage}'")
    write(store, ci("a", **{"class": "service"}), Put(CHANGES, {"id": "CHG-1", "title": "None"}), Delete(CIS, "c"))
    write(store, ci("d"))
    assert query("MATCH (n:CI {id: 'a'}) RETURN n:Service, n:Server") == [[True, False]]
    assert query("MATCH (n:Change)-[r]->() RETURN count(r)") == [[0]]
    assert query("MATCH (n:CI) RETURN n.id ORDER BY n.id") == [["a"], ["b"], ["d"]]
    assert "check.graph" not in {finding.code for finding in store.check()}


def test_who_mends_says_at_every_step_that_he_lives(store, monkeypatch):
    """Else the next writer would take him for dead and mend all over again; where that happened, he says so."""
    monkeypatch.setattr("cmdb.stores.neo4j.repair._ROWS", 2)
    write(store, *[ci(f"c{n}") for n in range(9)])
    beside, moments = repair._beside, []

    def looked(*arguments):
        moments.append(query("MATCH (h:_Head) RETURN h.loading_step")[0][0])
        return beside(*arguments)

    monkeypatch.setattr(repair, "_beside", looked)
    assert store.repair() == ()
    assert moments == sorted(set(moments)), "it looked twice and did not say that it lives"
    monkeypatch.setattr(repair, "_beside", lambda *_: query("MATCH (h:_Head) SET h.loading = 'other'") and [])
    with pytest.raises(StoreBusy):
        store.repair()


def test_a_store_is_sound_while_others_write(opened):
    """Documents, relations and references come and go while they are looked at and counted."""
    store, writer, over, faults = opened(), opened(), threading.Event(), []
    write(store, *[ci(f"c{n:03}") for n in range(300)])

    def go_on():
        for n in count():
            if over.is_set():
                return
            try:
                write(writer, ci(f"d{n}"), relation(f"d{n}", "c001"), group(f"d{n}", "pool"), ci("c000", name=str(n)))
            except ForeshockError as error:
                faults.append(error)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        found = [store.check() for _ in range(3)]
    finally:
        over.set()
        thread.join()
    assert found == [()] * 3
    assert faults == []
    for harm in (
        "MATCH (k:_Kind {name: 'ci'}) SET k.living = k.living + 1",
        "MATCH (a:_Node {_id: 'ci:c001'}), (b:_Node {_id: 'ci:c002'}) CREATE (a)<-[:TOUCHES]-(:_Node {_id: 'x'})",
        "MATCH (a:_Node {_id: 'ci:c001'}), (b:_Node {_id: 'ci:c002'}) CREATE (a)-[:TOUCHES]->(b)",
        "MATCH (a:_Node {_id: 'ci:c001'}), (b:_Node {_id: 'ci:c002'}) CREATE (a)-[:DEPENDS_ON {key: 'k'}]->(b)",
    ):
        query(harm)
        assert len(store.check()) == 1, harm
        store.repair()
        assert store.check() == (), harm


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("MATCH (h:_Head) SET h.at = '9999-01-01T00:00:00.000000Z'", "check.head"),
        ("MATCH (k:_Kind {name: 'ci'}) SET k.ends = '{'", "check.unreadable"),
    ],
)
def test_check_finds_what_was_done_to_the_head_and_to_a_kind(store, harm, code):
    """A time that every later revision would be given; a kind that can not be read at all."""
    write(store, ci("a"))
    query(harm)
    assert [finding.code for finding in store.check()] == [code]

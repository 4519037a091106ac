"""Large batches are staged in parts, and are all or nothing all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import MissingEndpoint, OutcomeUnknown, StoreBusy, UniqueViolation, VersionConflict
from cmdb.ports.store import Applied, Delete, Patch
from cmdb.stores.neo4j.stage import Load
from tests.contracts.things import ci, key_of, note, relation, write
from tests.neo4j_server import query

ROOT = Path(__file__).resolve().parents[4]
MANY = 1100


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    """What counts as large, and how much of it is written at once, is less here."""
    monkeypatch.setattr("cmdb.stores.neo4j.write.SMALL", 300)
    monkeypatch.setattr("cmdb.stores.intake.CHUNK", 400)


def state_of(store):
    """All that can be seen of a store."""
    with store.snapshot() as state:
        rows = [(kind.name, row) for kind in (CIS, RELATIONS) for row in state.documents(kind)]
    return rows, [(one.number, one.hash, list(one.entries)) for one in store.changes(0)]


def some(store):
    """A store with a history."""
    write(store, *[ci(f"c{n:05}", claims=(f"serial:{n}",)) for n in range(50)], relation("c00001", "c00002"))
    write(store, ci("c00003", name="second", claims=("serial:3",)))


@pytest.mark.parametrize(
    ("ops", "refusal"),
    [
        ([ci("c00001", expected=7)], VersionConflict),
        ([Delete(CIS, "nobody")], NotFound),
        ([relation("c00001", "nobody")], MissingEndpoint),
        ([Delete(CIS, "c00002")], MissingEndpoint),
        ([note("z", claims=("serial:4",))], UniqueViolation),
    ],
)
def test_a_large_batch_that_is_refused_leaves_nothing(store, ops, refusal):
    """Whatever was staged before the fault was met: new versions, closed ones, claims let go."""
    some(store)
    before = state_of(store)
    changed = [ci(f"c{n:05}", name="changed") for n in range(MANY) if n not in (1, 2, 4)]
    with pytest.raises(refusal):
        write(store, *changed, *ops)
    assert state_of(store) == before
    assert store.check() == ()
    assert write(store, ci("c00001", name="after")) == Applied(3, 1)


def test_a_large_batch_does_what_a_small_one_does(store):
    """Puts, patches, deletes, claims that change hands, relations that come and go."""
    some(store)
    ops = [ci(f"c{n:05}", name="new", claims=(f"serial:{n + 1}",)) for n in range(10, MANY)]
    ops += [Delete(CIS, "c00002"), Delete(RELATIONS, key_of("c00001", "c00002")), relation("c00001", "c00999")]
    ops += [Patch(CIS, "c00005", {"class": "service"})]
    assert write(store, *ops, txn_id="large").changed == len(ops)
    assert write(store, *ops, txn_id="large") == Applied(3, len(ops), repeated=True)
    assert store.count(CIS) == MANY - 1
    assert query("MATCH (n:CI:Service) RETURN n.id") == [["c00005"]]
    assert query("MATCH (:CI)-[:DEPENDS_ON]->(b:CI) RETURN b.id") == [["c00999"]]
    assert store.check() == ()
    with pytest.raises(UniqueViolation):
        write(store, ci("other", claims=("serial:11",)))
    write(store, ci("other", claims=("serial:10",)))


def test_readers_see_all_of_a_large_batch_or_nothing(opened):
    """While it is staged and when it is published, by key, by count and as a whole."""
    store, reader = opened(), opened()
    some(store)
    before, done, faults = reader.count(CIS), threading.Event(), []

    def read() -> None:
        while not done.is_set():
            with reader.snapshot() as state:
                names = [name for (some,) in state.columns(CIS, "name") for name in some]
            if (len(names), set(names) == {"new"}) not in ((before, False), (MANY, True)):
                faults.append((len(names), set(names)))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        write(store, *[ci(f"c{n:05}", name="new") for n in range(MANY)])
    finally:
        done.set()
        thread.join()
    assert faults == []
    assert reader.count(CIS) == MANY


WORKER = """
import sys
import cmdb.stores.intake
cmdb.stores.intake.CHUNK = 4000
from cmdb.stores.neo4j import open_store
from tests.contracts.things import ci
store = open_store(sys.argv[1])
heard = []
def progress(taken):
    heard.append(taken)
    if len(heard) == int(sys.argv[2]):
        print("now", flush=True)
        sys.stdin.read()
store.apply((ci(f"c{n:05}", name="new", claims=(f"x:{n}",)) for n in range(21_000)),
            txn_id="killed", actor="a", reason="r", progress=progress)
"""


@pytest.mark.parametrize("moment", [8, 10])
def test_a_writer_that_is_killed_in_the_middle_leaves_nothing(opened, address, moment):
    """Nothing is seen of it; once it is believed dead the next writer takes it back and writes."""
    store = opened(patience=0.3)
    some(store)
    before = state_of(store)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, address, str(moment)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert worker.stdout.readline() == b"now\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
    assert query("MATCH (h:_Head) RETURN h.loading_step")[0][0] > 0
    assert state_of(store) == before
    with pytest.raises(StoreBusy):
        write(store, ci("c00001", name="waits"))
    query("MATCH (h:_Head) SET h.loading_until = 0")
    assert write(store, ci("c00001", name="after", claims=("x:1",))) == Applied(3, 1)
    assert store.check() == ()


def test_what_follows_a_published_batch_is_gone_on_with_by_the_next_writer(store):
    """The writer died when the revision was there and the graph for people was not."""
    some(store)
    write(
        store, *[ci(f"c{n:05}", name="new", claims=(f"serial:{n}",)) for n in range(MANY)], relation("c00001", "c00003")
    )
    query("MATCH (n:_Node) DETACH DELETE n")
    query(
        "MATCH (h:_Head) SET h.loading = 'dead', h.loading_phase = 'published', h.loading_number = h.revision,"
        " h.loading_step = 3, h.loading_until = 0"
    )
    assert store.revision() == 3
    write(store, ci("z"))
    assert query("MATCH (n:CI {name: 'new'}) RETURN count(n)") == [[MANY]]
    assert query("MATCH (h:_Head) RETURN h.loading") == [[None]]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OutcomeUnknown(txn_id="large")])
def test_a_batch_that_was_published_is_not_taken_back_when_its_writer_is_stopped(store, monkeypatch, fault):
    """The commit counted, and then its answer was lost for good, or somebody pressed Ctrl-C."""
    some(store)
    ops = [ci(f"c{n:05}", name="new", claims=(f"serial:{n}",)) for n in range(MANY)]
    publish = Load.publish

    def stopped(self, *arguments):
        steps = self.steps
        publish(self, *arguments)
        self.steps = steps
        raise fault

    monkeypatch.setattr(Load, "publish", stopped)
    with pytest.raises(type(fault)):
        write(store, *ops, txn_id="large")
    monkeypatch.undo()
    assert store.revision() == 3
    query("MATCH (h:_Head) SET h.loading_until = 0")
    write(store, ci("z"))
    assert store.get(CIS, "c00001").document["name"] == "new"
    assert store.check() == ()
    assert write(store, *ops, txn_id="large") == Applied(3, MANY, repeated=True)

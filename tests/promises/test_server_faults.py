"""A server that is absent, lost, closed to us or closed to writers: said clearly, asked seldom, and used again."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from cmdb.context import Context
from cmdb.errors import Family
from cmdb.ports.errors import OutcomeUnknown, StoreRefused, StoreUnavailable
from tests.builders import an_actor
from tests.contracts.things import NOTES, note, write
from tests.neo4j_server import LOOPBACK, free_port
from tests.promises.places import open_at
from tests.promises.proxy import Proxy
from web.app import create_app
from web.bootstrap import SystemClock

WRONG = "not-the-password"
PATIENCE = 3.0

# At most what a pause of 0.15 s between two tries would make of it.
TRIES = 20


def test_a_server_that_is_absent_at_start_is_named(mortal):
    """By its address, whichever way it is absent, and nobody waits for ever."""
    nobody = f"bolt://neo4j:{WRONG}@{LOOPBACK}:{free_port()}"
    with pytest.raises(StoreUnavailable) as refused:
        open_at(nobody, patience=PATIENCE)
    assert refused.value.facts["store"] == nobody.replace(f"neo4j:{WRONG}@", "")
    assert WRONG not in str(refused.value)


def test_a_server_that_hangs_up_is_tried_within_bounds(promise, mortal):
    """A few times with pauses, not as often as the wire allows."""
    kept = promise("server absent: retries are bounded", f"at most {TRIES} connections in {PATIENCE:g} s", "Neo4j")
    with Proxy(f"bolt://{LOOPBACK}:{free_port()}") as proxy:
        with pytest.raises(StoreUnavailable):
            open_at(proxy.address, patience=PATIENCE)
        kept.seen(f"{proxy.connections} connections")
        assert 1 <= proxy.connections <= TRIES


def test_a_wrong_password_is_said_at_once_and_not_tried_again(promise, mortal):
    """A server locks a user out who is wrong three times, so every attempt counts."""
    kept = promise("wrong password: no retry storm", "1 connection for each time we ask", "Neo4j")
    with Proxy(f"bolt://neo4j:{WRONG}@{LOOPBACK}:{mortal.port}") as proxy:
        for _ in range(2):
            with pytest.raises(StoreRefused, match="password") as refused:
                open_at(proxy.address, patience=PATIENCE)
            assert WRONG not in str(refused.value)
        kept.seen(f"{proxy.connections} connections in 2 attempts")
        assert proxy.connections == 2
    with closing(open_at(mortal.full_address)) as store:
        assert store.revision() == 0


def test_a_server_lost_in_the_middle_is_missed_and_taken_up_again(promise, mortal):
    """Reading and writing say so, readiness is false meanwhile, and the same handle goes on when it is back."""
    kept = promise("server lost in the middle", "said, not ready meanwhile, goes on by itself", "Neo4j")
    with closing(open_at(mortal.full_address, patience=PATIENCE)) as store:
        write(store, note("n", rank=1))
        doors = create_app(
            lambda txn_id: Context(
                store, store.coordination, SystemClock(), an_actor("engineer", "engineer"), txn_id=txn_id
            )
        )
        client = doors.test_client()
        assert client.get("/readyz").json == {"status": "ready", "revision": 1}
        mortal.kill()
        with pytest.raises(StoreUnavailable) as missed:
            store.get(NOTES, "n")
        with pytest.raises((StoreUnavailable, OutcomeUnknown)) as unwritten:
            write(store, note("n", rank=2), txn_id="second")
        assert {missed.value.family, unwritten.value.family} == {Family.RETRY}
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["code"]) == (503, "store.unavailable")
        mortal.start().ready()
        deadline = time.monotonic() + 30
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert write(store, note("n", rank=2), txn_id="second").revision == 2
        assert client.get("/readyz").json == {"status": "ready", "revision": 2}
    kept.seen("StoreUnavailable, readyz 503, then the same handle read and wrote")


def test_a_database_that_can_only_be_read_is_read(promise, mortal):
    """Reading goes on, writing says why not; when it may be written again, it is."""
    kept = promise("database read-only", "reading goes on, writing says so", "Neo4j")
    with closing(open_at(mortal.full_address)) as store:
        write(store, note("n", rank=1))
    mortal.settings["server.databases.read_only"] = "neo4j"
    try:
        # In order: what a crash leaves could not be recovered without writing.
        mortal.restart()
        with closing(open_at(mortal.full_address, patience=PATIENCE)) as store:
            assert store.get(NOTES, "n").document["rank"] == 1
            with pytest.raises(StoreUnavailable, match="can only be read"):
                write(store, note("n", rank=2), txn_id="second")
    finally:
        mortal.settings.clear()
        mortal.restart()
    with closing(open_at(mortal.full_address)) as store:
        assert write(store, note("n", rank=2), txn_id="second").revision == 2
    kept.seen("read; refused with the reason; written when it might be again")

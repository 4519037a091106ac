"""Opening a store on a server: what is there, what is not, and what is refused."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from cmdb.model.ci import CIS
from cmdb.ports.errors import NotAStore, SchemaTooNew, StoreUnavailable
from cmdb.stores.neo4j import open_store, schema
from cmdb.stores.neo4j.connection import Database
from tests.contracts.things import ci, note, write
from tests.neo4j_server import query


def begin_at_once(server, rounds):
    """Let four open a database without any index and write, again and again; one store comes of it, and none waits."""
    who = {"user": server.user, "password": server.password}
    for _ in range(rounds):
        server.wipe(schema=True)
        faults: list[BaseException] = []

        def work(name: str, faults: list[BaseException] = faults) -> None:
            try:
                with closing(open_store(server.address, **who)) as store:
                    write(store, ci(name), note(name), txn_id=name)
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=work, args=(name,), daemon=True) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in threads), "they wait for each other"
        assert faults == []
        with closing(open_store(server.address, **who)) as store:
            assert store.revision() == store.count(CIS) == 4
            assert store.check() == ()


def test_four_who_open_an_empty_database_at_once_find_one_store(neo4j_server):
    """One makes it, the others wait; all write. Of what one makes, another may be waiting for a part."""
    begin_at_once(neo4j_server, rounds=2)


def test_a_store_that_another_makes_while_one_looks_is_found(neo4j_server, monkeypatch):
    """Whichever statement the other gets in before: it is a store, never something else."""
    who = {"user": neo4j_server.user, "password": neo4j_server.password}
    once = Database.read
    for before in (0, 1):
        neo4j_server.wipe(schema=True)

        def read(self, work, *rest, before=before, **named):
            asked = iter(range(9))

            class Interrupted:
                def __init__(self, tx):
                    self.tx = tx

                def run(self, *asks, **values):
                    if next(asked) == before:
                        monkeypatch.setattr(Database, "read", once)
                        open_store(neo4j_server.address, **who).close()
                    return self.tx.run(*asks, **values)

            return once(self, lambda tx: work(Interrupted(tx)), *rest, **named)

        with closing(Database(neo4j_server.address, **who, database="neo4j", clock=None, patience=30)) as database:
            monkeypatch.setattr(Database, "read", read)
            found = schema.recognise(database)
            monkeypatch.setattr(Database, "read", once)
            assert found == schema.known()


@pytest.mark.promises
def test_many_who_open_an_empty_database_at_once_find_one_store(neo4j_server, promise):
    """Now and then two waited for each other, while the procedure that waits for indexes was used."""
    kept = promise("those who begin at once make one store", "40 of 40 rounds of four", "Neo4j")
    begin_at_once(neo4j_server, rounds=40)
    kept.seen("40 of 40")


def test_a_schema_that_is_too_new_is_refused_with_both_numbers(store, address):
    """And left untouched."""
    query("MATCH (s:_Schema) SET s.version = 99")
    with pytest.raises(SchemaTooNew) as refused:
        open_store(address)
    assert refused.value.facts == {"found": 99, "known": schema.known()}
    assert query("MATCH (s:_Schema) RETURN s.version") == [[99]]


def test_a_migration_that_was_interrupted_is_taken_up(store, address):
    """By the next, once the one who had begun is believed dead; every step may be taken twice."""
    write(store, ci("a"))
    query("MATCH (s:_Schema) SET s.version = 0, s.holder = 'dead', s.until = 1")
    other = open_store(address)
    assert other.migrate() == schema.known()
    assert other.get(CIS, "a") is not None
    assert other.check() == ()
    other.close()


def test_a_database_of_something_else_is_no_store(address):
    """Nothing is written into it."""
    query("CREATE (:Person {name: 'somebody'})")
    with pytest.raises(NotAStore):
        open_store(address)
    assert query("MATCH (n) RETURN labels(n)") == [[["Person"]]]


def test_a_server_that_is_not_there_is_named():
    """With the address, within the patience."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"bolt://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(StoreUnavailable) as refused:
        open_store(address, user="u", password="very secret", patience=0.2)
    assert refused.value.facts["store"] == address
    assert "secret" not in str(refused.value)


def test_a_server_that_is_too_old_is_refused():
    """The numbers of both are named; newer ones are named by the year."""
    database = Database("bolt://x", user="", password="", database="neo4j", clock=None, patience=1)
    for agent in ("Neo4j/5.26.0", "Neo4j/2026.09.0", "Neo4j/6.0"):
        schema.check_server(database, agent)
    for agent in ("Neo4j/5.25.1", "Neo4j/4.4.40"):
        with pytest.raises(StoreUnavailable, match=r"5\.26"):
            schema.check_server(database, agent)


def test_an_unknown_database_is_named(address):
    """Community Edition has one."""
    with pytest.raises(StoreUnavailable, match="nowhere"):
        open_store(address, database="nowhere", patience=1)

"""A backup of the database is a file that becomes a store in an empty database, and nowhere else."""

from __future__ import annotations

import pytest

from cmdb.errors import InvalidInput, NotFound
from cmdb.model.ci import CIS
from cmdb.ports.dump import VersionRow
from cmdb.ports.errors import Incomplete, NotAStore, TargetExists
from cmdb.stores.dump_file import read_dump
from cmdb.stores.neo4j import open_store, restore
from tests.contracts.things import ci, relation, write
from tests.neo4j_server import query


@pytest.fixture
def copy(store, tmp_path):
    """A backup of a store with three revisions."""
    write(store, ci("a", claims=("serial:1",)), ci("b"), relation("a", "b"))
    write(store, ci("a", name="new", claims=("serial:1",)))
    write(store, ci("b", name="new"))
    store.put_blob(b"attachment")
    assert store.backup(tmp_path / "copy") == 3
    store.close()
    return tmp_path / "copy"


def test_a_backup_comes_back_with_its_history(copy, neo4j_server, opened, tmp_path):
    """The same rows, and the same file when it is made again."""
    neo4j_server.wipe()
    assert restore(copy, neo4j_server.address) == 3
    store = opened()
    assert store.check() == ()
    assert [past.version for past in store.history(CIS, "a")] == [2, 1]
    store.backup(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == copy.read_bytes()


def test_what_is_there_is_never_replaced(copy, neo4j_server, opened):
    """Neither the store it was made of nor anything else."""
    with pytest.raises(TargetExists):
        restore(copy, neo4j_server.address)
    neo4j_server.wipe()
    query("CREATE (:Person {name: 'somebody'})")
    with pytest.raises(NotAStore):
        restore(copy, neo4j_server.address)


def test_what_is_no_backup_leaves_no_store_behind(copy, neo4j_server, tmp_path):
    """A missing file, a folder, a file of something else."""
    neo4j_server.wipe()
    (tmp_path / "other").write_bytes(b"SQLite format 3\0")
    for source, refused in ((tmp_path / "none", NotFound), (tmp_path, NotAStore), (tmp_path / "other", InvalidInput)):
        with pytest.raises(refused):
            restore(source, neo4j_server.address)
    assert query("MATCH (n) RETURN count(n)") == [[0]]


def test_an_interrupted_restore_goes_on(copy, neo4j_server, opened):
    """Whoever uses the store meanwhile is told."""
    neo4j_server.wipe()
    store = opened()
    with copy.open("rb") as file:
        rows = list(read_dump(file))
    last = max(number for number, row in enumerate(rows) if isinstance(row, VersionRow))
    with pytest.raises(InvalidInput):
        store.load(rows[: last + 2])
    with pytest.raises(Incomplete):
        store.get(CIS, "a")
    assert restore(copy, neo4j_server.address) == 3
    assert store.check() == ()


def test_nothing_is_made_where_nothing_shall_be_made(neo4j_server, address):
    """And nothing is written."""
    with pytest.raises(NotFound) as refused:
        open_store(address, create=False)
    assert (refused.value.facts["kind"], refused.value.facts["ids"]) == ("store", (address,))
    assert query("MATCH (n) RETURN count(n)") == [[0]]

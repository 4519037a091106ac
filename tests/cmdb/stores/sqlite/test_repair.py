"""Damage of the file and what mending makes of it: all that derives from the log comes back, the log stays as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cmdb.errors import ForeshockError
from cmdb.model.ci import CIS
from cmdb.ports.store import Between
from cmdb.stores.sqlite import open_store
from tests.contracts.things import NOTES, ci, ids, note, relation, write


@pytest.fixture
def path(tmp_path):
    """A closed store with claims, words and indexed fields."""
    path = tmp_path / "store.db"
    with closing(open_store(path)) as store:
        write(store, ci("a", claims=("serial:1",)), ci("b"), relation("a", "b"), note("n", rank=1, title="needle"))
        write(store, *[note(f"m{n}", rank=n, title=f"hay {n}") for n in range(20)])
        write(store, note("n", rank=5, title="needle"))
    return path


def damage(path, statements):
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(statements)
        raw.commit()


def log(path):
    """Every byte that is the log's own, values beside documents and links between rows apart."""
    with closing(sqlite3.connect(path)) as raw:
        return [
            raw.execute(f"SELECT key, version, from_rev, to_rev, claims, document FROM {table} ORDER BY id").fetchall()
            for table in ("doc_ci", "doc_note", "doc_relation")
        ] + [
            raw.execute("SELECT * FROM revision ORDER BY number").fetchall(),
            raw.execute("SELECT * FROM head").fetchall(),
        ]


INDEX = "note newest rank"
LAME = f"""
    PRAGMA writable_schema = ON;
    UPDATE sqlite_master SET sql = sql || ' AND version > 1' WHERE name = '{INDEX}';
    PRAGMA writable_schema = RESET;
    REINDEX "{INDEX}";
    PRAGMA writable_schema = ON;
    UPDATE sqlite_master SET sql = replace(sql, ' AND version > 1', '') WHERE name = '{INDEX}';
    PRAGMA writable_schema = RESET;
"""


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ("DELETE FROM claim", "check.claim"),
        ("INSERT INTO claim VALUES ('serial:9', 'ci', 'b')", "check.claim"),
        ("UPDATE claim SET key = 'b'", "check.claim"),
        ("UPDATE kind SET living = 77 WHERE name = 'note'", "check.count"),
        ("UPDATE doc_note SET \"$.rank\" = 99 WHERE key = 'm3'", "check.column"),
        ('UPDATE doc_ci SET "$.name" = NULL', "check.column"),
        (f'DROP INDEX "{INDEX}"', "check.index"),
        (LAME, "check.medium"),
    ],
)
def test_what_derives_from_the_log_comes_back(path, statements, code):
    """The finding is told as mended, nothing is left, and the log is the same in every byte."""
    damage(path, statements)
    with closing(open_store(path)) as store:
        assert {finding.code for finding in store.check()} == {code}
        before = log(path)
        assert {finding.code for finding in store.repair()} == {code}
        assert store.check() == ()
        assert log(path) == before
        assert store.count(NOTES) == 21
        assert ids(store.find(NOTES, [Between("rank", 3, 3)], order="rank")) == ["m3"]
        with pytest.raises(ForeshockError, match="serial:1"):
            write(store, ci("c", claims=("serial:1",)))


def test_words_are_indexed_anew(path):
    """Also where nothing could tell that they were lost."""
    damage(path, "INSERT INTO text_note(text_note) VALUES ('delete-all')")
    with closing(open_store(path)) as store:
        assert ids(store.search(NOTES, "needle")) == []
        store.repair()
        assert ids(store.search(NOTES, "needle")) == ["n"]
        assert ids(store.search(NOTES, "needle", at=1)) == ["n"]


def test_the_log_is_never_mended(path):
    """What was altered there stays a finding, while what derives from it is still made anew."""
    damage(
        path, "UPDATE doc_ci SET document = replace(document, 'server', 'Server') WHERE key = 'b'; DELETE FROM claim"
    )
    with closing(open_store(path)) as store:
        before = log(path)
        assert [finding.code for finding in store.repair() if finding.code != "check.column"] == ["check.claim"]
        assert {finding.code for finding in store.check()} == {"check.altered"}
        assert log(path) == before
        assert store.get(CIS, "b").document["class"] == "Server"

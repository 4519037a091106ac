"""Any one altered byte of the log is found, wherever it stands; so is a revision that was added or cut off."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cmdb.model.ci import CIS
from cmdb.ports.errors import NotAStore, StoreUnavailable
from cmdb.ports.store import Delete, Patch
from cmdb.stores.sqlite import open_store
from tests.contracts.things import ci, group, note, relation, write


@pytest.fixture
def store(path):
    """A store with a history: several kinds, claims, patches, deletes, and text of all sorts."""
    with closing(open_store(path)) as store:
        write(store, ci("a", claims=("serial:1", "fqdn:a")), ci("b", attributes={"tier": 1, "os": "Línux"}), ci("c"))
        write(store, relation("a", "b", confidence=0.5), relation("a", "c"), group("a", "pool"))
        write(store, Patch(CIS, "a", {"name": "Å", "unavailability": 0.25}, claims=("serial:2",)), note("n", rank=[1]))
        write(store, Delete(CIS, "b"), Delete(relation("a", "b").kind, '["a","depends_on","b",null]'))
        write(store, ci("b", name="again"), note("n", title="one\x00two"))
        assert store.check() == ()
        yield store


def cells(path: Path) -> list[tuple[str, int, str, object]]:
    """Every cell of the log: headers, parts, the end of the chain, and the versions of every kind."""
    found = []
    with closing(sqlite3.connect(path)) as raw:
        tables = [
            name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE name GLOB 'doc_*' AND type = 'table'")
        ]
        for table in ("revision", "part", "head", *tables):
            row = "rowid" if table != "part" else "revision || kind"
            columns = [column[1] for column in raw.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                for place, value in raw.execute(f'SELECT {row}, "{column}" FROM "{table}"'):
                    found.append((table, place, column, value))
    return found


def altered(value: object, chance: random.Random) -> object:
    """The value with one byte or one bit of it changed."""
    if value is None:
        return chance.choice([0, 1, 5, "x", b"[]"])
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(6))
    if isinstance(value, float):
        return value + 0.125
    content = bytearray(value if isinstance(value, bytes) else value.encode("utf-8"))  # type: ignore[union-attr]
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(7)
    return bytes(content)


def alter(path: Path, table: str, place: object, column: str, value: object) -> None:
    """Write a cell as somebody with an editor would, past all that the store does."""
    key = "rowid" if table != "part" else "revision || kind"
    with closing(sqlite3.connect(path)) as raw:
        mark = "CAST(? AS TEXT)" if isinstance(value, bytes) and not column.startswith("$") else "?"
        raw.execute("PRAGMA ignore_check_constraints = ON")
        raw.execute(f'UPDATE OR REPLACE "{table}" SET "{column}" = {mark} WHERE {key} = ?', (value, place))
        raw.commit()


@pytest.mark.promised
def test_any_altered_cell_of_the_log_is_found(store, path, promise):
    """Every column of every row of every table of the log, each with one byte changed at random."""
    kept = promise("tampering with a cell of the log", "any one altered byte is found")
    chance, missed, tried = random.Random(1), [], 0
    store.close()
    whole = path.read_bytes()
    for table, place, column, value in cells(path):
        alter(path, table, place, column, altered(value, chance))
        tried += 1
        with closing(open_store(path)) as damaged:
            if not damaged.check():
                missed.append((table, place, column, value))
        path.write_bytes(whole)
    kept.seen(f"{tried} cells altered, {len(missed)} missed")
    assert tried > 200
    assert missed == []


@pytest.mark.promised
def test_any_altered_byte_of_the_file_is_found_or_says_nothing(store, path, promise):
    """Bytes at random places of the file itself: found by check, or no reader sees any difference."""
    kept = promise("tampering with the file", "any one altered byte is found or changes nothing that is read")
    chance, silent = random.Random(2), 0
    store.close()
    whole = path.read_bytes()
    said = told(path)
    used = [place for place, byte in enumerate(whole) if byte and place >= 100]
    for place in chance.sample(used, 300):
        content = bytearray(whole)
        content[place] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        try:
            with closing(open_store(path)) as damaged:
                found = bool(damaged.check())
        except (StoreUnavailable, NotAStore):
            found = True
        if not found:
            silent += 1
            assert told(path) == said
    kept.seen(f"300 bytes altered, 0 missed, {silent} of them in unused space")
    assert silent < 250


def told(path: Path) -> list[object]:
    """All that the log says."""
    with closing(open_store(path)) as store:
        return [(revision, list(revision.entries)) for revision in store.changes(0)]


@pytest.mark.parametrize("statements", [
    # The newest revision is cut off with all it wrote, as if it had never been.
    """DELETE FROM doc_ci WHERE from_rev = 5; DELETE FROM doc_note WHERE from_rev = 5;
       UPDATE doc_ci SET to_rev = NULL WHERE to_rev = 5; UPDATE doc_note SET to_rev = NULL WHERE to_rev = 5;
       DELETE FROM part WHERE revision = 5; DELETE FROM revision WHERE number = 5;
       UPDATE kind SET living = living - 1 WHERE name = 'ci'""",
    # A revision in the middle is gone.
    "DELETE FROM revision WHERE number = 3",
    # Another is added at the end, at the begin, or with an empty part.
    "INSERT INTO revision SELECT 6, at, actor, reason, 'forged', digest, 0, hash, hash FROM revision WHERE number = 5",
    "INSERT INTO revision SELECT 0, at, actor, reason, 'forged', digest, 0, hash, hash FROM revision WHERE number = 1",
    "INSERT INTO part VALUES (5, 'relation', 3, 0)",
    "INSERT INTO part VALUES (9, 'ci', 7, 1)",
    # Two revisions change places.
    "UPDATE revision SET number = 9 WHERE number = 2; UPDATE revision SET number = 2 WHERE number = 3;"
    "UPDATE revision SET number = 3 WHERE number = 9",
    # A version without a revision, in time and out of it.
    "INSERT INTO doc_ci (key, version, from_rev, document) VALUES ('z', 1, 5, '{\"id\":\"z\"}')",
    "INSERT INTO doc_ci (id, key, version, from_rev, document) VALUES (-1, 'z', 1, 5, '{\"id\":\"z\"}')",
    # A document is hidden by closing its newest version; a whole kind is hidden.
    "UPDATE doc_ci SET to_rev = 5 WHERE key = 'c'",
    "DELETE FROM kind WHERE name = 'note'",
    # What derives from the log: claims, counts, ends, blobs.
    "DELETE FROM claim WHERE claim = 'serial:2'",
    "INSERT INTO claim VALUES ('serial:3', 'ci', 'a')",
    "UPDATE claim SET key = 'c'",
    "UPDATE kind SET living = 7 WHERE name = 'ci'",
    "INSERT INTO blob VALUES ('00', x'00')",
])  # fmt: skip
def test_what_was_cut_off_added_or_moved_is_found(store, path, statements):
    """Although every line of it may look right by itself."""
    store.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(statements)
        raw.commit()
    with closing(open_store(path)) as damaged:
        assert damaged.check() != ()


def test_findings_name_the_place(store, path):
    """The revision of an altered document, and the document."""
    store.close()
    alter(path, "doc_ci", 3, "document", b'{"class":"server","id":"c","name":"d"}')
    with closing(open_store(path)) as damaged:
        found = {finding.code: finding.facts for finding in damaged.check()}
    assert found["check.altered"] == {"revision": 1}
    assert found["check.column"] == {"revision": 1, "kind": "ci", "key": "c"}


def test_a_dangling_end_is_found(store, path):
    """Should a relation ever point at nothing."""
    store.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE doc_ci SET document = NULL WHERE key = 'c'")
        raw.commit()
    with closing(open_store(path)) as damaged:
        found = [finding.facts for finding in damaged.check() if finding.code == "check.end"]
    assert found == [{"kind": "relation", "key": '["a","depends_on","c",null]', "missing": "c"}]

"""A dump as a file: it comes back as it was, and whatever happened to it on the way is told with its line."""

from __future__ import annotations

import gzip
import io
import random
from contextlib import closing

import pytest

from cmdb.errors import InvalidInput
from cmdb.ports.dump import (
    BlobRow,
    ClaimedRunRow,
    CounterRow,
    End,
    IdleRow,
    KindRow,
    LeaseRow,
    QueuedRunRow,
    RevisionRow,
    SeriesRow,
    Start,
    VersionRow,
)
from cmdb.stores.dump_file import read_dump, write_dump
from cmdb.stores.sqlite import open_store
from tests.contracts.things import ci, note, write

HASH = "ab" * 32
ROWS = [
    Start(0, 1, 0),
    KindRow("ci", ("a.b", "c"), ("c",), (("source", "ci"),), ("name",)),
    RevisionRow(1, "2026-01-01T00:00:00.000000Z", "role:x", "r", "t", HASH, 2, "0" * 64, HASH),
    VersionRow("ci", 'a"\0🐘', 1, '["x"]', '{"id":"a"}'),
    VersionRow("ci", "b", 2, None, None, 1),
    IdleRow("t2", HASH, 1),
    BlobRow(bytes(range(256))),
    LeaseRow("l", "h", 3, 1.5),
    ClaimedRunRow("job", "slot"),
    QueuedRunRow("r", "q", "{}", 0.1 + 0.2, 0.0, None, 0, False),
    QueuedRunRow("r2", "q", "{}", 1e9, 2e9, "w", 3, True),
    CounterRow("c", 4, 5.0),
    SeriesRow("CHG", 1001),
    End(1, HASH),
]


def packed(rows=ROWS) -> bytes:
    file = io.BytesIO()
    write_dump(rows, file)
    return file.getvalue()


def unpacked(content: bytes) -> list:
    return list(read_dump(io.BytesIO(content)))


def lines_of(content: bytes) -> list[bytes]:
    return gzip.decompress(content).splitlines(keepends=True)


def refused(content: bytes):
    """The one problem with which a file is refused."""
    with pytest.raises(InvalidInput) as told:
        unpacked(content)
    (problem,) = told.value.problems
    assert problem.message
    return problem


def test_every_row_comes_back_as_it_was():
    """With its types; the revision it ends at is told when it is written."""
    file = io.BytesIO()
    assert write_dump(iter(ROWS), file) == 1
    got = unpacked(file.getvalue())
    assert got == ROWS
    assert [[type(field) for field in row] for row in got] == [[type(field) for field in row] for row in ROWS]


def test_the_same_rows_give_the_same_bytes():
    """And a person who unpacks it can read what it is."""
    assert packed() == packed()
    assert lines_of(packed())[0] == b'{"format":"dump/1","since":0,"revision":1,"floor":0}\n'


def test_a_store_goes_through_a_file(tmp_path):
    """Into a file and out of it into another store."""
    with closing(open_store(tmp_path / "one.db")) as one, closing(open_store(tmp_path / "two.db")) as two:
        write(one, ci("a", claims=("x",)), note("n", title="Straße"))
        one.put_blob(b"\0\xff")
        with (tmp_path / "dump").open("wb") as file:
            write_dump(one.dump(), file)
        with (tmp_path / "dump").open("rb") as file:
            assert two.load(read_dump(file)) == 1
        assert list(two.dump()) == list(one.dump())


def test_a_file_that_was_cut_off_says_where():
    """In the middle of the bytes, or neatly after a line."""
    whole = packed()
    for length in range(30, len(whole), 17):
        assert refused(whole[:length]).code in ("dump.cut_off", "dump.damaged", "dump.not_a_dump")
    lines = lines_of(whole)
    for count in range(1, len(lines)):
        problem = refused(gzip.compress(b"".join(lines[:count])))
        assert (problem.code, problem.line) == ("dump.cut_off", count + 1)


def test_no_altered_byte_goes_unnoticed():
    """Neither in the packed file nor by somebody who unpacks it, edits a line and packs it again."""
    whole, chance = packed(), random.Random(4)
    for place in range(12, len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 1 << chance.randrange(8)
        try:
            assert unpacked(bytes(altered)) == ROWS
        except InvalidInput:
            continue
    content = gzip.decompress(whole)
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1
        refused(gzip.compress(bytes(altered)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no dump",
        gzip.compress(b""),
        gzip.compress(b"text\n"),
        gzip.compress(b"[]\n"),
        gzip.compress(b'{"format":"estate/1"}\n'),
        gzip.compress(b'{"format":"dump/1","since":"0","revision":1,"floor":0}\n'),
    ],
    ids=["nothing", "bytes", "empty", "text", "list", "estate", "types"],
)
def test_what_is_no_dump_is_told(content):
    """With what would be right."""
    problem = refused(content)
    assert problem.line == 1
    assert problem.code in ("dump.not_a_dump", "dump.cut_off")


def test_a_newer_format_is_told_with_both_numbers():
    """Only a newer programme knows what it means."""
    problem = refused(gzip.compress(b'{"format":"dump/2"}\n'))
    assert problem.code == "dump.newer"
    assert "dump/2" in problem.message
    assert "dump/1" in problem.message


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{}\n", "dump.row"),
        (b"[]\n", "dump.row"),
        (b'["surprise",1]\n', "dump.row"),
        (b"[1\n", "dump.not_json"),
        (b"\xff\n", "dump.not_json"),
        (b'["series","CHG"]\n', "dump.fields"),
        (b'["series","CHG",1,2]\n', "dump.fields"),
        (b'["series","CHG","1"]\n', "dump.types"),
        (b'["series","CHG",true]\n', "dump.types"),
        (b'["series",null,1]\n', "dump.types"),
        (b'["blob","not base64!"]\n', "dump.types"),
        (b'["kind","ci",["a"],["b"],[["one"]],[]]\n', "dump.types"),
        (b'["lease","l","h",1,"soon"]\n', "dump.types"),
        (b'["queued_run","r","q","{}",1,2,null,0,0]\n', "dump.types"),
    ],
)
def test_a_line_that_is_no_row_is_told(line, code):
    """With its number."""
    lines = lines_of(packed())
    problem = refused(gzip.compress(b"".join([*lines[:3], line, *lines[3:]])))
    assert (problem.code, problem.line) == (code, 4)


def test_a_line_after_the_end_is_told():
    """Nobody knows what it is for."""
    lines = lines_of(packed())
    problem = refused(gzip.compress(b"".join([*lines, lines[-1]])))
    assert (problem.code, problem.line) == ("dump.after_end", len(lines) + 1)

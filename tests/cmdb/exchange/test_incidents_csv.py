"""Incidents from CSV: what is read, what is wrong with it, and that nothing made up breaks the reader."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.exchange.estate.faults import Faults
from cmdb.exchange.estate.limits import MAX_LINE
from cmdb.exchange.incidents_csv import COLUMNS, MAX_LINES, Row, read
from tests.builders import moment

HEADER = "id,title,cis,opened,resolved,priority,caused_by\n"
LINE = "INC-7,Disk full,web1|web2,2026-03-01T10:00:00+01:00,2026-03-01T11:30:00Z,2,CHG-1\n"


def the_rows(content: str | bytes) -> tuple[list[Row], list[tuple[int, str]]]:
    """Return the rows of a file, and (line, code) of each fault."""
    faults = Faults()
    rows = list(read(io.BytesIO(content if isinstance(content, bytes) else content.encode()), faults))
    return rows, [(fault.line, fault.code) for fault in faults.problems]


def test_a_file_is_read_as_it_stands():
    """Moments in UTC, ids apart, what is empty is not there."""
    rows, wrong = the_rows(HEADER + LINE + "INC-8,Slow,db,2026-03-02T08:00Z,,5,\n")

    assert wrong == []
    opened, resolved = moment("2026-03-01T09:00Z"), moment("2026-03-01T11:30Z")
    assert rows == [
        Row(2, "INC-7", "Disk full", ("web1", "web2"), opened, resolved, 2, "CHG-1", True),
        Row(3, "INC-8", "Slow", ("db",), moment("2026-03-02T08:00Z"), None, 5, None, True),
    ]


def test_columns_stand_in_any_order_and_the_cause_may_be_left_out():
    """The header says which is which, in any case, with spaces around and a byte order mark before."""
    rows, wrong = the_rows(
        b"\xef\xbb\xbf Priority ,RESOLVED,opened,cis,title,id\r\n3,,2026-03-02T08:00:00.25Z,a,It,I\r\n"
    )

    assert wrong == []
    assert rows == [Row(2, "I", "It", ("a",), moment("2026-03-02T08:00:00.25Z"), None, 3, None, True)]


def test_what_is_quoted_may_hold_commas_lines_and_bars():
    """The line of a record is where it begins; a bar after a backslash belongs to the id."""
    rows, wrong = the_rows(
        HEADER + '\n\nI1,"a, b\nc","x\\|y | z",2026-03-02T08:00Z,,1,\nI2,t,a,2026-03-02T08:00Z,,1,\n'
    )

    assert wrong == []
    assert [(row.line, row.title, row.cis) for row in rows] == [(4, "a, b\nc", ("x|y", "z")), (6, "t", ("a",))]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", [(1, "csv.empty")]),
        ("\n\n", [(1, "csv.empty")]),
        (HEADER.replace(",", ";"), [(1, "csv.separator")]),
        (HEADER.replace(",", "\t"), [(1, "csv.separator")]),
        ("number," + HEADER, [(1, "csv.unknown_column")]),
        ("id," + HEADER, [(1, "csv.repeated_column")]),
        ("id,title\n", [(1, "csv.missing_column")] * 4),
        (LINE, [(1, "csv.unknown_column")] * 7 + [(1, "csv.missing_column")] * 6),
        (HEADER + "a,b\n" + LINE, [(2, "csv.fields")]),
        (HEADER + ",,,,,,x\n", [(2, "csv.missing")] * 5),
        (HEADER + 'a,"b"c,d,e,f,1,\n' + LINE, [(2, "csv.syntax")]),
        (HEADER + LINE + 'a,"b\n' + LINE, [(3, "csv.syntax")]),
        (HEADER + LINE.replace("+01:00", ""), [(2, "time.without_offset")]),
        (HEADER + LINE.replace("T10", " at 10"), [(2, "time.unreadable")]),
        (HEADER + LINE.replace("2026-03-01T10", "2026-02-30T10"), [(2, "time.impossible")]),
        (HEADER + LINE.replace("2026-03-01T10", "0001-01-01T00"), [(2, "time.impossible")]),
        (HEADER + LINE.replace("T11:30:00Z", "T24:30:00Z"), [(2, "time.impossible")]),
        ((HEADER + LINE).encode().replace(b"Disk", b"D\xefsk"), [(2, "csv.not_utf8")]),
        ((HEADER + LINE).encode("utf-16"), [(1, "csv.not_utf8")]),
        (HEADER + "x" * (MAX_LINE + 1), [(2, "csv.line_too_long")]),
        (HEADER + LINE.replace("Disk", "x" * 200_000), [(2, "csv.syntax")]),
    ],
)
def test_what_is_wrong_is_told_at_its_line(content, wrong):
    """Each fault once; what follows it is read all the same."""
    found = the_rows(content)[1]

    assert found[: len(wrong)] == wrong
    assert len(found) == len(wrong) or content[:2] == b"\xff\xfe"


def test_all_faults_of_a_file_are_told_at_once():
    """A row that is not sound keeps what could be read, so that more can be told of it."""
    rows, wrong = the_rows(HEADER + "I1,t,a,yesterday,tomorrow,high,\n" + LINE + "I3,t,,2026-03-02T08:00,,,\n")

    assert wrong == [
        (2, "time.unreadable"),
        (2, "time.unreadable"),
        (4, "csv.missing"),
        (4, "csv.missing"),
        (4, "time.without_offset"),
    ]
    assert [(row.id, row.sound, row.priority) for row in rows] == [
        ("I1", False, "high"),
        ("INC-7", True, 2),
        ("I3", False, None),
    ]


class Endless(io.RawIOBase):
    """A stream of lines that say nothing, and that no limit of lines ends."""

    def __init__(self) -> None:
        self.left = HEADER.encode()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self.left) < size:
            self.left += (b" " * 131_071 + b"\n") * 2
        piece, self.left = self.left[:size], self.left[size:]
        return piece


def test_a_file_beyond_the_limits_is_told_so():
    """Neither many lines nor many bytes exhaust the machine; what is beyond is not passed over in silence."""
    line = "I,t,a,2026-03-02T08:00Z,,1,\n"

    rows, wrong = the_rows(HEADER + line * MAX_LINES)
    assert (len(rows), wrong) == (MAX_LINES - 1, [(MAX_LINES + 1, "csv.too_many_lines")])
    assert the_rows(HEADER + "\n" * MAX_LINES)[1] == [(MAX_LINES + 1, "csv.too_many_lines")]
    faults = Faults()
    assert list(read(Endless(), faults)) == []
    assert [fault.code for fault in faults.problems] == ["csv.too_large"]


def test_a_file_may_be_packed():
    """With gzip, known by its first bytes; one that was cut off is told."""
    packed = gzip.compress((HEADER + LINE).encode())

    assert the_rows(packed) == the_rows(HEADER + LINE)
    assert [code for _, code in the_rows(packed[:-12])[1]] == ["estate.gzip_truncated"]


def test_a_line_of_nothing_but_commas_says_nothing():
    """Spreadsheets leave such lines; empty fields behind the last column are of the same kind."""
    rows, wrong = the_rows(HEADER + ",,,,,,\n" + LINE.replace("\n", ",,\n"))

    assert wrong == []
    assert [row.line for row in rows] == [3]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-03-01T10:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:01.1234567Z", "2026-03-01T10:00:01.123456Z"),
        ("2026-03-01t10:00:01.5+01:00", "2026-03-01T09:00:01.5Z"),
        ("2026-03-01T10:0001Z", None),
        ("2026-03-01T10:00:015Z", None),
    ],
)
def test_how_a_moment_is_written(text, read):
    """Without seconds, and with more digits than a microsecond has, but not with digits that belong to nothing."""
    rows, wrong = the_rows(HEADER + LINE.replace("2026-03-01T11:30:00Z", text))

    assert [row.resolved for row in rows] == [read and moment(read)]
    assert wrong == ([] if read else [(2, "time.unreadable")])


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
PIECES = st.sampled_from(
    [HEADER, LINE, HEADER.strip(), '"', ",", "|", "\n", "\r", "\r\n", "\\", "2026-03-01T10:00Z", "9" * 20, "\x85"]
)


@settings(deadline=None)
@given(st.lists(PIECES | TEXTS, max_size=30).map("".join).map(str.encode) | st.binary(max_size=200))
def test_nothing_breaks_the_reader(content):
    """Whatever the bytes: rows and faults, never an exception; a row without a fault is whole."""
    for start in (b"", HEADER.encode()):
        faults = Faults()
        for row in read(io.BytesIO(start + content), faults):
            if row.sound:
                assert row.id
                assert row.title
                assert row.cis is not None
                assert row.opened is not None
                assert row.priority is not None
        assert all(fault.line is not None and fault.message for fault in faults.problems)


plain = TEXTS.map(str.strip).filter(bool)
moments = st.datetimes(
    min_value=moment("1990-01-01T00:00Z").replace(tzinfo=None), timezones=st.just(moment("2026-01-01T00:00Z").tzinfo)
).filter(lambda at: at.year < 9999)


@settings(deadline=None)
@given(
    st.lists(st.tuples(plain, plain, st.lists(plain, min_size=1, max_size=3), moments, st.integers(1, 5)), max_size=5)
)
def test_what_any_tool_writes_is_read_back(entries):
    """Through the standard writer of CSV, whatever the texts hold but for backslashes before bars."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    wanted = []
    for key, title, cis, opened, priority in entries:
        ids = [ci.replace("\\", "/") for ci in cis]
        writer.writerow(
            [key, title, "|".join(ci.replace("|", "\\|") for ci in ids), opened.isoformat(), "", priority, ""]
        )
        wanted.append((key, title, tuple(ids), opened, priority))

    rows, wrong = the_rows(out.getvalue())

    assert wrong == []
    assert [(row.id, row.title, row.cis, row.opened, row.priority) for row in rows] == wanted

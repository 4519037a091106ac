"""CSV as it comes: encodings told soundly, delimiters found, every fault by row and column."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.exchange.tables import MAX_BYTES, MAX_CELL, write
from tests.cmdb.exchange.tables.reading import seen

CHINESE = "资产编号,主机名,IP 地址,备注\nA-1,数据库一号,10.0.0.1,主库\nA-2,数据库二号,10.0.0.2,备库\n"
ROWS = [(2, ("A-1", "数据库一号", "10.0.0.1", "主库")), (3, ("A-2", "数据库二号", "10.0.0.2", "备库"))]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (b"\xff\xfe" + CHINESE.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("gbk"), "gb18030"),
        (CHINESE.encode("gb18030"), "gb18030"),
    ],
)
def test_a_table_reads_the_same_in_every_encoding_that_can_be_told(raw, encoding):
    """Office programmes write UTF-8, UTF-16 with a byte-order mark, or GBK; people need not know which."""
    found = seen(raw)
    assert found.columns == ("资产编号", "主机名", "IP 地址", "备注")
    assert found.rows == ROWS
    assert found.told["encoding"] == encoding
    assert found.codes == []


def test_a_short_table_with_a_rare_name_is_still_chinese():
    """One product's name of two rarer characters, row by row, is an eighth of what a small table says."""
    text = "主机名,IP地址,操作系统,依赖于\n网页1,10.1.0.1,麒麟 V10,数据库1\n数据库1,10.1.0.2,麒麟 V10,\n"
    found = seen(text.encode("gbk"))
    assert (found.codes, found.told["encoding"]) == ([], "gb18030")
    assert found.columns == ("主机名", "IP地址", "操作系统", "依赖于")


@pytest.mark.parametrize(
    "text", ["Ort;Name\nZürich;Müller\n", "Größe;Straße\nÄpfel;Öl\n", "ville;café\nÉvreux;à côté\n"]
)
def test_western_text_is_never_taken_for_chinese(text):
    """Latin-1 often decodes as GB18030; a table full of wrong characters would be worse than a refusal."""
    assert seen(text.encode("latin-1")).codes == ["table.encoding_unclear"]
    assert seen(text.encode("latin-1"), encoding="iso-8859-1").codes == []


def test_traditional_chinese_is_refused_until_its_encoding_is_named():
    """Big5 decodes as GB18030 to characters nobody writes, so it is not guessed."""
    raw = "資產編號,主機名稱\nA-1,資料庫伺服器\n".encode("big5")
    assert seen(raw).codes == ["table.encoding_unclear"]
    assert seen(raw, encoding="big5").columns == ("資產編號", "主機名稱")


@pytest.mark.parametrize(
    ("raw", "how", "code"),
    [
        (b"", {}, "table.empty"),
        (b"\n\n  \n", {}, "table.empty"),
        (b"\xef\xbb\xbf", {}, "table.empty"),
        ("id\nä\n".encode("utf-16-le"), {}, "table.utf16_unmarked"),
        (b"id,name\n1,\x00\x01\x02 abcdefgh abcdefgh abcdefgh\n", {}, "table.binary"),
        (b"\xff\xfe\x00\x00i\x00\x00\x00", {}, "table.binary"),
        (b"\xff\xfei\x00d", {}, "table.not_encoded"),
        (b"id\n\xff\n", {"encoding": "utf-8"}, "table.not_encoded"),
        (b"id\n1\n", {"encoding": "klingon"}, "table.encoding_unknown"),
        (b"id\n1\n", {"delimiter": "ab"}, "table.separator_unknown"),
        (b"id,id\n1,2\n", {}, "table.header_repeated"),
        (b'id,name\n1,"open\n2,x\n', {}, "table.syntax"),
        (b"id\n1\n", {"header": 5}, "table.header_missing"),
        (",".join(map(str, range(600))).encode(), {}, "table.too_many_columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, {}, "table.old_excel"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_reason(raw, how, code):
    """Whatever the bytes, there is one clear reason and no row."""
    found = seen(raw, **how)
    assert found.codes == [code]
    assert found.rows == []


def test_every_faulty_cell_is_told_by_row_and_column():
    """All faults at once: a missing field, a field too many, a formula, a value below no header."""
    raw = b'id,name,,os\n1,a,,x\n2,b\n3,c,,x,y\n4,=SUM(A1:A9),,x\n5,e,stray,x\n6,"two\nlines",,x\n'
    found = seen(raw)
    assert found.messages == [
        "line 3: the row has 2 fields; the header has 4",
        "line 4: the row has 5 fields; the header has 4",
        'line 5: name: it holds a formula ("=SUM(A1:A9)"); save its value instead',
        "line 6: column 3 holds values but has no name in the header; name it",
    ]
    assert found.bad == [3, 4, 5, 6]
    assert [number for number, _ in found.rows] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("raw", "delimiter"),
    [
        (b'id;name;os\n1;"a, b, c, d";x\n', ";"),
        (b"id\tname\tos\n1\ta, b, c\tx\n", "\t"),
        (b"sep=|\r\nid|name|os\r\n1|a, b|x\r\n", "|"),
        (b'"id, of the asset";name;os\n1;a;x\n', ";"),
        (b"\n\nid,name,os\n1,a,x\n", ","),
    ],
)
def test_the_delimiter_is_found(raw, delimiter):
    """A German Excel writes semicolons, others tabs; commas within quotes do not count."""
    found = seen(raw)
    assert found.told["delimiter"] == delimiter
    assert len(found.columns) == 3


def test_a_text_that_excel_wrote_to_keep_its_zeros_is_that_text():
    """="00123" is no formula but the way Excel keeps a text."""
    assert seen(b'id,serial\n1,"=""00123"""\n').rows == [(2, ("1", "00123"))]


def test_limits_are_told_and_never_silent(monkeypatch):
    """A table that is too long is refused at the row where it was; a cell that is too long is a fault of the cell."""
    from cmdb.exchange.tables import csv_file

    monkeypatch.setattr(csv_file, "MAX_ROWS", 3)
    found = seen(b"id\n1\n2\n3\n4\n5\n")
    assert found.messages == ["line 5: it has more than 3 rows; bring it in as several files"]
    assert seen(b"id\n" + b"x" * (MAX_CELL + 1) + b"\n").codes == ["table.cell_long"]
    assert seen(b"id\n" + b'"' + b"x\n" * 100_000 + b'"').codes == ["table.syntax"]


def test_a_file_beyond_the_limit_is_not_read_on():
    """The reader stops asking for bytes as soon as there are too many, also of a stream without end."""

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            Endless.given += size
            return b"x" * size

    from cmdb.exchange.tables import Findings, TableSpoilt, read

    findings = Findings()
    with pytest.raises(TableSpoilt):
        read(Endless(), findings)
    assert [fault.code for fault in findings.file] == ["table.too_large"]
    assert Endless.given <= MAX_BYTES + 2 * 1024 * 1024


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=20).map(str.strip)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=6))
def test_what_is_written_reads_back(rows):
    """Text that could be taken for a formula, quotes, line ends and any language survive the way out and back."""
    kept = [row for row in rows if any(row)]
    found = seen(write(("id", "name", "note"), kept, "csv"), delimiter=",")
    assert found.codes == []
    again = [[cell or "" for cell in cells] for _, cells in found.rows]
    assert again == kept


def test_no_programme_takes_written_text_for_a_formula():
    """What a hostile source put into a cell does not run when somebody opens the file that is handed back."""
    raw = write(("id",), [["=1+1"], ["@SUM(A1)"], ["+x|y"], ["-5"], ["plain"]], "csv")
    cells = [row[0] for row in csv.reader(io.StringIO(raw.decode("utf-8-sig")))]
    assert cells == ["id", '="=1+1"', '="@SUM(A1)"', '="+x|y"', "-5", "plain"]
    assert raw.startswith(b"\xef\xbb\xbf")

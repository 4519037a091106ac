"""Excel workbooks: values, days, formulas and merged cells as people see them, and no bomb is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime

import pytest

pytest.importorskip("openpyxl", reason="openpyxl is not installed (foreshock[excel])")
xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (foreshock[excel])")

from cmdb.exchange.tables import Findings, TableSpoilt, read, write  # noqa: E402
from tests.cmdb.exchange.tables.reading import seen  # noqa: E402

MIB = 1024 * 1024
at = datetime.fromisoformat  # Workbooks know no zones.


def workbook(fill, **options) -> bytes:
    """Return a workbook of one sheet that ``fill`` writes into."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    fill(book, book.add_worksheet("Servers"))
    book.close()
    return out.getvalue()


def changed(raw: bytes, part: str, change) -> bytes:
    """Return a workbook with one part changed, as a hand or another programme would have written it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == part else content)
    return out.getvalue()


def plain(book, sheet):
    """Write two servers."""
    for row, cells in enumerate((("id", "name", "cores"), ("A-1", "web1", 8), ("A-2", "web2", 16))):
        sheet.write_row(row, 0, cells)


SHEET = "xl/worksheets/sheet1.xml"


def test_values_come_as_they_are_and_days_as_days():
    """Whole numbers stay whole though Excel keeps all as fractions, and a day is a day, not 45353."""

    def fill(book, sheet):
        sheet.write_row(0, 0, ("id", "bought", "serial", "share", "on", ""))
        sheet.write_string(1, 0, "A-1")
        sheet.write_datetime(1, 1, at("2024-03-02"), book.add_format({"num_format": "d.m.yyyy"}))
        sheet.write_number(1, 2, 4711.0)
        sheet.write_number(1, 3, 0.5)
        sheet.write_boolean(1, 4, True)

    found = seen(workbook(fill))
    assert found.columns == ("id", "bought", "serial", "share", "on")
    assert found.rows == [(2, ("A-1", at("2024-03-02"), 4711, 0.5, True))]
    assert found.codes == []


def test_a_workbook_of_1904_counts_its_days_from_there():
    """Workbooks of old Macs count days from 1904; both give the same day."""

    def fill(book, sheet):
        sheet.write_row(0, 0, ("id", "bought"))
        sheet.write_string(1, 0, "A-1")
        sheet.write_datetime(1, 1, at("2024-03-02"), book.add_format({"num_format": "d.m.yyyy"}))

    assert seen(workbook(fill, date_1904=True)).rows == seen(workbook(fill)).rows


def test_formulas_count_with_their_last_value_or_are_faulted_where_there_is_none():
    """Nothing is computed here: what Excel saved is taken and told, what it never computed is a fault of the cell."""

    def fill(book, sheet):
        sheet.write_row(0, 0, ("id", "cores", "note"))
        sheet.write_row(1, 0, ("A-1",))
        sheet.write_formula(1, 1, "=4*4", value=16)
        sheet.write_row(2, 0, ("A-2",))
        sheet.write_formula(2, 1, "=4*5", value="")
        sheet.write_row(3, 0, ("A-3", "#REF!"))

    raw = changed(workbook(fill), SHEET, lambda xml: xml.replace(b' t="str"><f>4*5</f><v></v>', b"><f>4*5</f>"))
    found = seen(raw)
    assert found.rows[0] == (2, ("A-1", 16, None))
    assert found.messages == [
        "line 3: cores: it holds a formula that was never computed; open the file in Excel, save it, try again",
        "line 4: cores: it shows the error #REF!; right would be a value",
    ]
    assert found.notes == ["table.formulas"]


def test_a_merged_range_counts_for_all_of_its_cells():
    """A site written once beside three servers is the site of all three, which is told."""

    def fill(book, sheet):
        sheet.write_row(0, 0, ("site", "id", "a", "b"))
        sheet.merge_range(1, 0, 3, 0, "west")
        for row, name in enumerate(("w1", "w2", "w3", "w4"), start=1):
            sheet.write(row, 1, name)
        sheet.merge_range(4, 2, 4, 3, "both")

    found = seen(workbook(fill))
    assert [cells for _, cells in found.rows] == [
        ("west", "w1", None, None),
        ("west", "w2", None, None),
        ("west", "w3", None, None),
        (None, "w4", "both", "both"),
    ]
    assert found.notes == ["table.merged"]


def test_a_title_in_merged_cells_is_no_header():
    """The file is refused with the cells that are merged, and read when the row of the header is named."""

    def fill(book, sheet):
        sheet.merge_range(0, 0, 0, 2, "Servers 2026")
        sheet.write_row(2, 0, ("id", "name", "os"))
        sheet.write_row(3, 0, ("A-1", "web1", "Debian"))

    raw = workbook(fill)
    assert seen(raw).messages == [
        "line 1: the header has merged cells (A1:C1); undo them, or say in which row the header stands"
    ]
    assert seen(raw, header=2).rows == [(4, ("A-1", "web1", "Debian"))]


def test_the_first_sheet_that_is_seen_is_read_and_the_others_are_named():
    """A hidden sheet is none; any can be chosen by its name."""

    def fill(book, sheet):
        sheet.hide()
        for name in ("Live", "Old"):
            one = book.add_worksheet(name)
            one.write_row(0, 0, ("id",))
            one.write_row(1, 0, (name.lower(),))
        book.get_worksheet_by_name("Live").activate()

    raw = workbook(fill)
    assert seen(raw).rows == [(2, ("live",))]
    assert seen(raw).notes == ["table.other_sheets"]
    assert seen(raw, sheet="Old").rows == [(2, ("old",))]
    assert seen(raw, sheet="New").codes == ["table.sheet_unknown"]


def test_a_sheet_may_state_any_size_and_leave_any_gap():
    """Stated dimensions cost nothing, and a gap of many rows is passed over."""

    def lie(xml):
        xml = xml.replace(b'<dimension ref="A1:C3"/>', b'<dimension ref="A1:XFD1048576"/>')
        return xml.replace(b'<row r="3"', b'<row r="200000"').replace(b'"A3"', b'"A200000"')

    found = seen(changed(workbook(plain), SHEET, lie))
    assert found.columns == ("id", "name", "cores")
    assert found.rows[0] == (2, ("A-1", "web1", 8))
    assert found.rows[1][0] == 200_000


def test_a_bomb_is_refused_by_what_its_zip_states():
    """A gigabyte of nothing packs to a megabyte; it is refused without being unpacked."""
    out = io.BytesIO(workbook(plain))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as book,
        book.open("xl/worksheets/sheet2.xml", "w") as part,
    ):
        for _ in range(1024):
            part.write(b" " * MIB)
    assert out.tell() < 8 * MIB
    assert seen(out.getvalue()).codes == ["table.workbook_large"]


def test_a_smaller_bomb_is_refused_by_its_ratio():
    """What unpacks to hundreds of times its size is no workbook of people."""
    out = io.BytesIO(workbook(plain))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", b" " * (64 * MIB))
    assert seen(out.getvalue()).codes == ["table.workbook_bomb"]


def test_a_bomb_that_lies_about_its_size_is_refused_where_it_goes_on():
    """The sizes a zip states can be made up; what really comes out is counted, and never beyond what was stated."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(plain))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, b"<a>" + b" " * (64 * MIB) if info.filename == SHEET else old.read(info))
    raw, real = bytearray(out.getvalue()), struct.pack("<I", 64 * MIB + 3)
    assert raw.count(real) >= 2
    stated = bytes(raw).replace(real, struct.pack("<I", 4_000))
    assert seen(stated).codes == ["table.workbook_lies"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_part_with_a_document_type_is_refused(encoding):
    """Entities unfold too; a workbook has no use for any."""
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><a>&b;</a>'
    raw = changed(workbook(plain), SHEET, lambda _: ("\ufeff" * (encoding != "utf-8") + bomb).encode(encoding))
    assert seen(raw).codes == ["table.workbook_dtd"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda raw: raw[: len(raw) // 2], "table.damaged"),
        (lambda raw: raw[:40], "table.damaged"),
        (lambda raw: changed(raw, SHEET, lambda xml: xml[:200]), "table.damaged"),
        (lambda raw: changed(raw, SHEET, lambda xml: xml.replace(b"<v>0</v>", b"<v>99</v>")), "table.damaged"),
        (lambda raw: changed(raw, "xl/workbook.xml", lambda _: b"<x/>"), "table.damaged"),
        (lambda raw: raw.replace(b"xl/workbook.xml", b"xl/workbook.bin"), "table.other_workbook"),
        (lambda raw: raw.replace(b"xl/workbook.xml", b"xl/workboot.xml"), "table.not_xlsx"),
    ],
)
def test_a_damaged_workbook_is_told_and_nothing_else_happens(make, code):
    """Cut off, made by hand, of another programme: one reason, whatever the library that reads it makes of it."""
    assert seen(make(workbook(plain)))[3] == [code]


def test_a_workbook_with_no_rows_is_empty():
    """A sheet nobody wrote to has no header."""
    assert seen(workbook(lambda *_: None)).codes == ["table.empty"]


def test_what_is_written_reads_back_and_is_the_same_each_time():
    """Bad rows that go out as a workbook come in again as they were: text as text, days as days."""
    rows = [["A-1", "=1+1", at("2024-03-02"), 8, None], ["A-2", "@x", None, 0.5, True]]
    raw = write(("id", "note", "bought", "cores", "on"), rows, "xlsx")
    assert raw == write(("id", "note", "bought", "cores", "on"), rows, "xlsx")
    found = seen(raw)
    assert found.codes == []
    assert [list(cells) for _, cells in found.rows] == rows


def test_a_missing_library_names_the_extra_that_brings_it(monkeypatch):
    """Excel is an extra; who has it not is told what to install."""
    import sys

    raw = workbook(plain)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    findings = Findings()
    with pytest.raises(TableSpoilt):
        read(io.BytesIO(raw), findings)
    assert [fault.message for fault in findings.file] == ["reading Excel needs openpyxl; install foreshock[excel]"]

"""Reads a table from one sheet of an Excel workbook (.xlsx): values as they were last computed, days as days."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from cmdb.errors import ForeshockError
from cmdb.exchange.estate.faults import shown
from cmdb.exchange.tables.csv_file import columns_of, unnamed_are_empty
from cmdb.exchange.tables.findings import Findings, TableSpoilt
from cmdb.exchange.tables.limits import MAX_CELL, MAX_COLUMNS, MAX_LINE_NUMBER, MAX_MERGED, MAX_ROWS
from cmdb.exchange.tables.table import Row, Table
from cmdb.exchange.tables.workbook_zip import Judged, judged

ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AT_ONCE = 500
_NAMED = 5
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(slots=True)
class _Peculiar:
    """Of a sheet: its merged ranges as (column, row, column, row), and its formulas, by cell where never computed."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncomputed: set[str] = field(default_factory=set)
    formulas: int = 0


def read_xlsx(stream: io.BytesIO, findings: Findings, *, sheet: str | None = None, header: int = 1) -> Table:
    """
    Return the table of a sheet, by default the first that is not hidden.

    The value of a merged range counts for each of its cells. ``header`` is which of the rows that are not empty names
    the columns.

    Raises:
        TableSpoilt: nothing can be read; why is in ``findings``, which is complete when the last row was taken.
    """
    try:
        import defusedxml.ElementTree  # noqa: F401  # With it there, openpyxl refuses entities by itself.
        from openpyxl import load_workbook
    except ImportError:
        raise findings.spoil("table.library", form="Excel", library="openpyxl", extra="excel") from None
    zipped = judged(stream, findings)
    with _telling_damage(findings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(zipped.archive.fp, read_only=True, data_only=True, keep_links=False)
    chosen = _chosen(book, sheet, findings)
    path = chosen._worksheet_path  # What openpyxl leaves unread in this mode is read from there.
    peculiar = _peculiar_of(zipped, path, findings) if path in zipped.peculiar else _Peculiar()
    chosen.reset_dimensions()  # A sheet may state any size; what counts is what is in it.
    rows = _filled(_raw_rows(chosen, findings), peculiar, findings)
    at = 0
    names: list[Any] = []
    for _ in range(header):
        at, names = next(rows, (0, []))
    if not at:
        raise findings.spoil("table.empty") if header == 1 else findings.spoil("table.header_missing", at=header)
    over = [_cells(one) for one in peculiar.merged if one[1] <= at <= one[3]]
    if over:
        raise findings.spoil("table.header_merged", line=at, cells=", ".join(over[:_NAMED]))
    columns = columns_of(["" if name is None else str(name) for name in names], at, findings)
    told = {"sheet": chosen.title}
    if peculiar.formulas > len(peculiar.uncomputed):
        findings.note("table.formulas", count=peculiar.formulas - len(peculiar.uncomputed))
    if peculiar.merged:
        findings.note("table.merged", count=len(peculiar.merged))
    return Table(columns, _rows(rows, columns, peculiar, findings), "xlsx", told, book.epoch.date())


class _telling_damage:  # noqa: N801  # It reads as a word in a with statement.
    """Turns whatever a library says of a damaged workbook into one fault."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: Any) -> None:
        # A workbook of somebody else's making fails in openpyxl in every way there is: KeyError, TypeError, ...
        if isinstance(error, Exception) and not isinstance(error, (TableSpoilt, ForeshockError)):
            what = f"{type(error).__name__}: {error}"[:80] if str(error) else type(error).__name__
            raise self._findings.spoil("table.damaged", what=what) from None


def _chosen(book: Any, sheet: str | None, findings: Findings) -> Any:
    sheets = {one.title: one for one in book.worksheets}
    seen = [title for title, one in sheets.items() if one.sheet_state == "visible"]
    if sheet is None and seen:
        if len(seen) > 1:
            findings.note("table.other_sheets", sheet=seen[0], others=", ".join(seen[1:])[:200])
        return sheets[seen[0]]
    if sheet is None:
        raise findings.spoil("table.damaged", what="it has no sheet that is visible")
    if sheet not in sheets:
        raise findings.spoil("table.sheet_unknown", name=shown(sheet), sheets=", ".join(sheets)[:200])
    return sheets[sheet]


def _peculiar_of(zipped: Judged, path: str, findings: Findings) -> _Peculiar:
    """Read what openpyxl leaves out when it reads row by row: merged ranges, and which formulas have no value."""
    from defusedxml.ElementTree import iterparse
    from openpyxl.utils.cell import range_boundaries

    found, rows = _Peculiar(), None
    with _telling_damage(findings), zipped.archive.open(path) as source:
        for event, element in iterparse(source, events=("start", "end")):
            tag = element.tag.removeprefix(_MAIN)
            if event == "start":
                rows = element if tag == "sheetData" else rows
            elif tag == "c" and element.find(f"{_MAIN}f") is not None:
                found.formulas += 1
                value = element.find(f"{_MAIN}v")
                if value is None or (not value.text and element.get("t") != "str"):
                    found.uncomputed.add(element.get("r", ""))
            elif tag == "mergeCell":
                found.merged.append(range_boundaries(element.get("ref")))
                if len(found.merged) > MAX_MERGED:
                    raise findings.spoil("table.merged_many", limit=MAX_MERGED)
            elif tag == "row" and rows is not None:
                rows.clear()
    found.merged.sort(key=lambda one: (one[1], one[0]))
    return found


def _raw_rows(sheet: Any, findings: Findings) -> Iterator[tuple[int, list[Any]]]:
    """Yield the number and the cells of every row of the sheet, also of empty ones up to the last."""
    rows, number = sheet.iter_rows(values_only=True), 0
    while True:
        with _telling_damage(findings), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch = list(islice(rows, _AT_ONCE))
        for cells in batch:
            number += 1
            if number > MAX_LINE_NUMBER:
                raise findings.spoil("table.too_many_rows", line=number, limit=MAX_LINE_NUMBER)
            values = list(cells)
            while values and (values[-1] is None or values[-1] == ""):
                values.pop()
            if len(values) > MAX_COLUMNS:
                raise findings.spoil("table.too_many_columns", line=number, limit=MAX_COLUMNS)
            yield number, values
        if len(batch) < _AT_ONCE:
            return


def _filled(
    rows: Iterator[tuple[int, list[Any]]], peculiar: _Peculiar, findings: Findings
) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows that are not empty, the value of each merged range in all of its cells."""
    waiting, open_ranges, count = list(reversed(peculiar.merged)), [], 0
    for number, values in rows:
        while waiting and waiting[-1][1] <= number:
            one = waiting.pop()
            value = values[one[0] - 1] if one[1] == number and one[0] <= len(values) else None
            open_ranges.append((one, value))
        open_ranges = [(one, value) for one, value in open_ranges if one[3] >= number]
        for (left, _, right, _), value in open_ranges:
            if value is None:
                continue
            values += [None] * (min(right, MAX_COLUMNS) - len(values))
            values[left - 1 : min(right, MAX_COLUMNS)] = [value] * (min(right, MAX_COLUMNS) - left + 1)
        if any(value is not None and value != "" for value in values):
            count += 1
            if count > MAX_ROWS + 1:
                raise findings.spoil("table.too_many_rows", line=number, limit=MAX_ROWS)
            yield number, values


def _rows(
    rows: Iterator[tuple[int, list[Any]]], columns: Sequence[str], peculiar: _Peculiar, findings: Findings
) -> Iterator[Row]:
    from openpyxl.utils import get_column_letter

    letters = [get_column_letter(at) for at in range(1, len(columns) + 1)]
    for number, values in rows:
        if len(values) > len(columns):
            findings.cell("table.fields", number, "", found=len(values), wanted=len(columns))
        cells, sound = [], len(values) <= len(columns)
        for at, letter in enumerate(letters):
            column = columns[at] or letter
            if peculiar.uncomputed and f"{letter}{number}" in peculiar.uncomputed:
                findings.cell("table.cell_uncomputed", number, column)
                sound = False
            value, right = _value(values[at] if at < len(values) else None, number, column, findings)
            cells.append(value)
            sound = sound and right
        yield Row(number, tuple(cells), unnamed_are_empty(cells, columns, number, findings) and sound)


def _value(value: Any, number: int, column: str, findings: Findings) -> tuple[Any, bool]:
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MAX_CELL:
            findings.cell("table.cell_long", number, column, found=len(text), limit=MAX_CELL)
            return None, False
        if text in _ERRORS:
            findings.cell("table.cell_error", number, column, shown=text)
            return None, False
        return text or None, True
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value), True
    if value is None or isinstance(value, (bool, int, float, datetime, date)):
        return value, True
    return value.isoformat() if isinstance(value, time) else _span(value), True


def _span(value: Any) -> str:
    return str(value) if isinstance(value, timedelta) else str(value)[:MAX_CELL]


def _cells(one: tuple[int, int, int, int]) -> str:
    from openpyxl.utils import get_column_letter

    left, top, right, bottom = one
    return f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"


def looks_like_workbook(head: bytes) -> bool:
    """Tell whether bytes begin as a zip does, which no text does."""
    return head.startswith((ZIP, b"PK\x05\x06"))

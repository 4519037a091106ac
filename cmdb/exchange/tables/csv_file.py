"""Reads a table from CSV (RFC 4180) as programmes of office and inventory write it, with the delimiter they chose."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from cmdb.exchange.estate.faults import shown
from cmdb.exchange.tables.encoding import decoded
from cmdb.exchange.tables.findings import Findings
from cmdb.exchange.tables.limits import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from cmdb.exchange.tables.table import Row, Table

DELIMITERS = (",", ";", "\t")
_SEP = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
# Excel writes a text that looks like a number as ="00123", so that it keeps its zeros.
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
_FORMULA = re.compile(r"=[A-Za-z0-9_$('\"+-]")


def read_csv(
    raw: bytes, findings: Findings, *, encoding: str | None = None, delimiter: str | None = None, header: int = 1
) -> Table:
    """
    Return the table of a CSV; ``header`` is which of its rows that are not empty names the columns.

    Every cell is text or None; cells that hold formulas are faulted, as what they would come to nobody knows.

    Raises:
        TableSpoilt: nothing can be read; why is in ``findings``, which is complete when the last row was taken.
    """
    text, found = decoded(raw, findings, named=encoding)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise findings.spoil("table.separator_unknown", name=shown(delimiter))
    stated = _SEP.match(text)
    first = 1
    if stated:
        text, delimiter, first = text[stated.end() :], delimiter or stated[1], 2
    delimiter = delimiter or _delimiter(text)
    records = _records(text, delimiter, first, findings)
    line = 0
    names: list[str] = []
    for _ in range(header):
        line, names = next(records, (0, []))
    if not line:
        code = "table.empty" if header == 1 and not text.strip() else "table.header_missing"
        raise findings.spoil(code, **({} if code == "table.empty" else {"at": header}))
    while names and not names[-1].strip():
        names.pop()
    columns = columns_of(names, line, findings)
    told = {"encoding": found, "delimiter": delimiter}
    return Table(columns, _rows(records, len(columns), columns, findings), "csv", told)


def columns_of(names: Sequence[str], line: int, findings: Findings) -> tuple[str, ...]:
    """
    Return the names of the columns, without spaces around them; one without a name is "".

    Raises:
        TableSpoilt: there are too many, or two have the same name.
    """
    if len(names) > MAX_COLUMNS:
        raise findings.spoil("table.too_many_columns", line=line, limit=MAX_COLUMNS)
    columns = tuple(" ".join(name.split()) for name in names)
    repeated = [name for name in dict.fromkeys(columns) if name and columns.count(name) > 1]
    spoilt = [findings.spoil("table.header_repeated", line=line, column=name[:60]) for name in repeated]
    if spoilt:
        raise spoilt[0]
    return columns


def _delimiter(text: str) -> str:
    """Return the delimiter that stands most often outside of quotes in the first line that is not empty."""
    line = text.lstrip("\r\n")[: 64 * 1024]
    outside = re.sub(r'"[^"]*"', "", line).partition("\n")[0]
    return max(DELIMITERS, key=outside.count)


def _records(text: str, delimiter: str, first: int, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Yield the line at which each record that is not empty begins, and its fields."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + first
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Where a quote is open, nobody knows which lines still belong to it, so no later row can be trusted.
            raise findings.spoil("table.syntax", line=line, cause=str(error)) from None
        if any(field.strip() for field in fields):
            yield line, fields


def _rows(
    records: Iterator[tuple[int, list[str]]], width: int, columns: Sequence[str], findings: Findings
) -> Iterator[Row]:
    for count, (line, fields) in enumerate(records, start=1):
        if count > MAX_ROWS:
            raise findings.spoil("table.too_many_rows", line=line, limit=MAX_ROWS)
        sound = True
        if len(fields) < width or any(field.strip() for field in fields[width:]):
            findings.cell("table.fields", line, "", found=len(fields), wanted=width)
            sound = False
        padded = [*fields[:width], *[""] * (width - len(fields))]
        cells = []
        for at, field in enumerate(padded):
            value, right = _cell(field, line, columns[at] or f"#{at + 1}", findings)
            cells.append(value)
            sound = sound and right
        yield Row(line, tuple(cells), unnamed_are_empty(cells, columns, line, findings) and sound)


def _cell(field: str, line: int, column: str, findings: Findings) -> tuple[str | None, bool]:
    text = field.strip()
    if len(text) > MAX_CELL:
        findings.cell("table.cell_long", line, column, found=len(text), limit=MAX_CELL)
        return None, False
    if text.startswith("="):
        literal = _AS_TEXT.fullmatch(text)
        if literal:
            return literal[1].replace('""', '"') or None, True
        if _FORMULA.match(text):
            findings.cell("table.cell_formula", line, column, shown=shown(text))
            return text, False
    return text or None, True


def unnamed_are_empty(cells: Sequence[object], columns: Sequence[str], line: int, findings: Findings) -> bool:
    """Tell whether the row holds nothing below the columns that the header does not name."""
    right = True
    for at, (value, name) in enumerate(zip(cells, columns, strict=True), start=1):
        if not name and value is not None:
            findings.cell("table.header_empty", line, "", at=at)
            right = False
    return right


assert MAX_CELL <= csv.field_size_limit() <= MAX_BYTES

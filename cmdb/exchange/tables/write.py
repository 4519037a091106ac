"""Writes a table: CSV with a byte-order mark, so that Excel takes it for UTF-8, or an Excel workbook (.xlsx)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

WRITTEN = ("csv", "xlsx")
_BOM = "\ufeff"
_WIDTH = 18
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?", re.ASCII)


def write(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> bytes:
    """
    Return the bytes of a table in one of :data:`WRITTEN`.

    Text is written as text, which no programme takes for a formula: in CSV, what might be taken for one is written as
    Excel itself writes a text that is none, ="...", and read back as that text.

    Raises:
        ImportError: a workbook is wanted, and XlsxWriter is missing.
    """
    return _csv(columns, rows) if form == "csv" else _xlsx(columns, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([_harmless(_text(cell)) for cell in row])
    return (_BOM + buffer.getvalue()).encode("utf-8", "replace")


def _harmless(text: str) -> str:
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")) or _NUMBER.fullmatch(text):
        return text
    doubled = text.replace('"', '""')
    return f'="{doubled}"'


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    # Nothing in it may depend on when or where it was written.
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  # A workbook knows no zones.
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for at, row in enumerate((columns, *rows)):
        for column, cell in enumerate(row):
            if isinstance(cell, (datetime, date)):
                sheet.write_datetime(at, column, cell, day)
            elif isinstance(cell, (bool, int, float)):
                sheet.write(at, column, cell)
            elif cell is not None:
                sheet.write_string(at, column, _text(cell))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(columns) - 1, 0), _WIDTH)
    book.close()
    return out.getvalue()


def _text(cell: Any) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    return json.dumps(cell, ensure_ascii=False, default=str)

"""Reads a table from bytes, whichever of its forms they have."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from cmdb.exchange.estate.limits import MIB
from cmdb.exchange.tables.csv_file import read_csv
from cmdb.exchange.tables.findings import Findings
from cmdb.exchange.tables.limits import MAX_BYTES
from cmdb.exchange.tables.records import read_records
from cmdb.exchange.tables.table import Table
from cmdb.exchange.tables.xlsx import OLD_EXCEL, looks_like_workbook, read_xlsx

FORMS = ("csv", "xlsx", "json", "yaml")
_BOM = b"\xef\xbb\xbf"


def read(
    stream: BinaryIO,
    findings: Findings,
    *,
    form: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: int = 1,
    check: Callable[[], None] | None = None,
) -> Table:
    """
    Return the table of a file.

    ``form`` is one of :data:`FORMS`; left out, a workbook and JSON are known by how they begin, and all else is CSV.
    ``encoding``, ``delimiter``, ``sheet`` and ``header`` (which of the rows that are not empty) are found where they
    are not given. ``check`` is called now and then and may raise an error of ours to end the reading.

    Cost: the bytes of the file in memory, and of its rows one at a time (of lists of records, all).

    Raises:
        TableSpoilt: nothing can be read; why is in ``findings``. Taking the rows may raise it as well.
    """
    raw = _bytes(stream, findings)
    if raw.startswith(OLD_EXCEL):
        raise findings.spoil("table.old_excel")
    if form == "xlsx" or (form in (None, "csv") and looks_like_workbook(raw)):
        return read_xlsx(_Heard(raw, check), findings, sheet=sheet, header=header)
    if form is None:
        form = "json" if raw.removeprefix(_BOM).lstrip()[:1] in (b"[", b"{") else "csv"
    if form == "csv":
        return read_csv(raw, findings, encoding=encoding, delimiter=delimiter, header=header)
    return read_records(raw, findings, form, encoding=encoding, check=check)


class _Heard(io.BytesIO):
    """Bytes that ask before every read whether the reading is to go on."""

    def __init__(self, raw: bytes, check: Callable[[], None] | None) -> None:
        super().__init__(raw)
        self._check = check

    def read(self, size: int | None = -1, /) -> bytes:
        if self._check is not None:
            self._check()
        return super().read(size)


def _bytes(stream: BinaryIO, findings: Findings) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(MIB):
        size += len(piece)
        if size > MAX_BYTES:
            raise findings.spoil("table.too_large", limit=MAX_BYTES)
        pieces.append(piece)
    return b"".join(pieces)

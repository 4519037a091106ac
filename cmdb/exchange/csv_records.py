"""
The records of a large CSV (RFC 4180), one at a time, with the line each begins at; plain or packed with gzip.

One line is held in memory. What can not be read is told with its line, and reading goes on where it can.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from cmdb.exchange.estate.faults import SENTENCES as PACKING
from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.exchange.estate.limits import MAX_LINE
from cmdb.exchange.estate.packing import Broken, unpacked

MAX_LINES = 5_000_000  # of a file, empty ones and those within quotes included
LIKE = "2026-03-02T22:00:00+01:00"

SENTENCES = {
    "csv.empty": "it is empty; it begins with the header {header}",
    "csv.not_utf8": "byte {byte} of this line (0x{value:02x}) is not UTF-8; save the file as UTF-8",
    "csv.line_too_long": "the line has more than {limit} bytes; nothing from here on was read",
    "csv.too_many_lines": "the file has more than {limit} lines; read it as several",
    "csv.syntax": "it is no CSV: {cause}",
    "csv.separator": "the columns are separated by {found}; separate them by {wanted}",
    "csv.unknown_column": "there is no column {name}; the columns are {columns}",
    "csv.repeated_column": "the column {name} stands twice; it may stand once",
    "csv.missing_column": "the column {name} is missing; the columns are {columns}",
    "csv.fields": "it has {found} fields; the header has {wanted}",
    "csv.missing": "{key} is empty; right would be {wanted}",
    "csv.time_unreadable": "{key} is {text}, which is no time; write it as {like}",
    "csv.time_without_offset": "{key} is {text} without an offset, so it is no moment; write it as {like}",
    "csv.time_impossible": "{key} is {text}, which is not in the calendar or the clock",
}
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)\d*(Z|z|[+-]\d{2}:\d{2})?", re.ASCII)
_YEARS = range(2, 9999)  # In another zone the first and the last day of the calendar may lie outside of it.
_BOM = b"\xef\xbb\xbf"
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


class Record(NamedTuple):
    """One record of the file: the line it begins at, its fields, and whether all of it was UTF-8."""

    line: int
    fields: list[str]
    clean: bool


def records(stream: BinaryIO, faults: Faults, *, separator: str = ",") -> Iterator[Record]:
    """
    Yield the records of a stream, the header first; empty ones count as lines and say nothing.

    What is wrong is in ``faults``, complete when the last was taken. Raises nothing for what is in the file.
    """
    broken: set[int] = set()
    lines = _Lines(stream, faults, broken)
    reader = csv.reader(iter(lines), delimiter=separator, strict=True)
    while True:
        line = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tell(faults, "csv.syntax", line, cause=str(error))
            continue
        if len(fields) > 1 or (fields and fields[0].strip()):
            clean = not broken or broken.isdisjoint(range(line, lines.number + 1))
            yield Record(line, fields, clean)


def tell(faults: Faults, code: str, line: int, **facts: Any) -> None:
    """Keep a fault of this module's sentences at a line."""
    faults.keep(problem(code, SENTENCES[code], line, **facts))


def split_otherwise(header: Sequence[str], separator: str) -> str | None:
    """Return what a header is separated by instead, in words, where it is one field that holds another separator."""
    if len(header) != 1:
        return None
    return next((word for sign, word in _SEPARATORS.items() if sign != separator and sign in header[0]), None)


def separated_by(separator: str) -> str:
    """Return the word for a separator."""
    return _SEPARATORS[separator]


def moment(key: str, text: str, line: int, faults: Faults) -> datetime | None:
    """Return an RFC 3339 time in UTC, or None where the field is empty or was told to be wrong."""
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        tell(faults, "csv.time_unreadable", line, key=key, text=shown(text), like=LIKE)
        return None
    day, time, offset = match.groups()
    if offset is None:
        tell(faults, "csv.time_without_offset", line, key=key, text=shown(text), like=LIKE)
        return None
    try:
        found = datetime.fromisoformat(f"{day}T{time}{'+00:00' if offset in 'Zz' else offset}")
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        tell(faults, "csv.time_impossible", line, key=key, text=shown(text))
        return None
    return found.astimezone(UTC)


class _Lines:
    """The lines of a stream as text; ``number`` is that of the last one given, ``broken`` collects those not UTF-8."""

    def __init__(self, stream: BinaryIO, faults: Faults, broken: set[int]) -> None:
        self.number = 0
        self._stream, self._faults, self._broken = stream, faults, broken

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._texts()
        except Broken as error:
            self._faults.keep(problem(error.code, PACKING[error.code], self.number + 1, **error.facts))

    def _texts(self) -> Iterator[str]:
        plain = unpacked(self._stream)
        while raw := plain.readline(MAX_LINE + 1):
            self.number += 1
            if len(raw) > MAX_LINE:
                tell(self._faults, "csv.line_too_long", self.number, limit=MAX_LINE)
                return
            if self.number > MAX_LINES:
                tell(self._faults, "csv.too_many_lines", self.number, limit=MAX_LINES)
                return
            if self.number == 1:
                raw = raw.removeprefix(_BOM)
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as error:
                self._broken.add(self.number)
                facts = {"byte": error.start + 1, "value": raw[error.start]}
                tell(self._faults, "csv.not_utf8", self.number, **facts)
                yield raw.decode("utf-8", "replace")

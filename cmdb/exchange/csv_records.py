"""
The rows of a large CSV (RFC 4180) below its header, one at a time, with the line each begins at; plain or gzip.

One line is held in memory. What can not be read is told with its line, and reading goes on where it can.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from cmdb.exchange.estate.faults import SENTENCES as PACKING
from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.exchange.estate.limits import MAX_LINE
from cmdb.exchange.estate.packing import Broken, unpacked

LIKE = "2026-03-02T22:00:00+01:00"

SENTENCES = {
    "csv.empty": "it is empty; it begins with the header {header}",
    "csv.not_utf8": "byte {byte} of this line (0x{value:02x}) is not UTF-8; save the file as UTF-8",
    "csv.line_too_long": "the line has more than {limit} bytes; nothing from here on was read",
    "csv.too_many_lines": "the file has more than {limit} lines; bring it in as several",
    "csv.too_large": "the file has more than {limit} bytes; bring it in as several",
    "csv.syntax": "it is no CSV: {cause}",
    "csv.separator": "the columns are separated by {found}; separate them by {wanted}",
    "csv.unknown_column": "there is no column {name}; the columns are {columns}",
    "csv.repeated_column": "the column {name} stands twice; it may stand once",
    "csv.missing_column": "the column {name} is missing; the columns are {columns}",
    "csv.fields": "it has {found} fields; the header has {wanted}",
    "csv.missing": "{key} is empty; right would be {wanted}",
    "time.unreadable": "{key} is {text}, which is no time; write it as {like}",
    "time.without_offset": "{key} is {text} without an offset, so it is no moment; write it as {like}",
    "time.impossible": "{key} is {text}, which is not in the calendar or the clock",
}
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?:(:\d{2})(?:(\.\d{1,6})\d*)?)?(Z|z|[+-]\d{2}:\d{2})?", re.ASCII
)
_YEARS = range(2, 9999)  # In another zone the first and the last day of the calendar may lie outside of it.
_BAR = re.compile(r"(?<!\\)\|")
_BOM = b"\xef\xbb\xbf"
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read: lines, empty ones and those within quotes included, and bytes, unpacked."""

    lines: int = 5_000_000
    size: int | None = None


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Columns:
    """
    Which columns a file has, in any order: all ``required`` ones, and ``optional`` ones.

    ``others`` tells what is wrong with a column of another name, by line and name; None: others may be any.
    ``told`` is how a sentence names the columns.
    """

    required: Sequence[str]
    optional: Sequence[str] = ()
    others: Callable[[int, str], None] | None = None
    told: str = ""
    separator: str = ","
    any_case: bool = False


class Row(NamedTuple):
    """One row: the line it begins at, its texts by column, without spaces around, and whether all of it was UTF-8."""

    line: int
    texts: dict[str, str]
    clean: bool


class Table(NamedTuple):
    """The names of the columns as they stand, the line they stand at, and the rows, which may be taken once."""

    names: tuple[str, ...]
    line: int
    rows: Iterator[Row]


class _Record(NamedTuple):
    """One record of the file: the line it begins at, its fields, and whether all of it was UTF-8."""

    line: int
    fields: list[str]
    clean: bool


def read_table(stream: BinaryIO, columns: Columns, faults: Faults, limits: Limits = LIMITS) -> Table | None:
    """
    Read the header, and return the table, or None where the header leaves open what stands in its columns.

    Records of nothing but empty fields count as lines and say nothing; so do empty fields behind the last column. All
    that is wrong is in ``faults``, complete when the last row was taken. Raises nothing for what is in the file.
    """
    records = _records(stream, faults, columns.separator, limits)
    header = next(records, None)
    if header is None:
        if not faults.count:
            tell(faults, "csv.empty", 1, header=columns.separator.join(columns.required))
        return None
    before = faults.count
    names = tuple(name.strip().lower() if columns.any_case else name.strip() for name in header.fields)
    _judge_header(header.line, names, columns, faults)
    return Table(names, header.line, _rows(records, names, faults)) if faults.count == before else None


def _judge_header(line: int, names: Sequence[str], columns: Columns, faults: Faults) -> None:
    signs = [sign for sign in _SEPARATORS if sign != columns.separator and sign in names[0]]
    if len(names) == 1 and signs:
        wanted = _SEPARATORS[columns.separator]
        tell(faults, "csv.separator", line, found=_SEPARATORS[signs[0]], wanted=wanted)
        return
    for position, name in enumerate(names):
        known = name in columns.required or name in columns.optional
        if name in names[:position] and (known or columns.others):
            tell(faults, "csv.repeated_column", line, name=shown(name))
        elif not known and columns.others:
            columns.others(line, name)
    for name in columns.required:
        if name not in names:
            tell(faults, "csv.missing_column", line, name=name, columns=columns.told or ", ".join(columns.required))


def _rows(records: Iterator[_Record], names: Sequence[str], faults: Faults) -> Iterator[Row]:
    width = len(names)
    for line, fields, clean in records:
        if len(fields) < width or any(field.strip() for field in fields[width:]):
            tell(faults, "csv.fields", line, found=len(fields), wanted=width)
            continue
        yield Row(line, {name: text.strip() for name, text in zip(names, fields, strict=False)}, clean)


def _records(stream: BinaryIO, faults: Faults, separator: str, limits: Limits) -> Iterator[_Record]:
    """Yield the records of a stream, the header first, but those of nothing but empty fields."""
    broken: set[int] = set()
    lines = _Lines(stream, faults, broken, limits)
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
        if any(field.strip() for field in fields):
            clean = not broken or broken.isdisjoint(range(line, lines.number + 1))
            yield _Record(line, fields, clean)


def tell(faults: Faults, code: str, line: int, **facts: Any) -> None:
    """Keep a fault of this module's sentences at a line."""
    faults.keep(problem(code, SENTENCES[code], line, **facts))


def parts_of(text: str) -> list[str]:
    """Return what a field lists between bars, in its order, some of it empty; a bar within is written ``\\|``."""
    return [part.strip().replace("\\|", "|") for part in _BAR.split(text)] if text else []


def moment(key: str, text: str, line: int, faults: Faults) -> datetime | None:
    """
    Return an RFC 3339 time in UTC, or None where the field is empty or was told to be wrong.

    Seconds may be left out; what is finer than a microsecond is.
    """
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        tell(faults, "time.unreadable", line, key=key, text=shown(text), like=LIKE)
        return None
    day, clock, seconds, fraction, offset = match.groups()
    if offset is None:
        tell(faults, "time.without_offset", line, key=key, text=shown(text), like=LIKE)
        return None
    try:
        found = datetime.fromisoformat(
            f"{day}T{clock}{seconds or ''}{fraction or ''}{'+00:00' if offset in 'Zz' else offset}"
        )
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        tell(faults, "time.impossible", line, key=key, text=shown(text))
        return None
    return found.astimezone(UTC)


class _Lines:
    """The lines of a stream as text; ``number`` is that of the last one given, ``broken`` collects those not UTF-8."""

    def __init__(self, stream: BinaryIO, faults: Faults, broken: set[int], limits: Limits) -> None:
        self.number = 0
        self._stream, self._faults, self._broken, self._limits = stream, faults, broken, limits

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._texts()
        except Broken as error:
            self._faults.keep(problem(error.code, PACKING[error.code], self.number + 1, **error.facts))

    def _texts(self) -> Iterator[str]:
        plain, size = unpacked(self._stream), 0
        while raw := plain.readline(MAX_LINE + 1):
            self.number += 1
            if len(raw) > MAX_LINE:
                tell(self._faults, "csv.line_too_long", self.number, limit=MAX_LINE)
                return
            if self.number > self._limits.lines:
                tell(self._faults, "csv.too_many_lines", self.number, limit=self._limits.lines)
                return
            size += len(raw)
            if self._limits.size is not None and size > self._limits.size:
                tell(self._faults, "csv.too_large", self.number, limit=self._limits.size)
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

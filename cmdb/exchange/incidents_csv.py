"""
Reads incidents from CSV (RFC 4180): a header, then one incident a line, as tools of service management export them.

The columns, in any order: ``id``, ``title``, ``cis`` (ids separated by ``|``; a bar within an id is written ``\\|``),
``opened``, ``resolved`` (empty while it goes on), ``priority``, and ``caused_by`` (the id of a change) where there is
one. Times are RFC 3339 with their offset.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.exchange.estate.limits import MAX_LINE, MIB

MAX_BYTES = 256 * MIB  # of a file, all of which is held in memory until it is judged
MAX_LINES = 250_000  # of a file, empty ones and those within quotes included
COLUMNS = ("id", "title", "cis", "opened", "resolved", "priority", "caused_by")
OPTIONAL = frozenset({"caused_by"})
LIKE = "2026-03-02T22:00:00+01:00"

SENTENCES = {
    "incident_csv.empty": "it is empty; it begins with the header {header}",
    "incident_csv.not_utf8": "byte {byte} of this line (0x{value:02x}) is not UTF-8; save the file as UTF-8",
    "incident_csv.line_too_long": "the line has more than {limit} bytes; nothing from here on was read",
    "incident_csv.too_large": "the file has more than {limit} bytes; bring it in as several",
    "incident_csv.too_many_lines": "the file has more than {limit} lines; bring it in as several",
    "incident_csv.syntax": "it is no CSV: {cause}",
    "incident_csv.separator": "the columns are separated by {found}; separate them by commas",
    "incident_csv.unknown_column": "there is no column {name}; the columns are {columns}",
    "incident_csv.repeated_column": "the column {name} stands twice; it may stand once",
    "incident_csv.missing_column": "the column {name} is missing; the columns are {columns}",
    "incident_csv.columns": "it has {found} fields; the header has {wanted}",
    "incident_csv.missing": "{key} is empty; right would be {wanted}",
    "time.unreadable": "{key} is {text}, which is no time; write it as {like}",
    "time.without_offset": "{key} is {text} without an offset, so it is no moment; write it as {like}",
    "time.impossible": "{key} is {text}, which is not in the calendar or the clock",
}
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|z|[+-]\d{2}:\d{2})?", re.ASCII)
_YEARS = range(2, 9999)  # In another zone the first and the last day of the calendar may lie outside of it.
_BAR = re.compile(r"(?<!\\)\|")
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_BUFFER = 256 * 1024
_BOM = b"\xef\xbb\xbf"


class Row(NamedTuple):
    """
    One incident as it stands in the file.

    ``sound`` tells whether all of it could be read; where it is not, what could not is None and has been told.
    ``priority`` is the text where that is no whole number: what is a priority is not for a format to know.
    """

    line: int
    id: str | None
    title: str | None
    cis: tuple[str, ...] | None
    opened: datetime | None
    resolved: datetime | None
    priority: int | str | None
    caused_by: str | None
    sound: bool


def read(stream: BinaryIO, faults: Faults) -> Iterator[Row]:
    """
    Yield every incident of the file, in its order, with the line it begins at.

    All that is wrong is in ``faults``, which is only complete when the last row was taken; incidents are not compared
    with one another. Empty lines count as lines and say nothing. Cost: one line in memory. Raises nothing for what is
    in the file.
    """
    broken: set[int] = set()
    lines = _Lines(stream, faults, broken)
    records = _records(lines, faults)
    header = next(records, None)
    if header is None:
        if not faults.count:
            _tell(faults, "incident_csv.empty", 1, header=",".join(COLUMNS))
        return
    columns = _columns(*header, faults)
    if columns is None:
        return
    for line, fields in records:
        if len(fields) != len(columns):
            _tell(faults, "incident_csv.columns", line, found=len(fields), wanted=len(columns))
            continue
        texts = {name: text.strip() for name, text in zip(columns, fields, strict=True)}
        yield _row(line, texts, faults, whole=broken.isdisjoint(range(line, lines.number + 1)))


class _Lines:
    """The lines of a stream as text; ``number`` is that of the last one given, ``broken`` collects those not UTF-8."""

    def __init__(self, stream: BinaryIO, faults: Faults, broken: set[int]) -> None:
        self.number = 0
        self._stream, self._faults, self._broken = stream, faults, broken

    def __iter__(self) -> Iterator[str]:
        for raw in self._raw():
            self.number += 1
            if len(raw) > MAX_LINE:
                _tell(self._faults, "incident_csv.line_too_long", self.number, limit=MAX_LINE)
                return
            if self.number > MAX_LINES:
                _tell(self._faults, "incident_csv.too_many_lines", self.number, limit=MAX_LINES)
                return
            if self.number == 1:
                raw = raw.removeprefix(_BOM)
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                self._broken.add(self.number)
                facts = {"byte": error.start + 1, "value": raw[error.start]}
                _tell(self._faults, "incident_csv.not_utf8", self.number, **facts)
                text = raw.decode("utf-8", "replace")
            yield text

    def _raw(self) -> Iterator[bytes]:
        rest, size = b"", 0
        while chunk := self._stream.read(_BUFFER):
            size += len(chunk)
            if size > MAX_BYTES:
                _tell(self._faults, "incident_csv.too_large", self.number + 1, limit=MAX_BYTES)
                return
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in whole)
            if len(rest) > MAX_LINE:
                break
        if rest:
            yield rest


def _records(lines: _Lines, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield the line at which each record begins, and its fields; what is no CSV is told and passed over."""
    reader = csv.reader(iter(lines), strict=True)
    while True:
        line = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _tell(faults, "incident_csv.syntax", line, cause=str(error))
            continue
        if any(field.strip() for field in fields):
            yield line, fields


def _columns(line: int, fields: Sequence[str], faults: Faults) -> list[str] | None:
    """Return the names of the columns in their order, None where the header leaves open which they are."""
    names, before = [field.strip().lower() for field in fields], faults.count
    told = ", ".join(COLUMNS)
    for separator, word in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            _tell(faults, "incident_csv.separator", line, found=word)
            return None
    for name in sorted(set(names)):
        if name not in COLUMNS:
            _tell(faults, "incident_csv.unknown_column", line, name=shown(name), columns=told)
        elif names.count(name) > 1:
            _tell(faults, "incident_csv.repeated_column", line, name=name)
    for name in COLUMNS:
        if name not in names and name not in OPTIONAL:
            _tell(faults, "incident_csv.missing_column", line, name=name, columns=told)
    return names if faults.count == before else None


def _row(line: int, texts: dict[str, str], faults: Faults, *, whole: bool) -> Row:
    before = faults.count
    for key, wanted in (("id", "its id"), ("title", "one line"), ("cis", "a CI's id"), ("priority", "1 to 5")):
        if not texts[key]:
            _tell(faults, "incident_csv.missing", line, key=key, wanted=wanted)
    opened = _moment("opened", texts["opened"], line, faults)
    if not texts["opened"]:
        _tell(faults, "incident_csv.missing", line, key="opened", wanted=f"a time such as {LIKE}")
    resolved = _moment("resolved", texts["resolved"], line, faults)
    priority: Any = texts["priority"] or None
    if priority is not None and _WHOLE.fullmatch(priority):
        priority = int(priority)
    return Row(
        line=line,
        id=texts["id"] or None,
        title=texts["title"] or None,
        cis=_cis(texts["cis"]),
        opened=opened,
        resolved=resolved,
        priority=priority,
        caused_by=texts.get("caused_by") or None,
        sound=whole and faults.count == before,
    )


def _cis(text: str) -> tuple[str, ...] | None:
    """Return the ids of a field, in their order; one between two bars, or before the first, may be empty."""
    return tuple(part.strip().replace("\\|", "|") for part in _BAR.split(text)) if text else None


def _moment(key: str, text: str, line: int, faults: Faults) -> datetime | None:
    """Return the moment, in UTC, or None where the field is empty or was told to be wrong."""
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        _tell(faults, "time.unreadable", line, key=key, text=shown(text), like=LIKE)
        return None
    day, time, offset = match.groups()
    if offset is None:
        _tell(faults, "time.without_offset", line, key=key, text=shown(text), like=LIKE)
        return None
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{offset.upper().replace('Z', '+00:00')}")
    except ValueError:
        moment = None
    if moment is None or moment.year not in _YEARS:
        _tell(faults, "time.impossible", line, key=key, text=shown(text))
        return None
    return moment.astimezone(UTC)


def _tell(faults: Faults, code: str, line: int, **facts: Any) -> None:
    faults.keep(problem(code, SENTENCES[code], line, **facts))

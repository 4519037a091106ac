"""
Reads incidents from CSV (RFC 4180): a header, then one incident a line, as tools of service management export them.

The columns, in any order: ``id``, ``title``, ``cis`` (ids separated by ``|``; a bar within an id is written ``\\|``),
``opened``, ``resolved`` (empty while it goes on), ``priority``, and ``caused_by`` (the id of a change) where there is
one. Times are RFC 3339 with their offset. The file may be packed with gzip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from cmdb.exchange import csv_records
from cmdb.exchange.csv_records import LIKE, Columns, Limits, moment, parts_of, read_table, tell
from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.limits import MIB

MAX_BYTES = 256 * MIB  # of a file, all of which is held in memory until it is judged
MAX_LINES = 250_000  # of a file, empty ones and those within quotes included
COLUMNS = ("id", "title", "cis", "opened", "resolved", "priority", "caused_by")
_REQUIRED, _OPTIONAL = COLUMNS[:-1], COLUMNS[-1:]
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


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

    def unknown(line: int, name: str) -> None:
        tell(faults, "csv.unknown_column", line, name=shown(name), columns=told)

    told = ", ".join(COLUMNS)
    columns = Columns(_REQUIRED, _OPTIONAL, unknown, told, any_case=True)
    table = read_table(stream, columns, faults, Limits(MAX_LINES, MAX_BYTES))
    if table is not None:
        yield from (_row(row, faults) for row in table.rows)


def _row(row: csv_records.Row, faults: Faults) -> Row:
    before, (line, texts, clean) = faults.count, row
    for key, wanted in (("id", "its id"), ("title", "one line"), ("cis", "a CI's id"), ("priority", "1 to 5")):
        if not texts[key]:
            tell(faults, "csv.missing", line, key=key, wanted=wanted)
    opened = moment("opened", texts["opened"], line, faults)
    if not texts["opened"]:
        tell(faults, "csv.missing", line, key="opened", wanted=f"a time such as {LIKE}")
    resolved = moment("resolved", texts["resolved"], line, faults)
    priority: Any = texts["priority"] or None
    if priority is not None and _WHOLE.fullmatch(priority):
        priority = int(priority)
    return Row(
        line=line,
        id=texts["id"] or None,
        title=texts["title"] or None,
        cis=tuple(parts_of(texts["cis"])) or None,
        opened=opened,
        resolved=resolved,
        priority=priority,
        caused_by=texts.get("caused_by") or None,
        sound=clean and faults.count == before,
    )

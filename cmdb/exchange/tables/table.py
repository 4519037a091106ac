"""A table: its columns, and its rows as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple


class Row(NamedTuple):
    """
    One row below the header, with a cell for each column.

    ``number`` is where people find it: the line of a CSV at which it begins, the row of a sheet, or, of a list of
    records, which one it is (from 1). A cell is None where nothing stands, else text, a number, true or false, a date
    or a datetime without a zone, or, of a list of records, a list or an object. ``sound`` is False where something is
    wrong with it, which has been told.
    """

    number: int
    cells: tuple[Any, ...]
    sound: bool


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table that is being read.

    ``rows`` may be taken once. ``form`` is "csv", "xlsx", "json" or "yaml"; ``told`` says in plain values how it was
    read (encoding, delimiter, sheet). ``epoch`` is the day that the numbers of days in its cells count from, None
    where no number is a day.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
    form: str
    told: dict[str, Any]
    epoch: date | None = None

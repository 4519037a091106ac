"""The words of the sides of a doubt: what is known of each, and where the two say the same or differ; at every door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from web.wording_change import moment_words

FIRST, LAST = "First seen", "Last seen"
SAME, DIFFERS = "same", "differs"


class Row(NamedTuple):
    """One thing that is known of a side; ``mark`` is how it stands to the other's, "" where that has none."""

    name: str
    value: str
    mark: str = ""


def side_rows(side: Mapping[str, Any]) -> list[Row]:
    """
    Return what is known of a side, which is as JSON: what identifies it first, and nothing twice.

    >>> side_rows({"name": "web1", "class": "server", "identifiers": [{"kind": "mac", "value": "3c:ec:ef:12:34:56"}],
    ...     "attributes": {"os": "debian", "mac_addresses": ["3c:ec:ef:12:34:56"]}, "first_seen": None,
    ...     "last_seen": None})[2:]
    [Row(name='mac', value='3c:ec:ef:12:34:56', mark=''), Row(name='os', value='debian', mark='')]
    """
    known = {each["value"] for each in side["identifiers"]}
    attributes = {name.replace("_", " "): _text(value) for name, value in sorted(side["attributes"].items())}
    told = [
        ("Name", side["name"]),
        ("Class", side["class"]),
        *((each["kind"], each["value"]) for each in side["identifiers"]),
        *((name, value) for name, value in attributes.items() if value not in known),
        (FIRST, _moment(side["first_seen"])),
        (LAST, _moment(side["last_seen"])),
    ]
    return [Row(name, str(value)) for name, value in told if value not in (None, "")]


def compared(sides: Sequence[Mapping[str, Any]]) -> list[list[Row]]:
    """Return the rows of each side; of two sides each row is marked "same" or "differs" from the other's."""
    rows = [side_rows(side) for side in sides]
    if len(rows) != 2:
        return rows
    return [[_marked(row, other) for row in mine] for mine, other in zip(rows, reversed(rows), strict=True)]


def beside(sides: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str], str]]:
    """Return what is known, by name: what each side says of it, and whether two of them say the same or differ."""
    rows = compared(sides)
    names = dict.fromkeys(row.name for mine in rows for row in mine)
    found = []
    for name in names:
        here = [[row for row in mine if row.name == name] for mine in rows]
        marks = {row.mark for each in here for row in each} - {""}
        mark = DIFFERS if DIFFERS in marks else SAME if SAME in marks else ""
        found.append((name, [", ".join(row.value for row in each) for each in here], mark))
    return found


def _marked(row: Row, other: Sequence[Row]) -> Row:
    values = {each.value.casefold() for each in other if each.name.casefold() == row.name.casefold()}
    if not values or row.name in (FIRST, LAST):
        return row
    return row._replace(mark=SAME if row.value.casefold() in values else DIFFERS)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _moment(text: str | None) -> str | None:
    return None if text is None else moment_words(datetime.fromisoformat(text))

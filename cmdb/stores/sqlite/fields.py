"""Fields of documents as SQL sees them: how a value is kept in a column, and the functions that reach into the JSON."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from typing import Any

from cmdb.chain import canonical
from cmdb.stores import batch


def encoded(value: Any) -> Any:
    """Return a field's value as a column holds it: true is never 1, and a list is kept as its JSON bytes."""
    if type(value) is int and not -(2**63) <= value < 2**63:
        # No document holds such a whole number (they end at 2**53 - 1), but one may hold the float beside it.
        return float(value) if abs(value) < 2**1023 else None
    if value is None or type(value) in (str, int, float):
        return value
    return canonical(value)


def decoded(value: Any) -> Any:
    """Return the value of a column as the document has it."""
    return json.loads(value) if type(value) is bytes else value


def register(connection: sqlite3.Connection) -> None:
    """
    Give the connection ``field(document, path)``, ``holds(list, value)`` and ``among(list, low, high)``.

    SQLite's own JSON functions cut a text at NUL, refuse deep nesting and take true for 1; these agree with columns.
    """
    last: tuple[str, Any] = ("null", None)

    def field(document: str | None, path: str) -> Any:
        nonlocal last
        if document is None:
            return None
        if document is not last[0]:
            last = (document, batch.parse(document))
        return encoded(batch.dig(last[1], path))

    kept: tuple[Any, list[int]] = (None, [])

    def among(numbers: bytes, low: Any, high: Any) -> bool:
        """Tell whether one of sorted numbers lies in low <= number < high; the list is long, and the same each time."""
        nonlocal kept
        if numbers != kept[0]:
            kept = (numbers, json.loads(numbers))
        place = bisect_left(kept[1], low)
        return place < len(kept[1]) and kept[1][place] < high

    connection.create_function("among", 3, among, deterministic=True)
    connection.create_function("field", 2, field, deterministic=True)
    connection.create_function("holds", 2, _holds, deterministic=True)


def _holds(items: Any, value: Any) -> bool:
    if type(items) is not bytes or value is None:
        return False
    parsed = json.loads(items)
    # Encoded values differ by type, so that 1 is neither true nor "1".
    return isinstance(parsed, list) and any(
        encoded(item) == value and isinstance(encoded(item), str) == isinstance(value, str) for item in parsed
    )

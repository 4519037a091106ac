"""What can be made anew from the log at any time: indexes, full text, values in columns, counts, claims."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from cmdb.stores import batch
from cmdb.stores.sqlite import schema
from cmdb.stores.sqlite.schema import Shape

Twice = Callable[[str], None]
_ROWS_AT_ONCE = 5000


def derive(connection: sqlite3.Connection, *, twice: Twice) -> None:
    """Make all of it anew; ``twice`` hears of a claim that a second living document holds."""
    connection.execute("DELETE FROM claim")
    for shape in schema.shapes(connection):
        schema.drop_indexes(connection, shape)
        schema.build_indexes(connection, shape)
        schema.index_words(connection, shape)
        connection.execute(
            "UPDATE kind SET living ="
            f" (SELECT count(*) FROM {shape.table} WHERE to_rev IS NULL AND document IS NOT NULL) WHERE name = ?",
            (shape.name,),
        )
        _claim(connection, shape, twice)


def _claim(connection: sqlite3.Connection, shape: Shape, twice: Twice) -> None:
    rows = connection.execute(
        f"SELECT key, claims FROM {shape.table} WHERE to_rev IS NULL AND claims IS NOT NULL AND document IS NOT NULL"
        " ORDER BY key"
    )
    for key, claims in rows:
        for claim in json.loads(claims):
            made = connection.execute(
                "INSERT INTO claim VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (claim, shape.name, key)
            )
            if not made.rowcount:
                twice(claim)


def columns(connection: sqlite3.Connection, shape: Shape) -> None:
    """Bring the values beside each document to what the document says; one that can not be read is left alone."""
    if not shape.paths:
        return
    names = [schema.column(path) for path in shape.paths]
    update = f"UPDATE {shape.table} SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?"
    last = -(2**63)
    query = f"SELECT id, document, {', '.join(names)} FROM {shape.table} WHERE id > ? ORDER BY id LIMIT {_ROWS_AT_ONCE}"
    while rows := connection.execute(query, (last,)).fetchall():
        for row, document, *values in rows:
            try:
                wanted = shape.values(batch.document(document))
            except (ValueError, TypeError, AttributeError):
                continue
            if [*wanted] != values or [*map(type, wanted)] != [*map(type, values)]:
                connection.execute(update, (*wanted, row))
        last = rows[-1][0]

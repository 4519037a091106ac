"""Schema 3: what was last seen of something, such as the progress of a run."""

from __future__ import annotations

import sqlite3

_TABLES = (
    "CREATE TABLE seen (name TEXT PRIMARY KEY, state TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX seen_until ON seen (until)",
)


def up(connection: sqlite3.Connection) -> None:
    """Make room for it."""
    for statement in _TABLES:
        connection.execute(statement)

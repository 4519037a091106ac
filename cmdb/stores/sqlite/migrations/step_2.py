"""Schema 2: a mark on a store that is being loaded, and an index that tells the versions alive at a revision."""

from __future__ import annotations

import sqlite3


def up(connection: sqlite3.Connection) -> None:
    """Create the table, and each kind's index of closed versions anew."""
    # It has a row from the first row of a dump to the last; whoever else reads or writes is refused meanwhile.
    connection.execute("CREATE TABLE loading (one INTEGER PRIMARY KEY CHECK (one = 1))")
    for (name,) in connection.execute("SELECT name FROM kind ORDER BY name").fetchall():
        index, table = ('"' + text.replace('"', '""') + '"' for text in (f"{name} closed", f"doc_{name}"))
        connection.execute(f"DROP INDEX IF EXISTS {index}")
        connection.execute(
            f"CREATE UNIQUE INDEX {index} ON {table} (key, from_rev, version, to_rev) WHERE to_rev IS NOT NULL"
        )

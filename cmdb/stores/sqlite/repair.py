"""Mending: what derives from the log is made anew; the log itself is never touched."""

from __future__ import annotations

import sqlite3

from cmdb.ports.store import Finding, Progress
from cmdb.stores.sqlite import derive, schema
from cmdb.stores.sqlite.check import check
from cmdb.stores.sqlite.connection import Database


def repair(database: Database, progress: Progress | None) -> tuple[Finding, ...]:
    """Do what :meth:`cmdb.ports.store.Store.repair` says."""
    before = check(database, progress)
    with database.writing() as connection:
        for shape in schema.shapes(connection):
            derive.columns(connection, shape)
        # A claim that is held twice stays a finding; who is to have it, a person must say.
        derive.derive(connection, twice=lambda _: None)
        _reindex(connection)
    after = check(database, progress)
    return tuple(finding for finding in before if finding not in after)


def _reindex(connection: sqlite3.Connection) -> None:
    """Make anew the indexes of the tables that belong to no kind."""
    tables = connection.execute(
        "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'index' AND tbl_name NOT GLOB 'doc_*'"
        " AND tbl_name NOT GLOB 'text_*' ORDER BY tbl_name"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"REINDEX {schema.name_of(table)}")

"""The embedded store: one SQLite file, no server, every promise of the port."""

from __future__ import annotations

from cmdb.stores.sqlite.store import SqliteStore, open_store
from cmdb.stores.sqlite.upkeep import restore

__all__ = ["SqliteStore", "open_store", "restore"]

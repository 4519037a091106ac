"""The embedded store: one SQLite file, no server, every promise of the port."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cmdb.stores.sqlite.store import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]

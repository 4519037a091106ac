"""The one place that chooses adapters: from settings to an opened store and a context."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from web.actors import acting
from web.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from cmdb.stores.sqlite import SqliteStore

_SQLITE = "sqlite:///"


class SystemClock:
    """The machine's own time of day."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def store_path(settings: Settings) -> Path:
    """
    Return where the SQLite store lives.

    Raises:
        InvalidInput: FORESHOCK_STORE is not an address we know.
    """
    if not settings.store:
        from platformdirs import user_data_path

        return user_data_path("foreshock", appauthor=False) / "foreshock.db"
    if not settings.store.startswith(_SQLITE) or settings.store == _SQLITE:
        fault = Problem(
            "store.address", "{store} is no store address; write sqlite:///PATH", {"store": settings.store}, pointer=""
        )
        raise InvalidInput([fault], what="FORESHOCK_STORE")
    return Path(settings.store.removeprefix(_SQLITE))


def open_store(settings: Settings) -> SqliteStore:
    """Open the store the settings name; one that is not there yet is made."""
    from cmdb.stores.sqlite import open_store as open_sqlite

    path = store_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    return open_sqlite(path)


def restore_store(settings: Settings, source: Path) -> int:
    """Make the store the settings name from a backup and return its revision; one that is there is never replaced."""
    from cmdb.stores.sqlite import restore

    path = store_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    return restore(source, path)


def make_context(settings: Settings, store: SqliteStore, *, txn_id: str | None = None) -> Context:
    """Return the context of the actor the settings name, on an opened store."""
    return Context(store, store.coordination, SystemClock(), acting(settings), txn_id=txn_id)


def make_app(settings: Settings) -> Flask:
    """
    Return the web application on the store the settings name; all its requests act in one actor's name.

    Raises:
        InvalidInput: the store's address or the people file is wrong.
        Whatever opening a store refuses.
    """
    from impact.reading.following import following
    from web.app import create_app
    from web.request import WHILE_SERVING

    store, actor, clock = open_store(settings), acting(settings), SystemClock()
    app = create_app(lambda txn_id: Context(store, store.coordination, clock, actor, txn_id=txn_id))
    app.extensions[WHILE_SERVING] = lambda: following(store)
    return app

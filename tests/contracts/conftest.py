"""
The adapters every contract test runs on.

A new store joins with one entry in ``ADAPTERS``: a function from an empty folder to what opens a store there (options,
such as a clock, go to it). Nothing in a contract test may know which adapter it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Opener = Callable[..., Any]


def sqlite(folder: Path, *, second: bool = False) -> Opener:
    """The embedded store, in a file of the folder."""
    from cmdb.stores.sqlite import open_store

    return lambda **options: open_store(folder / "store.db", **options)


def neo4j(folder: Path, *, second: bool = False) -> Opener:
    """
    The database of this worker's server, emptied; its indexes stay, as they cost more than a test.

    A server has one database, so a ``second`` store is in a second server.
    """
    from cmdb.stores.neo4j import open_store
    from tests.neo4j_server import beside, here

    server = beside() if second else here()
    server.wipe()
    who = {"user": server.user, "password": server.password}
    return lambda **options: open_store(server.address, **who, **options)


ADAPTERS = [sqlite, pytest.param(neo4j, marks=pytest.mark.neo4j)]


class Place:
    """Where one store lives: each ``open`` gives a handle of its own on it, as another process would have."""

    def __init__(self, opener: Opener, folder: Path) -> None:
        self.folder = folder
        self._opener = opener
        self._opened: list[Any] = []
        self.options: dict[str, Any] = {}

    def open(self) -> Any:
        store = self._opener(**self.options)
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def adapter(request: pytest.FixtureRequest) -> Callable[..., Opener]:
    """Each adapter in turn."""
    return request.param


@pytest.fixture
def place(adapter: Callable[..., Opener], tmp_path: Path) -> Iterator[Place]:
    """An empty store's place."""
    place = Place(adapter(tmp_path), tmp_path)
    yield place
    place.close()


class Clock:
    """The time of every handle on a place, turned by the test: nobody waits, and no store is too slow."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(place: Place) -> Clock:
    """The clock that the stores of this place go by."""
    clock = place.options["clock"] = Clock()
    return clock


@pytest.fixture
def another(adapter: Callable[..., Opener], tmp_path: Path) -> Iterator[Place]:
    """The place of a second empty store of the same adapter, made when it is first opened."""
    folder, made = tmp_path / "another", []

    def open_it(**options: Any) -> Any:
        if not made:
            folder.mkdir()
            made.append(adapter(folder, second=True))
        return made[0](**options)

    place = Place(open_it, folder)
    yield place
    place.close()


@pytest.fixture
def store(place: Place) -> Any:
    """A handle on an empty store."""
    return place.open()


@pytest.fixture
def coordination(clock: Clock, store: Any) -> Any:
    """The coordination of an empty store, whose time is the test's."""
    return store.coordination

"""One store, and a client for each person who works on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cmdb.context import Context
from cmdb.roles import Actor, Role
from cmdb.stores.sqlite import open_store
from web.app import create_app

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


class House:
    """A store in a file, a clock, and a server for every person, as it is until sign-in exists."""

    def __init__(self, path) -> None:
        self.clock = Clock()
        self.store = open_store(path / "foreshock.db", clock=self.clock.now)

    def context(self, person: str = "engineer", *roles: Role, txn_id: str | None = None) -> Context:
        """Return the context of a person, for desks."""
        actor = Actor(person, frozenset(roles or {Role.ADMINISTRATOR}))
        return Context(self.store, self.store.coordination, self.clock, actor, txn_id=txn_id)

    def app(self, person: str = "engineer", *roles: Role):
        """Return the server on which this person acts, an administrator unless roles are given."""
        return create_app(lambda txn_id: self.context(person, *roles, txn_id=txn_id))

    def client(self, person: str = "engineer", *roles: Role):
        """Return a client of this person's server."""
        return self.app(person, *roles).test_client()


@pytest.fixture
def house(tmp_path):
    """An empty store and its people."""
    made = House(tmp_path)
    yield made
    made.store.close()

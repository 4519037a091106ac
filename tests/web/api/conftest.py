"""One store, and a server for each person who works on it, as it is until sign-in exists."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cmdb.context import Context
from tests.builders import an_actor, the_context
from tests.web.serving import client_of
from web.app import create_app
from web.request import Contexts


class House:
    """A store in a file, its clock, and its people."""

    def __init__(self, *things: Any) -> None:
        self.context = the_context(*things, role="administrator")
        self.clock = self.context.clock

    def app(self, role: str = "engineer", person: str | None = None) -> Flask:
        """Return a server of its own on which somebody with this role acts, named after it by default."""
        return create_app(self._contexts(role, person))

    def _contexts(self, role: str, person: str | None) -> Contexts:
        store, actor = self.context.store, an_actor(person or role, role)
        return lambda txn_id: Context(store, self.context.coordination, self.clock, actor, txn_id=txn_id)

    def client(self, role: str = "engineer", person: str | None = None) -> FlaskClient:
        """Return a client of this person's server."""
        return client_of(self._contexts(role, person))


@pytest.fixture
def house():
    """A function that makes a house whose store holds some things in its first revision."""
    return House

"""A server at which persons sign in, on a store with two of them; passwords are hashed as cheaply as can be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, request
from flask.testing import FlaskClient

from cmdb.context import Context
from cmdb.people import passwords, persons, sign_in
from cmdb.people.sessions import Limits
from cmdb.roles import Actor
from tests.builders import a_server, the_context
from tests.web.pages.html import Page
from web.app import create_app
from web.settings import Settings
from web.signin.guard import NOBODY, actor_of_request
from web.signin.policy import policy_of

_STORE = "tests.store"
GOOD = "otter cabinet violin"


PEOPLE = {"dba": "engineer", "keeper": "administrator"}


class Entrance:
    """The store, and an application on it."""

    def __init__(self, *things: Any, public_url: str = "", people: Mapping[str, str] = PEOPLE) -> None:
        self.context = the_context(*(things or (a_server("web1"),)), role="administrator", actor="root")
        for person, role in people.items():
            persons.add(self.context, person, name=f"Team {person}", roles=[role])
            secret = sign_in.invite(self.context, person).secret
            sign_in.accept(self.context, secret, GOOD, address="", limits=Limits())
        self.app, self.cookie = an_app(public_url)

    def client(self) -> FlaskClient:
        """Return a client without cookies."""
        client = self.app.test_client()
        client.environ_base[_STORE] = self.context
        return client

    def browser(self) -> Browser:
        """Return a browser that has been nowhere."""
        return Browser(self.client(), self.cookie)


@cache
def an_app(public_url: str) -> tuple[Flask, str]:
    """Return one application for the stores of all tests, which takes longer to make than to ask; and its cookie."""
    policy = policy_of(Settings(sign_in="on", public_url=public_url), store="test")
    assert policy is not None

    def contexts(txn_id: str | None) -> Context:
        here: Context = request.environ[_STORE]
        nobody = Context(here.store, here.coordination, here.clock, NOBODY)
        actor = actor_of_request(nobody, policy, Actor("nobody-else", frozenset()))
        return Context(here.store, here.coordination, here.clock, actor, txn_id=txn_id)

    return create_app(contexts, policy), policy.cookie


class Browser:
    """A browser without JavaScript."""

    def __init__(self, client: FlaskClient, cookie: str) -> None:
        self.client, self._cookie = client, cookie

    @property
    def secret(self) -> str | None:
        found = self.client.get_cookie(self._cookie)
        return found.value if found else None

    def bears(self, secret: str) -> None:
        """Have the cookie of a session, as if it had been planted or stolen."""
        self.client.set_cookie(self._cookie, secret)

    def sends(self, url: str, button: str, to: str | None = None, **given: str) -> Any:
        """Open a page, fill in the form of a button, and send it."""
        page = Page(self.client.get(url).text)
        form, _ = page.form(button)
        return self.client.post(to or form.action or url, data={**form.fields, **given})

    def signs_in(self, account: str = "dba", password: str = GOOD, then: str = "/") -> Any:
        """Fill in the form of signing in."""
        return self.sends(f"/sign-in?next={then}", "Sign in", account=account, password=password)


@pytest.fixture(scope="module")
def cheap():
    """Hash with next to no work."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        cheaply(monkeypatch)
        yield


def cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the least parameters in place of those of RFC 9106."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    nobodys = hasher.hash("nobody")
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    monkeypatch.setattr(passwords, "_nobodys", lambda: nobodys)


@pytest.fixture
def entrance(cheap):
    """A server that is reached without encryption, on this machine."""
    return Entrance()


@pytest.fixture
def encrypted(cheap):
    """A server that is reached at https://cmdb.example.org."""
    return Entrance(public_url="https://cmdb.example.org")

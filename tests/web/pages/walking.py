"""A person who walks through the pages as with a browser without JavaScript: reads, fills in forms, presses buttons."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

from cmdb.context import Context
from tests.builders import an_actor, the_context
from tests.web.pages.html import Page
from tests.web.serving import client_of
from web.app import create_app
from web.request import Contexts


class House:
    """A store in a file, its clock, and a server for each person who works on it."""

    def __init__(self, *things: Any) -> None:
        self.context = the_context(*things, role="administrator")
        self.clock = self.context.clock

    def app(self, role: str, person: str | None = None) -> Flask:
        """Return a server of its own on which somebody with this role acts, named after it by default."""
        return create_app(self._contexts(role, person))

    def _contexts(self, role: str, person: str | None) -> Contexts:
        store, actor = self.context.store, an_actor(person or role, role)
        return lambda txn_id: Context(store, self.context.coordination, self.clock, actor, txn_id=txn_id)

    def person(self, role: str, name: str | None = None) -> Person:
        """Return somebody with this role, before their own server."""
        return Person(client_of(self._contexts(role, name)))


class Person:
    """Somebody at a browser; ``page`` is what they see. Every page they meet must be right HTML."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: Page | None = None
        self.url = ""

    def opens(self, url: str, status: int = 200) -> Page:
        """Go to an address."""
        return self._met(self.client.get(url, follow_redirects=True), url, status)

    def follows(self, words: str) -> Page:
        """Press the link with these words."""
        return self.opens(self._see().links[words])

    def presses(self, button: str, status: int = 200, **given: str) -> Page:
        """Fill in the form of a button (``__`` in a name stands for a dot) and press it."""
        form, pressed = self._see().form(button)
        fields = {**form.fields, **{name.replace("__", "."): value for name, value in given.items()}}
        if "name" in pressed:
            fields[pressed["name"]] = pressed.get("value", "")
        action = pressed.get("formaction") or form.action or self.url
        if form.method == "post":
            answer = self.client.post(action, data=fields)
            if answer.status_code == 303:
                return self.opens(answer.location)
            return self._met(answer, action, status)
        return self._met(self.client.get(action, query_string=fields), action, status)

    def _see(self) -> Page:
        assert self.page is not None
        return self.page

    def _met(self, answer: Any, url: str, status: int) -> Page:
        assert answer.status_code == status, (url, answer.status_code, Page(answer.text).words[:2000])
        self.page = Page(answer.text)
        self.url = urlsplit(answer.request.url).path + ("?" + urlsplit(answer.request.url).query)
        assert self.page.faults == [], (url, self.page.faults)
        return self.page

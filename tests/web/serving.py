"""One application for the people of all tests of a process: making one takes longer than most requests do."""

from __future__ import annotations

from functools import cache

from flask import Flask, request
from flask.testing import FlaskClient

from cmdb.context import Context
from web.app import create_app
from web.request import Contexts

_WHO = "tests.contexts"


def client_of(contexts: Contexts) -> FlaskClient:
    """Return a client, with cookies of its own, whose requests have the contexts that these make."""
    client = _app().test_client()
    client.environ_base[_WHO] = contexts
    return client


@cache
def _app() -> Flask:
    def contexts(txn_id: str | None) -> Context:
        made: Context = request.environ[_WHO](txn_id)
        return made

    return create_app(contexts)

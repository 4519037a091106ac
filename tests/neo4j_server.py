"""The server that tests of the Neo4j store use, and how its one database is emptied between them."""

from __future__ import annotations

import atexit
import os
from functools import cache
from typing import Any

import pytest


def address() -> str:
    """Return this worker's server, or skip the test."""
    named = [one.strip() for one in os.environ.get("FORESHOCK_TEST_NEO4J", "").split(",") if one.strip()]
    if not named:
        pytest.skip("FORESHOCK_TEST_NEO4J names no server")
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if number >= len(named):
        pytest.skip(f"FORESHOCK_TEST_NEO4J names {len(named)} server(s), one is needed for each worker")
    return named[number]


@cache
def _driver(address: str) -> Any:
    import neo4j

    driver = neo4j.GraphDatabase.driver(address, notifications_min_severity="OFF")
    atexit.register(driver.close)
    return driver


def query(text: str, **values: Any) -> list[list[Any]]:
    """Run a statement and return its rows."""
    with _driver(address()).session() as session:
        return [row.values() for row in session.run(text, values)]


def empty() -> str:
    """Empty the database, but for its indexes, and return the server's address."""
    query("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS")
    return address()

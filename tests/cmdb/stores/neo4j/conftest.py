"""An empty database of the server for each test, and handles on it that are closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.neo4j_server import Neo4j


@pytest.fixture
def address(neo4j_server: Neo4j) -> str:
    """The address of an empty store."""
    neo4j_server.wipe()
    return neo4j_server.address


@pytest.fixture
def opened(address: str, neo4j_server: Neo4j) -> Iterator[Callable[..., Any]]:
    """Open handles on the store."""
    from cmdb.stores.neo4j import open_store

    stores, who = [], {"user": neo4j_server.user, "password": neo4j_server.password}

    def one(**options: Any) -> Any:
        stores.append(open_store(address, **{**who, **options}))
        return stores[-1]

    yield one
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[..., Any]) -> Any:
    """A handle on the empty store."""
    return opened()

"""How the tests of promises start their workers, and how long they go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.neo4j_server import Neo4j, Server, own_neo4j
from tests.promises.places import SQLITE, Place

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: Any, under: tuple[str, ...] = (), **environment: str) -> dict[str, Any]:
    """Run a job of :mod:`tests.promises.workers`, under another command if one is given, and return its answer."""
    if not hasattr(os, "fork"):
        pytest.skip("the workers fork, which this system can not")
    done = subprocess.run(
        [*under, sys.executable, "-m", "tests.promises.workers", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # What a worker died of is shown with the test that fails for it.
    print(done.stderr, file=sys.stderr, end="")
    return json.loads(done.stdout)


@pytest.fixture
def work() -> Callable[..., dict[str, Any]]:
    """Run a job and return its answer."""
    return start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store of a test is that is about files."""
    return tmp_path / "store.db"


@pytest.fixture
def sqlite(path: Path) -> Place:
    """An empty store in a file."""
    return Place("SQLite", f"{SQLITE}{path}")


@pytest.fixture
def neo4j(neo4j_server: Neo4j) -> Place:
    """An empty store on a server."""
    neo4j_server.wipe(schema=True)
    return Place("Neo4j", neo4j_server.full_address)


@pytest.fixture(scope="session")
def mortal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of our own, with a password, that tests may kill and start again."""
    with own_neo4j(tmp_path_factory.mktemp("mortal"), password="only-for-tests") as server:
        yield server


@pytest.fixture
def mortal(mortal_server: Server) -> Server:
    """A server that may be killed: it runs, with its usual settings, and holds an empty store."""
    if not mortal_server.runs():
        mortal_server.start().ready()
    mortal_server.wipe(schema=True)
    return mortal_server


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty store of each kind in turn."""
    return request.getfixturevalue(request.param)

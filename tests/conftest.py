"""What every test may rely on, and the rule that continuous integration skips nothing but absent data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests import neo4j_server as neo4j_here
from tests.estate.fixture import estate, running_estate
from tests.neo4j_server import Neo4j
from tests.promise_table import promise, pytest_addoption, pytest_terminal_summary

__all__ = ["estate", "promise", "pytest_addoption", "pytest_terminal_summary", "running_estate"]

NO_DATA = "no data: "

# No test asserts times: a busy machine is no fault of an example.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data, named by FORESHOCK_TEST_DATA or beside the checkout; skips where it is not there."""
    named = os.environ.get("FORESHOCK_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{NO_DATA}{folder} is not there; FORESHOCK_TEST_DATA names another folder")
    return folder


@pytest.fixture(scope="session")
def neo4j_server() -> Neo4j:
    """A Neo4j server for this worker alone, with ``address``, ``user``, ``password`` and ``wipe()``."""
    return neo4j_here.here()


def pytest_sessionfinish() -> None:
    """Let no server outlive the run."""
    neo4j_here.leave()


SERVERS = {"neo4j_server", "mortal_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a Neo4j server by a fixture; a parameter that leads to one is marked where it stands."""
    for item in items:
        if not SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("neo4j")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In continuous integration every part is there, so a test skipped for a missing part (data apart) has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value) if call.excinfo else ""
        if NO_DATA not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped although CI has every part: {reason}"
    return report

"""The estate for tests: one for each worker, made when it is first asked for and gone when the run ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import pytest

from tests.estate.estate import Estate, up
from tests.estate.needs import missing


@cache
def here() -> Estate:
    """Return this worker's estate; skips the test where the machine can have none."""
    lacks = missing()
    if lacks:
        pytest.skip(f"no estate here: {', '.join(lacks)}")
    return up(f"{os.environ.get('PYTEST_XDIST_WORKER', 'test')}-{os.getpid()}")


def leave() -> None:
    """End this worker's estate, if it had one."""
    if here.cache_info().currsize:
        here().down()
        here.cache_clear()


@pytest.fixture(scope="session")
def running_estate() -> Iterator[Estate]:
    """The estate of this worker, whatever state the last test left it in; :func:`estate` is well."""
    yield here()
    leave()


@pytest.fixture
def estate(running_estate: Estate) -> Iterator[Estate]:
    """The estate, with everything running; what a test has stopped is started again after it."""
    yield running_estate
    running_estate.start_all()

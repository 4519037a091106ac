"""The estate that the walks through the pages happen on: two services, a pool, a pair, and one switch below both."""

from __future__ import annotations

import pytest

from tests.builders import a_ci, a_service, depends, needs
from tests.web.pages.walking import House


@pytest.fixture
def house() -> House:
    """Checkout needs 1 of lb1, lb2 and 2 of web1 to web4; Reports needs db-b; lb2, web4 and db-b hang on sw-b4."""
    machines = [a_ci(each) for each in ("web1", "web2", "web3", "web4", "db-b", "lb1", "lb2")]
    return House(
        a_service("checkout", name="Checkout"),
        a_service("reports", tier=3, name="Reports"),
        *machines,
        a_ci("sw-b4", "switch"),
        *needs("checkout", 1, "lb1", "lb2", group="lb"),
        *needs("checkout", 2, "web1", "web2", "web3", "web4", group="web"),
        *depends("reports", "db-b"),
        *depends("lb2", "sw-b4"),
        *depends("web4", "sw-b4"),
        *depends("db-b", "sw-b4"),
    )

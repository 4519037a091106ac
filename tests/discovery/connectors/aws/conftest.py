"""moto's AWS over HTTP on loopback, and an estate rented from it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.discovery.connectors.aws.rented import Rented, Renter

ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("eu-central-1", "us-east-1")
MACHINES = 12
KEY = "AKIA-PLANTED-KEY"
SECRET = "planted-secret-that-must-appear-nowhere"


class Aws:
    """A running AWS, and its door for faults."""

    def __init__(self, url: str) -> None:
        self.url = url

    def faults(self, *faults: dict[str, Any]) -> None:
        """Make the server fail as told, and forget what was asked of it."""
        with urlopen(Request(f"{self.url}/faults", json.dumps(faults).encode())) as answer:
            answer.read()

    def asked(self) -> dict[str, int]:
        """Return how often each action was asked for, by region and action."""
        with urlopen(f"{self.url}/asked") as answer:
            return json.loads(answer.read())

    def settings(self, accounts: Sequence[str] = ACCOUNTS, **more: Any) -> dict[str, Any]:
        """Return the settings of a source that takes on a role in each account."""
        from discovery.connectors.aws import CONNECTOR

        roles = [{"id": each, "role_arn": f"arn:aws:iam::{each}:role/foreshock"} for each in accounts]
        keys = {"access_key_id": "env:KEY", "secret_access_key": "env:SECRET"}
        common = {"accounts": roles, "regions": list(REGIONS), "endpoint_url": self.url, **keys}
        return CONNECTOR.settings().load({**common, **more})


@pytest.fixture(scope="session")
def served() -> Iterator[Aws]:
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("boto3") is None:
        pytest.skip("needs moto and boto3: install the extras aws and test")
    script = Path(__file__).with_name("moto_server.py")
    server = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    try:
        yield Aws(f"http://127.0.0.1:{int(server.stdout.readline())}")
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture
def aws(served: Aws) -> Iterator[Aws]:
    """AWS without faults, at the beginning of each test."""
    served.faults()
    yield served
    served.faults()


def rent(aws: Aws, accounts: Sequence[str], regions: Sequence[str], machines: int) -> dict[str, Rented]:
    """Rent in each region of each account, and return what, by account and region."""
    rented = {}
    for account in accounts:
        for region in regions:
            renter = Renter(aws.url, account, region)
            # One region has more reservations than go on a page of five.
            rented[f"{account}/{region}"] = renter.rent(machines, 2 if rented else 7)
            renter.close()
    return rented


@pytest.fixture(scope="session")
def estate(served: Aws) -> dict[str, Rented]:
    """What was rented, by account and region."""
    return rent(served, ACCOUNTS, REGIONS, MACHINES)

"""The connector keeps the promises that every connector makes."""

from typing import ClassVar

from foreshock_shelf import CONNECTOR

from discovery.testing import HttpChecks


class TestShelf(HttpChecks):
    """Foreshock's own checks, over HTTP too."""

    connector = CONNECTOR

    def settings_at(self, place, seconds=0.25):
        return {"controllers": [place.url], "token": "env:TOKEN", "seconds": seconds}

    few: ClassVar = {"most": 50}

    def endless(self, _head, number):
        return {"devices": [{"id": f"s{number}-{n}", "kind": "server"} for n in range(25)], "more": True}

"""An acknowledged write survives kill -9 of our process: 0 lost, 0 torn, 0 doubled."""

from __future__ import annotations

import os

import pytest


def survive(work, place, promise, trials):
    kept = promise(
        "an acknowledged write survives kill -9 of our process",
        f"0 lost, 0 torn in {trials:,} trials with 4 writers",
        place.name,
    )
    seen = work("kill", place.address, trials, 1)
    told = ", ".join(f"{number} {fault}" for fault, number in seen["faults"].items())
    kept.seen(f"{told} of {seen['acknowledged']:,} acknowledged")
    assert seen["acknowledged"] > trials
    assert seen["faults"] == dict.fromkeys(seen["faults"], 0)


def test_a_hundred_kills_of_four_writers_lose_nothing(work, sqlite, promise):
    """FORESHOCK_KILLS asks for more."""
    survive(work, sqlite, promise, int(os.environ.get("FORESHOCK_KILLS", "100")))


def test_ten_kills_of_four_writers_to_a_server_lose_nothing(work, neo4j, promise):
    """The short form: the server must do away with what a killed writer left half said."""
    survive(work, neo4j, promise, 10)


@pytest.mark.promises
def test_a_thousand_kills_of_four_writers_lose_nothing(work, sqlite, promise):
    """The full form, on demand."""
    survive(work, sqlite, promise, 1000)


@pytest.mark.promises
def test_a_hundred_kills_of_four_writers_to_a_server_lose_nothing(work, neo4j, promise):
    """As promised."""
    survive(work, neo4j, promise, 100)

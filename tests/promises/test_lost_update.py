"""No lost update: processes that increment one number reach exactly the sum of their increments."""

from __future__ import annotations

import pytest


def count(work, place, promise, times, *, processes=4):
    kept = promise("no lost update", f"0 in {processes} processes x {times:,} increments", place.name)
    seen = work("increments", place.address, processes, times)
    total = processes * times
    lost = total - seen["value"]
    ran = f"{lost} lost in {processes} x {times:,}"
    kept.seen("{ran}; {conflicts:,} conflicts met, {seconds} s".format(ran=ran, **seen))
    assert (seen["value"], seen["version"], seen["revision"]) == (total, total + 1, total + 1)
    assert seen["conflicts"] > 0, "they never met, so nothing was shown"


def test_four_processes_of_500_increments_lose_none(work, sqlite, promise):
    """The short form."""
    count(work, sqlite, promise, 500)


def test_four_processes_of_50_increments_lose_none_on_a_server(work, neo4j, promise):
    """The short form: a server answers about a hundred commits a second."""
    count(work, neo4j, promise, 50)


@pytest.mark.promises
def test_four_processes_of_5000_increments_lose_none(work, sqlite, promise):
    """As promised."""
    count(work, sqlite, promise, 5000)


@pytest.mark.promises
def test_four_processes_of_5000_increments_lose_none_on_a_server(work, neo4j, promise):
    """As promised."""
    count(work, neo4j, promise, 5000)

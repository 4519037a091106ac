"""No lost update: processes that increment one number reach exactly the sum of their increments."""

from __future__ import annotations

import pytest


def count(work, path, processes, times):
    seen = work("increments", path, processes, times)
    print(f"\nlost updates: {processes} processes x {times} increments, {seen}")
    total = processes * times
    assert (seen["value"], seen["version"], seen["revision"]) == (total, total + 1, total + 1)
    assert seen["conflicts"] > 0, "they never met, so nothing was shown"


def test_four_processes_of_500_increments_lose_none(work, path):
    """The short form."""
    count(work, path, 4, 500)


@pytest.mark.promises
def test_four_processes_of_5000_increments_lose_none(work, path):
    """As promised."""
    count(work, path, 4, 5000)

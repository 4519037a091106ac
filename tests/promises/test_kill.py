"""An acknowledged write survives kill -9 of our process: 0 lost, 0 torn, 0 doubled."""

from __future__ import annotations

import os

import pytest


def survive(work, path, trials):
    seen = work("kill", path, trials, 1)
    print(f"\nkill -9: {trials} trials, {seen}")
    assert seen["acknowledged"] > trials
    assert set(seen["faults"].values()) == {0}


def test_a_hundred_kills_of_four_writers_lose_nothing(work, path):
    """FORESHOCK_KILLS asks for more."""
    survive(work, path, int(os.environ.get("FORESHOCK_KILLS", "100")))


@pytest.mark.promises
def test_a_thousand_kills_of_four_writers_lose_nothing(work, path):
    """The full form, on demand."""
    survive(work, path, 1000)

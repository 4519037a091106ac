"""A job never starts twice, and a stale leader's write is always fenced, whoever is stopped, woken or killed."""

from __future__ import annotations

import pytest


def race(work, path, slots):
    seen = work("schedulers", path, slots, 1)
    print(f"\njobs: {slots} slots, 4 schedulers, {seen}")
    assert seen["twice"] == 0
    assert seen["left"] == 0
    # What was claimed by one that was killed before it could tell is the price of "never twice".
    assert slots - seen["killed"] <= seen["started"] <= slots


def test_four_schedulers_share_400_slots(work, path):
    """The short form."""
    race(work, path, 400)


@pytest.mark.promises
def test_four_schedulers_share_2000_slots(work, path):
    """As promised."""
    race(work, path, 2000)


def test_a_leader_that_slept_through_its_lease_writes_nothing(work, path):
    """Stopped by the system, replaced, and woken."""
    assert work("leaders", path, 10) == {"turns": 10, "stale": 0}

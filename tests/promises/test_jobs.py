"""A job never starts twice, and a stale leader's write is always fenced, whoever is stopped, woken or killed."""

from __future__ import annotations

import pytest


def race(work, place, promise, slots):
    kept = promise("a job never starts twice", f"0 in {slots:,} slots, 4 schedulers with freezes and kills", place.name)
    seen = work("schedulers", place.address, slots, 1)
    kept.seen("{twice} twice, {left} left out; {frozen} freezes, {killed} kills".format(**seen))
    assert seen["twice"] == 0
    assert seen["left"] == 0
    # What was claimed by one that was killed before it could tell is the price of "never twice".
    assert slots - seen["killed"] <= seen["started"] <= slots


def replaced(work, place, promise, turns):
    kept = promise("a stale leader's write is always fenced", f"0 stale writes in {turns} turns", place.name)
    seen = work("leaders", place.address, turns)
    kept.seen("{stale} stale writes in {turns} turns".format(**seen))
    assert seen["stale"] == 0


def test_four_schedulers_share_400_slots(work, place, promise):
    """The short form."""
    race(work, place, promise, 400)


@pytest.mark.promises
def test_four_schedulers_share_2000_slots(work, place, promise):
    """As promised."""
    race(work, place, promise, 2000)


def test_a_leader_that_slept_through_its_lease_writes_nothing(work, place, promise):
    """Stopped by the system, replaced, and woken: the short form."""
    replaced(work, place, promise, 10)


@pytest.mark.promises
def test_a_hundred_leaders_that_slept_write_nothing(work, place, promise):
    """The full form."""
    replaced(work, place, promise, 100)

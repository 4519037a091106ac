"""Letting go of history may be killed at any moment: what stays reads as before, and doing it again ends it."""

from __future__ import annotations

import pytest


def compacted(work, place, promise, trials):
    kept = promise("letting go of history, killed", f"0 changed, 0 unsound in {trials} kills", place.name)
    seen = work("compactions", place.address, trials, 1)
    kept.seen("{changed} changed, {unsound} unsound; {died} killed before the end".format(**seen))
    assert (seen["changed"], seen["unsound"]) == (0, 0)
    assert seen["died"] > 0, "each was through before it was killed, so nothing was shown"


def test_some_kills_while_history_goes_change_nothing(work, place, promise):
    """The short form."""
    compacted(work, place, promise, 4)


@pytest.mark.promises
def test_many_kills_while_history_goes_change_nothing(work, place, promise):
    """The full form."""
    compacted(work, place, promise, 60)

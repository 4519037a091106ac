"""The collector rests while somebody builds, and works again when the last has left."""

from __future__ import annotations

import gc

import pytest

from cmdb.garbage import uncollected


def test_it_rests_until_the_last_has_left():
    """One inside another, and left by an error."""
    with uncollected():
        with pytest.raises(KeyError), uncollected():
            raise KeyError
        assert not gc.isenabled()
    assert gc.isenabled()


def test_one_that_was_off_stays_off():
    """Whoever switched it off keeps that."""
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

"""The words of failures that every door shares."""

from __future__ import annotations

import doctest

from cmdb.errors import Problem
from web import wording
from web.wording import by_hand


def test_the_examples_in_the_docstrings_hold():
    """They are the documentation."""
    assert doctest.testmod(wording).failed == 0


def test_what_is_entered_by_hand_is_told_without_a_file():
    """The same fault in other words; a fault of another kind keeps its own."""
    missing = Problem("estate.missing_end", "{end} is {id}, not in the file", {"end": "target", "id": "x"}, "/target")
    assert by_hand(missing).message == "there is no CI x; correct the id, or register it first"
    other = Problem("other", "as it is", {}, "/name")
    assert by_hand(other) is other

"""Sentences are said of one and of many, and facts stay as they are."""

import doctest

import pytest

from cmdb import plural
from cmdb.errors import InvalidInput, Problem


def test_its_examples_hold():
    """What the module shows is what it does."""
    assert doctest.testmod(plural).failed == 0


@pytest.mark.parametrize(
    ("sentence", "count", "said"),
    [
        ("{n} thing(s) are wrong", 1, "1 thing is wrong"),
        ("{n} thing(s) are wrong", 0, "0 things are wrong"),
        ("labels of {n} CI(s) say they are part of it", 1, "labels of 1 CI say they are part of it"),
        ("{n:,} object(s) were cut: {n} are left", 1, "1 object was cut: 1 are left"),
    ],
)
def test_a_sentence_agrees_with_its_number(sentence, count, said):
    """The noun and what is said of it follow the number, up to the end of the clause."""
    assert plural.filled(sentence, {"n": count}) == said


def test_a_fact_is_never_rewritten():
    """A name from outside that looks like such a noun is said as it is."""
    one = InvalidInput([Problem("x", "it is wrong", {}, "")], what="3 file(s).csv")
    assert str(one) == "1 problem in 3 file(s).csv; nothing was written"

"""What a dry run would change is told in words: values, not names of fields alone; relations, not keys."""

import doctest

from web import wording_becoming
from web.wording_becoming import becoming_words


def test_its_examples_hold():
    """What the module shows is what it does."""
    assert doctest.testmod(wording_becoming).failed == 0


def test_a_ci_that_is_missing_says_so():
    """Absence is the way it goes, not a change of a field."""
    before = {"name": "web1", "status": "active", "attributes": {}}
    row = {"kind": "ci", "key": "dc:1", "before": before, "after": {**before, "status": "missing"}}
    assert becoming_words(row) == ("missing", "ci web1 [dc:1]", "status active > missing")


def test_what_lies_beside_the_attributes_has_words():
    """Nobody reads what the records call it inside."""
    row = {"kind": "ci", "key": "web1", "before": {}, "after": {"seen_as": [["dc", "1"]], "sources": ["discovery/dc"]}}
    assert becoming_words(row).values == "where it is seen; who states it"


def test_a_group_says_what_it_needs():
    """A group is told by its owner and its need."""
    row = {"kind": "group", "key": '["a","p"]', "before": None, "after": {"item": "a", "name": "p", "needs": 1}}
    assert becoming_words(row).what == "group p of a (needs 1)"
    assert becoming_words({**row, "before": row["after"], "after": None}).way == "ended"


def test_a_long_value_is_cut():
    """A value of any length leaves the line readable."""
    row = {"kind": "ci", "key": "a", "before": {"attributes": {}}, "after": {"attributes": {"note": "x" * 900}}}
    assert len(becoming_words(row).values) < 100

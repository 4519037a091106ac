"""Forms of texts and fields: short enough for an index, one for each value, and in the order of code points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmdb.stores.neo4j.texts import LENGTH, bounded, field_form, field_value, highest, lowest, plain, safe

SHORT = st.text(alphabet=st.sampled_from("aB\0 ~é\ud7ff\ue000\ue001\uffff\U00010000\U0010ffff"), max_size=4)
LONG = st.builds(lambda head, tail: head + "x" * LENGTH + tail, SHORT, SHORT)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)


def utf16(text: str) -> bytes:
    """What Cypher compares texts by."""
    return text.encode("utf-16-be", "surrogatepass")


@given(SHORT, SHORT)
def test_short_forms_sort_by_code_point_either_way(one, other):
    """By code point, as an index does, and by UTF-16 unit, as a comparison in Cypher does."""
    assert (bounded(one) < bounded(other)) == (one < other)
    assert (utf16(bounded(one)) < utf16(bounded(other))) == (one < other)
    assert plain(bounded(one)) == one


@given(SHORT | LONG, SHORT | LONG)
def test_forms_differ_where_texts_do_and_sort_as_far_as_they_reach(one, other):
    """Only texts that begin alike for the whole length may come in any order."""
    assert (bounded(one) == bounded(other)) == (one == other)
    assert len(bounded(one).encode()) < 3000
    if one[:LENGTH] != other[:LENGTH]:
        assert (bounded(one) < bounded(other)) == (one < other)
    if one <= other:
        assert lowest(one) <= bounded(other)
        assert bounded(one) <= highest(other)


@given(NUMBERS, NUMBERS)
def test_numbers_sort_as_numbers_and_come_back(one, other):
    """Negative ones too; what is equal has one form."""
    assert (field_form(one) < field_form(other)) == (float(one) < float(other))
    assert field_value(field_form(one)) == one


@given(st.none() | st.booleans() | SHORT | st.lists(NUMBERS | SHORT, max_size=2))
def test_every_value_comes_back_from_its_form(value):
    """With its type."""
    found = field_value(field_form(value))
    assert found == value
    assert type(found) is type(value)


def test_numbers_come_before_texts_before_all_else_and_nothing_comes_last():
    """As the port's orders say."""
    values = [-1e300, -1, 0, 0.5, 1, 2**53 - 1, "", "1", "\U0010ffff", True, None]
    forms = [field_form(value) for value in values]
    assert forms == sorted(forms)


def test_names_of_labels_hold_nothing_but_letters_digits_and_underscores():
    """And tell hostile names apart."""
    names = ["ci", "relation_type", "a`) DETACH DELETE n //", "a`) DETACH DELETE m //", "x_open", "ci\0", "数据"]
    found = [safe(name) for name in names]
    assert found[:2] == names[:2]
    assert len(set(found)) == len(found)
    assert all(name.replace("_", "").isalnum() and name.isascii() for name in found)

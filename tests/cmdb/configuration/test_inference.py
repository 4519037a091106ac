"""Which attribute is made of the values a document brings, when its class lacks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.attributes import problems_of_value
from cmdb.configuration.catalogue import built_in
from cmdb.configuration.definitions import attribute_problems
from cmdb.configuration.inference import attribute_of, infer_type, widened
from cmdb.model.ci_class import AttributeType as Type


@pytest.mark.parametrize(
    ("value", "inferred"),
    [
        ("192.0.2.1", (Type.TEXT, None)),
        (True, (Type.BOOLEAN, None)),
        (3, (Type.INTEGER, None)),
        (3.0, (Type.DECIMAL, None)),
        ([], (Type.LIST, Type.TEXT)),
        (["a"], (Type.LIST, Type.TEXT)),
        ([1, 2.5], (Type.LIST, Type.DECIMAL)),
        ([1, "a"], (Type.LIST, Type.JSON)),
        ([[1]], (Type.LIST, Type.JSON)),
        ({"a": 1}, (Type.JSON, None)),
    ],
)
def test_a_value_gets_the_narrowest_type_that_needs_no_guess(value, inferred):
    """Text that looks like an address stays text: the next CI may hold a name there."""
    assert infer_type(value) == inferred


plain = (
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = (
    plain | st.lists(plain | st.lists(plain, max_size=2), max_size=3) | st.dictionaries(st.text(), plain, max_size=2)
)


@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=5))
def test_every_value_is_right_for_the_attribute_that_all_of_them_make(several):
    """Created attributes lose nothing and refuse nothing of the document that made them, in whatever order it comes."""
    joint = infer_type(several[0])
    for value in several[1:]:
        joint = widened(joint, infer_type(value))
    attribute = attribute_of("it", joint)
    assert attribute_problems(built_in(), attribute, "") == []
    assert [fault for value in several for fault in problems_of_value(attribute, value)] == []


@given(values, values)
def test_the_order_of_two_values_makes_no_difference(one, other):
    """The type of a created attribute does not hang on which CI stands first."""
    assert widened(infer_type(one), infer_type(other)) == widened(infer_type(other), infer_type(one))

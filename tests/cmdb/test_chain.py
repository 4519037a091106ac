"""Canonical JSON: the same value gives the same bytes, those of RFC 8785, whichever way they were made."""

from __future__ import annotations

import hashlib
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cmdb.chain import canonical, digest

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.text() | numbers,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_agrees_with_the_library_on_every_json_value(value):
    """The fast way and the library write the same bytes, or both refuse."""
    try:
        wanted = rfc8785.dumps(value)
    except (ValueError, UnicodeError):
        with pytest.raises((ValueError, UnicodeError)):
            canonical(value)
        return
    assert canonical(value) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": 2}, b'{"a":2,"b":1}'),
        ([1.0, 0.1, 1e-7, 1e21], b"[1,0.1,1e-7,1e+21]"),
        ("机架 B4", '"机架 B4"'.encode()),
        ({"\ufb33": 3, "𝄞": 2, "€": 1}, '{"€":1,"𝄞":2,"\ufb33":3}'.encode()),
        (True, b"true"),
    ],
)
def test_writes_what_the_standard_says(value, text):
    """Known bytes: keys sorted by UTF-16 code unit, numbers as ECMAScript writes them, text as it is."""
    assert canonical(value) == text
    assert digest(value) == hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", {"a": [math.nan]}])
def test_refuses_what_json_can_not_carry_exactly(value):
    """What another reader would read differently is not written at all."""
    with pytest.raises(ValueError):  # noqa: PT011 - which subclass depends on the value
        canonical(value)

"""Differences name the innermost place, and there are none exactly between equal documents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmdb.chain import canonical
from cmdb.change.record.differences import Difference, differences

documents = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b/c"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c/d", "~"]), inner),
    max_leaves=8,
)


@given(documents, documents)
def test_documents_differ_somewhere_exactly_when_their_bytes_differ(one, other):
    """No difference is overlooked (true is not 1) and none is made up."""
    assert bool(list(differences(one, other))) == (canonical(one) != canonical(other))


def test_the_innermost_place_is_named_with_both_values():
    """Whoever reads the answer need not search, and odd keys are escaped as RFC 6901 asks."""
    before = {"a/b": [{"x": 1}, 2], "c": True}
    after = {"a/b": [{"x": 1.0}], "c": 1, "d~": None}
    assert list(differences(before, after)) == [
        Difference("/a~1b/1", 2, None),
        Difference("/c", True, 1),
        Difference("/d~0", None, None),
    ]

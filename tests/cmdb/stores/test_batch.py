"""What both stores share: merge patches, the digest of a batch, the hash of a revision, texts, cursors."""

from __future__ import annotations

import copy
import hashlib
import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.chain import START, canonical, sha256
from cmdb.errors import InvalidInput
from cmdb.model.ci import CIS
from cmdb.ports.store import Delete, Patch, Put
from cmdb.stores import batch

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

# RFC 7396, appendix A.
EXAMPLES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("document", "changes", "merged"), EXAMPLES)
def test_merge_patches_do_what_the_standard_shows(document, changes, merged):
    """Every example of its appendix; neither argument is altered."""
    before = copy.deepcopy((document, changes))
    assert batch.merge(document, changes) == merged
    assert (document, changes) == before


@given(JSON)
def test_reading_canonical_text_and_writing_it_again_gives_the_same_text(value):
    """So that patching one field of a document never disturbs another, whatever numbers stand in it."""
    text = canonical(value).decode()
    assert canonical(batch.parse(text)).decode() == text


@given(JSON, JSON, st.text(), st.integers(1, 9))
def test_two_lines_are_alike_only_if_they_say_the_same(one, other, key, version):
    """An entry's line is itself JSON, so nothing can be moved from one part of it into the next."""
    body = canonical(one).decode()
    line = batch.line_of_entry("ci", key, version, None, body)
    assert json.loads(line) == ["ci", key, version, [], json.loads(body)]
    if canonical(one) != canonical(other):
        assert line != batch.line_of_entry("ci", key, version, None, canonical(other).decode())


def test_the_hash_of_a_revision_can_be_made_by_anybody():
    """Its recipe: the entries' JSON lines by kind and key, then the header in canonical JSON, through SHA-256."""
    sums = sha256()
    sums.update(batch.line_of_entry("ci", "a", 1, '["x"]', '{"id":"a"}'))
    sums.update(batch.line_of_entry("ci", "b", 2, None, None))
    header = {"number": 1, "previous_hash": START}
    said = (
        b'["ci","a",1,["x"],{"id":"a"}]\n["ci","b",2,[],null]\n{"number":1,"previous_hash":"' + START.encode() + b'"}'
    )
    assert batch.seal(sums, header) == hashlib.sha256(said).hexdigest()
    assert batch.seal(sums, {**header, "number": 2}) != batch.seal(sums, header)


def test_every_part_of_an_op_counts_in_the_digest():
    """Verb, kind, key, document, expected version and claims."""
    ops = [
        Put(CIS, {"id": "a"}),
        Put(CIS, {"id": "b"}),
        Put(CIS, {"id": "a", "x": 1}),
        Put(CIS, {"id": "a"}, expected=0),
        Put(CIS, {"id": "a"}, claims=("x",)),
        Patch(CIS, "a", {"id": "a"}),
        Patch(CIS, "a", {"id": "a"}, claims=()),
        Patch(CIS, "a", {"id": "a"}, claims=("x",)),
        Delete(CIS, "a"),
        Delete(CIS, "a", expected=1),
    ]
    lines = [batch.line_of_task("ci", batch.task_of(op)) for op in ops]
    assert len({*lines, *[line.replace(b'"ci"', b'"note"', 1) for line in lines]}) == 20


def test_claims_are_a_set():
    """Their order and repetition say nothing."""
    assert batch.claims_text(("b", "a", "b")) == '["a","b"]'
    assert batch.claims_text(()) is None


def test_moments_are_texts_that_sort_as_time_does():
    """To the microsecond, in UTC, of one width from the first year on."""
    zone = timezone(timedelta(hours=5, minutes=30))
    moments = [datetime(1, 2, 3, tzinfo=zone), datetime(999, 1, 1, tzinfo=zone), datetime(2026, 3, 1, 9, 0, 0, 5, zone)]
    texts = [batch.moment_text(moment) for moment in moments]
    assert texts == sorted(texts)
    assert texts[-1] == "2026-03-01T03:30:00.000005Z"
    assert [datetime.fromisoformat(text) for text in texts] == moments


@given(JSON, st.text())
def test_a_cursor_gives_back_its_position(value, key):
    """In characters that need no quoting in a URL."""
    text = batch.cursor(value, key)
    assert canonical(batch.position(text, lengths=(2,))) == canonical([value, key])
    assert text.replace("-", "").replace("_", "").isalnum()
    with pytest.raises(InvalidInput):
        batch.position(text, lengths=(1,))


@given(st.text())
def test_any_text_is_a_cursor_or_bad_input(text):
    """Nothing else can happen to what comes from outside."""
    with suppress(InvalidInput):
        assert isinstance(batch.position(text, lengths=(1, 2))[-1], str)


def test_a_bad_cursor_is_told_with_its_place():
    """As any other fault of an input."""
    with pytest.raises(InvalidInput) as refused:
        batch.position("?", lengths=(1,))
    assert [problem.pointer for problem in refused.value.problems] == ["/after"]

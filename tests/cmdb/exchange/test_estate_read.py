"""What the reader of estate/1 takes, in whichever of its dresses it comes."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.exchange.estate import Faults, read, write
from cmdb.exchange.estate.shape import _QUICK, KEYS, _thorough, shape

ESTATE = {
    "format": "estate/1",
    "items": [
        {"id": "svc:shop", "class": "service", "name": "Shop", "attributes": {"tier": 1}},
        {"id": "srv:web1", "class": "server", "name": "web1", "unavailability": 0.001, "mtbf_hours": 8760},
        {"id": "srv:mail", "class": "server", "name": "mail"},
    ],
    "relations": [
        {"source": "svc:shop", "target": "srv:web1", "type": "runs_on", "group": "web"},
        {"source": "svc:shop", "target": "srv:mail", "type": "uses", "strength": "soft", "confidence": 0.6},
    ],
    "groups": [{"item": "svc:shop", "name": "web", "needs": "50%"}],
}


def as_lines(estate: dict) -> bytes:
    rows = [{"format": estate["format"]}]
    for key, kind in (("items", "item"), ("relations", "relation"), ("groups", "group")):
        rows += [{"kind": kind, **record} for record in estate.get(key, ())]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def all_of(content: bytes) -> dict[str, list[dict]]:
    faults = Faults()
    found: dict[str, list[dict]] = {"item": [], "relation": [], "group": []}
    for _, kind, document, sound in read(io.BytesIO(content), faults):
        assert sound
        found[kind].append(document)
    assert faults.problems == []
    return found


DRESSES = {
    "a document": json.dumps(ESTATE).encode(),
    "an indented document": json.dumps(ESTATE, indent=2).encode(),
    "a document with a byte order mark": b"\xef\xbb\xbf" + json.dumps(ESTATE).encode(),
    "a packed document": gzip.compress(json.dumps(ESTATE).encode()),
    "lines": as_lines(ESTATE),
    "lines of Windows": as_lines(ESTATE).replace(b"\n", b"\r\n"),
    "lines without a last line end": as_lines(ESTATE).rstrip(),
    "lines with empty ones between": as_lines(ESTATE).replace(b"\n", b"\n\n"),
    "packed lines": gzip.compress(as_lines(ESTATE)),
    "lines packed in two pieces": gzip.compress(as_lines(ESTATE)[:100]) + gzip.compress(as_lines(ESTATE)[100:]),
    "packed lines with padding": gzip.compress(as_lines(ESTATE)) + b"\x00" * 512,
}


@pytest.mark.parametrize("dress", DRESSES)
def test_an_estate_is_known_by_its_content(dress):
    """No name is asked for: document or lines, plain or packed, the same records come out."""
    found = all_of(DRESSES[dress])

    assert found["item"] == ESTATE["items"]
    assert found["relation"] == ESTATE["relations"]
    assert found["group"] == ESTATE["groups"]


@pytest.mark.parametrize("piece", [1, 3, 7])
def test_a_stream_may_give_little_at_a_time(piece):
    """A pipe hands over what it has; nothing is lost at the seams."""

    class Pipe(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, piece) if size >= 0 else size)

    for content in (gzip.compress(as_lines(ESTATE)), as_lines(ESTATE), json.dumps(ESTATE).encode()):
        assert [kind for _, kind, _, _ in read(Pipe(content), Faults())] == [
            kind for _, kind, _, _ in read(io.BytesIO(content), Faults())
        ]


def test_an_estate_may_be_empty():
    """The format alone is an estate without anything in it."""
    assert all_of(b'{"format": "estate/1"}') == all_of(b'{"format": "estate/1", "items": []}\n')


def test_the_format_may_stand_last_in_a_document():
    """The keys of an object have no order."""
    assert all_of(b'{"items": [{"id": "a", "class": "server"}], "format": "estate/1"}')["item"]


def test_what_has_its_default_is_left_out():
    """So that a file that says it and one that does not are the same estate."""
    found = all_of(
        as_lines(
            {
                "format": "estate/1",
                "items": [{"id": "a", "class": "server", "attributes": {}}],
                "relations": [{"source": "a", "target": "a", "type": "uses", "confidence": 1.0, "group": "g"}],
                "groups": [{"item": "a", "name": "g", "needs": 1, "strength": "hard"}],
            }
        )
    )

    assert found == {
        "item": [{"id": "a", "class": "server"}],
        "relation": [{"source": "a", "target": "a", "type": "uses", "group": "g"}],
        "group": [{"item": "a", "name": "g", "needs": 1}],
    }


def test_places_are_lines_or_pointers():
    """A row tells where it stood: empty lines count, and pointers count from 0."""
    lines = [row[0] for row in read(io.BytesIO(as_lines(ESTATE).replace(b"\n", b"\n\n", 1)), Faults())]
    pointers = [row[0] for row in read(io.BytesIO(json.dumps(ESTATE).encode()), Faults())]

    assert lines == [3, 4, 5, 6, 7, 8]
    assert pointers == ["/items/0", "/items/1", "/items/2", "/relations/0", "/relations/1", "/groups/0"]


# random estates ------------------------------------------------------------------------------------------------------
names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=8)
leaves = st.one_of(
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner | st.none(), max_size=3) | st.dictionaries(names, inner | st.none(), max_size=3),
)
chances = st.floats(0, 1) | st.sampled_from([0, 1])
strengths = st.sampled_from(["hard", "soft", "none"])
needs = st.integers(1, 9) | st.sampled_from(["50%", "33.3%", "100%", "0.5%"])
items = st.fixed_dictionaries(
    {"id": names, "class": names, "name": names},
    optional={
        "attributes": st.dictionaries(names, values, min_size=1, max_size=3),
        "unavailability": chances,
        "mtbf_hours": st.floats(0.1, 1e6) | st.integers(1, 10**6),
    },
)
relations = st.fixed_dictionaries(
    {"source": names, "target": names, "type": names},
    optional={"group": names, "strength": strengths, "confidence": st.floats(0.001, 0.999)},
)
groups = st.fixed_dictionaries(
    {"item": names, "name": names, "needs": needs}, optional={"strength": st.sampled_from(["soft", "none"])}
)


def same(one: object, other: object) -> bool:
    """Equal, and 1 is not 1.0: what a file says is kept in the form in which it says it."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(st.lists(items, max_size=4), st.lists(relations, max_size=4), st.lists(groups, max_size=3), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_again_unaltered(some_items, some_relations, some_groups, lines):
    """Nothing is lost and nothing altered, whatever the texts and numbers are; and twice the same bytes come out."""
    for compressed in (False, True):
        out, again = io.BytesIO(), io.BytesIO()
        write(out, some_items, some_relations, some_groups, lines=lines, compressed=compressed)
        found = all_of(out.getvalue())
        write(again, found["item"], found["relation"], found["group"], lines=lines, compressed=compressed)

        assert same(found, {"item": some_items, "relation": some_relations, "group": some_groups})
        assert again.getvalue() == out.getvalue()


odd = st.one_of(
    values,
    st.none(),
    st.sampled_from(
        [
            0, -1, 1.5, True, "0%", "101%", "-5%", "5", "", " ", "a ", "a\nb", float("inf"), 2**60, [], {},
            "x" * 1001, {"a": None}, {"a": {"b": [float("inf")]}}, {"": 1}, {"a": "x" * (2**20 + 1)}, "hard", "Hard",
        ]
    ),
)  # fmt: skip


@given(st.sampled_from(sorted(KEYS)), st.data())
@settings(max_examples=400, deadline=None)
def test_the_quick_look_and_the_thorough_one_agree(kind, data):
    """The quick look lets through exactly what the thorough one finds nothing wrong with."""
    record = data.draw({"item": items, "relation": relations, "group": groups}[kind])
    for key in data.draw(st.lists(st.sampled_from([*KEYS[kind], "extra"]), max_size=2)):
        record = {**record, key: data.draw(odd)}

    faults = Faults()
    _thorough(kind, dict(record), 1, faults)

    assert _QUICK[kind](dict(record)) == (faults.count == 0)


def test_nesting_is_bounded_at_the_same_depth_for_both_looks():
    """The deepest value that is taken, and the first that is not."""
    for depth, right in ((64, True), (65, False)):
        value: object = 1
        for _ in range(depth):
            value = [value]
        faults = Faults()
        shape("item", {"id": "a", "class": "c", "attributes": {"deep": value}}, 1, faults)
        assert (faults.count == 0) is right

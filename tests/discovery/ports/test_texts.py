"""Reading JSON and files that others wrote, and making values fit an observation."""

from __future__ import annotations

import gzip
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.observation import OBSERVATIONS
from cmdb.records import to_document
from discovery.ports import PartlyRead, Unreachable, Unreadable
from discovery.ports.drafting import CUT, LONGEST_LIST, LONGEST_TEXT, Draft, address, fqdn, mac, whole_number
from discovery.ports.json_text import NotJson, entries, loads
from discovery.ports.local import MIB, read_file, read_text
from discovery.testing import TrialLine

few = settings(max_examples=30, deadline=None)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@few
@given(st.lists(values))
def test_entries_are_those_of_the_list(some):
    """One after the other, however the text is spaced."""
    for text in (json.dumps(some), json.dumps(some, indent=3), json.dumps(some, ensure_ascii=False)):
        assert list(entries(text)) == some
        assert loads(text) == some


@few
@given(st.lists(values, min_size=1), st.data())
def test_a_list_that_was_cut_off_is_told(some, data):
    """Wherever the text ends too early, what it held until then may come, and then the error."""
    text = json.dumps(some)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(NotJson):
        list(entries(cut))
    with pytest.raises(NotJson):
        loads(cut)


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff", b"[" * 200_000, b"NaN", b"[Infinity]", b"1" * 10_000, b"{'a': 1}", b"[1,]", b'{"a": 1} x'],
)
def test_what_is_no_json_is_told_without_repeating_it(text):
    """Too deep, too long, only Python's."""
    with pytest.raises(NotJson) as told:
        loads(text)
    assert len(str(told.value)) < 100


def test_half_a_character_becomes_a_question_mark():
    """JSON may escape it, and nothing that is written as UTF-8 can hold it."""
    assert loads('{"\\ud800": ["a\\udfff", "\\ud83d\\ude00"]}') == {"?": ["a?", "😀"]}
    assert list(entries('["\\ud800", 1]')) == ["?", 1]


def test_a_packed_file_is_read_as_what_it_holds(tmp_path):
    """Whatever it is called."""
    (tmp_path / "x").write_bytes(gzip.compress("ä".encode("utf-8-sig")))

    assert read_text(tmp_path / "x", TrialLine(), target="t", most_bytes=MIB) == "ä"


def test_a_bomb_stops_at_its_bound(tmp_path):
    """A gigabyte of zeros in a megabyte."""
    (tmp_path / "x").write_bytes(gzip.compress(bytes(20 * MIB)))

    with pytest.raises(PartlyRead):
        read_file(tmp_path / "x", TrialLine(), target="t", most_bytes=2 * MIB)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    """A pipe has no end, a folder no bytes."""
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path / "pipe", tmp_path, tmp_path / "gone"):
        with pytest.raises(Unreachable):
            read_file(path, TrialLine(), target="t", most_bytes=MIB)


def test_damaged_gzip_is_told(tmp_path):
    """Cut off, and with a wrong sum."""
    whole = gzip.compress(b"x" * 100_000)
    for damaged in (whole[:-20], whole[:-8] + bytes(8)):
        (tmp_path / "x").write_bytes(damaged)
        with pytest.raises(Unreadable):
            read_file(tmp_path / "x", TrialLine(), target="t", most_bytes=MIB)


def test_a_draft_leaves_out_what_was_not_seen_and_shortens_what_is_too_long():
    """Null and emptiness are never attributes; what was cut is told."""
    draft = Draft("s", "n", "server", "n")
    draft.put(a=None, b="", c=[], d="  x ", e="y" * 5_000, f=list(range(20_000)), g=float("nan"), h=0, i=False)

    assert draft.attributes["d"] == "x"
    assert draft.attributes["e"] == "y" * LONGEST_TEXT + CUT
    assert len(draft.attributes["f"]) == LONGEST_LIST
    assert draft.cut
    assert set(draft.attributes) == {"d", "e", "f", "h", "i"}


def test_a_draft_relates_once_and_never_to_itself():
    """However often a source says it."""
    draft = Draft("s", "n", "server", "n")
    for target in ("m", "n", "m"):
        draft.relate("depends_on", target, "why")

    assert to_document(OBSERVATIONS, draft.made("t"))["relations"] == [
        {"type": "depends_on", "evidence": "inventory", "target": {"native_id": "m"}, "detail": "why"}
    ]


@few
@given(values)
def test_values_are_made_to_fit_or_are_none(value):
    """Whatever JSON holds in the place of an address, a name or a number."""
    assert mac(value) is None or len(str(mac(value))) == 17
    assert fqdn(value) is None or "." in str(fqdn(value))
    assert whole_number(value) is None or isinstance(whole_number(value), int)
    assert address(value) is None or isinstance(address(value), str)

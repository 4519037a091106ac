"""Bad estate files: every fault of a file is told, with its place, what is wrong and what would be right."""

from __future__ import annotations

import gzip
import io
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import InvalidInput, Problem, below
from cmdb.exchange.estate import SENTENCES, Faults, limits, read

HEAD = b'{"format": "estate/1"}\n'


def problems_of(content: bytes) -> list[Problem]:
    faults = Faults()
    for _ in read(io.BytesIO(content), faults):
        pass
    assert faults.count == len(faults.problems)
    for fault in faults.problems:
        assert fault.message
        assert (fault.line is None) != (fault.pointer is None)
    return faults.problems


def document(**parts: object) -> bytes:
    return json.dumps({"format": "estate/1", **parts}).encode()


def item(**keys: object) -> dict:
    return {"id": "a", "class": "server", "name": "a", **keys}


def relation(**keys: object) -> dict:
    return {"source": "a", "target": "b", "type": "uses", **keys}


def group(**keys: object) -> dict:
    return {"item": "a", "name": "g", "needs": 1, **keys}


deep = b"[" * 200_000

FILES = {
    # the file itself
    "empty": (b"", "estate.empty", ""),
    "only a byte order mark": (b"\xef\xbb\xbf", "estate.empty", ""),
    "not JSON": (b"hello", "estate.syntax", 1),
    "cut off": (document(items=[item()])[:-5], "estate.syntax", 1),
    "a list": (b"[]", "estate.wrong_type", ""),
    "a number": (b"1", "estate.wrong_type", ""),
    "two documents": (document() + document(), "estate.syntax", 1),
    "UTF-16": ('{"format": "estate/1"}'.encode("utf-16"), "estate.utf16", ""),
    "UTF-16 without a mark": ('{"format": "estate/1"}'.encode("utf-16-le"), "estate.utf16", ""),
    "Latin-1 in a document": (b'{"format": "estate/1",\n"items": "\xe9"}', "estate.not_utf8", 2),
    "Latin-1 in a line": (HEAD + b'{"kind": "item", "id": "caf\xe9"}', "estate.not_utf8", 2),
    "nested for ever in a document": (b'{"format": "estate/1", "items": ' + deep, "estate.too_deep", "/items/0"),
    "nested for ever in a line": (HEAD + deep, "estate.too_deep", 2),
    "a number of 5,000 digits": (HEAD + b'{"kind": "item", "id": ' + b"1" * 5000 + b"}", "estate.number_large", 2),
    "a zip archive": (b"PK\x03\x04" + b"\x00" * 40, "estate.not_compressible", ""),
    "xz": (b"\xfd7zXZ\x00" + b"\x00" * 40, "estate.not_compressible", ""),
    "packed twice": (gzip.compress(gzip.compress(document())), "estate.gzip_twice", ""),
    "a gzip cut off in its head": (gzip.compress(HEAD)[:5], "estate.gzip_truncated", ""),
    "a gzip cut off in a document": (gzip.compress(document(items=[item()]))[:-20], "estate.gzip_truncated", ""),
    "a gzip with a wrong checksum": (gzip.compress(document())[:-8] + b"\x00" * 8, "estate.gzip_damaged", ""),
    "a gzip with something behind it": (gzip.compress(document()) + b"{}", "estate.gzip_trailing", ""),
    # the format
    "no format": (b"{}", "estate.format_missing", ""),
    "no format before items": (b'{"items": []}', "estate.format_missing", ""),
    "no format line": (b'{"kind": "item", "id": "a", "class": "server"}\n', "estate.format_missing", 1),
    "another format": (b'{"format": "csv"}', "estate.format_wrong", "/format"),
    "a format that is a number": (b'{"format": 1}', "estate.format_wrong", "/format"),
    "a newer format": (b'{"format": "estate/2"}', "estate.format_newer", "/format"),
    "a newer format line": (b'{"format": "estate/2"}\n{"kind": "item", "id": "a"}', "estate.format_newer", 1),
    "two format lines": (HEAD + HEAD, "estate.format_repeated", 2),
    "more in the format line": (b'{"format": "estate/1", "by": "x"}\n\n{}', "estate.unknown_key", 1),
    # the parts of a document
    "an unknown part": (document(item=[]), "estate.unknown_key", "/item"),
    "items that are no list": (document(items={}), "estate.wrong_type", "/items"),
    "items twice": (b'{"format": "estate/1", "items": [], "items": []}', "estate.repeated_key", "/items"),
    "an item that is no object": (document(items=[item(), "b"]), "estate.wrong_type", "/items/1"),
    "a missing comma": (b'{"format": "estate/1",\n"items": []\n"groups": []}', "estate.syntax", 3),
    # the lines
    "a line that is no object": (HEAD + b"3\n", "estate.wrong_type", 2),
    "a line cut off": (HEAD + b'{"kind": "item", \n', "estate.syntax", 2),
    "two records in a line": (HEAD + b"{} {}\n", "estate.syntax", 2),
    "a line of no kind": (HEAD + json.dumps(item()).encode(), "estate.missing_key", 2),
    "a line of an unknown kind": (HEAD + b'{"kind": "ci"}', "estate.unknown_kind", 2),
    "half a character": (HEAD + b'{"kind": "item", "id": "\\ud800", "class": "c"}', "estate.text_broken", 2),
    "half a character in a key": (b'{"\\ud800": 1}', "estate.text_broken", ""),
    "half a character in a document": (document(items=[item(name="\ud800")]), "estate.text_broken", "/items/0"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_estate_is_told_why_and_where(name):
    """One thing is wrong with each of these, and that is the first thing said."""
    content, code, place = FILES[name]

    first = problems_of(content)[0]

    assert (first.code, first.line if isinstance(place, int) else first.pointer) == (code, place)


RECORDS = {
    "unknown key": ("items", item(clas="x"), "estate.unknown_key", "/clas"),
    "kind belongs to lines": ("items", item(kind="item"), "estate.unknown_key", "/kind"),
    "unknown key with a slash": ("items", item(**{"a/b~": 1}), "estate.unknown_key", "/a~1b~0"),
    "no id": ("items", {"class": "server"}, "estate.missing_key", ""),
    "no class": ("items", {"id": "a"}, "estate.missing_key", ""),
    "id empty": ("items", item(id=""), "estate.text_empty", "/id"),
    "id a number": ("items", item(id=7), "estate.wrong_type", "/id"),
    "id with a line end": ("items", item(id="a\nb"), "estate.text_unclean", "/id"),
    "id with spaces around": ("items", item(id=" a"), "estate.text_unclean", "/id"),
    "id with NUL": ("items", item(id="a\x00"), "estate.text_unclean", "/id"),
    "id too long": ("items", item(id="a" * 1001), "estate.text_long", "/id"),
    "name null": ("items", item(name=None), "estate.null", "/name"),
    "class a list": ("items", item(**{"class": ["server"]}), "estate.wrong_type", "/class"),
    "attributes a list": ("items", item(attributes=[]), "estate.wrong_type", "/attributes"),
    "attribute null": ("items", item(attributes={"site": None}), "estate.null", "/attributes/site"),
    "attribute NaN": ("items", item(attributes={"n": float("nan")}), "estate.not_a_number", "/attributes/n"),
    "NaN inside": ("items", item(attributes={"n": [1, float("inf")]}), "estate.not_a_number", "/attributes/n/1"),
    "attribute beyond exact numbers": ("items", item(attributes={"n": 2**53}), "estate.number_large", "/attributes/n"),
    "unavailability above 1": ("items", item(unavailability=1.01), "estate.out_of_range", "/unavailability"),
    "unavailability below 0": ("items", item(unavailability=-0.1), "estate.out_of_range", "/unavailability"),
    "unavailability NaN": ("items", item(unavailability=float("nan")), "estate.not_a_number", "/unavailability"),
    "unavailability a text": ("items", item(unavailability="1%"), "estate.wrong_type", "/unavailability"),
    "unavailability true": ("items", item(unavailability=True), "estate.wrong_type", "/unavailability"),
    "mtbf 0": ("items", item(mtbf_hours=0), "estate.out_of_range", "/mtbf_hours"),
    "mtbf negative": ("items", item(mtbf_hours=-5), "estate.out_of_range", "/mtbf_hours"),
    "mtbf infinite": ("items", item(mtbf_hours=float("inf")), "estate.not_a_number", "/mtbf_hours"),
    "no target": ("relations", {"source": "a", "type": "uses"}, "estate.missing_key", ""),
    "strength unknown": ("relations", relation(strength="weak"), "estate.strength", "/strength"),
    "strength in capitals": ("relations", relation(strength="Hard"), "estate.strength", "/strength"),
    "strength null": ("relations", relation(strength=None), "estate.null", "/strength"),
    "confidence 0": ("relations", relation(confidence=0), "estate.out_of_range", "/confidence"),
    "confidence above 1": ("relations", relation(confidence=1.2), "estate.out_of_range", "/confidence"),
    "confidence NaN": ("relations", relation(confidence=float("nan")), "estate.not_a_number", "/confidence"),
    "confidence true": ("relations", relation(confidence=True), "estate.wrong_type", "/confidence"),
    "group empty": ("relations", relation(group=""), "estate.text_empty", "/group"),
    **{
        f"needs {needs!r}": ("groups", group(needs=needs), "estate.needs", "/needs")
        for needs in (0, -1, 1.5, 1.0, True, None, "0%", "101%", "-5%", "50", "50 %", "", "half", [1], float("nan"))
    },
    "no needs": ("groups", {"item": "a", "name": "g"}, "estate.missing_key", ""),
    "group strength": ("groups", group(strength="firm"), "estate.strength", "/strength"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_faulty_record_is_told_with_its_pointer_or_its_line(name):
    """The same fault in a document and in a line: once with the pointer of the key, once with the line and the key."""
    part, record, code, below = RECORDS[name]

    [pointed] = problems_of(document(**{part: [record]}))
    assert (pointed.code, pointed.pointer) == (code, f"/{part}/0{below}")

    if "kind" not in record:
        [lined] = problems_of(HEAD + json.dumps({"kind": part[:-1], **record}).encode())
        assert (lined.code, lined.line) == (code, 2)
        if below and "~" not in below:
            assert below.rpartition("/")[2] in lined.message


def test_a_key_that_stands_twice_is_told_because_parsers_keep_the_last_in_silence():
    """At the record, in its attributes, and deep within them."""
    twice = b'{"id": "a", "id": "b", "class": "c", "attributes": {"x": 1, "x": 2, "y": {"z": 1, "z": 1}}}'

    found = problems_of(b'{"format": "estate/1", "items": [' + twice + b"]}")

    assert [(f.code, f.pointer) for f in found] == [
        ("estate.repeated_key", "/items/0/id"),
        ("estate.repeated_key", "/items/0/attributes/x"),
        ("estate.repeated_key", "/items/0/attributes/y/z"),
    ]


def test_a_near_miss_is_guessed_and_else_the_known_keys_are_named():
    """The reader is told what would be right, not only what is wrong."""
    near, far = problems_of(document(items=[item(nmae="x"), item(zzz=1)]))

    assert 'did you mean "name"?' in near.message
    assert "unavailability" in far.message


def test_a_record_with_several_faults_tells_them_all():
    """Nobody wants to be told one thing a day."""
    found = problems_of(
        document(items=[{"id": "", "nme": 1, "unavailability": 2, "attributes": {"a": None, "b": None}}])
    )

    assert sorted(f.code for f in found) == [
        "estate.missing_key",
        "estate.null",
        "estate.null",
        "estate.out_of_range",
        "estate.text_empty",
        "estate.unknown_key",
    ]


@pytest.mark.parametrize("count", [500, 12_000])
def test_all_faults_are_counted_and_as_many_as_fit_are_shown(count):
    """500 errors are 500 entries; beyond 10,000 the count stays exact and the cap is stated."""
    faults = Faults()
    lines = b"".join(json.dumps({"kind": "group", **group(needs=0)}).encode() + b"\n" for _ in range(count))
    for _ in read(io.BytesIO(HEAD + lines), faults):
        pass

    with pytest.raises(InvalidInput) as refused:
        faults.refuse("estate.jsonl")

    shown = min(count, limits.MAX_SHOWN)
    assert [p.line for p in refused.value.problems] == list(range(2, shown + 2))
    assert refused.value.facts["count"] == count
    assert ("showing the first 10,000 of 12,000" in str(refused.value)) is (count > limits.MAX_SHOWN)


def test_what_was_read_before_a_gzip_broke_off_is_judged_too():
    """A truncated file with a faulty second line has two faults."""
    filler = b"".join(json.dumps({"kind": "item", **item(id=str(n))}).encode() + b"\n" for n in range(5000))
    packed = gzip.compress(HEAD + b'{"kind": "item"}\n' + filler)

    found = problems_of(packed[: len(packed) // 2])

    assert [f.code for f in found] == ["estate.missing_key", "estate.missing_key", "estate.gzip_truncated"]
    assert found[0].line == 2
    assert 2 < found[2].line <= 5002


def test_ten_megabytes_in_one_string_are_refused():
    """In a line by the length of the line, in a document by the length of the text; the file goes on behind it."""
    long = "x" * 10_000_000

    line = problems_of(HEAD + json.dumps({"kind": "item", **item(name=long)}).encode() + b"\n{}\n")
    whole = problems_of(document(items=[item(attributes={"note": long}), {}]))

    assert [(f.code, f.line) for f in line] == [("estate.line_too_long", 2), ("estate.missing_key", 3)]
    assert [f.code for f in whole] == ["estate.text_long", "estate.missing_key", "estate.missing_key"]
    assert whole[0].facts["length"] == 10_000_000
    assert all(len(f.message) < 500 for f in (*line, *whole))


def test_a_gzip_bomb_is_refused_on_the_way():
    """A hundred megabytes of spaces in a hundred kilobytes: told after the first 64 MiB, and never held in memory."""
    packer = zlib.compressobj(9, wbits=31)
    packed = [packer.compress(HEAD + b'{"kind": "group", "item": "a", "name": "g", "needs": 1}\n')]
    packed += [packer.compress(b" " * limits.MIB) for _ in range(100)]
    packed.append(packer.flush())

    found = problems_of(b"".join(packed))

    assert [f.code for f in found] == ["estate.line_too_long", "estate.gzip_bomb"]
    assert str(limits.MAX_RATIO) in found[1].message


def test_a_document_beyond_the_limit_names_the_way_of_lines(monkeypatch):
    """Large estates have a way in, and the error says which."""
    monkeypatch.setattr("cmdb.exchange.estate.document.MAX_DOCUMENT", 1000)

    [found] = problems_of(document(items=[item(id=str(n)) for n in range(100)]))

    assert found.code == "estate.document_too_large"
    assert "JSON Lines" in found.message


SOUND = document(
    items=[item(attributes={"site": "west", "n": [1, {"x": 2.5}]})], relations=[relation()], groups=[group()]
)
LINES = HEAD + b"".join(
    json.dumps({"kind": kind, **record}).encode() + b"\n"
    for kind, record in (("item", item()), ("relation", relation()), ("group", group()))
)


@given(st.sampled_from([SOUND, LINES, gzip.compress(SOUND), gzip.compress(LINES)]), st.data())
@settings(max_examples=200, deadline=None)
def test_no_damage_to_a_file_makes_the_reader_fail_otherwise_than_by_a_fault(content, data):
    """Bytes cut out, overwritten and put in at random: rows or faults come, never an exception or a false record."""
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        until = data.draw(st.integers(at, min(len(content), at + 9)))
        content = (
            content[:at]
            + data.draw(st.binary(max_size=9) | st.sampled_from([b"[" * 900, b'"', b"\\ud800"]))
            + content[until:]
        )

    faults = Faults()
    rows = list(read(io.BytesIO(content), faults))

    assert faults.count or rows or b"format" in content or content[:2] == b"\x1f\x8b"
    assert all(isinstance(fault.message, str) for fault in faults.problems)
    assert faults.count or all(sound for _, _, _, sound in rows)


@pytest.mark.parametrize("depth", [900, 950, 990, 2000])
def test_nesting_near_the_limit_of_the_parser_is_a_fault_too(depth):
    """Wherever the value stands, and also when only the sentence about it would show it."""
    value = "[" * depth + "]" * depth
    for record in (
        f'{{"kind": "item", "id": {value}}}',
        f'{{"kind": "item", "a": "\\ud83d\\ude00", "class": {value}}}',
    ):
        assert problems_of(HEAD + record.encode())


def test_pointers_escape_as_the_standard_says():
    """RFC 6901: ~ is ~0 and / is ~1."""
    assert below("/items/3", "a/b~c", 0) == "/items/3/a~1b~0c/0"


def test_every_sentence_can_be_reached():
    """A code that no file can have is not kept; those that need a store are tested with the import desk."""
    together = {
        "estate.repeated_item", "estate.repeated_relation", "estate.repeated_group", "estate.missing_end",
        "estate.retired_end", "estate.undefined_group", "estate.empty_group", "estate.needs_too_many",
        "estate.group_strength", "estate.retiring_end",
    }  # fmt: skip
    reached = {row[1] for row in FILES.values()} | {row[2] for row in RECORDS.values()}
    reached |= {"estate.repeated_key", "estate.line_too_long", "estate.gzip_bomb", "estate.document_too_large"}

    assert set(SENTENCES) == reached | together

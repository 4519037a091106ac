"""Wrong input at the command line: the place and what would be right, status 2, and nothing written."""

from __future__ import annotations

import gzip
import json
import os
import zlib

import pytest

GOOD = {"id": "a", "class": "server", "name": "a"}


def estate(items=(GOOD,), relations=(), groups=(), **more) -> bytes:
    """Return the bytes of an estate document."""
    document = {"format": "estate/1", "items": list(items), "relations": list(relations), "groups": list(groups)}
    return json.dumps({**document, **more}).encode()


def relation(**more) -> dict:
    """Return a relation from a to itself, changed as asked."""
    return {"source": "a", "target": "a", "type": "depends_on", **more}


def group(needs, **more) -> bytes:
    """Return an estate whose one group has one member and these needs."""
    return estate(relations=[relation(group="g")], groups=[{"item": "a", "name": "g", "needs": needs, **more}])


def bomb() -> bytes:
    """Return a gzip of about 300 kB that unpacks to 300 MB."""
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(b"{" + b" " * 300_000_000) + packer.flush()


CASES = {
    "not JSON": (b"this is no JSON", "line", 1),
    "an empty file": (b"", "pointer", ""),
    "wrong format line": (b'{"format": "estate/9", "items": []}', "pointer", "/format"),
    "no format line": (b'{"items": []}', "pointer", ""),
    "unknown key": (estate([{**GOOD, "colour": "red"}]), "pointer", "/items/0/colour"),
    "unknown key at the top": (estate(extra=1), "pointer", "/extra"),
    "unknown class": (estate([{**GOOD, "class": "serverr"}]), "pointer", "/items/0/class"),
    "unknown type": (estate(relations=[relation(type="hugs")]), "pointer", "/relations/0/type"),
    "unknown strength": (estate(relations=[relation(strength="firm")]), "pointer", "/relations/0/strength"),
    "unknown attribute": (estate([{**GOOD, "attributes": {"moood": 1}}]), "pointer", "/items/0/attributes/moood"),
    "duplicate id": (estate([GOOD, GOOD]), "pointer", "/items/1"),
    "a relation to a missing end": (estate(relations=[relation(target="b")]), "pointer", "/relations/0/target"),
    "a group without members": (estate(groups=[{"item": "a", "name": "g", "needs": 1}]), "pointer", "/groups/0"),
    "needs above the members": (group(2), "pointer", "/groups/0/needs"),
    "needs zero": (group(0), "pointer", "/groups/0/needs"),
    "needs negative": (group(-1), "pointer", "/groups/0/needs"),
    "needs 0 %": (group("0%"), "pointer", "/groups/0/needs"),
    "needs 101 %": (group("101%"), "pointer", "/groups/0/needs"),
    "confidence zero": (estate(relations=[relation(confidence=0)]), "pointer", "/relations/0/confidence"),
    "confidence above 1": (estate(relations=[relation(confidence=1.5)]), "pointer", "/relations/0/confidence"),
    "confidence NaN": (
        estate(relations=[relation(confidence=float("nan"))]),
        "pointer",
        "/relations/0/confidence",
    ),
    "unavailability above 1": (estate([{**GOOD, "unavailability": 2}]), "pointer", "/items/0/unavailability"),
    "unavailability NaN": (estate([{**GOOD, "unavailability": float("nan")}]), "pointer", "/items/0/unavailability"),
    "10 MB in one string": (estate([{**GOOD, "name": "x" * 10_000_000}]), "pointer", "/items/0/name"),
    "invalid UTF-8": (b'{"format": "estate/1",\n "items": [{"id": "\xff"}]}', "line", 2),
    "a truncated gzip": (gzip.compress(estate())[:-9], "pointer", ""),
    "something after the gzip": (gzip.compress(estate()) + b"more", "pointer", ""),
    "a gzip bomb": (bomb(), "pointer", ""),
    "a line that is no JSON": (
        b'{"format": "estate/1"}\n{"kind": "item", "id": "a", "class": "server", "name": "a"}\n{"kind"\n',
        "line",
        3,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_fault_names_its_place_and_nothing_is_written(foreshock, revision, tmp_path, case):
    """The same in words for people and as problem JSON for scripts."""
    content, kind, place = CASES[case]
    path = tmp_path / "bad.input"
    path.write_bytes(content)

    run = foreshock("import", "estate", str(path), "-o", "json")

    assert run.status == 2, run.out
    problem = run.json
    assert problem["status"] == 422
    assert (kind, place) in {(k, fault.get(k)) for fault in problem["errors"] for k in ("line", "pointer")}, problem
    assert all(fault["message"] for fault in problem["errors"])
    told = foreshock("import", "estate", str(path))
    assert told.status == 2
    assert told.out == ""
    assert "nothing was written" in told.err
    assert all(fault["message"][:40] in told.err for fault in problem["errors"])
    assert revision() == 0


def test_all_five_hundred_errors_of_a_file_are_told(foreshock, revision, tmp_path):
    """One entry for each, in words and as JSON."""
    path = tmp_path / "bad.json"
    path.write_bytes(estate([{"id": f"ci{n}", "class": "serverr", "name": "x"} for n in range(500)]))

    run = foreshock("import", "estate", str(path), "-o", "json")
    assert [fault["pointer"] for fault in run.json["errors"]] == [f"/items/{n}/class" for n in range(500)]

    lines = foreshock("import", "estate", str(path)).err.splitlines()
    assert lines[0].startswith("foreshock: 500 problem")
    assert len(lines) == 501
    assert revision() == 0


@pytest.mark.parametrize("what", ["a directory", "nothing", "a file without permission"])
def test_a_file_that_can_not_be_read_says_why(finish, revision, tmp_path, ordinary, what):
    """The name of the file and the system's own reason."""
    path = tmp_path / "estate.json"
    if what == "a directory":
        path.mkdir()
    elif what != "nothing":
        path.write_bytes(estate())
        path.chmod(0)

    run = finish("import", "estate", str(path), **ordinary)

    assert run.status == 2
    assert str(path) in run.err
    assert "Traceback" not in run.err
    assert revision() == 0


CHANGE = {
    "--title": "T",
    "--reason": "R",
    "--target": "a",
    "--from": "2032-03-02T22:00+01:00",
    "--to": "2032-03-02T23:00+01:00",
}
WRONG = {
    "a time without an offset": ({"--from": "2032-03-02T22:00"}, "/window/start", "--from"),
    "a window that ends before it starts": ({"--to": "2032-03-02T21:00+01:00"}, "/window/end", "--to"),
    "a window without an end": ({"--to": None}, "/window/end", "--to"),
    "an unknown zone": ({"--from": "2032-03-02T22:00[Europe/Atlantis]"}, "/window/start", "--from"),
    "an unknown CI": ({"--target": "nope"}, "/targets/0/ci", "--target 1, ci"),
    "an unknown effect": ({"--target": "a,effect=explode"}, "/targets/0/effect", "--target 1, effect"),
    "minutes that are none": ({"--target": "a,minutes=ten"}, "/targets/0/minutes", "--target 1, minutes"),
    "an outage beyond the window": ({"--target": "a,minutes=61"}, "/targets/0/minutes", "--target 1, minutes"),
    "no title": ({"--title": None}, "/title", "--title"),
    "a blank reason": ({"--reason": "  "}, "/reason", "--reason"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_change_names_the_option_and_nothing_is_written(foreshock, revision, case):
    """A person reads the option, a script the JSON pointer."""
    foreshock("import", "estate", "-", "--source", "test", input=estate()).ok()
    different, pointer, option = WRONG[case]
    words = [w for name, value in {**CHANGE, **different}.items() if value is not None for w in (name, value)]

    told = foreshock("change", "new", *words)
    assert told.status == 2
    assert f"\n  {option}: " in told.err

    run = foreshock("change", "new", *words, "-o", "json")
    assert [fault["pointer"] for fault in run.json["errors"]] == [pointer]
    assert revision() == 1


def test_targets_are_counted_alike_in_every_part_of_a_fault(foreshock):
    """The sentence and its place both count from 1, and minutes are called minutes."""
    foreshock("import", "estate", "-", "--source", "test", input=estate()).ok()
    words = [word for pair in CHANGE.items() for word in pair]

    assert "--target 2, ci: a is target 1 already" in foreshock("change", "new", *words, "--target", "a").err
    words[words.index("a")] = "a,offset=61"
    assert "begins 61 minutes into a window of 60 minutes" in foreshock("change", "new", *words).err


def test_everything_wrong_with_a_change_is_said_at_once(foreshock, revision):
    """Six faults, six lines."""
    foreshock("init").ok()
    words = ("--target", "a,minutes=x", "--target", ",offset=1", "--from", "now", "--to", "2032-01-01T00:00")

    run = foreshock("change", "new", *words)

    places = [line.split(":")[0].strip() for line in run.err.splitlines()[1:]]
    assert places == ["--title", "--reason", "--from", "--to", "--target 1, minutes", "--target 2, ci"]
    assert revision() == 0


def test_a_people_file_that_is_wrong_is_named(foreshock, tmp_path):
    """Before anything is done in a wrong name."""
    (tmp_path / "people.toml").write_text('[[person]]\nid = "x"\nroles = ["king"]\n')

    run = foreshock("init", env={"FORESHOCK_PEOPLE": str(tmp_path / "people.toml"), "FORESHOCK_ACTOR": "x"})
    shown = foreshock("change", "list", env={"FORESHOCK_PEOPLE": os.fspath(tmp_path), "FORESHOCK_ACTOR": "x"})

    assert run.status in (0, 2)
    assert shown.status == 2


def test_an_empty_source_is_refused_and_not_taken_for_none(foreshock, revision, tmp_path):
    """A script whose variable is empty must not import under another name than it meant."""
    file = tmp_path / "estate.json"
    file.write_text('{"format": "estate/1"}')

    refused = foreshock("import", "estate", str(file), "--source", "")

    assert refused.status == 2
    assert '--source: "" can not be the source of a file' in refused.err


@pytest.mark.parametrize(
    ("setting", "text", "told"),
    [
        ("FORESHOCK_STORE", "neo4j://host:99999", "99999 is no port; a port is a number from 1 to 65535"),
        ("FORESHOCK_URL", "ftp://x", "ftp://x is no address of a server; http://127.0.0.1:8080 would be right"),
    ],
)
def test_a_wrong_setting_is_told_as_a_setting(foreshock, setting, text, told):
    """It is no document with places, and nothing could have been written out of it."""
    run = foreshock("ci", "list", env={setting: text})
    assert (run.status, run.err) == (2, f"foreshock: 1 problem in {setting}\n  {told}\n")


def test_an_address_with_a_query_makes_no_file(foreshock, tmp_path):
    """Neither under the whole name nor under its first part."""
    run = foreshock("init", env={"FORESHOCK_STORE": f"sqlite:///{tmp_path}/x.db?mode=ro"})
    assert run.status == 2
    assert f"sqlite:///{tmp_path}/x.db would be right" in run.err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_point_in_time_names_its_option(foreshock, estate):
    """And speaks of no writing: the command only reads."""
    run = foreshock("ci", "list", "--as-of", "yesterday")
    assert "  --as-of: 'yesterday' is no point in time" in run.err
    assert "written" not in run.err

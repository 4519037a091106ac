"""Import and export at the command line: the difference is shown, applied whole, and nothing is lost."""

from __future__ import annotations

import gzip
import json

import pytest


def write(path, document) -> str:
    """Write a document and return its path as an argument."""
    path.write_text(json.dumps(document))
    return str(path)


@pytest.fixture
def changed(estate, tmp_path):
    """The estate with one CI more, one renamed, and one relation left out."""
    document = json.loads(estate.read_text())
    document["items"].append({"id": "web5", "class": "server", "name": "web5"})
    document["items"][3]["name"] = "Web server 1"
    document["relations"] = [r for r in document["relations"] if r["source"] != "reports"]
    return write(estate, document)


def test_a_dry_run_shows_the_difference_and_writes_nothing(foreshock, changed, revision):
    """The figures are of items, relations and groups together; each difference has its fields."""
    answer = foreshock("import", "estate", changed, "--dry-run", "-o", "json").ok().json

    assert {name: answer[name] for name in ("new", "changed", "unchanged", "missing")} == {
        "new": 1,
        "changed": 1,
        "unchanged": 28,
        "missing": 1,
    }
    assert answer["dry_run"] is True
    assert answer["revision"] is None
    shown = {(d["what"], d["kind"], d["key"]): d["fields"] for d in answer["differences"]}
    assert shown["changed", "item", "web1"] == [{"field": "name", "before": "web1", "after": "Web server 1"}]
    assert ("new", "item", "web5") in shown
    assert revision() == 1


def test_people_read_the_difference_field_by_field(foreshock, changed):
    """Before and after, and what is missing by name; the rest counted."""
    shown = foreshock("import", "estate", changed, "--dry-run").ok().out

    assert "nothing was written" in shown
    assert 'name: "web1" > "Web server 1"' in shown
    assert "item web5" in shown
    assert "relation reports depends_on db-b" in shown
    assert "and 1 more (--show 3 shows all)" in foreshock("import", "estate", changed, "--dry-run", "--show", "2").out


def test_what_is_missing_is_retired_only_when_asked(foreshock, changed, revision):
    """Without --retire-missing it is reported and stays."""
    stays = foreshock("import", "estate", changed, "-o", "json").ok().json
    assert (stays["revision"], stays["missing"], stays["ended"]) == (2, 1, 0)

    ended = foreshock("import", "estate", changed, "--retire-missing", "-o", "json").ok().json
    assert (ended["revision"], ended["missing"], ended["ended"]) == (3, 1, 1)
    assert "reports" not in foreshock("impact", "db-b", "-o", "json").ok().json["down"]


def test_importing_twice_changes_nothing(foreshock, estate, revision):
    """No revision for what is there already."""
    run = foreshock("import", "estate", str(estate)).ok()

    assert "changes nothing" in run.out
    assert revision() == 1


def test_missing_means_missing_from_the_same_source(foreshock, estate, tmp_path):
    """A second source says nothing about what the first one brought."""
    other = write(
        tmp_path / "other.json", {"format": "estate/1", "items": [{"id": "x", "class": "server", "name": "x"}]}
    )

    assert foreshock("import", "estate", other, "--dry-run", "-o", "json").ok().json["missing"] == 0
    assert (
        foreshock("import", "estate", other, "--source", "shop.json", "--dry-run", "-o", "json").json["missing"] == 30
    )


def test_a_group_that_would_break_asks_for_a_decision(foreshock, estate, revision):
    """Retiring one of two needed members is refused with status 3 until somebody says so."""
    document = json.loads(estate.read_text())
    document["items"] = [i for i in document["items"] if i["id"] not in ("web1", "web2", "web3")]
    document["relations"] = [r for r in document["relations"] if r["target"] not in ("web1", "web2", "web3", "web4")]
    document["groups"] = [g for g in document["groups"] if g["name"] != "web"]
    document["relations"].append({"source": "checkout", "type": "depends_on", "target": "web4"})
    path = write(estate, document)

    run = foreshock("import", "estate", path, "--retire-missing")

    assert run.status in (0, 3)
    assert revision() == (1 if run.status == 3 else 2)


def test_an_unknown_class_is_an_error_or_is_created(foreshock, tmp_path, revision):
    """The error names the place and what is near; with --create-classes the class comes in the same revision."""
    document = {"format": "estate/1", "items": [{"id": "k", "class": "coffee_machine", "name": "K"}]}
    path = write(tmp_path / "new.json", document)

    refused = foreshock("import", "estate", path, "-o", "json")
    assert refused.status == 2
    assert refused.json["errors"][0]["pointer"] == "/items/0/class"

    made = foreshock("import", "estate", path, "--create-classes", "-o", "json").ok().json
    assert made["classes_created"] == ["coffee_machine"]
    assert revision() == 1


@pytest.mark.parametrize("suffix", [".json", ".json.gz", ".jsonl", ".jsonl.gz"])
def test_an_export_imports_again_without_a_difference(foreshock, estate, tmp_path, suffix):
    """Each format, by the name of the file; into an empty store it gives the same export again."""
    path = str(tmp_path / f"export{suffix}")
    report = foreshock("export", "estate", path, "-o", "json").ok().json
    assert (report["items"], report["relations"], report["groups"]) == (13, 14, 3)

    assert foreshock("import", "estate", path, "--dry-run", "-o", "json").ok().json["unchanged"] == 30
    empty = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/empty.db"}
    foreshock("import", "estate", path, env=empty).ok()
    again = str(tmp_path / f"again{suffix}")
    foreshock("export", "estate", again, env=empty).ok()
    with open(path, "rb") as one, open(again, "rb") as other:  # noqa: PTH123
        assert one.read() == other.read()


def test_standard_input_and_output_are_a_pipe(finish, foreshock, estate):
    """Packed or not, JSON or JSON Lines; messages stay on standard error."""
    document = finish("export", "estate")
    assert json.loads(document.out)["format"] == "estate/1"
    assert "13 items" in document.err
    lines = finish("export", "estate", "-o", "jsonl").out.splitlines()
    assert json.loads(lines[0]) == {"format": "estate/1"}
    assert len(lines) == 31

    packed = gzip.compress(document.out.encode())
    run = finish("import", "estate", "-", "--dry-run", "-o", "json", input=packed)
    assert run.ok().json["unchanged"] == 30


def test_an_export_is_of_one_revision(foreshock, changed):
    """--as-of gives the bytes it would have given then."""
    then = foreshock("export", "estate").ok().out
    foreshock("import", "estate", changed).ok()

    assert foreshock("export", "estate", "--as-of", "1").ok().out == then
    assert foreshock("export", "estate").ok().out != then


@pytest.mark.parametrize("words", [("estate.xml",), ("-", "-o", "csv"), ("estate",)])
def test_a_format_that_nobody_can_tell_is_a_usage_error(foreshock, estate, words):
    """Nothing is guessed from an unknown name."""
    assert foreshock("export", "estate", *words).status == 2

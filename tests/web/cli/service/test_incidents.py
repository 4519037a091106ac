"""Incidents at the command line: opened, resolved, listed, imported, and told in what a CI is like."""

from __future__ import annotations

import json

import pytest

CSV = """\
id,title,cis,opened,resolved,priority,caused_by
OPS-1,Disk full,db-a,2026-02-01T10:00Z,2026-02-01T12:00Z,2,
OPS-2,"Switch broke, again",web1|db-a,2026-02-10T10:00+01:00,,1,
"""


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "incidents.csv"
    path.write_text(CSV)
    return path


def test_an_incident_from_opened_to_resolved(foreshock, estate):
    """Sentences say what is next; `-o json` is the record with its version."""
    words = ("--title", "web1 is down", "--ci", "web1", "--priority", "2", "--opened", "2026-03-02T09:00+01:00")
    opened = foreshock("incident", "open", *words).ok()
    assert "foreshock incident resolve INC-1001" in opened.out

    foreshock("incident", "edit", "INC-1001", "--priority", "1", "--ci", "web2").ok()
    shown = foreshock("incident", "show", "INC-1001").ok().out
    assert "open, priority 1, version 2, from form" in shown
    foreshock("incident", "resolve", "INC-1001", "--at", "2026-03-02T10:00+01:00", "--if-version", "2").ok()
    document = foreshock("incident", "show", "INC-1001", "-o", "json").ok().json
    assert (document["cis"], document["resolved"], document["version"]) == (["web2"], "2026-03-02T09:00:00Z", 3)
    again = foreshock("incident", "resolve", "INC-1001")
    assert (again.status, "nothing is left to resolve" in again.err) == (2, True)
    assert foreshock("incident", "resolve", "INC-7").status == 4
    assert foreshock("incident", "edit", "INC-1001", "--priority", "2", "--if-version", "1").status == 5


def test_faults_name_the_options_they_came_from(foreshock, estate):
    """All at once, the nearest names offered."""
    words = ("--title", "", "--ci", "web1", "--ci", "WEB-2", "--priority", "0", "--opened", "noon", "--caused-by", "C")
    refused = foreshock("incident", "open", *words)

    assert refused.status == 2
    for told in ("--title: the title is missing", "--ci 2: there is no CI WEB-2; did you mean web2?", "--priority: "):
        assert told in refused.err
    assert "--opened: 'noon' is no time" in refused.err
    assert "--caused-by: there is no change" in refused.err
    assert foreshock("incident", "edit", "INC-1").status == 2


def test_a_file_is_imported_once(foreshock, estate, csv_file, revision):
    """A dry run shows and writes nothing; the same file again, also from standard input, changes nothing."""
    before = revision()
    dry = foreshock("incident", "import", str(csv_file), "--dry-run").ok()
    assert "OPS-1 (line 2)" in dry.out
    assert revision() == before
    report = foreshock("incident", "import", str(csv_file), "-o", "json").ok().json
    assert (report["new"], report["source"], report["revision"]) == (2, "incidents.csv", before + 1)
    again = foreshock("incident", "import", "-", "-o", "json", input=CSV).ok().json
    assert (again["unchanged"], again["revision"], again["source"]) == (2, None, "standard-input")
    later = CSV.replace(",,1,", ",2026-02-10T12:00Z,1,")
    changed = foreshock("incident", "import", "-", "--dry-run", input=later).ok().out
    assert "resolved: 2026-02-10T12:00:00Z (new)" in changed
    assert "state: open > resolved" in changed
    assert revision() == before + 1


def test_a_wrong_file_is_refused_line_by_line(foreshock, estate, csv_file, revision):
    """Everything at once, in the problem document with lines; nothing is written."""
    csv_file.write_text(CSV.replace("web1|", "web-1|").replace("2026-02-01T12", "2026-01-01T12"))
    before = revision()

    refused = foreshock("incident", "import", str(csv_file))
    assert refused.status == 2
    assert "line 2: it was resolved at" in refused.err
    assert "line 3: there is no CI web-1; did you mean web1?" in refused.err
    document = foreshock("incident", "import", str(csv_file), "-o", "json").json
    assert [fault["line"] for fault in document["errors"]] == [2, 3]
    assert foreshock("incident", "import", str(csv_file.with_name("nope"))).status == 2
    assert revision() == before


def test_a_list_is_narrowed(foreshock, estate, csv_file):
    """By CI, state and time; as a table, and one record a line for scripts."""
    assert "Open one" in foreshock("incident", "list").ok().out
    foreshock("incident", "import", str(csv_file)).ok()

    def ids(*words):
        lines = foreshock("incident", "list", *words, "-o", "jsonl").ok().out.splitlines()
        return [json.loads(line)["id"] for line in lines]

    assert ids() == ["OPS-2", "OPS-1"]
    assert ids("--ci", "web1") == ["OPS-2"]
    assert ids("--state", "resolved") == ["OPS-1"]
    assert ids("--open-at", "2026-02-01T11:00Z") == ["OPS-1"]
    assert ids("--since", "2026-02-02T00:00Z") == ["OPS-2"]
    assert ids("--limit", "1") == ["OPS-2"]
    assert ids("--as-of", "1") == []
    assert "Switch broke, again" in foreshock("incident", "list").ok().out
    assert "--until" in foreshock("incident", "list", "--until", "never").err


def test_a_ci_tells_how_likely_it_is_down_by_itself(foreshock, estate, csv_file):
    """When asked, with the source of each number; unasked, nothing is reckoned."""
    foreshock("incident", "import", str(csv_file)).ok()

    assert "reliability" not in foreshock("ci", "show", "db-a", "-o", "json").ok().json
    found = foreshock("ci", "show", "db-a", "--reliability", "--window", "4", "-o", "json").ok().json["reliability"]
    assert (found["unavailability_source"], found["mtbf_source"], found["window"]) == ("history", "history", "counted")
    assert found["failures"] == 2
    text = foreshock("ci", "show", "db-a", "--reliability").ok().out
    assert "2 failure(s)" in text
    assert "the default of its class" in foreshock("ci", "show", "db-b", "--reliability").ok().out
    foreshock("ci", "retire", "db-b", "--yes", "--allow-broken-groups").ok()
    assert foreshock("ci", "show", "db-b", "--reliability", "-o", "json").ok().json["reliability"] is None
    assert foreshock("ci", "show", "db-a", "--window", "4").status == 2
    assert "--window" in foreshock("ci", "show", "db-a", "--reliability", "--window", "nan").err

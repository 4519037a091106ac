"""A change at the command line from request to decision, by two persons on one store."""

from __future__ import annotations

import json
import sqlite3

import pytest

WINDOW = ("--from", "2032-03-02T22:00[Europe/Berlin]", "--to", "2032-03-02T23:30[Europe/Berlin]")
NEW = ("change", "new", "--title", "Replace a power supply", "--reason", "Fan alarm", *WINDOW)
TARGET = ("--target", "pdu-b4-1,offset=10,minutes=20")
BACK_OUT = ("--backout", "Put the old unit back", "--backout-minutes", "12", "--backout-tested", "2026-11-15")


@pytest.fixture
def by(foreshock, people):
    """Run a command in somebody's name: ``by("board", "change", "approve", ...)``."""
    return lambda person, *words, **more: foreshock(*words, env=people(person), **more)


@pytest.fixture
def assessed(estate, by):
    """A change that was raised, submitted and assessed; return its id."""
    change = by("requester", *NEW, *TARGET, *BACK_OUT, "--submit", "-o", "json").ok().json["id"]
    by("requester", "change", "assess", change).ok()
    return change


def test_a_new_change_is_a_draft_with_the_documented_shape(estate, by):
    """The id and revision that scripts rely on, and every field as it was given."""
    change = (
        by("requester", *NEW, *TARGET, *BACK_OUT, "--step", "Swap", "--implementer", "peer", "-o", "json").ok().json
    )

    assert (change["id"], change["revision"], change["state"], change["version"]) == ("CHG-1001", 1, "draft", 1)
    assert change["requester"] == "requester"
    assert change["targets"] == [
        {"ci": "pdu-b4-1", "effect": "down", "offset": 10, "minutes": 20, "expected": {}, "edit": None}
    ]
    assert change["window"]["zone"] == "Europe/Berlin"
    assert change["window"]["start"] == "2032-03-02T21:00:00Z"
    assert change["back_out"] == {"plan": "Put the old unit back", "minutes": 12, "tested_on": "2026-11-15"}
    assert change["steps"] == ["Swap"]


def test_a_target_with_a_comma_in_its_id_is_quoted_as_in_csv(estate, by, foreshock):
    """Any id can be named."""
    foreshock("ci", "add", "rack 4, left", "--class", "pdu").ok()

    change = by("requester", *NEW, "--target", '"rack 4, left",effect=restart,minutes=5', "-o", "json").ok().json

    assert change["targets"] == [
        {"ci": "rack 4, left", "effect": "restart", "offset": 0, "minutes": 5, "expected": {}, "edit": None}
    ]


def test_assessing_gives_the_whole_record(estate, by):
    """The keys that doors promise, the hash, and the same outcome as `impact` has."""
    change = by("requester", *NEW, *TARGET, "--submit", "-o", "json").ok().json["id"]

    record = by("requester", "change", "assess", change, "-o", "json").ok().json

    assert record["change"] == change
    assert record["change_revision"] == 1
    assert record["graph_revision"] == 2
    assert len(record["hash"]) == 64
    assert record["verdict"] in ("BLOCK", "CAB")
    assert "service_down_without_back_out" in record["reasons"]
    asked = by("requester", "impact", "pdu-b4-1", "-o", "json").ok().json
    assert [(s["id"], s["outcome"]) for s in record["services"]] == [(s["id"], s["outcome"]) for s in asked["services"]]
    assert all(s["minutes"][s["outcome"]] == 20 for s in record["services"])


def test_the_summary_fits_one_page_and_says_it_in_words(assessed, by):
    """Verdict sentences, services, single points, phases, hashes; nothing wider than needed."""
    page = by("board", "change", "show", assessed).ok().out

    assert "Verdict CAB: the board decides" in page
    assert "Checkout and Payments stay up but lose their last spare for 20 minutes." in page
    assert "Reports goes down for 20 minutes." in page
    assert "db-a alone carries Checkout and Payments." in page
    assert "Tue 2 Mar 2032, 22:00-23:30 CET" in page
    assert "PDU 1 of rack B4 goes down 22:10-22:30, 20 minutes" in page
    assert "22:10-22:30  out: PDU 1 of rack B4" in page
    record = by("board", "change", "show", assessed, "-o", "json").ok().json["assessed"]
    assert record["hash"] in page
    assert len(page.splitlines()) < 60


def test_the_board_approves_and_the_requester_never_does(assessed, by):
    """Segregation of duties and authority: status 7 for each who may not, and nothing happens."""
    own = by("requester", "change", "approve", assessed)
    assert own.status == 7
    assert "requester" in own.err
    assert by("peer", "change", "approve", assessed).status == 7
    assert by("auditor", "change", "approve", assessed).status == 7

    decision = by("board", "change", "approve", assessed, "--comment", "Spare on site", "-o", "json").ok().json
    assert (decision["by"], decision["choice"], decision["change_revision"]) == ("board", "approve", 1)

    assert by("board", "change", "show", assessed, "-o", "json").json["state"] == "approved"
    assert by("board", "change", "approve", assessed).status == 2


def test_a_rejection_needs_a_reason(assessed, by):
    """The option is named; with it the change is rejected."""
    without = by("board", "change", "reject", assessed)
    assert without.status == 2
    assert "--comment" in without.err

    by("board", "change", "reject", assessed, "--comment", "Not this week").ok()
    assert by("board", "change", "show", assessed, "-o", "json").json["state"] == "rejected"


def test_an_edit_after_approval_voids_it_visibly(assessed, by):
    """A new revision; the old decision stays and says why it no longer counts."""
    by("board", "change", "approve", assessed, "--comment", "Yes").ok()

    edited = by("requester", "change", "edit", assessed, "--to", "2032-03-03T00:30[Europe/Berlin]").ok()

    assert "decisions on earlier revisions are void" in edited.out
    shown = by("board", "change", "show", assessed, "-o", "json").json
    assert (shown["state"], shown["revision"]) == ("submitted", 2)
    assert [(d["void"], d["because"]) for d in shown["decisions"]] == [(True, "edited")]
    page = by("board", "change", "show", assessed).out
    assert "approved by board" in page
    assert "void: the change was edited after it" in page
    assert "Assess it again" in page


def test_an_edit_keeps_what_is_not_named(assessed, by):
    """One end of the window, one part of the back-out plan; an empty text takes away; nothing new writes nothing."""
    moved = (
        by("requester", "change", "edit", assessed, "--from", "2032-03-02T21:30[Europe/Berlin]", "-o", "json").ok().json
    )
    assert (moved["window"]["start"], moved["window"]["end"]) == ("2032-03-02T20:30:00Z", "2032-03-02T22:30:00Z")
    assert moved["back_out"]["minutes"] == 12

    longer = by("requester", "change", "edit", assessed, "--backout-minutes", "15", "-o", "json").ok().json
    assert longer["back_out"] == {**moved["back_out"], "minutes": 15}
    assert by("requester", "change", "edit", assessed, "--backout", "", "-o", "json").ok().json["back_out"] is None
    again = by("requester", "change", "edit", assessed, "--reason", "Fan alarm").ok()
    assert "nothing was written" in again.out
    assert by("requester", "change", "edit", assessed).status == 2


def test_who_names_a_version_never_overwrites_another(assessed, by):
    """Status 5 and the actual version."""
    version = by("requester", "change", "show", assessed, "-o", "json").json["version"]
    by("requester", "change", "edit", assessed, "--title", "One").ok()

    late = by("requester", "change", "edit", assessed, "--title", "Two", "--if-version", str(version), "-o", "json")

    assert late.status == 5
    assert late.json["code"] == "store.version_conflict"


def test_who_decides_on_another_assessment_than_they_saw_is_refused(assessed, by):
    """The hash binds the decision to the bytes."""
    assert by("board", "change", "approve", assessed, "--assessment", "0" * 64).status == 2
    shown = by("board", "change", "show", assessed, "-o", "json").json["assessed"]["hash"]
    by("board", "change", "approve", assessed, "--assessment", shown).ok()


def test_a_replay_is_the_same_to_the_byte_and_finds_an_alteration(assessed, by, foreshock, environment):
    """Status 0 with no difference; status 1 and the place when somebody altered the record."""
    answer = by("auditor", "replay", assessed, "-o", "json").ok().json
    assert (answer["same"], answer["differences"], answer["finding"]) == (True, [], "same")
    # The estate moves on; the record does not.
    foreshock("ci", "relate", "reports", "depends_on", "web1").ok()
    assert by("auditor", "replay", assessed, "-o", "json").ok().out == json.dumps(answer, indent=2) + "\n"

    alter(environment, '"unaffected":0', '"unaffected":7')
    altered = by("auditor", "replay", assessed, "-o", "json")
    assert altered.status == 1
    assert (altered.json["same"], altered.json["finding"]) == (False, "record_altered")
    assert "/unaffected" in {d["pointer"] for d in altered.json["differences"]}
    told = by("auditor", "replay", assessed).out
    assert "does not replay" in told
    assert told.endswith("A backup made before has what was. [record_altered]\n")


def alter(environment, before, after) -> None:
    """Change a text in every document of the database, behind Foreshock's back."""
    with sqlite3.connect(environment["FORESHOCK_STORE"].removeprefix("sqlite:///")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        changed = 0
        for table in tables:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            if "document" in columns:
                text = f'UPDATE "{table}" SET document = replace(document, ?, ?)'
                changed += connection.execute(text, (before, after)).rowcount
    connection.close()
    assert changed


def test_changes_are_listed_newest_first_and_by_state(assessed, by):
    """All of them for tools; a limit says that there are more."""
    by("requester", *NEW, "--title", "Another").ok()

    rows = by("board", "change", "list", "-o", "json").ok().json["rows"]
    assert [row["id"] for row in rows] == ["CHG-1002", "CHG-1001"]
    drafts = by("board", "change", "list", "--state", "draft", "-o", "json").ok().json["rows"]
    assert [row["id"] for row in drafts] == ["CHG-1002"]
    cut = by("board", "change", "list", "--limit", "1")
    assert "there are more" in cut.err
    assert by("board", "change", "list", "--as-of", "1", "-o", "json").ok().json["rows"] == []


def test_a_change_that_is_not_there_is_not_found(foreshock):
    """Status 4 for every command that names one."""
    for words in (("show",), ("assess",), ("approve",), ("submit",), ("edit", "--title", "x")):
        assert foreshock("change", words[0], "CHG-9", *words[1:]).status == 4
    assert foreshock("replay", "CHG-9").status == 4


def test_an_automatic_approval_needs_no_person(estate, by, foreshock, tmp_path):
    """A standard change within the policy's limit is approved by the policy itself, visibly."""
    words = [
        *NEW,
        "--target",
        "web1,effect=restart,minutes=5",
        *BACK_OUT,
        "--type",
        "standard",
        "--submit",
        "-o",
        "json",
    ]
    change = by("requester", *words).ok().json["id"]

    record = by("requester", "change", "assess", change, "-o", "json").ok().json

    shown = by("board", "change", "show", change, "-o", "json").ok().json
    if record["verdict"] == "AUTO":
        assert shown["state"] == "scheduled"
        assert [d["by"] for d in shown["decisions"]] == ["policy"]
    else:
        assert shown["state"] == "assessed"


def test_a_policy_is_shown_set_and_versioned(foreshock, by, tmp_path):
    """The text of the one that comes with Foreshock can be set again; a wrong one names every key."""
    text = foreshock("policy", "show").ok().out
    (tmp_path / "policy.toml").write_text(text)

    assert foreshock("policy", "set", str(tmp_path / "policy.toml"), "-o", "json").ok().json["version"] == 1
    assert foreshock("policy", "show", "-o", "json").ok().json["version"] == 1
    assert foreshock("policy", "show", "--version", "0").ok().out == text
    assert len(foreshock("policy", "show", "--versions", "-o", "json").ok().json["rows"]) == 1

    wrong = foreshock("policy", "set", "-", input='format = "foreshock-policy/1"\ncolour = 1\n', env={})
    assert wrong.status == 2
    assert "colour" in wrong.err
    assert "nothing was written" in wrong.err
    assert by("peer", "policy", "set", str(tmp_path / "policy.toml")).status == 7

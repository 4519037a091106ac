"""The policy at the command line: tested, simulated on past changes, and BLOCK overridden; here and by a server."""

from __future__ import annotations

import json

import pytest

from tests.policies import UNTESTED, changed

WINDOW = ("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T23:00Z")
NEW = ("change", "new", "--title", "Swap", "--reason", "Old", *WINDOW)


@pytest.fixture
def by(foreshock, people):
    """Run a command in somebody's name."""
    return lambda person, *words, **more: foreshock(*words, env=people(person), **more)


@pytest.fixture
def blocked(estate, by):
    """The id of a change that takes a service down without a way back, submitted and assessed."""
    change = by("requester", *NEW, "--target", "db-a", "--target", "db-b", "--submit", "-o", "json").ok().json["id"]
    assert by("requester", "change", "assess", change, "-o", "json").ok().json["verdict"] == "BLOCK"
    return change


def test_a_failing_test_is_told_with_what_it_wants_and_gets(foreshock, tmp_path):
    """Status 1, and each failing test in two lines; all results in JSON and one a line."""
    cases = tmp_path / "cases.toml"
    cases.write_text('[[test]]\nname = "a freeze"\nverdict = "CAB"\nfacts = { freezes = ["x"] }\n')
    words = ("policy", "test", "-", "--cases", str(cases))
    text = foreshock("policy", "show").ok().out
    run = foreshock(*words, input=text)
    assert run.status == 1
    assert run.out.splitlines()[:3] == ["FAILED  a freeze", "        wanted CAB", "        got    BLOCK (freeze)"]
    assert run.out.splitlines()[3] == f"1 of {text.count('[[test]]') + 1} tests of default failed."
    found = foreshock(*words, "-o", "json", input=text)
    assert (found.status, found.json["failed"]) == (1, 1)
    assert found.json["results"][-1] == {
        "name": "a freeze",
        "passed": False,
        "wanted": "CAB",
        "wanted_reasons": None,
        "verdict": "BLOCK",
        "reasons": ["freeze"],
    }
    lines = foreshock(*words, "-o", "jsonl", input=text).out.splitlines()
    assert json.loads(lines[-1]) == found.json["results"][-1]


def test_every_fault_of_text_and_tests_is_told(foreshock, tmp_path):
    """Status 2 for what can not be read; a text without tests says so."""
    wrong = foreshock("policy", "test", "-", input='format = "foreshock-policy/2"\n')
    assert wrong.status == 2
    assert "/peer/worst_outcome/other" in wrong.err
    (tmp_path / "cases.toml").write_text("[[test]]\n")
    assert foreshock("policy", "test", "-", "--cases", str(tmp_path / "cases.toml"), input=UNTESTED).status == 2
    assert "has no tests" in foreshock("policy", "test", "-", input=UNTESTED).ok().out
    assert foreshock("policy", "simulate", "-", "--from", "soon", input=UNTESTED).status == 2


def test_past_changes_are_judged_again(blocked, foreshock, by):
    """The sentence, the table of verdicts, each change with another one; its facts lack nothing."""
    lenient = changed(("service_down_without_back_out = true", "service_down_without_back_out = false"))
    run = by("peer", "policy", "simulate", "-", input=lenient).ok()
    assert "Under default, 1 more would have gone to the CAB, no failure among them, as there was none." in run.out
    assert "How 1 change of 1 went is not known." in run.out
    assert "the stored facts lack" not in run.out
    assert f"{blocked}  BLOCK   CAB" in run.out
    found = by("peer", "policy", "simulate", "-", "-o", "json", input=lenient).ok().json
    assert [(shift["before"], shift["after"], shift["changes"]) for shift in found["shifts"]] == [("BLOCK", "CAB", 1)]
    assert found["rows"][0]["lacking"] == []
    same = foreshock("policy", "show").ok().out
    assert "would have got the verdict they got" in by("peer", "policy", "simulate", "-", input=same).ok().out


def test_two_persons_override_a_block(blocked, by):
    """One asks, a CAB member who did not ask confirms, the board approves; all of it stands in the summary."""
    why = ("--comment", "Read-only this week")
    assert by("board", "change", "approve", blocked).status != 0
    assert by("requester", "change", "ask-override", blocked, *why).status == 7
    assert by("peer", "change", "ask-override", blocked).status == 2
    asked = by("peer", "change", "ask-override", blocked, *why).ok().out
    assert f"peer asks to override the BLOCK of {blocked}" in asked
    assert by("peer", "change", "override", blocked, *why).status == 7
    assert "is overridden by board" in by("board", "change", "override", blocked, *why).ok().out
    by("board", "change", "approve", blocked).ok()
    page = by("peer", "change", "show", blocked).ok().out
    assert "asked for an override" in page
    assert "overrode BLOCK" in page

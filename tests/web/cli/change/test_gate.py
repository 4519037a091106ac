"""The gate before a pipeline: its statuses, its waiting, and the whole job of the guide."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.builders import TestClock
from tests.web.cli.change.plans import plan_of_the_shop, shop_estate

GUIDE = (Path(__file__).parents[4] / "docs" / "guides" / "pipelines.md").read_text(encoding="utf-8")
GIVEN = ("--title", "Larger", "--reason", "Load", "--from", "2032-03-02T21:00Z", "--to", "2032-03-02T22:30Z")


@pytest.fixture
def clock(monkeypatch):
    """The clock of every command: noon of the day of the window."""
    clock = TestClock("2032-03-02T12:00Z")
    monkeypatch.setattr("web.bootstrap.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def by(foreshock, people):
    """Run a command in somebody's name: ``by("board", "change", "approve", ...)``."""
    return lambda person, *words, **more: foreshock(*words, env=people(person), **more)


@pytest.fixture
def plan(foreshock, tmp_path, clock):
    """The shop, and a plan for it of which every part is a CI."""
    shop_estate(foreshock, tmp_path)
    whole = plan_of_the_shop()
    whole["resource_changes"] = [each for each in whole["resource_changes"] if "lost" not in each["address"]]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


@pytest.fixture
def gate(by, plan):
    """Stand before the gate with the plan."""
    state = ("--state", str(plan.parent / "terraform.tfstate"))
    return lambda *words, file=plan: by(
        "requester", "change", "gate", "--terraform-plan", str(file), *state, *GIVEN, *words
    )


def test_the_verdict_opens_the_gate_or_shuts_it(gate):
    """At --fail-on or stricter it is shut with status 3, and the change is there for people; else status 0."""
    opened = gate("--backout", "Back", "--fail-on", "BLOCK", "-o", "json")
    assert (opened.status, opened.json["open"], opened.json["verdict"]) == (0, True, "CAB")
    shut = gate("--backout", "Back", "--fail-on", "CAB", "-o", "json")
    assert (shut.status, shut.json["open"]) == (3, False)
    printed = gate("--backout", "Back")
    assert printed.status == 3
    assert "The gate is shut: foreshock change show CHG-1003" in printed.out


def test_what_is_no_ci_is_status_6(gate, plan):
    """A verdict that does not count everything opens nothing."""
    file = plan.with_name("whole.json")
    file.write_text(json.dumps(plan_of_the_shop()), encoding="utf-8")
    found = gate("--backout", "Back", "--fail-on", "BLOCK", "-o", "json", file=file)
    assert (found.status, found.json["unfound"], found.json["open"]) == (6, 1, False)


def test_without_waiting_any_longer_the_gate_stays_shut(gate):
    """Nobody approved within the time, here none at all: the state says what it waits for."""
    found = gate("--backout", "Back", "--wait", "0", "-o", "json")
    assert (found.status, found.json["state"], found.json["go"]) == (3, "assessed", None)


def test_an_approval_that_comes_in_time_opens_it_after_a_go(gate, by, monkeypatch):
    """While it waits somebody approves; then the check is made, and its answer is part of the gate's."""
    naps = []

    def meanwhile(seconds):
        naps.append(seconds)
        by("board", "change", "approve", "CHG-1001").ok()

    monkeypatch.setattr("web.cli.change.gate.time.sleep", meanwhile)
    found = gate("--backout", "Back", "--wait", "5", "-o", "json")
    assert (found.status, found.json["state"], found.json["go"]["answer"], len(naps)) == (0, "approved", "GO", 1)


def test_the_job_of_the_guide_can_be_followed(by, plan, clock, monkeypatch):
    """Its commands, in order, with what the CI fills in: from the gate to the outcome that is reported back."""
    monkeypatch.chdir(plan.parent)
    job = GUIDE.partition("## A whole job")[2].partition("```sh\n")[2].partition("```")[0].replace("\\\n", " ")
    commands = [line.partition("#")[0].strip() for line in job.splitlines() if line.strip().startswith("foreshock")]
    given = {"$TITLE": "Larger", "$URL_OF_THE_COMMIT": "Load", "$FROM": "2032-03-02T21:00Z", "$TO": "2032-03-02T22:30Z"}
    monkeypatch.setattr("web.cli.change.gate.time.sleep", lambda _: by("board", "change", "approve", "CHG-1001").ok())
    state = ["--state", "terraform.tfstate"]
    for command in commands[:5]:
        for name, value in {**given, "$CHANGE": "CHG-1001"}.items():
            command = command.replace(f'"{name}"', shlex.quote(value))
        words = shlex.split(re.sub(r"(> gate\.json|\|\| true)", "", command))[1:]
        if words[1] == "implement":
            clock.forward(hours=9, minutes=5)
            by("requester", "change", "go", "CHG-1001").ok()
        by("requester", *words, *(state if words[1] == "gate" else [])).ok()
    shown = by("board", "change", "show", "CHG-1001", "-o", "json").ok().json
    assert (shown["state"], shown["outcome"]) == ("implemented", "success")

"""The scorecard and what came after a change, at the command line."""

from __future__ import annotations

import pytest

from tests.builders import TestClock

WINDOW = ("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T23:30Z")
NEW = ("change", "new", "--title", "Swap it", "--reason", "Fan", *WINDOW, "--backout", "Put it back", "--submit")


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


def test_a_failed_change_its_incident_and_the_figures(estate, by, clock):
    """The incident is proposed, a person confirms it; both change failure rates and the time to restore tell it."""
    change = by("requester", *NEW, "--target", "web4", "-o", "json").ok().json["id"]
    by("requester", "change", "assess", change).ok()
    approver = "board" if by("peer", "change", "approve", change).status else "peer"
    if approver == "board":
        by("board", "change", "approve", change).ok()
    by("requester", "change", "schedule", change).ok()
    clock.forward(hours=10)
    by("requester", "change", "go", change).ok()
    by("requester", "change", "implement", change).ok()
    clock.forward(minutes=10)
    opened = ("incident", "open", "--title", "web4 burnt", "--ci", "web4", "--priority", "1", "-o", "json")
    incident = by("peer", *opened).ok().json["id"]
    clock.forward(minutes=30)
    by("peer", "incident", "resolve", incident).ok()
    by("requester", "change", "finish", change, "--outcome", "failed", "--comment", "It burnt").ok()
    shown = by("board", "change", "show", change).ok().out
    assert "proposed, by CI and time" in shown
    assert f"foreshock incident decline {incident} --change {change} --reason REASON" in shown
    why = ("--change", change, "--reason", "other")
    missing = by("peer", "incident", "decline", incident, *why)
    assert (missing.status, "--note" in missing.err) == (2, True)
    by("peer", "incident", "decline", incident, *why, "--note", "Lightning").ok()
    said = "another reason, says peer: Lightning"
    assert f"not its doing, {said}" in by("board", "change", "show", change).ok().out
    assert f"Not the doing of {change}: {said}" in by("board", "incident", "show", incident).ok().out
    assert by("peer", "incident", "decline", incident, *why, "--note", "Again").status == 2
    by("board", "incident", "edit", incident, "--caused-by", change)
    by("peer", "incident", "edit", incident, "--caused-by", change).ok()
    shown = by("board", "change", "show", change, "-o", "json").ok().json["afterwards"]["incidents"]
    assert [(link["incident"], link["confirmed"]) for link in shown] == [(incident, True)]
    clock.forward(days=1)
    card = by("board", "change", "scorecard", "--by", "service", "-o", "json").ok().json
    assert (card["all"]["done"], card["all"]["change_failure_rate"]) == (1, 1.0)
    assert [row["key"] for row in card["rows"]] == ["checkout"]
    assert (card["dora"]["change_failure_rate"], card["dora"]["time_to_restore_hours"]) == (1.0, 0.5)
    printed = by("board", "change", "scorecard").ok().out
    assert "Deployment frequency" in printed
    assert "DORA: median time from opening to resolving" in printed
    wrong = by("board", "change", "scorecard", "--from", "yesterday")
    assert (wrong.status, "--from" in wrong.err) == (2, True)

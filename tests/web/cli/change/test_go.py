"""Go or no-go at the command line: approved on Tuesday, looked at again before the start, and by the job in between."""

from __future__ import annotations

import pytest

from tests.builders import TestClock

WINDOW = ("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T23:30Z")
NEW = ("change", "new", "--title", "Patch db-a", "--reason", "Kernel", *WINDOW, "--backout", "Boot the old one")


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


def test_the_twin_fails_before_the_start_and_is_repaired(estate, by, clock):
    """NO-GO with status 3 names it and suspends; repaired it is GO; confirmed and checked it may begin."""
    given = (*NEW, "--target", "db-a", "--implementer", "requester", "--submit", "-o", "json")
    change = by("requester", *given).ok().json["id"]
    by("requester", "change", "assess", change).ok()
    by("board", "change", "approve", change).ok()
    by("requester", "change", "schedule", change).ok()
    assert by("requester", "change", "go", change).ok().out.startswith("GO: nothing is worse than when")
    clock.forward(hours=9)
    opened = ("incident", "open", "--title", "Disk gone", "--ci", "db-b", "--priority", "2", "-o", "json")
    incident = by("peer", *opened).ok().json["id"]
    clock.forward(minutes=30)
    refused = by("requester", "change", "go", change)
    assert refused.status == 3
    fact = f"db-b, the twin of your target db-a, failed at 2032-03-02 21:00 UTC ({incident}, recorded by peer)"
    assert fact in refused.out
    assert "Payments: redundancy lost when approved, down now" in refused.out
    blocked = (
        "The approval is suspended: as it stands it is BLOCK, which nobody confirms. Mend what changed and ask again"
    )
    assert f"{blocked}: foreshock change go {change}; or recall it, or ask for an override." in refused.out
    assert by("board", "change", "confirm", change).status == 2
    for who in ("requester", "board"):
        assert fact in by(who, "change", "inbox").ok().out
    assert by("peer", "change", "inbox").ok().out == "Nothing waits for you.\n"
    assert fact in by("board", "change", "show", change).ok().out
    clock.forward(minutes=40)
    assert "not_suspended" in by("requester", "change", "implement", change).err
    by("peer", "incident", "resolve", incident).ok()
    good = by("requester", "change", "go", change, "-o", "json").ok().json
    assert (good["answer"], good["suspended"], good["facts"]) == ("GO", True, [])
    assert f"suspended: foreshock change confirm {change}, or recall it." in by("requester", "change", "go", change).out
    by("board", "change", "confirm", change).ok()
    assert by("board", "change", "inbox").ok().out == "Nothing waits for you.\n"
    clock.forward(minutes=16)
    assert "go_recent" in by("requester", "change", "implement", change).err
    by("requester", "change", "go", change).ok()
    by("requester", "change", "implement", change).ok()
    shown = by("board", "change", "show", change, "-o", "json").ok().json
    assert [check["answer"] for check in shown["go_checks"]] == ["GO", "NO-GO", "GO", "GO", "GO"]
    assert [each["choice"] for each in shown["decisions"] if not each["void"]] == ["approve", "suspend", "confirm"]


def test_the_job_checks_what_was_touched_once_for_all_revisions(estate, by, clock, foreshock):
    """Three revisions in the cone are one check; a run after which nothing happened checks nothing."""
    change = by("requester", *NEW, "--target", "db-a", "--submit", "-o", "json").ok().json["id"]
    by("requester", "change", "assess", change).ok()
    by("board", "change", "approve", change).ok()
    run = lambda: foreshock("job", "run", "change-go").ok().out  # noqa: E731
    assert "0 approved changes checked again, 0 of them NO-GO" in run()
    for ci in ("web4", "lb2", "db-b"):
        by("peer", "incident", "open", "--title", "Down", "--ci", ci, "--priority", "3").ok()
    assert "1 approved change checked again, 1 of them NO-GO" in run()
    assert "0 approved changes checked again" in run()
    shown = by("board", "change", "show", change, "-o", "json").ok().json
    assert len(shown["go_checks"]) == 1
    assert shown["suspended"]["by"] == "go_check"

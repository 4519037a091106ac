"""What a change is expected to cost, at the command line."""

from __future__ import annotations

import pytest

NEW = ("change", "new", "--title", "Replace a power supply", "--reason", "Worn out", "--backout", "Put it back")
WHEN = ("--from", "2032-03-02T22:00+01:00", "--to", "2032-03-02T23:30+01:00")


@pytest.fixture
def change(estate, foreshock) -> str:
    """A submitted change that takes a power supply out for twenty minutes; return its id."""
    words = (*NEW, *WHEN, "--backout-minutes", "12", "--target", "pdu-b4-1,offset=10,minutes=20", "--submit")
    return foreshock(*words, "-o", "json").ok().json["id"]


def test_risk_show_tells_it_in_words(foreshock, change):
    """Loss, tail, score, what it rests on, a row for each service and scenario, and what stays down."""
    page = foreshock("risk", "show", change).ok().out

    for told in (
        "Expected loss ",
        " in the worst 5 %. Score ",
        "P(fail) is 20 %",
        "No outcome was known to learn from",
        "with issues, with 20.0 %",
        "As planned (80 %)",
        "Backed out (10 %)",
        "Failed with an incident (10 %)",
        "No level was agreed of ",
        "no repair is on record, so this is the prior",
    ):
        assert told in page


def test_its_parts_add_up_in_json_as_well(foreshock, change):
    """Scripts may rely on it."""
    found = foreshock("risk", "show", change, "-o", "json").ok().json["consequence"]

    for of, whole in (("loss", found["expected_loss"]), ("score", found["score"])):
        assert sum(row[of] for service in found["services"] for row in service["scenarios"]) == whole
    assert [each["name"] for each in found["scenarios"]] == ["as_planned", "backed_out", "failed"]
    assert [row["minutes"] for row in found["services"][-1]["scenarios"]][:2] == [20.0, 32.0]


def test_notified_maintenance_is_told_and_not_charged(foreshock, change):
    """Where it was agreed."""
    foreshock("service-level", "set", "reports", "--availability", "99.5", "--maintenance-minutes", "15").ok()

    untold = foreshock("risk", "show", change).ok().out
    told = foreshock("risk", "show", change, "--notified").ok().out

    assert "agreed maintenance" not in untold
    assert "15 min of Reports are agreed maintenance and not charged." in told
    assert "Reports has 223.2 of 223.2 min of its error budget left" in told


def test_change_show_has_its_figures(foreshock, change):
    """The score beside the title; with -o json all of it."""
    page = foreshock("change", "show", change).ok().out
    document = foreshock("change", "show", change, "-o", "json").ok().json

    assert "; as things stand score " in page
    assert "P(fail) 20 % (the prior)" in page
    assert document["consequence"]["consequence"]["expected_loss"] > 0


def test_a_change_that_lacks_a_window_is_told_so_and_shown_without(foreshock, estate):
    """What it lacks stands at its place."""
    change = foreshock("change", "new", "--title", "T", "--reason", "R", "-o", "json").ok().json["id"]

    refused = foreshock("risk", "show", change)

    assert refused.status == 2
    assert "missing" in refused.err
    assert "consequence" not in foreshock("change", "show", change, "-o", "json").ok().json
    assert foreshock("risk", "show", "CHG-9").status == 4


def test_every_door_tells_the_figures_that_the_verdict_judged(foreshock, change):
    """What repairs teach afterwards moves what would be said now, never what the board reads of the assessment."""
    assessed = foreshock("change", "assess", change).ok().out.splitlines()[1]
    kept = foreshock("change", "show", change, "-o", "json").ok().json["assessed"]["consequence"]
    for number in range(4):
        when = ("--priority", "3", "--opened", f"2026-01-0{number + 1}T08:00Z", "-o", "json")
        opened = foreshock("incident", "open", "--title", "Burnt out", "--ci", "pdu-b4-1", *when).ok().json["id"]
        foreshock("incident", "resolve", opened, "--at", f"2026-01-0{number + 1}T08:05Z").ok()

    shown = foreshock("change", "show", change).ok().out.splitlines()[1]
    document = foreshock("change", "show", change, "-o", "json").ok().json

    assert document["consequence"]["consequence"]["expected_loss"] != kept["expected_loss"], "it is another by now"
    assert "; score " in assessed
    assert shown == assessed
    now = foreshock("risk", "show", change).ok().out
    revision = document["assessed"]["graph_revision"]
    assert f"Its verdict judged, in ASM-1001 at revision {revision}: {shown.split('; ')[1]}." in now
    loss = shown.split("expected loss ")[1].split(" tier 1 min")[0]
    assert f"Expected loss {loss} tier 1 min" in " ".join(foreshock("change", "summary", change).ok().out.split())

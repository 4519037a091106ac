"""Joint conflicts at the command line: the shape that scripts rely on, what people read, and bad questions."""

from __future__ import annotations

import pytest


@pytest.fixture
def change(foreshock, estate):
    """Raise a change of one load balancer in a window of the night of 2 March 2032."""

    def new(target, start, end, *more):
        window = ("--from", f"2032-03-02T{start}+00:00", "--to", f"2032-03-02T{end}+00:00")
        words = ("change", "new", "--title", "T", "--reason", "R", "--target", target, *window, *more)
        return foreshock(*words, "-o", "json").ok().json["id"]

    return new


def test_the_shape_that_scripts_rely_on(foreshock, change):
    """Two load balancers of which one is needed, out together for half an hour."""
    change("lb1", "21:00", "22:00", "--submit")
    change("lb2", "21:30", "23:00", "--submit")
    answer = foreshock("calendar", "conflicts", "--from", "2032-03-01T00:00Z", "-o", "json").ok().json

    (found,) = answer["conflicts"]
    assert (found["changes"], found["incidents"], found["drafts"]) == (["CHG-1001", "CHG-1002"], [], [])
    assert (found["from"], found["to"]) == ("2032-03-02T21:30:00Z", "2032-03-02T22:00:00Z")
    assert found["services"] == ["checkout"]
    assert found["cut"] == ["lb1", "lb2"]
    assert found["stretches"] == [{name: found[name] for name in ("from", "to", "services", "cut")}]
    assert [(move["change"], move["minutes"], move["from"], move["frees"]) for move in found["moves"]] == [
        ("CHG-1001", -30, "2032-03-02T20:30:00Z", "all"),
        ("CHG-1002", 30, "2032-03-02T22:00:00Z", "all"),
    ]
    assert (answer["from"], answer["to"], answer["considered"], answer["unlisted"]) == (
        "2032-03-01T00:00:00Z",
        None,
        2,
        [],
    )
    rows = foreshock("calendar", "conflicts", "-o", "jsonl").ok().out.splitlines()
    assert len(rows) == 1


def test_what_people_read(foreshock, change):
    """Who stops what when, by what, and what to do about it; drafts are said to be such."""
    change("lb1", "21:00", "22:00", "--submit")
    change("lb2", "21:30", "23:00")
    text = foreshock("calendar", "conflicts", "--from", "2032-03-01T00:00Z").ok().out
    assert text == (
        "1 joint conflict from 2032-03-01 00:00 UTC (2 changes and incidents looked at, revision 3).\n"
        "\n"
        "CHG-1001 + CHG-1002 (draft) stop Checkout\n"
        "  from 2032-03-02 21:30 UTC to 2032-03-02 22:00 UTC: out together lb1, lb2\n"
        "  Move CHG-1001 30 min earlier, to 2032-03-02 20:30 UTC\n"
        "  Move CHG-1002 30 min later, to 2032-03-02 22:00 UTC\n"
    )
    later = ("--from", "2032-03-03T00:00Z", "--to", "2032-04-01T00:00Z")
    none = foreshock("calendar", "conflicts", *later).ok().out
    assert none.startswith("No joint conflict from 2032-03-03 00:00 UTC to 2032-04-01 00:00 UTC (2 changes")
    assert foreshock("calendar", "conflicts", "--state", "submitted").ok().out.startswith("No joint conflict")


def test_incidents_and_failures_beside_changes(foreshock, change):
    """Each is told for what it is; where nothing helps that is told too."""
    change("lb1", "21:00", "22:00", "--submit")
    foreshock("incident", "open", "--title", "Down", "--ci", "lb2", "--priority", "2").ok()
    (found,) = foreshock("calendar", "conflicts", "-o", "json").ok().json["conflicts"]
    assert (found["changes"], found["incidents"], found["moves"]) == (["CHG-1001"], ["INC-1001"], [])
    text = foreshock("calendar", "conflicts").ok().out
    assert "CHG-1001 + INC-1001 (incident) stop Checkout" in text
    assert "No move of up to 14 days of a change that has not begun is known to help" in text
    text = foreshock("calendar", "conflicts", "--down", "lb2", "--no-moves").ok().out
    assert "CHG-1001 + lb2 (has failed) stop" in text
    assert "CHG-1001 + INC-1001" in text, "both are in its way"
    assert "help" not in text, "moves were not looked for"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--from", "tomorrow"), 2, "--from"),
        (("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T22:00Z"), 2, "--to"),
        (("--down", "lb9"), 4, "lb9"),
        (("--state", "done"), 2, "--state"),
    ],
)
def test_bad_questions(foreshock, estate, words, status, said):
    """The option at fault is named."""
    refused = foreshock("calendar", "conflicts", *words)
    assert refused.status == status
    assert said in refused.err

"""One change through all doors: each move at another one, on one store, by persons who are recorded there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from tests.builders import file_of
from tests.web.pages.conftest import house as pages_house
from tests.web.pages.walking import House, Person

__all__ = ["pages_house"]

PEOPLE = """\
[[person]]
id = "network"
roles = ["engineer"]

[[person]]
id = "board"
roles = ["cab_member"]

[[person]]
id = "night-shift"
roles = ["engineer"]
"""
NEW = (
    "change",
    "new",
    "--title",
    "Replace sw-b4",
    "--reason",
    "Its fan fails",
    "--target",
    "sw-b4,offset=10,minutes=20",
)
WINDOW = ("--from", "2026-03-02T22:00[Europe/Berlin]", "--to", "2026-03-02T23:30[Europe/Berlin]")


class Doors:
    """The command line, the API and the pages on one store, in the hands of each person."""

    def __init__(self, house: House, run: Callable[..., Any]) -> None:
        self.house, self.run = house, run

    def page(self, person: str) -> Person:
        """Return the person before the pages."""
        return Person(self.house.app(ROLES[person], person).test_client())

    def api(self, person: str, change: str, move: str, status: int, **body: Any) -> Any:
        """Make a move over the API, on the change as it is."""
        client = self.house.app(ROLES[person], person).test_client()
        seen = {"If-Match": client.get(f"/api/v1/changes/{change}").headers["ETag"]}
        path = f"/api/v1/changes/{change}/{move}".rstrip("/")
        method = client.post if move else client.patch
        answer = method(path, headers=seen, **({"json": body} if body or not move else {}))
        assert answer.status_code == status, answer.text
        return answer.json


ROLES = {"network": "engineer", "board": "cab_member", "night-shift": "engineer"}


@pytest.fixture
def doors(pages_house, monkeypatch, tmp_path):
    from web.cli.root import root

    monkeypatch.setattr("web.bootstrap.SystemClock", lambda: pages_house.clock)
    people = tmp_path / "people.toml"
    people.write_text(PEOPLE)

    def run(person: str, *words: str, status: int = 0) -> str:
        settings = {"FORESHOCK_STORE": f"sqlite:///{file_of(pages_house.context)}", "FORESHOCK_PEOPLE": str(people)}
        settings |= {"FORESHOCK_ACTOR": person} if person else {}
        ended = CliRunner().invoke(root, list(words), env={**settings, "NO_COLOR": "1"}, prog_name="foreshock")
        assert ended.exit_code == status, (words, ended.stdout, ended.stderr)
        return ended.stdout + ended.stderr

    run("", "person", "import", str(people))
    return Doors(pages_house, run)


def test_one_change_from_draft_to_closed_with_every_door_in_turn(doors):
    """Rejected, deferred, voided by an edit, approved, begun, backed out, reviewed, closed; all doors agree."""
    run, api = doors.run, doors.api
    run("network", *NEW, *WINDOW, "--backout", "Put the old one back", "--step", "Swap it", "--submit")
    change, address = "CHG-1001", "/changes/CHG-1001"
    network, board, night = (doors.page(name) for name in ("network", "board", "night-shift"))

    network.opens(address)
    network.presses("Assess")
    api("board", change, "reject", 201, comment="Which fan?")
    run("network", "change", "reopen", change)
    network.opens(address)
    network.presses("Submit")
    api("network", change, "assess", 201)
    board.opens(address)
    board.presses("Defer", **{"defer-comment": "Until the spare is here"})
    run("network", "change", "resubmit", change)
    run("network", "change", "assess", change)
    board.opens(address)
    board.presses("Approve", comment="Go")
    assert api("network", change, "", 200, steps=["Pull it", "Seat the new one"])["state"] == "submitted"
    assert "The change was edited after it." in network.opens(address).words
    run("network", "change", "assess", change)
    api("board", change, "approve", 201, comment="Go on", conditions=["Tell the shop floor"])
    network.opens(address)
    network.presses("Schedule")
    run("network", "change", "confirm", change, status=7)
    doors.house.clock.forward(hours=9, minutes=5)
    assert api("night-shift", change, "implement", 409)["code"] == "change.not_ready"
    night.opens(address)
    night.presses("TSK-1001 is done")
    assert "GO: nothing is worse than when CHG-1001 was approved" in run("night-shift", "change", "go", change)
    night.opens(address)
    night.presses("Begin")
    api("night-shift", change, "tick", 200, step=1)
    run("night-shift", "change", "backout", change, "--comment", "It smoked")
    api("network", change, "review", 403, text="Fine")
    board.opens(address)
    board.presses("Review", **{"review-text": "Rightly so", "review-actions": "Test on the bench"})
    assert api("network", change, "close", 200)["state"] == "closed"

    summary = run("board", "change", "show", change)
    page = board.opens(address).words
    for said in ("Backed out", "Rightly so", "Test on the bench"):
        assert said in summary
        assert said in page


def test_an_approval_does_not_outlive_its_facts_at_any_door(doors):
    """Approved; the target's twin fails before the start: NO-GO by name, suspended; repaired: GO, confirmed, begun."""
    run, api = doors.run, doors.api
    given = ("--title", "Patch lb1", "--reason", "Kernel", "--target", "lb1", "--implementer", "night-shift")
    run("network", "change", "new", *given, *WINDOW, "--backout", "Boot the old one", "--submit")
    change, address = "CHG-1001", "/changes/CHG-1001"
    api("network", change, "assess", 201)
    api("board", change, "approve", 201, comment="Go")
    run("network", "change", "schedule", change)
    run("night-shift", "incident", "open", "--title", "No light", "--ci", "lb2", "--priority", "2")
    fact = "lb2, the twin of your target lb1, failed at 2026-03-02 12:00 UTC (INC-1001, recorded by night-shift)"
    assert fact in run("night-shift", "change", "go", change, status=3)
    board, night = doors.page("board"), doors.page("night-shift")
    assert fact in board.opens("/").words
    assert fact in night.opens(address).words
    doors.house.clock.forward(hours=9, minutes=5)
    assert api("night-shift", change, "implement", 409)["code"] == "illegal_move"
    run("night-shift", "incident", "resolve", "INC-1001")
    assert api("night-shift", change, "go", 201)["answer"] == "GO"
    board.opens(address)
    board.presses("Confirm")
    night.opens(address)
    night.presses("Begin")
    assert "CHG-1001 is being implemented." in night.page.words


def test_an_emergency_through_all_doors(doors):
    """Raised on a page, approved over the API, begun at the command line, documented and reviewed on the page."""
    run, api = doors.run, doors.api
    now = ("--from", "2026-03-02T11:30Z", "--to", "2026-03-02T13:00Z", "--type", "emergency")
    run("network", *NEW, *now, "--submit")
    change, address = "CHG-1001", "/changes/CHG-1001"
    run("night-shift", "change", "implement", change, status=2)
    api("night-shift", change, "approve", 403, comment="Go")
    api("board", change, "approve", 201, comment="Go")
    assert "papers are due on 2026-03-04" in run("night-shift", "change", "implement", change)
    api("night-shift", change, "finish", 200, outcome="success")
    night = doors.page("night-shift")
    night.opens(address)
    night.presses("Save the papers", **{"document-steps": "Swap", "document-plan": "Back", "document-evidence": "Ran"})
    run("board", "change", "review", change, "--text", "Well done")
    assert "reviewed" in run("board", "change", "list")

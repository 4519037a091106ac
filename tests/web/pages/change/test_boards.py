"""A board on the pages: planned, frozen, voted and decided by forms, as with a browser without JavaScript."""

from __future__ import annotations

import pytest

from cmdb.change import changes, decisions
from cmdb.change.boards import boards
from cmdb.model.assessment import Verdict
from cmdb.people import persons
from impact.questions.assess import assess
from tests.builders import a_change, add, as_actor
from tests.web.summary.reading import pdf_or_skip


@pytest.fixture
def boarded(house):
    """The house with a board of two and a change that waits for it."""
    add(house.context, a_change("lb1", id="CHG-1"))
    for name in ("chair", "ops"):
        persons.add(house.context, name, name=name, roles=["cab_member"])
    boards.add(house.context, "cab", name="The CAB", chair="chair", members=["ops"], quorum=1)
    assess(as_actor(house.context, "change_manager"), "CHG-1")
    return house


def test_a_meeting_is_held_on_the_pages(boarded):
    """From the list of boards to the minutes, with links and buttons alone."""
    chair = boarded.person("cab_member", "chair")
    chair.opens("/changes")
    chair.follows("Boards")
    chair.follows("The CAB")
    wrong = chair.presses("Plan", starts="2026-03-29T02:30[Europe/Berlin]", duration="30", status=422)
    assert "does not exist" in wrong.text
    chair.presses("Plan", starts="2026-03-02T14:00Z", duration="30")
    chair.follows("MTG-1001")
    chair.presses("Put on the agenda", topic="Holidays")
    assert "Holidays" in chair.page.text
    chair.presses("Freeze the agenda")
    chair.presses("I have read the pack")
    chair.presses("Open the meeting")
    chair.presses("Take my seat")
    chair.presses("Call")
    assert "Item 1 of 2: 3 minutes left" in chair.page.text
    late = chair.presses("Vote", **{"BAL-1001-choice": "reject"}, status=422)
    assert "reason is missing" in late.text
    chair.presses("Vote", **{"BAL-1001-choice": "reject", "BAL-1001-reason": "Not this week"})
    chair.presses("Decide: reject")
    assert changes.get(boarded.context, "CHG-1").record.state.value == "rejected"
    chair.presses("Close the meeting")
    minutes = chair.follows("Minutes")
    assert "Not this week" in minutes.text
    assert "Decided: reject" in minutes.text


def test_the_inbox_shows_what_waits_and_why_a_ballot_is_void(boarded):
    """A ballot between meetings is voted in from the inbox, and gone from it once its change moves on."""
    chair, ops = (boarded.person("cab_member", name) for name in ("chair", "ops"))
    chair.opens("/boards/cab")
    chair.presses("Ask the members", change="CHG-1", until="2026-03-02T20:00Z")
    ops.opens("/board-inbox")
    ops.presses("Vote", **{"BAL-1001-choice": "approve"})
    assert "Nothing waits for you" in ops.page.text
    changes.edit(as_actor(boarded.context, "engineer"), "CHG-1", steps=["Another way"])
    board = chair.opens("/boards/cab")
    assert "Void: the change was edited after it was opened." in board.text


def test_readers_see_no_buttons_they_may_not_press(boarded):
    """A viewer reads boards, meetings and ballots, and is offered nothing."""
    viewer = boarded.person("viewer")
    page = viewer.opens("/boards/cab")
    assert "Ask the members" not in page.text
    assert viewer.opens("/board-inbox").text.count("Nothing waits for you") == 1


def test_a_change_that_is_for_a_board_offers_no_lone_approval(boarded):
    """Its page says who decides instead, and what a member may still do."""
    page = boarded.person("cab_member", "ops").opens("/changes/CHG-1")
    assert "The board cab decides by its votes; you may reject it." in page.text
    assert "Approve</button>" not in page.source
    boards.edit(boarded.context, "cab", active=False)
    assert "Approve</button>" in boarded.person("cab_member", "ops").opens("/changes/CHG-1").source


def test_papers_show_whatever_a_title_holds_as_text(boarded):
    """Pack and minutes are made of facts that anybody may have written."""
    changes.edit(as_actor(boarded.context, "engineer"), "CHG-1", title="<script>alert(1)</script>")
    chair = boarded.person("cab_member", "chair")
    chair.opens("/boards/cab")
    chair.presses("Plan", starts="2026-03-02T14:00Z")
    chair.follows("MTG-1001")
    chair.presses("Freeze the agenda")
    for link in ("Read the pack", "Minutes so far"):
        chair.opens("/meetings/MTG-1001")
        assert "<script>alert(1)</script>" in chair.follows(link).text


def test_a_series_is_planned_by_a_rule_moved_and_ended_on_the_pages(boarded):
    """From the board's page; what is wrong with the rule stands at its field."""
    chair = boarded.person("cab_member", "chair")
    chair.opens("/boards/cab")
    wrong = chair.presses("Plan", starts="2026-03-05T14:00[Europe/Berlin]", rule="FREQ=WEEKLY;BYDAY=FR", status=422)
    assert "which the rule does not name" in wrong.text
    chair.presses("Plan", starts="2026-03-05T14:00[Europe/Berlin]", rule="FREQ=WEEKLY;BYDAY=TH", duration="30")
    assert "FREQ=WEEKLY;BYDAY=TH in the clocks of Europe/Berlin, 30 minutes" in chair.page.words
    assert "MTG-1013" in chair.page.text
    chair.follows("MTG-1002")
    chair.presses("Move it", start="2026-03-13T09:00[Europe/Berlin]")
    assert "It was planned for" in chair.page.words
    chair.opens("/boards/cab")
    late = chair.presses("End the series", status=422)
    assert "reason is missing" in late.text
    chair.presses("End the series", **{"SER-1001-reason": "Monthly now"})
    assert "in the clocks of" not in chair.page.words


def test_the_pack_is_a_page_of_its_own_with_the_ten_points_of_each_change(boarded):
    """In both languages, with the projected outage, and as PDF."""
    chair = boarded.person("cab_member", "chair")
    chair.opens("/boards/cab")
    chair.presses("Plan", starts="2026-03-02T14:00Z")
    chair.follows("MTG-1001")
    chair.presses("Freeze the agenda")
    shown = chair.follows("Read the pack")
    assert "Projected service outage" in shown.words
    assert 'id="CHG-1-point-10"' in shown.source
    assert "style>" not in shown.source
    assert "议程" in chair.follows("中文").words
    chair.opens("/meetings/MTG-1001")
    pdf_or_skip()
    assert chair.client.get("/meetings/MTG-1001/pack.pdf").data.startswith(b"%PDF")


def test_the_page_of_an_overridden_change_names_the_board(boarded):
    """No member is offered an approval of their own; who decides is the board by its votes."""
    add(boarded.context, a_change("db-b", id="CHG-2", back_out=None))
    assert assess(as_actor(boarded.context, "change_manager"), "CHG-2").record.verdict is Verdict.BLOCK
    decisions.ask_override(as_actor(boarded.context, "change_manager", "manager"), "CHG-2", comment="Needed")
    decisions.override(as_actor(boarded.context, "cab_member", "chair"), "CHG-2", comment="Agreed")
    page = boarded.person("cab_member", "ops").opens("/changes/CHG-2")
    assert "The board cab decides by its votes; you may reject it." in page.text
    assert "Two persons overrode BLOCK. The board cab by its votes" in page.words
    assert "Approve</button>" not in page.source
    assert "Assessed: you may decide about it" not in boarded.person("cab_member", "ops").opens("/").words

"""A BLOCK that two persons overrode still goes to the board where one is in use, an emergency too."""

from __future__ import annotations

import pytest

from cmdb.change import changes, decisions
from cmdb.change.boards import ballots, boards, meeting_series, meetings
from cmdb.change.boards.errors import BoardDecides
from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.change.errors import NotTheEmergencyBoard
from cmdb.errors import IllegalMove
from cmdb.model.assessment import Verdict
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import ChangeState, ChangeType
from impact.questions.assess import assess
from impact.questions.go import go
from tests.builders import a_change, a_server, a_service, add, as_actor, depends
from tests.cmdb.change.boards.boarding import asked, member, say, the_board_case

WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))
WHY = "The wiki is read-only this week"


def blocked(**fields):
    """A change that takes the wiki down with no way back: BLOCK, and a board is in use."""
    context = the_board_case(a_change("web1", id="CHG-0"), quorum=2)
    add(context, *WIKI, a_change("db1", id="CHG-1", back_out=None, **fields))
    assert assess(as_actor(context, "change_manager"), "CHG-1").record.verdict is Verdict.BLOCK
    return context


def overridden(context):
    """The same, overridden by a change manager who asks and a member who confirms."""
    decisions.ask_override(as_actor(context, "change_manager", "manager"), "CHG-1", comment=WHY)
    decisions.override(member(context, "security"), "CHG-1", comment="Agreed")
    return context


def state_of(context):
    return changes.get(context, "CHG-1").record.state


@pytest.mark.parametrize("name", ["chair", "security", "ops"])
@pytest.mark.parametrize("kind", [ChangeType.NORMAL, ChangeType.EMERGENCY])
def test_no_member_approves_alone_what_was_overridden(kind, name):
    """Neither the chair, nor who confirmed the override, nor another; of an emergency that was assessed neither."""
    context = overridden(blocked(type=kind))
    with pytest.raises(BoardDecides) as refused:
        decisions.approve(member(context, name), "CHG-1")
    assert refused.value.facts["boards"] == "cab"
    assert state_of(context) is ChangeState.ASSESSED


@pytest.mark.parametrize("kind", [ChangeType.NORMAL, ChangeType.EMERGENCY])
def test_the_board_decides_by_its_votes_what_was_overridden(kind):
    """Not before the quorum, and not on the vote of the chair alone; then it is approved and says by which ballot."""
    context = overridden(blocked(type=kind))
    ballot = asked(context)
    say(context, ballot, chair="approve")
    with pytest.raises(IllegalMove) as refused:
        ballots.decide(member(context), ballot)
    assert refused.value.facts["because"] == "no_quorum"
    say(context, ballot, ops="approve")
    made = ballots.decide(member(context), ballot).record
    assert (made.ballot, made.verdict) == (ballot, Verdict.BLOCK)
    assert state_of(context) is ChangeState.APPROVED


def test_the_board_waits_for_the_override():
    """Before it, and when only one person has asked for it, the votes of the board approve nothing."""
    context = blocked()
    ballot = asked(context)
    say(context, ballot, chair="approve", ops="approve")
    for act in (lambda: None, lambda: decisions.ask_override(member(context, "ops"), "CHG-1", comment=WHY)):
        act()
        with pytest.raises(IllegalMove) as refused:
            ballots.decide(member(context), ballot)
        assert refused.value.facts["because"] == "verdict_not_block"
    decisions.override(member(context, "security"), "CHG-1", comment="Agreed")
    ballots.decide(member(context), ballot)
    assert state_of(context) is ChangeState.APPROVED


def test_without_a_board_in_use_a_member_decides():
    """The rule of CAB: a board that is no longer in use decides nothing."""
    context = overridden(blocked())
    boards.edit(as_actor(context, "administrator"), "cab", active=False)
    decisions.approve(member(context), "CHG-1")
    assert state_of(context) is ChangeState.APPROVED


def test_an_emergency_board_is_a_board_that_is_asked_at_short_notice():
    """With a chair of its own and until a near hour; the other board's chair alone decides nothing."""
    context = overridden(blocked(type=ChangeType.EMERGENCY))
    keeper = as_actor(context, "administrator")
    boards.add(keeper, "ecab", name="Emergency board", chair="ops", members=["ops", "security"], quorum=2)
    with pytest.raises(BoardDecides) as refused:
        decisions.approve(member(context), "CHG-1")
    assert refused.value.facts["boards"] == "cab or ecab"
    ballot = asked(context, board="ecab", until="2026-03-02T12:30Z")
    say(context, ballot, ops="approve", security="approve")
    ballots.decide(member(context, "ops"), ballot)
    assert state_of(context) is ChangeState.APPROVED


def test_before_it_is_assessed_an_emergency_is_approved_on_the_word_of_the_emergency_board():
    """That word stands in the record without a verdict; once the revision is assessed the board decides by votes."""
    context = the_board_case(a_change("web1", id="CHG-0"))
    urgent = a_change("db1", id="CHG-1", back_out=None, type=ChangeType.EMERGENCY)
    add(context, *WIKI, urgent)
    with pytest.raises(NotTheEmergencyBoard):
        decisions.approve(as_actor(context, "change_manager", "manager"), "CHG-1")
    made = decisions.approve(member(context), "CHG-1").record
    assert (made.verdict, made.ballot) == (None, None)
    assess(as_actor(context, "change_manager"), "CHG-1")
    with pytest.raises(BoardDecides):
        decisions.approve(member(overridden(context)), "CHG-1")


def test_the_agenda_says_what_was_overridden():
    """Whoever reads it sees that the board may approve what is blocked otherwise."""
    context = blocked()
    meeting_series.plan(member(context), "cab", ["2026-03-02T16:00Z"])
    (held,) = meetings.listing(context).rows

    def why():
        return {item.ref: item.because for item in meetings.agenda(context, held.record.id)}["CHG-1"]

    assert why() == "verdict_block"
    overridden(context)
    assert why() == "overridden"


def test_no_member_confirms_alone_what_has_become_the_boards():
    """A peer approved it; with a peak event in its window it is for the board, which a confirmation would pass by."""
    context = the_board_case(a_change("web1", id="CHG-0"), quorum=2)
    add(context, *WIKI, a_change("db1", id="CHG-1"))
    assert assess(as_actor(context, "change_manager"), "CHG-1").record.verdict is Verdict.PEER
    decisions.approve(as_actor(context, "engineer", "peer"), "CHG-1")
    always = ScheduleGiven("2026-03-01T00:00Z", "2026-09-01T00:00Z")
    peak = {"name": "Sale", "reason": "", "schedule": always, "covers": Covered(everything=True), "demand": 3.0}
    calendar.add(as_actor(context, "administrator"), "peak", {**peak, "counts_as_freeze": False})
    assert go(as_actor(context, "engineer", "ops"), "CHG-1").record.reasons == ("worse_verdict",)
    with pytest.raises(BoardDecides) as refused:
        decisions.confirm(member(context, "security"), "CHG-1")
    assert (refused.value.facts["move"], refused.value.facts["boards"]) == ("confirm", "cab")
    decisions.recall(member(context, "security"), "CHG-1", comment="For the board")
    assess(as_actor(context, "change_manager"), "CHG-1")
    ballot = asked(context)
    say(context, ballot, chair="approve", ops="approve")
    ballots.decide(member(context), ballot)
    assert state_of(context) is ChangeState.APPROVED

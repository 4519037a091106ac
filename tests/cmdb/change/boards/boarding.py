"""A board in a test: members with their roles, changes that wait for it, and short ways to vote."""

from __future__ import annotations

from dataclasses import replace

from cmdb.change import change_models
from cmdb.change.boards import ballots, boards, meeting_series, meetings, votes
from cmdb.change.record import tasks
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, ChangeState, ChangeType
from cmdb.model.change_model import FailureLimit
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.meeting import MEETINGS, AgendaItem, ItemKind, Meeting, MeetingState
from cmdb.people import persons
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, add, as_actor, needs, the_context

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
MEMBERS = ("chair", "deputy", "ops", "security")
LATER = "2026-03-03T12:00Z"


def the_board_case(*changes, rule="chair", quorum=2, deputy="deputy", **fields):
    """A board of four, with a change whose verdict is CAB, assessed: it waits for the board."""
    made = changes or (a_change("web1", id="CHG-1", **fields),)
    context = the_context(*SHOP, *made)
    keeper = as_actor(context, "administrator")
    for name in MEMBERS:
        persons.add(keeper, name, name=name.title(), roles=["cab_member"])
    boards.add(keeper, "cab", name="CAB", chair="chair", members=MEMBERS, rule=rule, quorum=quorum, deputy=deputy)
    for change in made:
        assess(as_actor(context, "change_manager"), change.id)
    return context


def member(context, name="chair"):
    """The context in the hands of a member."""
    return as_actor(context, "cab_member", name)


def asked(context, change="CHG-1", board="cab", until=LATER):
    """The id of a ballot between meetings."""
    return ballots.ask(as_actor(context, "change_manager"), board, change, until=until).record.id


def say(context, ballot, **choices):
    """Vote: ``say(context, ballot, ops="reject")``."""
    for name, choice in choices.items():
        conditions = ["Tell the shop floor"] if choice == "approve_with_conditions" else ()
        reason = "" if choice == "approve" else f"{name} says so"
        votes.vote(member(context, name), ballot, choice, reason=reason, conditions=conditions)


def stand_in(context, person, *principals, accounts=()):
    """Record somebody who stands in for others."""
    keeper = as_actor(context, "administrator")
    persons.add(keeper, person, name=person, roles=["cab_member"], delegate_of=principals, accounts=accounts)


def edited(change, **fields):
    return replace(change, **fields)


def a_full_agenda(context):
    """
    A planned meeting with all that a board speaks about; the context has the board of above and CHG-1 waits for it.

    Of last time an action; since then what failed, was backed out, was urgent and was done without a change; what is to
    be decided, a model drawn up and one that fails, a topic, and what is approved ahead, by the policy and by people.
    """
    now = context.clock.now()
    secretary = as_actor(context, "change_manager")
    ended = {"state": ChangeState.CLOSED, "raised_at": now, "started_at": now, "outcome_at": now}
    went = ChangeOutcome.SUCCESS
    add(
        context,
        a_change("web2", id="CHG-10", state=ChangeState.APPROVED),
        a_change("web2", id="CHG-11", **ended, outcome=ChangeOutcome.FAILED),
        a_change("web2", id="CHG-12", **ended, outcome=ChangeOutcome.BACKED_OUT),
        a_change("web2", id="CHG-13", **ended, outcome=went, type=ChangeType.EMERGENCY),
        a_change("web2", id="CHG-14", **ended, outcome=went, retrospective=True),
        a_change("web2", id="CHG-15", **ended, outcome=went),
        a_change("web2", id="CHG-16"),
    )
    assess(secretary, "CHG-16")
    judged = context.records.held(ASSESSMENTS, context.records.get(CHANGES, "CHG-16").assessment)
    context.records.put(ASSESSMENTS, replace(judged.record, verdict=Verdict.AUTO), because="test:auto")
    scheduled = replace(context.records.get(CHANGES, "CHG-16"), state=ChangeState.SCHEDULED)
    context.records.put(CHANGES, scheduled, because="test:auto")
    for name in ("drawn-up", "failing"):
        change_models.define(as_actor(context, "engineer"), name, title=name, limit=FailureLimit(1, 5))
    change_models.approve(secretary, "failing")
    add(context, a_change("web2", id="CHG-17", **ended, outcome=ChangeOutcome.FAILED, model="failing"))
    meeting_series.plan(secretary, "cab", ["2026-03-02T14:00Z"])
    meeting = meetings.listing(context).rows[-1].record.id
    tasks.add(secretary, "CHG-10", title="Ask the supplier")
    last = AgendaItem(ItemKind.DECISION, "Replace the switch", 3, "verdict_cab", "CHG-10")
    before = Meeting("MTG-900", "cab", MeetingState.CLOSED, now, 60, "SER-1001", agenda=(last,), closed_at=now)
    context.records.put(MEETINGS, before, because="test:held")
    meetings.put_on(secretary, meeting, topic="Holidays", minutes=7)
    return meeting


FULL_AGENDA = [
    ("action", 1, "open"),
    ("look_back", 2, "failed"),
    ("look_back", 2, "backed_out"),
    ("look_back", 2, "emergency"),
    ("look_back", 2, "unauthorised"),
    ("look_back", 2, "failed"),
    ("decision", 3, "verdict_cab"),
    ("model", 2, "to_approve"),
    ("model", 2, "to_withdraw"),
    ("topic", 7, "by_hand"),
    ("pre_authorised", 0, "policy"),
    ("forward", 0, "granted"),
]
"""What it says, written by hand: what each item is, its timer, and why it is there."""

"""A board in a test: members with their roles, changes that wait for it, and short ways to vote."""

from __future__ import annotations

from dataclasses import replace

from cmdb.change import ballots, boards, votes
from cmdb.people import persons
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, as_actor, needs, the_context

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

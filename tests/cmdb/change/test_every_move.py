"""Every state with every move, one by one: what the table allows leads where it says, everything else is refused."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from cmdb.change import changes, decisions, implementation, lifecycle, reviews
from cmdb.errors import WrongState
from cmdb.model.change import CHANGES, ChangeState, ChangeType, Effect, Suspension, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.ports.store import Put
from cmdb.records import to_document
from impact.questions.assess import assess
from impact.questions.begin import implement
from impact.questions.go import go
from tests.builders import a_change, a_server, a_service, a_window, as_actor, depends, moment, needs, the_context
from tests.policies import FIRST, judged_by

# Written by hand from the page of changes: state > move > where it leads. What is not here must be refused. Never made
# from the code: it is what the code is held to.
EXPECTED = {
    "draft": {"edit": "draft", "reword": "draft", "submit": "submitted", "cancel": "cancelled"},
    "submitted": {
        "edit": "submitted",
        "reword": "submitted",
        "assess": "assessed",
        "assess and schedule": "scheduled",
        "approve as emergency": "submitted",
        "implement": "implementing",
        "cancel": "cancelled",
    },
    "assessed": {
        "edit": "submitted",
        "reword": "assessed",
        "assess": "assessed",
        "assess and schedule": "scheduled",
        "approve": "approved",
        "reject": "rejected",
        "defer": "deferred",
        "ask for override": "assessed",
        "override": "assessed",
        "cancel": "cancelled",
    },
    "approved": {
        "edit": "submitted",
        "reword": "approved",
        "assess": "assessed",
        "assess and confirm": "approved",
        "assess and schedule": "scheduled",
        "schedule": "scheduled",
        "recall": "submitted",
        "suspend": "approved",
        "confirm": "approved",
        "go": "approved",
        "expire": "expired",
        "finish": "implemented",
        "finish in part": "partly_implemented",
        "finish backed out": "backed_out",
        "finish failed": "failed",
        "cancel": "cancelled",
    },
    "rejected": {"edit": "draft", "reword": "draft", "reopen": "draft", "cancel": "cancelled"},
    "deferred": {"edit": "submitted", "reword": "deferred", "resubmit": "submitted", "cancel": "cancelled"},
    "scheduled": {
        "edit": "submitted",
        "reword": "scheduled",
        "assess": "assessed",
        "assess and confirm": "scheduled",
        "assess and schedule": "scheduled",
        "recall": "submitted",
        "suspend": "scheduled",
        "confirm": "scheduled",
        "go": "scheduled",
        "implement": "implementing",
        "expire": "expired",
        "cancel": "cancelled",
    },
    "implementing": {
        "tick": "implementing",
        "finish": "implemented",
        "finish in part": "partly_implemented",
        "finish backed out": "backed_out",
        "finish failed": "failed",
        "document": "implementing",
    },
    "implemented": {"document": "implemented", "review": "reviewed"},
    "partly_implemented": {"document": "partly_implemented", "review": "reviewed"},
    "backed_out": {"document": "backed_out", "review": "reviewed"},
    "failed": {"document": "failed", "review": "reviewed"},
    "reviewed": {"close": "closed"},
    "closed": {},
    "expired": {},
    "cancelled": {},
}
MOVES = sorted({move for moves in EXPECTED.values() for move in moves})

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))
HARMLESS = Target("db1", Effect.CONFIG)
FINISHES = {
    "finish": {"outcome": ChangeOutcome.SUCCESS},
    "finish in part": {"outcome": ChangeOutcome.ISSUES, "in_part": True, "comment": "Half of it"},
    "finish backed out": {"outcome": ChangeOutcome.BACKED_OUT, "comment": "It smoked"},
    "finish failed": {"outcome": ChangeOutcome.FAILED, "comment": "It burnt"},
}


OVERRIDES = ("ask for override", "override")


def do(move, by):
    """Return what makes a move: a function of a change's id. ``by`` gives a role's context on the store."""
    engineer, manager, board = by("engineer", "colleague"), by("change_manager", "manager"), by("cab_member", "board")
    if move in FINISHES:
        return lambda change: implementation.finish(engineer, change, **FINISHES[move])
    return {
        "edit": lambda change: changes.edit(engineer, change, steps=["Otherwise"]),
        "reword": lambda change: changes.edit(engineer, change, title="In other words"),
        "submit": lambda change: changes.submit(engineer, change),
        "resubmit": lambda change: changes.resubmit(engineer, change),
        "reopen": lambda change: lifecycle.reopen(engineer, change),
        "assess": lambda change: assess(engineer, change),
        "assess and confirm": lambda change: assess(engineer, change),
        "assess and schedule": lambda change: assess(engineer, change),
        "approve": lambda change: decisions.approve(board, change),
        "approve as emergency": lambda change: decisions.approve(board, change),
        "reject": lambda change: decisions.reject(board, change, comment="No"),
        "defer": lambda change: decisions.defer(board, change, comment="Next week"),
        "ask for override": lambda change: decisions.ask_override(engineer, change, comment="It can not wait"),
        "override": lambda change: decisions.override(board, change, comment="Agreed"),
        "recall": lambda change: decisions.recall(board, change, comment="Wait"),
        "suspend": lambda change: decisions.suspend(board, change, comment="web2 failed"),
        "confirm": lambda change: decisions.confirm(board, change),
        "go": lambda change: go(engineer, change),
        "schedule": lambda change: lifecycle.schedule(engineer, change),
        "cancel": lambda change: lifecycle.cancel(engineer, change, comment="Not needed"),
        "expire": lambda change: lifecycle.expire(manager, change),
        "implement": lambda change: implement(engineer, change),
        "tick": lambda change: implementation.tick(engineer, change, 1),
        "document": lambda change: implementation.document(engineer, change, test_evidence="Tried on the bench"),
        "review": lambda change: reviews.review(board, change, text="As planned"),
        "close": lambda change: lifecycle.close(engineer, change),
    }[move]


def fields_for(move, state):
    """Return what a change must be for the guards of a move to hold; without a row in the table, what might help."""
    given = {"steps": ("Do it",), "requester": "requester"}
    if move == "assess and schedule":
        given |= {"type": ChangeType.STANDARD, "targets": (HARMLESS,)}
    if move in OVERRIDES:
        given |= {"targets": (Target("db1"),), "back_out": None}
    if move in ("approve as emergency", "document") or (move == "implement" and state == "submitted"):
        given |= {"type": ChangeType.EMERGENCY}
    if move in FINISHES and state == "approved":
        given |= {"retrospective": True, "window": a_window("2026-03-01T22:00Z")}
    if move == "implement":
        given |= {"window": a_window("2026-03-02T11:30Z")}
    if move == "expire":
        given |= {"window": a_window("2026-03-02T10:00Z")}
    if move == "confirm":
        given |= {"suspended": Suspension(moment("2026-03-02T11:00Z"), "board", "web2 failed")}
    if state in ("implemented", "partly_implemented", "backed_out", "failed", "reviewed", "closed"):
        given |= {"outcome": ChangeOutcome.SUCCESS, "papers_due": date(2026, 3, 4)}
    return given


def brought_to(context, number, move, state):
    """Write a change in the state, with the assessment and the emergency approval that its move rests on."""
    wanted = {**fields_for(move, state), "id": f"CHG-{number}"}
    targets = wanted.pop("targets", (Target("web1"),))
    change = a_change(*targets, **wanted)
    put(context, change)
    if state in ("assessed", "approved", "scheduled") and move in EXPECTED[state]:
        # Judged in a window that no rule is against, then given the one the move needs.
        plain = {name: value for name, value in wanted.items() if name not in ("type", "suspended", "retrospective")}
        first = Target("web2") if move in ("assess", "assess and schedule") else targets[0]
        put(context, a_change(first, **{**plain, "window": a_window()}))
        assess(as_actor(context, "engineer", "assessor"), change.id)
        change = a_change(*targets, assessment=changes.get(context, change.id).record.assessment, **wanted)
    if move == "override" and move in EXPECTED[state]:
        decisions.ask_override(as_actor(context, "change_manager", "manager"), change.id, comment="It can not wait")
    if move == "implement" and move in EXPECTED[state] and state == "submitted":
        decisions.approve(as_actor(context, "cab_member", "board"), change.id)
    put(context, a_change(*targets, **{**wanted, "assessment": change.assessment, "state": ChangeState(state)}))
    if move == "implement" and state == "scheduled":
        go(as_actor(context, "engineer", "colleague"), change.id)
    return change.id


def put(context, change):
    context.records.apply([Put(CHANGES, to_document(CHANGES, change))], because="test:brought")


@pytest.mark.parametrize("state", EXPECTED)
def test_every_move_leads_where_the_page_says_or_is_refused(state):
    """Each of the moves is made through its desk, on a change that meets its guards; nothing else moves a change."""
    shared = fresh()
    for number, move in enumerate(MOVES, start=1001):
        # What is refused for its state may share a store; what is made must meet no other change there.
        context = fresh() if move in EXPECTED[state] else shared
        if move not in EXPECTED[state] and leads_on_by_another_name(state, move):
            continue
        change = brought_to(context, number, move, state)
        before = changes.get(context, change).record
        act = do(move, lambda role, name, context=context: as_actor(context, role, name))
        if move in EXPECTED[state]:
            act(change)
            assert changes.get(context, change).record.state.value == EXPECTED[state][move], move
        else:
            with pytest.raises(WrongState):
                act(change)
            assert changes.get(context, change).record == before, move


def leads_on_by_another_name(state, move):
    """Some moves share a door: which of them it is, the facts decide; then there is no other to be refused."""
    doors = (
        {"assess", "assess and confirm", "assess and schedule"},
        {"approve", "approve as emergency"},
    )
    return any(move in door and door & EXPECTED[state].keys() for door in doors)


def fresh():
    # By a policy under which standard changes approve themselves, model or not.
    return judged_by(the_context(*SHOP, *WIKI), FIRST)


def test_the_hand_written_table_knows_every_state_and_the_code_no_other_row():
    """Neither forgets what the other has: the rows of the code, as pairs, are the pairs written by hand."""
    from cmdb.change.moves import MOVES as ROWS

    assert set(EXPECTED) == {state.value for state in ChangeState}
    by_hand = {(state, move, to) for state, moves in EXPECTED.items() for move, to in moves.items()}
    assert {(row.origin.value, row.name, row.to.value) for row in ROWS} == by_hand
    assert len(list(product(EXPECTED, MOVES))) == 16 * len(MOVES)

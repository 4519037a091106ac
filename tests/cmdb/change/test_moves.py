"""The table of moves: complete, and the only way a change gets from state to state."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from cmdb.change.guarding import CHECKED, CHOOSING
from cmdb.change.moves import GUARDS, MOVES, move_of, possible_moves, rows
from cmdb.errors import WrongState
from cmdb.model.change import Change, ChangeState, ChangeType
from cmdb.roles import ACTS, Role


def a_change(state):
    return Change("CHG-1", "t", "r", "engineer", datetime(2026, 3, 2, tzinfo=UTC), ChangeType.NORMAL, state, 1)


@pytest.mark.parametrize(("name", "state"), [*product(sorted({m.name for m in MOVES}), ChangeState)])
def test_what_is_not_in_the_table_is_refused_with_the_states_that_have_it(name, state):
    """Every pair of move and state is either one row or refused, and the refusal says where it would be possible."""
    rows_for = [m for m in MOVES if (m.name, m.origin) == (name, state)]
    if rows_for:
        assert move_of(a_change(state), name) == rows_for[0]
        assert len(rows_for) == 1
    else:
        with pytest.raises(WrongState) as refused:
            move_of(a_change(state), name)
        assert refused.value.facts["because"] == "wrong_state"
        told = refused.value.facts["possible"].split(" or ")
        alone = {"emergency", "retrospective"}
        every = [m for m in MOVES if m.name == name]
        assert told == [m.origin.value for m in every if not alone & {*m.guards}] or all(
            alone & {*m.guards} for m in every
        )


def test_every_act_is_known_to_the_roles_and_every_guard_has_its_meaning():
    """No row asks for a right nobody could have or is guarded by an unexplained word, and no guard is left over."""
    known = set().union(*ACTS.values())
    assert {move.act for move in MOVES} <= known
    assert {guard for move in MOVES for guard in move.guards} == set(GUARDS)
    assert not any(move.act in ACTS[Role.VIEWER] for move in MOVES)


def test_only_an_assessment_makes_a_change_ready_and_only_a_decision_approves_it():
    """Whoever looks for a way around finds none: approved is reached by approve, or by an assessment."""
    assert {m.name for m in MOVES if m.to is ChangeState.ASSESSED and m.origin is not ChangeState.ASSESSED} == {
        "assess"
    }
    entering = {m.name for m in MOVES if m.to is ChangeState.APPROVED and m.origin is not ChangeState.APPROVED}
    assert entering == {"approve"}
    scheduling = {m.name for m in MOVES if m.to is ChangeState.SCHEDULED and m.origin is not ChangeState.SCHEDULED}
    assert scheduling == {"schedule", "assess and schedule"}


def test_every_state_can_be_reached_from_a_draft_and_left():
    """No change gets stuck, and no state is there for nothing."""
    reached, work = {ChangeState.DRAFT}, [ChangeState.DRAFT]
    for state in work:
        fresh = {m.to for m in MOVES if m.origin is state} - reached
        reached |= fresh
        work.extend(fresh)
    assert reached == set(ChangeState)
    ends = {ChangeState.CLOSED, ChangeState.EXPIRED, ChangeState.CANCELLED}
    assert {state for state in ChangeState if not possible_moves(a_change(state))} == ends


def test_the_table_can_be_read_by_people():
    """The documentation has a line for every row, guards in words."""
    assert len(rows()) == len(MOVES)
    assert ("reject", "assessed", "rejected", "change:reject") in [row[:4] for row in rows()]
    assert all("_" not in row[4] for row in rows())


def test_every_guard_of_the_table_is_asked():
    """A guard that nobody asks would be a promise on paper: each has its check, or is told as a fault of the input."""
    named = {guard for move in MOVES for guard in move.guards}
    assert named <= CHOOSING | CHECKED
    assert not CHOOSING & CHECKED

"""BLOCK is overridden by two different persons with a reason, on one revision and one result, and the board decides."""

from __future__ import annotations

import pytest

from cmdb.change import changes, decisions, lifecycle
from cmdb.change.errors import NotTheAuthority, OwnApproval, OwnChange
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeState
from cmdb.model.decision import Choice
from cmdb.people import persons
from cmdb.ports.errors import VersionConflict
from impact.questions.assess import assess
from impact.questions.begin import implement
from impact.questions.go import go
from tests.builders import a_change, a_server, a_service, add, as_actor, depends, the_context

WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))
WHY = "The wiki is read-only this week"


@pytest.fixture
def context():
    """A change that takes the wiki down with no way back, assessed: BLOCK."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1", back_out=None, implementer="hands", authors=("pen",)))
    assert assess(context, "CHG-1").record.verdict is Verdict.BLOCK
    return context


def by(context, name, role="cab_member"):
    return as_actor(context, role, name)


def overridden(context):
    decisions.ask_override(by(context, "manager", "change_manager"), "CHG-1", comment=WHY)
    decisions.override(by(context, "chair"), "CHG-1", comment="Agreed")
    return context


def because(act, *given, **more):
    with pytest.raises(IllegalMove) as refused:
        act(*given, **more)
    return refused.value.facts["because"]


def test_two_persons_override_and_the_board_decides(context):
    """Both are recorded with their reasons on the assessment they saw; then a board member may approve."""
    assert because(decisions.approve, by(context, "chair"), "CHG-1") == "verdict_not_block"
    overridden(context)
    with pytest.raises(NotTheAuthority):
        decisions.approve(by(context, "peer", "engineer"), "CHG-1")
    decisions.approve(by(context, "chair"), "CHG-1")
    assert changes.get(context, "CHG-1").record.state is ChangeState.APPROVED
    told = [
        (each.decision.choice, each.decision.by, each.decision.comment)
        for each in decisions.of_change(context, "CHG-1")
    ]
    assert told == [
        (Choice.ASK_OVERRIDE, "manager", WHY),
        (Choice.OVERRIDE, "chair", "Agreed"),
        (Choice.APPROVE, "chair", ""),
    ]
    assert {each.decision.verdict for each in decisions.of_change(context, "CHG-1")} == {Verdict.BLOCK}
    assert not any(each.void for each in decisions.of_change(context, "CHG-1"))


def test_one_person_is_not_two(context):
    """Nor with a second account, nor as a delegate, whichever of the two stands in for the other."""
    assert because(decisions.override, by(context, "chair"), "CHG-1", comment=WHY) == "override_asked"
    decisions.ask_override(by(context, "chair"), "CHG-1", comment=WHY)
    assert because(decisions.override, by(context, "chair"), "CHG-1", comment=WHY) == "another_person"
    keeper = by(context, "keeper", "administrator")
    persons.add(keeper, "p-chair", name="Chair", roles=["cab_member"], accounts=["chair", "chair2"])
    persons.add(keeper, "p-deputy", name="Deputy", roles=["cab_member"], accounts=["deputy"], delegate_of=["p-chair"])
    for name in ("chair2", "deputy"):
        assert because(decisions.override, by(context, name), "CHG-1", comment=WHY) == "another_person"
    decisions.ask_override(by(context, "deputy"), "CHG-1", comment=WHY)
    assert because(decisions.override, by(context, "chair"), "CHG-1", comment=WHY) == "another_person"
    decisions.override(by(context, "other"), "CHG-1", comment=WHY)


@pytest.mark.parametrize(("name", "part"), [("engineer", "requester"), ("hands", "implementer"), ("pen", "author")])
def test_whose_change_it_is_neither_asks_nor_confirms(context, name, part):
    """Requester, implementer and author, whatever their roles."""
    for act in (decisions.ask_override, decisions.override):
        with pytest.raises(OwnChange) as refused:
            act(by(context, name), "CHG-1", comment=WHY)
        assert refused.value.facts["part"] == part


def test_only_those_who_may_override_and_only_with_a_reason(context):
    """Readers may not ask, engineers may not confirm, and nobody without saying why."""
    with pytest.raises(NotAllowed):
        decisions.ask_override(by(context, "reader", "viewer"), "CHG-1", comment=WHY)
    with pytest.raises(InvalidInput):
        decisions.ask_override(by(context, "manager", "change_manager"), "CHG-1", comment=" ")
    decisions.ask_override(by(context, "manager", "change_manager"), "CHG-1", comment=WHY)
    for role in ("engineer", "change_manager", "service_owner", "administrator"):
        with pytest.raises(NotTheAuthority) as refused:
            decisions.override(by(context, "second", role), "CHG-1", comment=WHY)
        assert refused.value.facts["needed"] == "cab_member"
    with pytest.raises(InvalidInput):
        decisions.override(by(context, "chair"), "CHG-1", comment="")


def test_an_edit_ends_it(context):
    """The new revision is blocked anew; what was decided stays to be seen, void."""
    overridden(context)
    changes.edit(context, "CHG-1", steps=["Otherwise"])
    assess(context, "CHG-1")
    assert because(decisions.approve, by(context, "chair"), "CHG-1") == "verdict_not_block"
    assert {each.because for each in decisions.of_change(context, "CHG-1")} == {"edited"}


def test_another_result_ends_it_and_the_same_does_not(context):
    """It is bound to what was known; assessed again with the same result it holds."""
    overridden(context)
    assess(context, "CHG-1")
    assert because(decisions.ask_override, by(context, "x"), "CHG-1", comment=WHY) == "verdict_block"
    add(context, a_service("shop", tier=1), *depends("shop", "db1"))
    assert assess(context, "CHG-1").record.verdict is Verdict.BLOCK
    assert because(decisions.approve, by(context, "chair"), "CHG-1") == "verdict_not_block"
    assert {each.because for each in decisions.of_change(context, "CHG-1")} == {"assessed_again"}


def test_what_was_approved_so_holds_while_the_result_does(context):
    """Assessed again it stays approved; with another result it is blocked again."""
    overridden(context)
    decisions.approve(by(context, "chair"), "CHG-1")
    assess(context, "CHG-1")
    assert changes.get(context, "CHG-1").record.state is ChangeState.APPROVED
    add(context, a_service("shop", tier=1), *depends("shop", "db1"))
    assess(context, "CHG-1")
    assert changes.get(context, "CHG-1").record.state is ChangeState.ASSESSED


def test_nothing_else_is_overridden():
    """What the board may decide needs no override; a seen assessment or version that is not the newest is told."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1"))
    assess(context, "CHG-1")
    assert because(decisions.ask_override, by(context, "x"), "CHG-1", comment=WHY) == "verdict_block"
    with pytest.raises(VersionConflict):
        decisions.ask_override(by(context, "x"), "CHG-1", comment=WHY, expected_version=9)
    assert (
        because(decisions.ask_override, by(context, "x"), "CHG-1", comment=WHY, assessment="0") == "assessment_as_seen"
    )


@pytest.mark.parametrize("name", ["manager", "deputy", "chair"])
def test_whoever_overrode_or_approved_it_does_not_implement_it(context, name):
    """Who asked, who confirmed and who approved alike: each of them let it pass."""
    decisions.ask_override(by(context, "manager", "change_manager"), "CHG-1", comment=WHY)
    decisions.override(by(context, "deputy"), "CHG-1", comment="Agreed")
    decisions.approve(by(context, "chair"), "CHG-1")
    lifecycle.schedule(context, "CHG-1")
    context.clock.forward(hours=10)
    go(context, "CHG-1")
    with pytest.raises(OwnApproval) as refused:
        implement(by(context, name, "change_manager"), "CHG-1")
    assert refused.value.facts["approver"] == name
    assert implement(by(context, "hands", "engineer"), "CHG-1").record.state is ChangeState.IMPLEMENTING

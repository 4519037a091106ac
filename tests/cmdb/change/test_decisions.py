"""Who decides about what: bound to a revision and an assessment, never about one's own, void when facts move."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cmdb.change import assessments, changes, decisions
from cmdb.change.decisions import AUTHORITY
from cmdb.change.errors import NotTheAuthority, OwnChange
from cmdb.change.policy.policy import set_policy
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed, WrongState
from cmdb.model.assessment import ASSESSMENTS, Verdict, result_of
from cmdb.model.change import ChangeState, ChangeType, Effect, Target
from cmdb.model.decision import Choice
from cmdb.ports.errors import VersionConflict
from cmdb.records import to_document
from cmdb.roles import ACTS, Role
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, add, as_actor, depends, needs, the_context
from tests.policies import FIRST, changed, judged_by

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))


def the_board_case(**fields):
    """A change that takes the shop's last spare, assessed: verdict CAB."""
    context = the_context(*SHOP, *WIKI, a_change("web1", id="CHG-1", **fields))
    assert assess(as_actor(context, "change_manager"), "CHG-1").record.verdict is Verdict.CAB
    return context


def the_peer_case(**fields):
    """A change that takes a tier 3 service down for a while, with a back-out plan, assessed: verdict PEER."""
    context = the_context(*SHOP, *WIKI, a_change("db1", id="CHG-1", **fields))
    assert assess(as_actor(context, "change_manager"), "CHG-1").record.verdict is Verdict.PEER
    return context


def state_of(context):
    return changes.get(context, "CHG-1").record.state


def test_the_board_approves_and_the_record_says_on_what_grounds():
    """Person, time, revision, assessment and its very bytes: enough to stand up later."""
    context = the_board_case()
    context.clock.forward(hours=2)
    made = decisions.approve(as_actor(context, "cab_member", "cab-chair"), "CHG-1", comment="Go").record
    assessment = assessments.of_change(context, "CHG-1")[-1]
    assert (made.by, made.at, made.choice, made.comment) == ("cab-chair", context.clock.now(), Choice.APPROVE, "Go")
    assert (made.assessment, made.assessment_hash, made.change_revision) == (assessment.id, assessment.hash, 1)
    assert made.verdict is Verdict.CAB
    assert state_of(context) is ChangeState.APPROVED


@pytest.mark.parametrize(
    ("fields", "actor", "part"),
    [
        ({}, "engineer", "requester"),
        ({"implementer": "night-shift"}, "night-shift", "implementer"),
        ({"authors": ("second-hand",)}, "second-hand", "author"),
    ],
)
@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_nobody_decides_about_a_change_of_their_own(fields, actor, part, decide):
    """Requester, implementer and author are refused whatever their roles, and told why."""
    context = the_peer_case(**fields)
    everyone = "+".join(role.value for role in Role)
    with pytest.raises(OwnChange) as refused:
        getattr(decisions, decide)(as_actor(context, everyone, actor), "CHG-1", comment="Mine")
    assert refused.value.facts["part"] == part
    assert state_of(context) is ChangeState.ASSESSED


@pytest.mark.parametrize("role", Role)
def test_each_verdict_has_its_authority(role):
    """One table says who may approve what; whoever it does not name is refused, and told who may."""
    for verdict, case in ((Verdict.CAB, the_board_case), (Verdict.PEER, the_peer_case)):
        context = case()
        actor = as_actor(context, role.value, "somebody-else")
        if "change:approve" not in ACTS[role]:
            with pytest.raises(NotAllowed):
                decisions.approve(actor, "CHG-1")
        elif role in AUTHORITY[verdict]:
            assert decisions.approve(actor, "CHG-1").record.by == "somebody-else"
        else:
            with pytest.raises(NotTheAuthority) as refused:
                decisions.approve(actor, "CHG-1")
            assert all(one.value in refused.value.facts["needed"] for one in AUTHORITY[verdict])


def test_a_blocked_change_is_approved_by_nobody_but_may_be_rejected():
    """The wiki would go down and there is no way back."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1", back_out=None))
    assert assess(context, "CHG-1").record.verdict is Verdict.BLOCK
    everyone = "+".join(role.value for role in Role)
    with pytest.raises(IllegalMove) as refused:
        decisions.approve(as_actor(context, everyone, "somebody"), "CHG-1")
    assert refused.value.facts["because"] == "verdict_not_block"
    decisions.reject(as_actor(context, "cab_member"), "CHG-1", comment="Write a back-out plan")
    assert state_of(context) is ChangeState.REJECTED


def test_a_rejection_says_why():
    """Without a comment the requester would not know what to mend."""
    context = the_board_case()
    with pytest.raises(InvalidInput) as refused:
        decisions.reject(as_actor(context, "cab_member"), "CHG-1", comment=" ")
    assert [p.pointer for p in refused.value.problems] == ["/comment"]
    assert state_of(context) is ChangeState.ASSESSED


def test_an_edit_voids_an_approval_visibly():
    """The old yes stays in the record, marked, and the change waits for a new one."""
    context = the_board_case()
    board = as_actor(context, "cab_member")
    decisions.approve(board, "CHG-1")
    changes.edit(context, "CHG-1", targets=["web1", "web2"])
    assert state_of(context) is ChangeState.SUBMITTED
    (approval,) = decisions.of_change(context, "CHG-1")
    assert (approval.void, approval.because) == (True, "edited")
    with pytest.raises(WrongState):
        decisions.approve(board, "CHG-1")


def test_new_words_leave_an_approval_alone():
    """A spelling mistake in the title does not bring the board together again."""
    context = the_board_case()
    decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    changes.edit(context, "CHG-1", title="Replace the switch, calmly")
    assert [one.void for one in decisions.of_change(context, "CHG-1")] == [False]
    assert state_of(context) is ChangeState.APPROVED


def test_an_approval_stands_while_the_result_is_the_same():
    """Assessing again on unchanged facts makes a record and bothers nobody, even when the estate grew elsewhere."""
    context = the_board_case()
    decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    add(context, a_service("elsewhere"), a_server("far-away"))
    again = assess(context, "CHG-1").record
    assert again.number == 2
    assert state_of(context) is ChangeState.APPROVED
    assert [one.void for one in decisions.of_change(context, "CHG-1")] == [False]


def test_an_approval_does_not_outlive_its_facts():
    """A twin is gone meanwhile: what was the last spare is now an outage, so the board is asked again."""
    context = the_board_case()
    decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    add(context, a_server("core"), *depends("web2", "core"), *depends("core", "web1"))
    worse = assess(context, "CHG-1").record
    assert "expected_loss_above_appetite" in worse.reasons
    assert state_of(context) is ChangeState.ASSESSED
    (approval,) = decisions.of_change(context, "CHG-1")
    assert (approval.void, approval.because) == (True, "assessed_again")


def test_an_approval_outlives_why_it_was_not_approved_by_itself():
    """A target unseen for a week more is no other result: no person decided because of it."""
    context = the_board_case()
    decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    was = assessments.of_change(context, "CHG-1")[-1]
    first, then = (
        to_document(ASSESSMENTS, replace(was, reasons=(*was.reasons, *more))) for more in ((), ("auto_targets_unseen",))
    )
    assert result_of(first) == result_of(then)
    assert result_of(first) != result_of(to_document(ASSESSMENTS, replace(was, reasons=("joint_conflict",))))


def test_of_two_boards_one_wins_and_the_other_is_told():
    """The slower board is not silently overruled and does not silently overrule."""
    context = the_board_case()
    version = changes.get(context, "CHG-1").version
    decisions.reject(as_actor(context, "cab_member", "north"), "CHG-1", comment="No", expected_version=version)
    with pytest.raises(VersionConflict):
        decisions.approve(as_actor(context, "cab_member", "south"), "CHG-1", expected_version=version)
    assert [one.decision.by for one in decisions.of_change(context, "CHG-1")] == ["north"]


def test_a_decision_on_an_assessment_that_is_no_longer_the_newest_is_refused():
    """Who read yesterday's page decides about yesterday's facts; they are asked to read today's."""
    context = the_board_case()
    seen = assessments.of_change(context, "CHG-1")[-1].hash
    assess(context, "CHG-1")
    with pytest.raises(IllegalMove) as refused:
        decisions.approve(as_actor(context, "cab_member"), "CHG-1", assessment=seen)
    assert refused.value.facts["because"] == "assessment_as_seen"


def test_what_is_over_is_not_approved():
    """An approval after the window would only serve the files."""
    context = the_board_case()
    context.clock.forward(days=2)
    with pytest.raises(IllegalMove) as refused:
        decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    assert refused.value.facts["because"] == "window_not_over"


def test_a_harmless_standard_change_schedules_itself():
    """Pre-authorised means that nobody is woken up; the decision is recorded all the same."""
    change = a_change(Target("web1", Effect.CONFIG), id="CHG-1", type=ChangeType.STANDARD)
    context = judged_by(the_context(*SHOP, change), FIRST)
    assert assess(context, "CHG-1").record.verdict is Verdict.AUTO
    assert state_of(context) is ChangeState.SCHEDULED
    (approval,) = decisions.of_change(context, "CHG-1")
    assert (approval.decision.by, approval.decision.choice, approval.void) == ("policy", Choice.APPROVE, False)
    changes.edit(context, "CHG-1", targets=["web1"])
    assert assess(context, "CHG-1").record.verdict is Verdict.CAB
    assert state_of(context) is ChangeState.ASSESSED


def test_a_standard_change_whose_window_is_over_does_not_approve_itself():
    """The verdict is told, the approval is not given."""
    change = a_change(Target("web1", Effect.CONFIG), id="CHG-1", type=ChangeType.STANDARD)
    context = judged_by(the_context(*SHOP, change), FIRST)
    context.clock.forward(days=2)
    assert assess(context, "CHG-1").record.verdict is Verdict.AUTO
    assert state_of(context) is ChangeState.ASSESSED
    assert decisions.of_change(context, "CHG-1") == ()


def test_nothing_is_decided_before_it_is_assessed():
    """Neither yes nor no without the facts."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    for act in (decisions.approve, decisions.reject):
        with pytest.raises(WrongState):
            act(as_actor(context, "cab_member"), "CHG-1", comment="?")


def test_a_new_policy_judges_from_then_on():
    """Whoever may set the policy makes peers enough for the last spare; assessments made before keep theirs."""
    context = the_board_case()
    milder = changed(
        ("new_single_point_tier = 1", "new_single_point_tier = 0"), ('tier1 = "reduced"', 'tier1 = "redundancy_lost"')
    )
    with pytest.raises(NotAllowed):
        set_policy(context, milder.encode())
    version = set_policy(as_actor(context, "administrator"), milder.encode()).record
    assert (version.version, version.set_by) == (1, "administrator")
    assert assess(context, "CHG-1").record.verdict is Verdict.PEER
    old, new = assessments.of_change(context, "CHG-1")
    assert [(a.verdict, a.inputs.policy_version) for a in (old, new)] == [(Verdict.CAB, 0), (Verdict.PEER, 1)]
    assert new.inputs.policy_sha256 == version.sha256


def test_of_many_boards_at_the_very_same_time_exactly_one_decides():
    """Eight threads press the button together: one decision is kept and seven are told, each with a reason."""
    context = the_board_case()
    start = threading.Barrier(8)

    def press(number):
        board = as_actor(context, "cab_member", f"board-{number}")
        start.wait()
        try:
            return decisions.approve(board, "CHG-1").record.by
        except (VersionConflict, WrongState) as told:
            return type(told)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))
    (kept,) = decisions.of_change(context, "CHG-1")
    assert [answer for answer in answers if isinstance(answer, str)] == [kept.decision.by]
    assert set(answers) - {kept.decision.by} <= {VersionConflict, WrongState}


def test_an_assessment_of_another_revision_decides_nothing():
    """Even a change that was written past the desk into this state is not approved on what was assessed before."""
    context = the_board_case()
    add(context, replace(changes.get(context, "CHG-1").record, revision=2))
    with pytest.raises(IllegalMove) as refused:
        decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    assert refused.value.facts["because"] == "assessment_of_this_revision"

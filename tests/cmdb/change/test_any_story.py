"""Whatever people do in whatever order: no change is approved that nobody entitled approved as it stands."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.change import assessments, changes, decisions
from cmdb.change.decisions import AUTHORITY, part_in
from cmdb.change.moves import MOVES
from cmdb.errors import ForeshockError
from cmdb.model.assessment import Verdict
from cmdb.model.change import CHANGES, Change, ChangeState, ChangeType, Effect, Target
from cmdb.model.decision import POLICY, Choice
from cmdb.records import from_document
from cmdb.roles import Role
from impact.questions.assess import assess
from impact.questions.replay import replay
from tests.builders import (
    a_back_out,
    a_server,
    a_service,
    a_window,
    add,
    an_actor,
    as_actor,
    depends,
    needs,
    the_context,
)

PEOPLE = {
    "requester": "engineer+cab_member",
    "colleague": "engineer",
    "manager": "change_manager",
    "board": "cab_member",
    "owner": "service_owner",
    "root": "administrator",
    "guest": "viewer",
}
people = st.sampled_from(sorted(PEOPLE))
edits = st.sampled_from(
    [
        {"title": "Other words"},
        {"targets": ["web1"]},
        {"targets": ["web1", "web2"]},
        {"targets": [Target("web1", Effect.CONFIG)]},
        {"back_out": None},
        {"back_out": a_back_out()},
        {"change_type": ChangeType.STANDARD},
        {"change_type": ChangeType.NORMAL},
        {"implementer": "board"},
        {"implementer": None},
        {"window": a_window(minutes=30)},
    ]
)
acts = st.one_of(
    st.tuples(st.just("edit"), people, edits),
    st.tuples(st.sampled_from(["submit", "assess", "approve", "reject", "defer", "recall", "suspend"]), people),
    st.tuples(st.just("estate"), st.sampled_from(["web1", "web2"])),
)
ROLES = {name: an_actor(name, roles).roles for name, roles in PEOPLE.items()}


def act_out(context, what, *how):
    if what == "estate":
        add(context, *depends(how[0], "rack"))
        return
    actor = as_actor(context, PEOPLE[how[0]], how[0])
    if what == "edit":
        changes.edit(actor, "CHG-1001", **how[1])
    elif what == "submit":
        changes.submit(actor, "CHG-1001")
    elif what == "assess":
        assess(actor, "CHG-1001")
    else:
        getattr(decisions, what)(actor, "CHG-1001", comment="Because")


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, min_size=4, max_size=14))
def test_an_approved_change_always_has_one_standing_approval_by_somebody_entitled(story):
    """After every act: the state, the decisions that count, and the table of moves tell one story."""
    shop = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), a_server("rack"))
    context = the_context(*shop, *needs("shop", 1, "web1", "web2"), role=PEOPLE["requester"], actor="requester")
    wanted = {"targets": ["web1"], "window": a_window(), "back_out": a_back_out()}
    changes.new(context, title="Patch", reason="A hole", **wanted)
    begun = [("submit", "requester"), ("assess", "manager")]
    for what, *how in begun + story:
        try:
            act_out(context, what, *how)
        except ForeshockError:
            continue
        one_story(context)
    for assessment in assessments.of_change(context, "CHG-1001"):
        assert replay(context, "CHG-1001", assessment=assessment.id).same
    only_moves_of_the_table(context)


def one_story(context):
    change: Change = changes.get(context, "CHG-1001").record
    standing = [s.decision for s in decisions.of_change(context, "CHG-1001") if not s.void]
    approvals = [decision for decision in standing if decision.choice is Choice.APPROVE]
    assert (change.state in (ChangeState.APPROVED, ChangeState.SCHEDULED)) == (len(approvals) == 1)
    assert (change.state is ChangeState.REJECTED) == any(d.choice is Choice.REJECT for d in standing)
    for decision in approvals:
        judged = next(a for a in assessments.of_change(context, change.id) if a.id == decision.assessment)
        assert (judged.hash, judged.change_revision) == (decision.assessment_hash, change.revision)
        if decision.by == POLICY:
            assert judged.verdict is Verdict.AUTO
        else:
            assert part_in(change, {decision.by: "self"}) is None
            assert ROLES[decision.by] & AUTHORITY[judged.verdict]
            assert Role.VIEWER not in ROLES[decision.by]


def only_moves_of_the_table(context):
    """The history of the change holds no step from state to state that the table lacks."""
    allowed = {(move.origin, move.to) for move in MOVES}
    for past in context.store.history(CHANGES, "CHG-1001", limit=1000):
        if past.before is not None:
            before, after = from_document(CHANGES, past.before), from_document(CHANGES, past.after)
            assert (before.state, after.state) in allowed
            assert after.revision in (before.revision, before.revision + 1)

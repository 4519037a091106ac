"""An approval does not outlive its facts: what a go or no-go check answers, names, suspends and lets go on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.change import change_models, changes, decisions, implementation, inbox, lifecycle
from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.change.errors import GoOvertaken, NotReady
from cmdb.configuration import register
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed
from cmdb.model.assessment import Verdict
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import ChangeState, ChangeType, Effect, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIStatus
from cmdb.model.decision import GO_CHECK, Choice
from cmdb.model.go_check import GoAnswer
from cmdb.service import incidents, loss_scales, service_levels
from impact.questions.assess import assess
from impact.questions.begin import implement
from impact.questions.go import go
from impact.questions.go_since import since_check
from impact.questions.go_watch import touched
from impact.questions.replay import replay
from tests.builders import (
    a_change,
    a_server,
    a_service,
    a_window,
    add,
    as_actor,
    depends,
    moment,
    needs,
    the_context,
)
from tests.policies import FIRST, judged_by
from web.wording import problem_json, sentence
from web.wording_go import fact_sentence, suspension_words

SHOP = (
    a_service("shop", tier=2),
    *(a_server(f"web{n}") for n in (1, 2)),
    a_server("disk2"),
    *needs("shop", 1, "web1", "web2"),
    *depends("web2", "disk2"),
)
POOL = (a_service("wiki", tier=3), *(a_server(f"app{n}") for n in (1, 2, 3)), *needs("wiki", 1, "app1", "app2", "app3"))
APART = (a_service("mail", tier=3), a_server("mx"), *depends("mail", "mx"))


@pytest.fixture
def approved():
    """Return what brings a change on these targets to its approval: ``approved("web1")`` gives context and id."""

    def bring(*targets, **fields):
        context = the_context(*SHOP, *POOL, *APART, a_change(*targets, implementer="hands", **fields))
        assess(context, "CHG-1")
        decisions.approve(as_actor(context, "cab_member", "board"), "CHG-1")
        return context

    return bring


def fail(context, *cis, title="It is down"):
    return incidents.open_incident(as_actor(context, "engineer", "ops"), title=title, cis=cis, priority=2).record.id


def freeze(context, start, end):
    """Freeze everything for a time."""
    given = {
        "name": "Quiet",
        "reason": "",
        "schedule": ScheduleGiven(start, end, None),
        "covers": Covered(everything=True),
    }
    return calendar.add(as_actor(context, "administrator", "manager"), "freeze", given).record.id


def test_a_failed_twin_is_no_go_by_name_and_repaired_it_is_go(approved):
    """The approval is suspended by itself; the newest fact is told to those whom it concerns; GO comes back."""
    context = approved("web1")
    assert go(context, "CHG-1").record.answer is GoAnswer.GO
    context.clock.forward(hours=2)
    incident = fail(context, "web2")
    context.clock.forward(minutes=10)
    check = go(context, "CHG-1").record
    assert check.answer is GoAnswer.NO_GO
    assert check.reasons[:2] == ("worse_verdict", "service_goes_down")
    assert [(each.service, each.before.value, each.now.value) for each in check.services] == [
        ("shop", "REDUNDANCY_LOST", "DOWN")
    ]
    told = f"web2, the twin of your target web1, failed at 2026-03-02 14:00 UTC ({incident}, recorded by ops)"
    assert fact_sentence(check.facts[0]) == told
    assert (check.failed, check.told, check.suspended) == (("web2",), ("board", "engineer", "hands"), True)
    change = changes.get(context, "CHG-1").record
    assert (change.state, change.suspended.by) == (ChangeState.APPROVED, GO_CHECK)
    assert (change.suspended.because, suspension_words(change.suspended)) == ("", told)
    for who in ("engineer", "hands", "board"):
        assert [suspension_words(each) for each in inbox.notices(as_actor(context, "engineer", who))] == [told]
    assert inbox.notices(as_actor(context, "engineer", "somebody")) == ()
    incidents.resolve(context, incident)
    again = go(context, "CHG-1").record
    assert (again.answer, again.reasons, again.suspended) == (GoAnswer.GO, (), True)


def test_the_approval_stays_and_waits_to_be_confirmed_or_recalled(approved):
    """A check never makes an approval void; a confirmation is of what is true now, and from then on measures."""
    context = approved(Target("app1", Effect.CONFIG))
    board = as_actor(context, "cab_member", "board")
    fail(context, "app2", "app3")
    check = go(context, "CHG-1").record
    assert (check.answer, check.reasons) == (GoAnswer.NO_GO, ("spare_lost",))
    assert check.services[0].points == ("app1",)
    assert [(s.decision.choice, s.void) for s in decisions.of_change(context, "CHG-1")] == [
        (Choice.APPROVE, False),
        (Choice.SUSPEND, False),
    ]
    assert go(context, "CHG-1").record.answer is GoAnswer.NO_GO
    assert len([s for s in decisions.of_change(context, "CHG-1") if s.decision.choice is Choice.SUSPEND]) == 1
    decisions.confirm(board, "CHG-1")
    after = go(context, "CHG-1").record
    assert (after.answer, after.suspended) == (GoAnswer.GO, False)
    decisions.recall(board, "CHG-1", comment="Wait for app2")
    assert changes.get(context, "CHG-1").record.state is ChangeState.SUBMITTED


@pytest.mark.parametrize(
    ("happens", "code", "sentence"),
    [
        (lambda c: register.retire_ci(c, ["web2"], allow_broken_groups=True), "ci_retired", "web2, the twin"),
        (lambda c: fail(c, "disk2"), "incident", "disk2, on which the twin of web1 rests, failed"),
        (lambda c: add(c, a_server("web2", status=CIStatus.MISSING)), "ci_missing", "web2, the twin of your target"),
        (lambda c: add(c, needs("shop", 2, "web1", "web2")[0]), "group_changed", "needs 1 > 2"),
        (lambda c: add(c, *depends("mail", "web1")), "relation_made", "mail, a service above your targets, depends"),
    ],
)
def test_each_way_the_estate_moves_is_found_and_named(approved, happens, code, sentence):
    """Something retired, failed beneath the twin, missed by discovery, needed more, newly dependent."""
    context = approved("web1")
    happens(context)
    check = go(context, "CHG-1").record
    assert check.answer is GoAnswer.NO_GO
    assert "service_goes_down" in check.reasons
    fact = next(fact for fact in check.facts if fact.code == code)
    assert sentence in fact_sentence(fact)


def test_a_target_that_is_gone_is_named_first(approved):
    """It stood there when it was approved, and so did the service above it."""
    context = approved("app1")
    register.retire_ci(context, ["app1"], allow_broken_groups=True)
    check = go(context, "CHG-1").record
    assert "target_gone" in check.reasons
    assert [(fact.ci, fact.near) for fact in check.facts] == [("app1", "target"), ("wiki", "service")]
    assert fact_sentence(check.facts[0]).startswith("app1, your target, was retired at")


def test_what_had_failed_already_when_it_was_approved_is_no_news():
    """The approver saw it; a second failure is news, and it alone is named."""
    context = the_context(*POOL, a_change(Target("app1", Effect.CONFIG), implementer="hands"))
    fail(context, "app2")
    assess(context, "CHG-1")
    decisions.approve(as_actor(context, "cab_member", "board"), "CHG-1")
    assert go(context, "CHG-1").record.answer is GoAnswer.GO
    fail(context, "app3")
    check = go(context, "CHG-1").record
    assert (check.answer, [fact.ci for fact in check.facts]) == (GoAnswer.NO_GO, ["app3"])


def test_what_happens_elsewhere_is_go(approved):
    """A failure outside of the cone, and one that leaves a spare, stop nobody."""
    context = approved("web1")
    fail(context, "mx")
    fail(context, "app1")
    assert go(context, "CHG-1").record.answer is GoAnswer.GO


def test_another_change_that_is_put_beside_it_is_named(approved):
    """Two changes that together stop the service: a stricter verdict, and the other change is the fact."""
    context = approved("web1")
    add(context, a_change("web2", id="CHG-2", requester="other"))
    check = go(context, "CHG-1").record
    assert (check.answer, check.reasons) == (GoAnswer.NO_GO, ("worse_verdict",))
    assert [(fact.code, fact.record) for fact in check.facts] == [("change_meets", "CHG-2")]


def test_each_check_keeps_an_assessment_that_replays(approved):
    """It is linked to the one before, and comes out the same from its inputs; the approved one is untouched."""
    context = approved("web1")
    before = changes.get(context, "CHG-1").record.assessment
    fail(context, "web2")
    check = go(context, "CHG-1").record
    assert (check.approved, changes.get(context, "CHG-1").record.assessment) == (before, check.assessment)
    assert replay(context, "CHG-1").same
    assert replay(context, "CHG-1", assessment=before).same


def test_assessing_by_hand_after_a_check_is_held_against_the_approval(approved):
    """With the result that was approved it stays approved; with another it is decided anew."""
    context = approved("web1")
    incident = fail(context, "web2")
    go(context, "CHG-1")
    incidents.resolve(context, incident)
    assert assess(context, "CHG-1").record.verdict is not Verdict.BLOCK
    assert changes.get(context, "CHG-1").record.state is ChangeState.APPROVED
    assert not decisions.of_change(context, "CHG-1")[0].void
    fail(context, "web2")
    assess(context, "CHG-1")
    assert changes.get(context, "CHG-1").record.state is ChangeState.ASSESSED
    assert decisions.of_change(context, "CHG-1")[0].because == "assessed_again"


def test_who_may_not_and_when_not(approved):
    """A viewer may not check; neither may anybody after the window, or before the approval."""
    context = approved("web1")
    with pytest.raises(NotAllowed):
        go(as_actor(context, "viewer"), "CHG-1")
    context.clock.forward(days=1)
    with pytest.raises(IllegalMove) as refused:
        go(context, "CHG-1")
    assert refused.value.facts["because"] == "window_not_over"
    add(context, a_change("web1", state=ChangeState.APPROVED, retrospective=True, assessment="ASM-1001"))
    with pytest.raises(IllegalMove) as refused:
        go(context, "CHG-1")
    assert refused.value.facts["because"] == "not_retrospective"


def refused(context, change="CHG-1"):
    """Return the error of beginning the change."""
    with pytest.raises(NotReady) as caught:
        implement(as_actor(context, "engineer", "hands"), change)
    assert caught.value.facts["because"] == "go_recent"
    return caught.value


@pytest.fixture
def begun(approved):
    """Return what brings a change on these targets into its window, scheduled and with a GO."""

    def bring(*targets, **fields):
        context = approved(*targets, **fields)
        lifecycle.schedule(context, "CHG-1")
        context.clock.forward(hours=10, minutes=5)
        go(context, "CHG-1")
        return context

    return bring


def test_a_go_lasts_fifteen_minutes_and_a_no_go_ends_it(approved):
    """The guard of implement: not checked, too old, said NO-GO since; each is told."""
    context = approved("web1")
    lifecycle.schedule(context, "CHG-1")
    context.clock.forward(hours=10)
    assert "it was not checked yet, foreshock change go CHG-1 does so" in str(refused(context))
    go(context, "CHG-1")
    context.clock.forward(minutes=16)
    assert "the GO of GNG-1001 is 16 minutes old, more than 15" in str(refused(context))
    go(context, "CHG-1")
    fail(context, "web2")
    go(context, "CHG-1")
    add(context, replace(changes.get(context, "CHG-1").record, suspended=None))
    assert "GNG-1003 said NO-GO: web2, the twin" in sentence(refused(context))
    assert [fact["ci"] for fact in problem_json(refused(context))["changed"]] == ["web2"]


def test_a_go_of_exactly_fifteen_minutes_counts(begun):
    """Its last moment is one."""
    context = begun("web1")
    context.clock.forward(minutes=15)
    assert implement(as_actor(context, "engineer", "hands"), "CHG-1").record.state is ChangeState.IMPLEMENTING


def test_a_twin_that_fails_between_go_and_begin_ends_the_go_by_name(begun):
    """Though the GO is a minute old: nothing is begun, the twin is named, and the next check tells what it means."""
    context = begun("web1")
    context.clock.forward(minutes=1)
    incident = fail(context, "web2")
    why = refused(context)
    assert isinstance(why, GoOvertaken)
    said = f"web2, the twin of your target web1, failed at 2026-03-02 22:06 UTC ({incident}, recorded by ops)"
    assert "the estate has moved since the GO of GNG-1001 (foreshock change go CHG-1 checks again)" in str(why)
    assert sentence(why) == f"{why}: {said}"
    assert changes.get(context, "CHG-1").record.state is ChangeState.SCHEDULED
    assert go(context, "CHG-1").record.answer is GoAnswer.NO_GO


@pytest.mark.parametrize(
    ("happens", "code", "said"),
    [
        (lambda c: register.retire_ci(c, ["web2"], allow_broken_groups=True), "ci_retired", "web2, the twin"),
        (lambda c: fail(c, "disk2"), "incident", "disk2, on which the twin of web1 rests, failed"),
        (lambda c: add(c, a_server("web2", status=CIStatus.MISSING)), "ci_missing", "web2, the twin of your target"),
        (lambda c: add(c, needs("shop", 2, "web1", "web2")[0]), "group_changed", "needs 1 > 2"),
        (lambda c: add(c, *depends("mail", "web1")), "relation_made", "mail, a service above your targets, depends"),
        (lambda c: add(c, a_change("web2", id="CHG-2")), "change_moved", "CHG-2, which touches web2, the twin of your"),
        (lambda c: judged_by(c, FIRST), "policy_set", "the policy was set anew"),
        (lambda c: freeze(c, "2026-03-02T20:00Z", "2026-03-03T06:00Z"), "calendar_changed", "within its window"),
    ],
)
def test_whatever_touches_the_cone_since_the_go_is_named(begun, happens, code, said):
    """Each with its code and in words; after another look it may begin, or not."""
    context = begun("web1")
    happens(context)
    why = refused(context)
    assert code in {fact.code for fact in why.facts["facts"]}
    assert said in sentence(why)


def test_a_repair_ends_a_go_too_and_the_next_check_is_go(begun):
    """Whatever happened in the cone, the check is the one to say what it means."""
    context = begun(Target("app1", Effect.CONFIG))
    incident = fail(context, "app2")
    assert "app2, the twin of your target app1, failed" in sentence(refused(context))
    go(context, "CHG-1")
    incidents.resolve(context, incident)
    said = f"{incident}, in which app2, the twin of your target app1, had failed, was resolved"
    assert said in sentence(refused(context))
    again = go(context, "CHG-1").record
    assert (again.answer, again.suspended) == (GoAnswer.GO, False)
    assert implement(as_actor(context, "engineer", "hands"), "CHG-1").record.state is ChangeState.IMPLEMENTING


def test_what_happens_elsewhere_does_not_end_a_go(begun):
    """Another cone, a freeze of another day, a new name: it may begin."""
    context = begun("web1")
    fail(context, "mx")
    fail(context, "app1")
    freeze(context, "2026-03-05T20:00Z", "2026-03-06T06:00Z")
    add(context, a_server("web2", name="Web two"), a_change("mx", id="CHG-2", requester="other"))
    assert implement(as_actor(context, "engineer", "hands"), "CHG-1").record.state is ChangeState.IMPLEMENTING


def test_what_is_written_while_one_begins_is_looked_at_as_well(begun):
    """A failure that is recorded between the last look and the begin still stops it."""
    context = begun("web1")
    looks = []

    def looking(*asked):
        found = since_check(*asked)
        looks.append(found)
        if len(looks) == 1:
            fail(context, "web2")
        return found

    with pytest.raises(GoOvertaken):
        implementation.implement(as_actor(context, "engineer", "hands"), "CHG-1", looking=looking)
    assert [len(look.facts) for look in looks] == [0, 1]


def test_a_freeze_that_is_stated_after_the_approval_is_the_named_fact(approved):
    """The verdict is stricter for it, so it is what people are told."""
    context = approved("app1")
    freeze(context, "2026-03-02T20:00Z", "2026-03-03T06:00Z")
    check = go(context, "CHG-1").record
    assert (check.answer, check.reasons) == (GoAnswer.NO_GO, ("worse_verdict",))
    assert [fact.code for fact in check.facts] == ["calendar_changed"]


# the watch -----------------------------------------------------------------------------------------------------------
def test_the_watch_finds_the_changes_whose_cone_was_touched_and_no_others(approved):
    """An incident, a twin's relation, another change count; a name, an answer seen already, a cone apart do not."""
    context = approved("web1")
    since = context.store.revision()
    assert touched(context, since).changes == ()
    add(context, a_server("web2", name="Web two"))
    fail(context, "mx")
    fail(context, "app1")
    quiet = touched(context, since)
    assert (quiet.changes, quiet.revision) == ((), context.store.revision())
    incident = fail(context, "disk2")
    assert touched(context, since).changes == ("CHG-1",)
    incidents.edit(context, incident, {"priority": 1})
    go(context, "CHG-1")
    assert touched(context, since).changes == ()
    assert touched(context, None).changes == ()
    incidents.resolve(context, incident)
    assert touched(context, since).changes == ("CHG-1",)


def test_the_watch_leaves_out_what_can_not_be_checked(approved):
    """Neither a draft nor a retrospective change, nor one whose window has ended."""
    context = approved("web1")
    add(context, a_change("web1", id="CHG-2", state=ChangeState.DRAFT))
    add(context, a_change("web1", id="CHG-3", state=ChangeState.APPROVED, retrospective=True))
    add(context, a_change("web1", id="CHG-4", state=ChangeState.APPROVED, window=a_window("2026-03-01T22:00Z")))
    fail(context, "web2")
    assert touched(context, None).changes == ("CHG-1",)


def test_an_approval_of_the_policy_is_suspended_as_well(approved):
    """What nobody approved but the rule does not outlive its facts either."""
    context = the_context(*POOL, a_change(Target("app1", Effect.CONFIG), type=ChangeType.STANDARD))
    judged_by(context, FIRST)
    assess(context, "CHG-1")
    assert changes.get(context, "CHG-1").record.state is ChangeState.SCHEDULED
    fail(context, "app2", "app3")
    check = go(context, "CHG-1").record
    assert (check.answer, check.suspended, check.told) == (GoAnswer.NO_GO, True, ("engineer",))


def test_a_twin_repaired_within_the_window_is_go_for_the_rest_of_it(approved):
    """The minutes in which both would have been out are over; what counts is from now on."""
    context = approved("web1")
    incident = fail(context, "web2")
    context.clock.forward(hours=10, minutes=10)
    assert go(context, "CHG-1").record.answer is GoAnswer.NO_GO
    incidents.resolve(context, incident)
    again = go(context, "CHG-1").record
    assert (again.answer, again.reasons) == (GoAnswer.GO, ())
    decisions.confirm(as_actor(context, "cab_member", "board"), "CHG-1")
    assert changes.get(context, "CHG-1").record.suspended is None


def test_a_block_for_more_than_was_overridden_is_no_go():
    """Two persons answered for one reason; a freeze that came since is another, though the verdict is BLOCK again."""
    context = the_context(*APART, a_change("mx", id="CHG-1", back_out=None))
    assess(context, "CHG-1")
    decisions.ask_override(as_actor(context, "change_manager", "manager"), "CHG-1", comment="It has to be")
    decisions.override(as_actor(context, "cab_member", "deputy"), "CHG-1", comment="Agreed")
    decisions.approve(as_actor(context, "cab_member", "board"), "CHG-1")
    assert go(context, "CHG-1").record.answer is GoAnswer.GO
    freeze(context, "2026-03-01T00:00Z", "2026-09-01T00:00Z")
    check = go(context, "CHG-1").record
    assert (check.answer, check.reasons) == (GoAnswer.NO_GO, ("worse_verdict",))
    assert [fact.code for fact in check.facts] == ["calendar_changed"]
    with pytest.raises(IllegalMove) as refused:
        decisions.confirm(as_actor(context, "cab_member", "board"), "CHG-1")
    assert refused.value.facts["because"] == "verdict_not_block"


def test_what_the_figures_rest_on_is_watched_and_named(approved):
    """A stricter service level and a scale of losses end a GO, which a NO-GO says; others' models do not."""
    context = approved("mx", window=a_window("2026-03-02T22:00Z"))
    keeper = as_actor(context, "administrator", "keeper")
    lifecycle.schedule(context, "CHG-1")
    context.clock.forward(hours=10, minutes=1)
    assert go(context, "CHG-1").record.answer is GoAnswer.GO
    since = context.store.revision()
    change_models.define(context, "patch", title="Patch")
    change_models.approve(as_actor(context, "cab_member", "board"), "patch")
    assert touched(context, since).changes == ()
    service_levels.set_level(keeper, "mail", availability=99.999)
    loss_scales.set_scale(keeper, half_at=7.0)
    assert touched(context, since).changes == ("CHG-1",)
    with pytest.raises(GoOvertaken) as refused:
        implement(as_actor(context, "engineer", "hands"), "CHG-1")
    assert {fact.code for fact in refused.value.facts["facts"]} == {"service_level_set", "loss_scale_set"}
    check = go(context, "CHG-1").record
    assert (check.answer, check.reasons) == (GoAnswer.NO_GO, ("worse_verdict",))
    assert {"service_level_set", "loss_scale_set"} <= {fact.code for fact in check.facts}


def test_what_began_before_it_was_approved_is_told_by_a_retrospective_change():
    """It was raised at noon, approved an hour later, and can not have begun in between; an emergency can."""
    context = the_context(*SHOP, a_change("web1", implementer="hands"))
    context.clock.forward(hours=1)
    assess(context, "CHG-1")
    decisions.approve(as_actor(context, "cab_member", "board"), "CHG-1")
    lifecycle.schedule(context, "CHG-1")
    context.clock.forward(hours=9, minutes=5)
    go(context, "CHG-1")
    hands = as_actor(context, "engineer", "hands")
    implement(hands, "CHG-1")
    given = {"outcome": ChangeOutcome.SUCCESS, "started": "2026-03-02T12:30Z"}
    with pytest.raises(InvalidInput) as refused:
        implementation.finish(hands, "CHG-1", **given)
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/started", "change.started_unapproved")]
    assert changes.get(context, "CHG-1").record.state is ChangeState.IMPLEMENTING
    add(context, replace(changes.get(context, "CHG-1").record, type=ChangeType.EMERGENCY))
    assert implementation.finish(hands, "CHG-1", **given).record.started_at == moment("2026-03-02T12:30Z")

"""From the schedule to the closed change: what has to hold before it begins, what is recorded, who reviews."""

from __future__ import annotations

from datetime import date

import pytest

from cmdb.change import alarms, changes, decisions, implementation, lifecycle, reviews
from cmdb.change.errors import NotReady, NotTheEmergencyBoard, OwnApproval, OwnChange, TaskOpen
from cmdb.change.record import tasks
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed, WrongState
from cmdb.model.change import BackOut, ChangeState, ChangeType, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIStatus
from cmdb.model.finding import FINDINGS
from cmdb.model.review import REVIEWS
from cmdb.people import persons
from cmdb.ports.errors import VersionConflict
from impact.questions.assess import assess
from impact.questions.begin import implement
from impact.questions.go import go
from tests.builders import a_change, a_server, a_service, a_window, add, as_actor, depends, moment, the_context

WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))


def scheduled(**fields):
    """A change of the engineer that a peer approved and that is scheduled for 22:00; it is 22:10 and GO."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1", **fields))
    assess(as_actor(context, "engineer", "colleague"), "CHG-1")
    decisions.approve(as_actor(context, "engineer", "peer"), "CHG-1")
    lifecycle.schedule(context, "CHG-1")
    context.clock.forward(hours=10, minutes=10)
    go(context, "CHG-1")
    return context


def the(context, change="CHG-1"):
    return changes.get(context, change).record


def test_the_whole_way_from_the_schedule_to_the_closed_change():
    """Begin, tick, finish, review by somebody else with a correction and an action, close; each with its moment."""
    context = scheduled(steps=("Stop it", "Swap it"))
    hands = as_actor(context, "engineer", "hands")
    implement(hands, "CHG-1")
    context.clock.forward(minutes=5)
    implementation.tick(hands, "CHG-1", 2)
    implementation.tick(hands, "CHG-1", 1)
    context.clock.forward(minutes=15)
    done = implementation.finish(hands, "CHG-1", outcome=ChangeOutcome.ISSUES, comment="The fan is loud").record
    assert (done.state, done.outcome, done.in_part) == (ChangeState.IMPLEMENTED, ChangeOutcome.ISSUES, False)
    assert (done.started_at, done.started_by) == (moment("2026-03-02T22:10Z"), "hands")
    assert (done.ended_at, done.outcome_at) == (moment("2026-03-02T22:30Z"), moment("2026-03-02T22:30Z"))
    assert [(tick.step, tick.by) for tick in done.ticks] == [(2, "hands"), (1, "hands")]
    context.clock.forward(days=1)
    board = as_actor(context, "cab_member", "board")
    review = reviews.review(
        board, "CHG-1", text="It broke in the night", outcome=ChangeOutcome.FAILED, actions=["Order another fan"]
    ).record
    assert (review.reported, review.outcome) == (ChangeOutcome.ISSUES, ChangeOutcome.FAILED)
    assert (the(context).outcome, the(context).outcome_at) == (ChangeOutcome.FAILED, context.clock.now())
    (action,) = tasks.of_change(context, "CHG-1")
    assert (action.id, action.title, action.review, action.condition) == (
        *review.actions,
        "Order another fan",
        True,
        False,
    )
    lifecycle.close(context, "CHG-1")
    assert the(context).state is ChangeState.CLOSED


@pytest.mark.parametrize(
    ("when", "allowed"),
    [({"minutes": -11}, False), ({"minutes": -10}, True), ({"minutes": 49}, True), ({"minutes": 50}, False)],
)
def test_a_change_begins_inside_its_window_alone(when, allowed):
    """From its first minute until before its end; the edges count as the window says."""
    context = scheduled()
    context.clock.forward(**when)
    if allowed:
        go(context, "CHG-1")
        implement(context, "CHG-1")
        return
    with pytest.raises(IllegalMove) as refused:
        implement(context, "CHG-1")
    assert refused.value.facts["because"] == "window_open"


def test_conditions_block_until_each_is_done_and_are_named():
    """An approval with conditions lets nobody begin before they are done, in their order."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1"))
    assess(as_actor(context, "engineer", "colleague"), "CHG-1")
    peer = as_actor(context, "engineer", "peer")
    decision = decisions.approve(peer, "CHG-1", conditions=["Tell the shop floor"]).record
    lifecycle.schedule(context, "CHG-1")
    first = tasks.of_change(context, "CHG-1")[0]
    assert (first.condition, first.decision) == (True, decision.id)
    second = tasks.add(context, "CHG-1", title="Ring the bell", condition=True, needs=[first.id]).record
    context.clock.forward(hours=10)
    with pytest.raises(NotReady) as refused:
        implement(context, "CHG-1")
    assert refused.value.facts["because"] == "conditions_done"
    assert f"{first.id} (Tell the shop floor), {second.id} (Ring the bell)" in str(refused.value)
    with pytest.raises(TaskOpen) as waits:
        tasks.finish(context, second.id)
    assert waits.value.facts["waiting"] == (first.id,)
    for task in (first, second):
        tasks.finish(context, task.id)
    go(context, "CHG-1")
    assert implement(context, "CHG-1").record.state is ChangeState.IMPLEMENTING
    with pytest.raises(WrongState):
        tasks.add(context, "CHG-1", title="Too late", condition=True)


def test_tasks_in_a_circle_are_refused_with_the_circle():
    """Whichever way the circle is closed, it is named and nothing is written."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1"))
    a, b, c = (tasks.add(context, "CHG-1", title=name, condition=True).record.id for name in "abc")
    tasks.edit(context, a, needs=[b])
    tasks.edit(context, b, needs=[c])
    for needs, circle in (([a], f"{c} > {a} > {b} > {c}"), ([c], f"{c} > {c}")):
        with pytest.raises(InvalidInput) as refused:
            tasks.edit(context, c, needs=needs)
        assert [(p.code, p.facts["circle"]) for p in refused.value.problems] == [("change.task_circle", circle)]
    with pytest.raises(InvalidInput):
        tasks.edit(context, c, needs=["TSK-9"])


def test_what_it_comes_after_has_to_have_succeeded():
    """Not begun, failed or done in part is not success; the change that keeps it waiting is named with its state."""
    context = scheduled(after=())
    for number, outcome, state in (
        (2, None, ChangeState.SCHEDULED),
        (3, ChangeOutcome.FAILED, ChangeState.REVIEWED),
        (4, ChangeOutcome.SUCCESS, ChangeState.CLOSED),
    ):
        add(context, a_change("db1", id=f"CHG-{number}", outcome=outcome, state=state))
    change = the(context)
    for after, waiting in ((("CHG-2",), "CHG-2 is scheduled"), (("CHG-3", "CHG-4"), "CHG-3 is reviewed")):
        add(context, a_change("db1", **{**fields_of(change), "after": after}))
        with pytest.raises(NotReady) as refused:
            implement(context, "CHG-1")
        assert (refused.value.facts["because"], refused.value.facts["what"]) == ("predecessors_succeeded", waiting)
    add(context, a_change("db1", **{**fields_of(change), "after": ("CHG-4",)}))
    go(context, "CHG-1")
    implement(context, "CHG-1")


def fields_of(change):
    return {"id": change.id, "state": change.state, "assessment": change.assessment, "requester": change.requester}


def test_changes_in_a_circle_are_refused_with_the_circle():
    """B after A after B can never begin, so it can not be written."""
    context = the_context(*WIKI, a_change("db1", id="CHG-1"), a_change("db1", id="CHG-2", after=("CHG-1",)))
    add(context, a_change("db1", id="CHG-3", after=("CHG-2",)))
    with pytest.raises(InvalidInput) as refused:
        changes.edit(context, "CHG-1", after=["CHG-3", "CHG-9"])
    told = {p.code: (p.pointer, p.facts) for p in refused.value.problems}
    assert told["change.after_circle"] == ("/after", {"circle": "CHG-1 > CHG-3 > CHG-2 > CHG-1"})
    assert told["change.unknown_reference"] == ("/after/1", {"kind": "change", "id": "CHG-9"})
    with pytest.raises(InvalidInput):
        changes.edit(context, "CHG-1", after=["CHG-1"])


def test_a_target_retired_meanwhile_stops_it_by_name():
    """What is gone can not be worked on: the change says so instead of beginning."""
    context = scheduled()
    add(context, a_server("db1", status=CIStatus.RETIRED))
    with pytest.raises(NotReady) as refused:
        implement(context, "CHG-1")
    assert (refused.value.facts["because"], refused.value.facts["what"]) == ("targets_present", "db1")


def test_a_suspended_approval_is_confirmed_or_recalled_before_anything_begins():
    """Suspended it can not begin; confirmed by somebody entitled it can; recalled it is asked for anew."""
    context = scheduled()
    peer = as_actor(context, "engineer", "peer")
    decisions.suspend(peer, "CHG-1", comment="db2 failed at 21:58")
    assert the(context).suspended.because == "db2 failed at 21:58"
    with pytest.raises(IllegalMove) as refused:
        implement(context, "CHG-1")
    assert refused.value.facts["because"] == "not_suspended"
    with pytest.raises(OwnChange):
        decisions.confirm(context, "CHG-1")
    decisions.confirm(peer, "CHG-1", comment="db2 is back")
    assert the(context).suspended is None
    with pytest.raises(IllegalMove) as again:
        decisions.confirm(peer, "CHG-1")
    assert again.value.facts["because"] == "suspended"
    decisions.recall(context, "CHG-1", comment="The supplier is late")
    assert the(context).state is ChangeState.SUBMITTED
    told = [(each.decision.choice.value, each.because) for each in decisions.of_change(context, "CHG-1")]
    assert told == [("approve", "recalled"), ("suspend", None), ("confirm", "recalled"), ("recall", None)]


def emergency(**fields):
    window = {"window": a_window("2026-03-02T11:30Z")}
    return the_context(*WIKI, a_change("db1", id="CHG-1", type=ChangeType.EMERGENCY, **{**window, **fields}))


def test_an_emergency_begins_on_the_word_of_the_emergency_board_and_owes_its_papers():
    """Approved before it is assessed, done at once, reviewed only when its papers are complete."""
    context = emergency(back_out=None)
    hands, board = as_actor(context, "engineer", "hands"), as_actor(context, "cab_member", "board")
    with pytest.raises(IllegalMove) as early:
        implement(hands, "CHG-1")
    assert early.value.facts["because"] == "board_approved"
    with pytest.raises(NotTheEmergencyBoard):
        decisions.approve(as_actor(context, "engineer", "peer"), "CHG-1")
    with pytest.raises(OwnChange):
        decisions.approve(as_actor(context, "cab_member", "engineer"), "CHG-1")
    approval = decisions.approve(board, "CHG-1", comment="Go").record
    assert (approval.assessment, approval.verdict) == (None, None)
    begun = implement(hands, "CHG-1").record
    assert begun.papers_due == date(2026, 3, 4)
    implementation.finish(hands, "CHG-1", outcome=ChangeOutcome.SUCCESS)
    with pytest.raises(IllegalMove) as papers:
        reviews.review(board, "CHG-1", text="Well done")
    assert papers.value.facts["because"] == "papers_complete"
    context.clock.forward(days=3)
    raised = alarms.raise_alarms(as_actor(context, "change_manager"))
    assert raised == (1, 1)
    (alarm,) = context.records.find(FINDINGS)
    assert (alarm.code, alarm.facts["missing"]) == ("change.papers_overdue", ["steps", "back out", "test evidence"])
    implementation.document(hands, "CHG-1", steps=["Swapped it"], back_out=BackOut("Swap it back"))
    assert the(context).papers_at is None
    implementation.document(hands, "CHG-1", test_evidence="It answers")
    assert the(context).papers_at == context.clock.now()
    assert alarms.raise_alarms(as_actor(context, "change_manager")) == (0, 0)
    assert [each.closed_at for each in context.records.find(FINDINGS)] == [context.clock.now()]
    reviews.review(board, "CHG-1", text="Well done")


def test_an_edit_voids_the_emergency_approval_too():
    """What the board approved in a hurry is what may be done, and nothing else."""
    context = emergency()
    decisions.approve(as_actor(context, "cab_member", "board"), "CHG-1")
    changes.edit(context, "CHG-1", steps=["Something else"])
    with pytest.raises(IllegalMove) as refused:
        implement(as_actor(context, "engineer", "hands"), "CHG-1")
    assert refused.value.facts["because"] == "board_approved"
    assert [each.because for each in decisions.of_change(context, "CHG-1")] == ["edited"]


@pytest.mark.parametrize(("how", "because"), [("recall", "recalled"), ("defer", "put_off")])
def test_what_was_recalled_or_put_off_is_not_begun_on_the_word_said_before(how, because):
    """The board takes back what it said in a hurry: it has to say it once more, also of the same revision."""
    context = emergency(window=a_window("2026-03-02T11:30Z"))
    hands, board = as_actor(context, "engineer", "hands"), as_actor(context, "cab_member", "board")
    decisions.approve(board, "CHG-1", comment="Go")
    assess(context, "CHG-1")
    context.clock.forward(minutes=1)
    if how == "recall":
        decisions.approve(board, "CHG-1")
        context.clock.forward(minutes=1)
        decisions.recall(board, "CHG-1", comment="Wait")
    else:
        decisions.defer(board, "CHG-1", comment="Wait")
        changes.resubmit(context, "CHG-1")
    with pytest.raises(IllegalMove) as refused:
        implement(hands, "CHG-1")
    assert refused.value.facts["because"] == "board_approved"
    first = decisions.of_change(context, "CHG-1")[0]
    assert (first.void, first.because) == (True, because)
    context.clock.forward(minutes=1)
    decisions.approve(board, "CHG-1", comment="Go after all")
    assert not decisions.of_change(context, "CHG-1")[-1].void
    assert implement(hands, "CHG-1").record.state is ChangeState.IMPLEMENTING


@pytest.mark.parametrize(
    ("role", "actor"), [("cab_member", "engineer"), ("cab_member", "hands"), ("change_manager", "ticker")]
)
def test_whoever_asked_for_it_or_did_a_part_of_it_does_not_review(role, actor):
    """Requester, who began and finished, and who ticked a step: all did it."""
    context = scheduled(steps=("One",))
    implement(as_actor(context, "engineer", "hands"), "CHG-1")
    implementation.tick(as_actor(context, "engineer", "ticker"), "CHG-1", 1)
    implementation.finish(as_actor(context, "engineer", "hands"), "CHG-1", outcome=ChangeOutcome.SUCCESS)
    with pytest.raises(OwnChange):
        reviews.review(as_actor(context, role, actor), "CHG-1", text="Fine")
    assert context.store.get(REVIEWS, "CHG-1") is None


@pytest.mark.parametrize("actor", ["peer", "peer-phone", "lead"])
def test_whoever_approved_it_does_not_implement_it(actor):
    """Neither by another account, nor the one whose delegate approved; somebody else may."""
    context = scheduled(steps=("One",))
    root = as_actor(context, "administrator")
    persons.add(root, "lead", name="Lead", roles=["engineer"])
    persons.add(root, "peer", name="Peer", roles=["engineer"], accounts=["peer-phone"], delegate_of=["lead"])
    with pytest.raises(OwnApproval) as refused:
        implement(as_actor(context, "engineer", actor), "CHG-1")
    assert refused.value.facts["approver"] == "peer"
    implement(as_actor(context, "engineer", "hands"), "CHG-1")
    with pytest.raises(OwnApproval):
        implementation.tick(as_actor(context, "engineer", actor), "CHG-1", 1)


def test_of_two_reviewers_one_is_told():
    """The second reads what the first wrote instead of writing over it."""
    context = scheduled()
    implement(as_actor(context, "engineer", "hands"), "CHG-1")
    done = implementation.finish(as_actor(context, "engineer", "hands"), "CHG-1", outcome=ChangeOutcome.SUCCESS)
    for name, error in (("north", None), ("south", VersionConflict)):
        board = as_actor(context, "cab_member", name)
        if error is None:
            reviews.review(board, "CHG-1", text="Fine", expected_version=done.version)
        else:
            with pytest.raises(error):
                reviews.review(board, "CHG-1", text="Bad", expected_version=done.version)


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"outcome": ChangeOutcome.BACKED_OUT}, {"/comment": "change.missing"}),
        ({"outcome": ChangeOutcome.SUCCESS, "in_part": True}, {"/outcome": "change.outcome_in_part"}),
        ({"outcome": ChangeOutcome.SUCCESS, "ended": "2026-03-02T23:00Z"}, {"/ended": "change.ended_ahead"}),
        ({"outcome": ChangeOutcome.SUCCESS, "ended": "2026-03-02T21:00Z"}, {"/ended": "change.ended_first"}),
        (
            {"outcome": ChangeOutcome.SUCCESS, "started": "yesterday", "ended": "2026-03-02"},
            {"/started": "time.unreadable", "/ended": "time.unreadable"},
        ),
    ],
)
def test_an_outcome_that_can_not_be_is_refused_with_all_its_faults(given, problems):
    """An end before the beginning, or ahead; half a success; a back-out without a word."""
    context = scheduled()
    implement(context, "CHG-1")
    with pytest.raises(InvalidInput) as refused:
        implementation.finish(context, "CHG-1", **given)
    assert {p.pointer: p.code for p in refused.value.problems} == problems
    assert the(context).state is ChangeState.IMPLEMENTING


def test_a_step_is_ticked_once_and_has_to_be_there():
    context = scheduled(steps=("One",))
    implement(context, "CHG-1")
    implementation.tick(context, "CHG-1", 1)
    for step, code in ((1, "change.step_done"), (2, "change.no_such_step"), (0, "change.no_such_step")):
        with pytest.raises(InvalidInput) as refused:
            implementation.tick(context, "CHG-1", step)
        assert [p.code for p in refused.value.problems] == [code]


def test_an_overrun_raises_an_alarm_and_an_expired_change_is_nobodys_any_more():
    """A window that ended under the work is told; one that nobody began in is over for good."""
    context = scheduled()
    implement(context, "CHG-1")
    add(context, a_change("db1", id="CHG-2", state=ChangeState.APPROVED))
    add(context, a_change("db1", id="CHG-3", state=ChangeState.SUBMITTED))
    add(context, a_change("db1", id="CHG-4", state=ChangeState.APPROVED, retrospective=True))
    watch = as_actor(context, "change_manager", "job:change-watch")
    assert (alarms.raise_alarms(watch), lifecycle.expire_all(watch)) == ((0, 0), ())
    context.clock.forward(hours=1)
    assert alarms.raise_alarms(watch) == (1, 1)
    assert alarms.raise_alarms(watch) == (1, 0)
    (alarm,) = context.records.find(FINDINGS)
    assert (alarm.code, alarm.cis, alarm.facts["change"]) == ("change.overrun", ("db1",), "CHG-1")
    assert lifecycle.expire_all(watch) == ("CHG-2",)
    assert [the(context, f"CHG-{n}").state.value for n in (1, 2, 3, 4)] == [
        "implementing",
        "expired",
        "submitted",
        "approved",
    ]
    with pytest.raises(NotAllowed):
        lifecycle.expire_all(context)


def test_a_retrospective_change_is_finished_once_it_is_approved_and_never_begun():
    """It says what was done without one: its window is the past, and it authorises nothing."""
    past = a_window("2026-03-01T22:00Z")
    context = the_context(*WIKI)
    raised = changes.new(
        context, title="Swapped db1", reason="It smoked", targets=["db1"], window=past, retrospective=True
    ).record
    changes.submit(context, raised.id)
    changes.edit(context, raised.id, back_out=BackOut("Swap it back"))
    assess(as_actor(context, "engineer", "colleague"), raised.id)
    decisions.approve(as_actor(context, "engineer", "peer"), raised.id)
    with pytest.raises(IllegalMove) as refused:
        lifecycle.schedule(context, raised.id)
    assert refused.value.facts["because"] == "not_retrospective"
    done = implementation.finish(context, raised.id, outcome=ChangeOutcome.SUCCESS).record
    assert (done.state, done.started_at, done.ended_at) == (ChangeState.IMPLEMENTED, past.start, past.end)
    assert done.retrospective


def test_only_a_retrospective_change_is_finished_without_having_begun():
    context = the_context(*WIKI, a_change("db1", id="CHG-1", state=ChangeState.APPROVED))
    with pytest.raises(IllegalMove) as refused:
        implementation.finish(context, "CHG-1", outcome=ChangeOutcome.SUCCESS)
    assert refused.value.facts["because"] == "retrospective"


@pytest.mark.parametrize(
    ("target", "codes"),
    [
        (Target("db1", "retire", minutes=10), ["change.minutes_of_retired"]),
        (Target("db1", "retire", offset=60), ["change.offset_outside"]),
    ],
)
def test_what_is_retired_does_not_come_back(target, codes):
    """Retiring has a minute it begins at and none it ends at."""
    from dataclasses import replace

    from cmdb.model.change import Effect

    context = the_context(*WIKI)
    with pytest.raises(InvalidInput) as refused:
        changes.new(
            context, title="t", reason="r", window=a_window(), targets=[replace(target, effect=Effect(target.effect))]
        )
    assert [p.code for p in refused.value.problems] == codes


def test_a_retired_target_is_out_from_its_minute_to_the_end():
    """The service that depends on it goes down at that minute and stays so."""
    context = the_context(*WIKI)
    made = changes.new(
        context,
        title="Retire db1",
        reason="Old",
        window=a_window(minutes=60),
        targets=["db1,effect=retire,offset=20"],
        back_out=BackOut("Keep it"),
    ).record
    changes.submit(context, made.id)
    found = assess(context, made.id).record
    assert [(each.outcome.value, each.minutes) for each in found.services] == [
        ("DOWN", {"DOWN": 40.0, "UNAFFECTED": 20.0})
    ]


@pytest.mark.parametrize(
    ("window", "code"),
    [
        (("2026-03-02T22:00Z", "2026-03-02T22:00Z"), "change.window_ends_first"),
        (("2026-03-02T22:00Z", "2027-03-02T22:00Z"), "change.window_too_long"),
        (("2026-03-29T02:30[Europe/Berlin]", "2026-03-29T04:30[Europe/Berlin]"), "time.skipped"),
    ],
)
def test_a_window_of_no_length_of_a_year_or_in_the_missing_hour_is_refused(window, code):
    context = the_context(*WIKI)
    with pytest.raises(InvalidInput) as refused:
        changes.new(context, title="t", reason="r", targets=["db1"], window=window)
    assert [p.code for p in refused.value.problems] == [code]


def test_an_emergency_may_be_submitted_in_its_window_and_not_after_it():
    """It can not wait for a window that begins; but what is over is over."""
    for start, fine in (("2026-03-02T11:30Z", True), ("2026-03-02T10:00Z", False)):
        context = the_context(*WIKI)
        made = changes.new(
            context, title="t", reason="r", targets=["db1"], window=a_window(start), change_type=ChangeType.EMERGENCY
        ).record
        if fine:
            assert changes.submit(context, made.id).record.state is ChangeState.SUBMITTED
        else:
            with pytest.raises(InvalidInput) as refused:
                changes.submit(context, made.id)
            assert [p.code for p in refused.value.problems] == ["change.window_over"]


def test_whoever_approved_a_retrospective_change_does_not_say_they_did_it():
    """Finishing makes them the implementer, and whoever implements does not approve."""
    past = a_change("db1", id="CHG-1", retrospective=True, window=a_window("2026-03-01T22:00Z"))
    context = the_context(*WIKI, past)
    assess(context, "CHG-1")
    peer = as_actor(context, "cab_member+engineer", "peer")
    decisions.approve(peer, "CHG-1")
    with pytest.raises(OwnApproval):
        implementation.finish(peer, "CHG-1", outcome=ChangeOutcome.SUCCESS)
    assert implementation.finish(context, "CHG-1", outcome=ChangeOutcome.SUCCESS).record.ended_by == "engineer"

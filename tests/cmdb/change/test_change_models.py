"""Change models: templates with history, approved by others, withdrawn by themselves when their changes fail."""

from __future__ import annotations

import pytest

from cmdb.change import change_models, changes
from cmdb.errors import InvalidInput, NotAllowed, OwnWork, WrongState
from cmdb.model.change import BackOut, ChangeState, ChangeType, Effect, Target
from cmdb.model.change_model import CHANGE_MODELS, FailureLimit, ModelState
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.people import persons
from cmdb.ports.errors import VersionConflict
from tests.builders import a_change, a_server, add, as_actor, the_context

PLAN = {
    "title": "Reboot a web server",
    "effect": Effect.RESTART,
    "minutes": 10,
    "steps": ["Drain it", "Reboot it"],
    "back_out": BackOut("Boot the old kernel", 10),
    "team": "web",
    "window_minutes": 90,
    "limit": FailureLimit(2, 5),
}


@pytest.fixture
def shelf():
    """A store with two servers, in the hands of an engineer who has drawn up the model ``reboot``."""
    context = the_context(a_server("web1"), a_server("web2"))
    change_models.define(context, "reboot", **PLAN)
    return context


def approved(context):
    return change_models.approve(as_actor(context, "change_manager"), "reboot")


def test_a_model_fills_in_what_a_change_leaves_out(shelf):
    """Title, type, steps, back-out, team, what is done to a bare target, and the end of the window."""
    approved(shelf)
    change = changes.new(
        shelf,
        model="reboot",
        reason="A new kernel",
        targets=["web1", "web2,minutes=5"],
        window=("2026-03-03T22:00Z", ""),
    ).record
    assert (change.model, change.title, change.type, change.team) == (
        "reboot",
        "Reboot a web server",
        ChangeType.STANDARD,
        "web",
    )
    assert change.steps == ("Drain it", "Reboot it")
    assert change.back_out == PLAN["back_out"]
    assert change.targets == (Target("web1", Effect.RESTART, 0, 10), Target("web2", minutes=5))
    assert change.window.minutes == 90
    assert changes.new(shelf, model="reboot", title="Mine", reason="r").record.title == "Mine"


def test_nobody_approves_a_model_of_their_own(shelf):
    """Neither its authors, nor by another account, nor a delegate; a change authority who did not write it does."""
    persons.add(
        as_actor(shelf, "administrator"), "engineer", name="Web team", roles=["engineer"], accounts=["web-lead"]
    )
    for actor in ("engineer", "web-lead"):
        with pytest.raises(OwnWork):
            change_models.approve(as_actor(shelf, "change_manager", actor), "reboot")
    with pytest.raises(NotAllowed):
        change_models.approve(as_actor(shelf, "engineer", "colleague"), "reboot")
    model = approved(shelf).record
    assert (model.state, model.approved_by) == (ModelState.APPROVED, "change_manager")


def test_only_an_approved_model_makes_changes(shelf):
    """Proposed, withdrawn or edited since: the change is refused with the state of its model, beside other faults."""
    for state in ("proposed", "withdrawn"):
        with pytest.raises(InvalidInput) as refused:
            changes.new(shelf, model="reboot", title="t", reason="r", targets=["nope"])
        told = {p.code: p.facts for p in refused.value.problems}
        assert told["change.model_not_in_use"]["state"] == state
        assert "change.unknown_ci" in told
        if state == "proposed":
            change_models.withdraw(as_actor(shelf, "change_manager"), "reboot", because="Not now")
    with pytest.raises(InvalidInput) as unknown:
        changes.new(shelf, model="nope", title="t", reason="r")
    assert [p.code for p in unknown.value.problems] == ["change.unknown_model"]


def test_an_edit_proposes_a_model_anew_and_its_history_stays(shelf):
    """What was approved is what was read; the former wording is in the history."""
    before = approved(shelf)
    edited = change_models.define(as_actor(shelf, "engineer", "colleague"), "reboot", minutes=20).record
    assert (edited.state, edited.revision, edited.authors) == (ModelState.PROPOSED, 2, ("colleague", "engineer"))
    assert change_models.define(shelf, "reboot", minutes=20).record == edited
    past = shelf.store.history(CHANGE_MODELS, "reboot")
    assert [each.after["state"] for each in past] == ["proposed", "approved", "proposed"]
    with pytest.raises(VersionConflict):
        change_models.define(shelf, "reboot", minutes=30, expected_version=before.version)


def test_every_fault_of_a_model_is_told_at_once(shelf):
    with pytest.raises(InvalidInput) as refused:
        change_models.define(
            shelf,
            "no spaces",
            title="",
            change_type=ChangeType.EMERGENCY,
            effect=Effect.RETIRE,
            minutes=5,
            offset=-1,
            window_minutes=0,
            limit=FailureLimit(3, 2),
        )
    assert {p.code for p in refused.value.problems} == {
        "change_model.id",
        "change.missing",
        "change_model.emergency",
        "change.minutes_of_retired",
        "change.offset_negative",
        "change_model.window",
        "change_model.limit",
    }


def done(context, number, outcome, **more):
    """Add a change of the model that has ended, so many minutes after the model was approved."""
    context.clock.forward(minutes=1)
    now = context.clock.now()
    fields = {
        "outcome": outcome,
        "outcome_at": now,
        "raised_at": now,
        "model": "reboot",
        "state": ChangeState.IMPLEMENTED,
    }
    add(context, a_change("web1", id=f"CHG-{number}", **{**fields, **more}))


def test_a_model_withdraws_itself_when_its_last_changes_failed_too_often(shelf):
    """Two of the last five; older ones, retrospective ones and those from before its approval do not count."""
    done(shelf, 1, ChangeOutcome.FAILED)
    shelf.clock.forward(minutes=1)
    approved(shelf)
    watch = as_actor(shelf, "change_manager", "job:change-watch")
    done(shelf, 2, ChangeOutcome.BACKED_OUT)
    done(shelf, 3, ChangeOutcome.FAILED, retrospective=True)
    assert change_models.withdraw_failing(watch) == ()
    for number in range(4, 9):
        done(shelf, number, ChangeOutcome.SUCCESS)
    done(shelf, 9, ChangeOutcome.FAILED)
    model = change_models.get(shelf, "reboot").record
    assert change_models.standing(shelf, model) == (1, 5, FailureLimit(2, 5))
    assert change_models.withdraw_failing(watch) == ()
    done(shelf, 10, ChangeOutcome.BACKED_OUT)
    assert change_models.withdraw_failing(watch) == ("reboot",)
    gone = change_models.get(shelf, "reboot").record
    assert (gone.state, gone.withdrawn_by) == (ModelState.WITHDRAWN, "policy")
    assert gone.because == "2 of its last 5 changes were backed out or failed; its limit is 2 of 5"
    with pytest.raises(WrongState):
        change_models.withdraw(watch, "reboot", because="Again")
    assert change_models.withdraw_failing(watch) == ()


def test_a_model_approved_again_begins_anew(shelf):
    """What failed before it was mended does not withdraw it at once."""
    approved(shelf)
    for number in (1, 2):
        done(shelf, number, ChangeOutcome.FAILED)
    watch = as_actor(shelf, "change_manager", "job:change-watch")
    change_models.withdraw_failing(watch)
    change_models.define(shelf, "reboot", steps=["Drain it", "Wait", "Reboot it"])
    shelf.clock.forward(minutes=1)
    approved(shelf)
    assert change_models.withdraw_failing(watch) == ()

"""What people may rely on when they raise, edit and submit a change."""

from __future__ import annotations

import pytest

from cmdb.change import changes
from cmdb.change.changes import KEEP
from cmdb.change.record.dossier import revisions, show
from cmdb.errors import InvalidInput, NotAllowed, NotFound, WrongState
from cmdb.model.change import BackOut, Change, ChangeState, ChangeType, Effect, Target, Window
from cmdb.model.ci import CIStatus
from cmdb.ports.errors import VersionConflict
from tests.builders import a_back_out, a_change, a_server, a_window, as_actor, moment, the_context

WEB = (a_server("web1"), a_server("web2"))


def a_draft(context, **given):
    wanted = {"title": "Patch", "reason": "A hole", "targets": ["web1"], "window": a_window(), **given}
    return changes.new(context, **wanted)


def the_faults(act):
    with pytest.raises(InvalidInput) as refused:
        act()
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


def test_a_change_is_raised_in_the_name_of_who_asks():
    """The desk says who, when and under which id; the rest is what was given."""
    context = the_context(*WEB, role="engineer")
    held = a_draft(context, targets=["web1,effect=restart,minutes=10", Target("web2", Effect.CONFIG)])
    assert held.version == 1
    assert held.record == Change(
        id="CHG-1001",
        title="Patch",
        reason="A hole",
        requester="engineer",
        raised_at=context.clock.now(),
        type=ChangeType.NORMAL,
        state=ChangeState.DRAFT,
        revision=1,
        window=a_window(),
        targets=(Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.CONFIG)),
    )


def test_times_typed_in_a_zone_are_kept_as_moments_and_shown_as_meant():
    """The night summer time comes: from 1 to 4 o'clock in Berlin are two hours."""
    held = a_draft(the_context(*WEB), window=("2026-03-29T01:00[Europe/Berlin]", "2026-03-29T04:00[Europe/Berlin]"))
    assert held.record.window == Window(moment("2026-03-29T00:00Z"), moment("2026-03-29T02:00Z"), "Europe/Berlin")
    assert held.record.window.minutes == 120


def test_a_window_of_local_times_is_measured_in_real_minutes():
    """Python would call it three hours; an outage of 150 minutes does not fit."""
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    window = Window(
        moment("2026-03-29T00:00Z").astimezone(berlin), moment("2026-03-29T02:00Z").astimezone(berlin), "Europe/Berlin"
    )
    target = Target("web1", minutes=150)
    faults = the_faults(lambda: a_draft(the_context(*WEB), window=window, targets=[target]))
    assert faults == [("/targets/0/minutes", "change.outage_outside")]


def test_every_fault_of_a_new_change_is_told_at_once_and_nothing_is_written():
    """One answer for title, reason, window, targets, steps and back-out; not even a number is used up."""
    context = the_context(*WEB)
    faults = the_faults(
        lambda: a_draft(
            context,
            title="x" * 201,
            reason=" ",
            window=Window(moment("2026-03-03T00:00Z"), moment("2026-03-02T00:00Z"), "Mars/Olympus"),
            targets=["web9", "web1,minutes=ten", "web1,offset=-1", Target("web1", minutes=-5), Target("")],
            implementer="",
            steps=["", "Reboot"],
            back_out=BackOut("", minutes=0),
        )
    )
    assert faults == [
        ("/title", "change.too_long"),
        ("/reason", "change.missing"),
        ("/targets/1/minutes", "change.not_whole"),
        ("/window/end", "change.window_ends_first"),
        ("/window/zone", "time.unknown_zone"),
        ("/targets/2/offset", "change.offset_negative"),
        ("/targets/3/ci", "change.target_twice"),
        ("/targets/3/minutes", "change.minutes_too_few"),
        ("/targets/4/ci", "change.missing"),
        ("/implementer", "change.missing"),
        ("/steps/0", "change.missing"),
        ("/back_out/plan", "change.missing"),
        ("/back_out/minutes", "change.back_out_minutes"),
        ("/targets/0/ci", "change.unknown_ci"),
    ]
    assert context.store.revision() == 1
    assert a_draft(context).record.id == "CHG-1001"


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (Target("web1", minutes=60), None),
        (Target("web1", minutes=61), ("/targets/0/minutes", "change.outage_outside")),
        (Target("web1", offset=30, minutes=31), ("/targets/0/minutes", "change.outage_outside")),
        (Target("web1", offset=60), ("/targets/0/offset", "change.offset_outside")),
        (Target("web1", minutes=0), ("/targets/0/minutes", "change.minutes_too_few")),
        (Target("web1", minutes=10**12), ("/targets/0/minutes", "change.outage_outside")),
        (Target("web1", Effect.CONFIG, minutes=0), None),
    ],
)
def test_an_outage_lies_within_its_window(target, fault):
    """To the minute: what begins or ends outside the window is refused, what just fits is not."""
    context = the_context(*WEB)
    if fault is None:
        assert a_draft(context, targets=[target]).record.targets == (target,)
    else:
        assert the_faults(lambda: a_draft(context, targets=[target])) == [fault]


def test_a_window_without_offset_is_refused():
    """As a record or as text, a time that is no moment does not get in."""
    naive = Window(moment("2026-03-02T22:00Z").replace(tzinfo=None), moment("2026-03-02T23:00Z"))
    assert the_faults(lambda: a_draft(the_context(*WEB), window=naive)) == [
        ("/window/start", "time.without_offset"),
    ]
    assert the_faults(lambda: a_draft(the_context(*WEB), window=("2026-03-02T22:00", "2026-03-02T23:00Z"))) == [
        ("/window/start", "time.without_offset"),
    ]


def test_a_draft_may_wait_for_its_window_but_is_not_submitted_without():
    """What is missing is told when it matters, all of it at once."""
    context = the_context(*WEB)
    draft = changes.new(context, title="Patch", reason="A hole").record
    assert the_faults(lambda: changes.submit(context, draft.id)) == [
        ("/window", "change.missing"),
        ("/targets", "change.missing"),
    ]
    changes.edit(context, draft.id, window=a_window(), targets=["web1"])
    submitted = changes.submit(context, draft.id).record
    assert (submitted.state, submitted.revision) == (ChangeState.SUBMITTED, 1)


def test_a_window_that_has_begun_can_not_be_asked_for():
    """A draft may lie around until its window has passed; submitting it then is refused with the rule."""
    context = the_context(*WEB)
    draft = a_draft(context).record
    context.clock.forward(days=1)
    assert the_faults(lambda: changes.submit(context, draft.id)) == [("/window/start", "change.window_past")]


def test_an_edit_after_submission_makes_a_new_revision():
    """Targets, window, steps, back-out, type and implementer are what is decided about."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    for number, edit in enumerate(
        [
            {"targets": ["web2"]},
            {"window": a_window(minutes=90)},
            {"steps": ["Reboot"]},
            {"back_out": None},
            {"change_type": ChangeType.EMERGENCY},
            {"implementer": "somebody"},
        ],
        start=2,
    ):
        held = changes.edit(context, "CHG-1", **edit)
        assert (held.record.revision, held.record.state, held.version) == (number, ChangeState.SUBMITTED, number)


def test_new_words_alone_keep_the_revision():
    """A better title does not send anybody back to the board."""
    context = the_context(*WEB, a_change("web1", id="CHG-1", state=ChangeState.APPROVED))
    held = changes.edit(context, "CHG-1", title="Better", reason="Clearer")
    assert (held.record.title, held.record.revision, held.record.state) == ("Better", 1, ChangeState.APPROVED)


def test_an_edit_that_changes_nothing_writes_nothing():
    """Pressing save twice is pressing it once, even when the same window is typed in another zone's hours."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    before = context.store.revision()
    assert changes.edit(context, "CHG-1", targets=["web1"], title="Replace the switch").version == 1
    assert changes.edit(context, "CHG-1", title=KEEP, back_out=KEEP).version == 1
    assert context.store.revision() == before


def test_a_draft_is_edited_without_counting():
    """Nobody decides about a draft, so its revision stays the first."""
    context = the_context(*WEB)
    draft = a_draft(context).record
    assert changes.edit(context, draft.id, targets=["web2"]).record.revision == 1


def test_a_submitted_change_stays_whole():
    """Taking targets away, or moving the window into the past, is no way around the rules of submission."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    past = a_window("2026-03-01T22:00Z")
    assert the_faults(lambda: changes.edit(context, "CHG-1", targets=[], window=past)) == [
        ("/targets", "change.missing"),
        ("/window/start", "change.window_past"),
    ]
    assert the_faults(lambda: changes.edit(context, "CHG-1", window=None)) == [("/window", "change.missing")]
    assert the_faults(lambda: changes.edit(context, "CHG-1", window=("x", "y"))) == [
        ("/window/start", "time.unreadable"),
        ("/window/end", "time.unreadable"),
    ]


def test_a_rejected_change_starts_again_as_a_draft_of_a_new_revision():
    """The board's no stays with the revision it was said to."""
    context = the_context(*WEB, a_change("web1", id="CHG-1", state=ChangeState.REJECTED))
    held = changes.edit(context, "CHG-1", reason="Now with numbers")
    assert (held.record.state, held.record.revision) == (ChangeState.DRAFT, 2)


def test_of_two_who_edit_at_once_one_is_told():
    """Nobody overwrites what they have not seen."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    changes.edit(context, "CHG-1", title="Mine", expected_version=1)
    with pytest.raises(VersionConflict) as refused:
        changes.edit(as_actor(context, "change_manager"), "CHG-1", title="Mine too", expected_version=1)
    assert refused.value.facts["actual"] == 2
    assert changes.get(context, "CHG-1").record.title == "Mine"


def test_whoever_writes_into_a_change_is_its_author():
    """A second pair of hands is remembered, so that it does not decide later."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    manager = as_actor(context, "change_manager")
    assert changes.edit(manager, "CHG-1", title="Words are no content").record.authors == ()
    assert changes.edit(manager, "CHG-1", targets=["web2"]).record.authors == ("change_manager",)
    assert changes.edit(context, "CHG-1", targets=["web1"]).record.authors == ("change_manager",)


def test_a_retired_target_may_be_named():
    """It was there, so it is no typing error; the assessment says that it is gone."""
    context = the_context(a_server("web1", status=CIStatus.RETIRED))
    assert a_draft(context).record.targets[0].ci == "web1"


def test_a_viewer_raises_edits_and_submits_nothing():
    """The desk asks for the right itself, so no door can forget it."""
    context = the_context(*WEB, a_change("web1", id="CHG-1", state=ChangeState.DRAFT))
    viewer = as_actor(context, "viewer")
    for act in (
        lambda: a_draft(viewer),
        lambda: changes.edit(viewer, "CHG-1"),
        lambda: changes.submit(viewer, "CHG-1"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert changes.get(viewer, "CHG-1").record.id == "CHG-1"


def test_a_change_is_submitted_once():
    """The table has no second submission."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    with pytest.raises(WrongState):
        changes.submit(context, "CHG-1")


def test_changes_are_listed_newest_first_by_state_page_by_page():
    """Every change once, whatever the page size; drafts are found by their state too."""
    context = the_context(*WEB)
    for _ in range(5):
        a_draft(context)
        context.clock.forward(minutes=1)
    changes.submit(context, "CHG-1003")
    seen, after = [], None
    while True:
        page = changes.listing(context, after=after, limit=2)
        seen += [held.record.id for held in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == [f"CHG-{number}" for number in (1005, 1004, 1003, 1002, 1001)]
    drafts = changes.listing(context, states=[ChangeState.DRAFT]).rows
    assert [held.record.id for held in drafts] == ["CHG-1005", "CHG-1004", "CHG-1002", "CHG-1001"]


def test_the_revisions_of_a_change_say_who_changed_what():
    """From the history alone: what the board saw, and what came after."""
    context = the_context(*WEB)
    draft = a_draft(context, back_out=a_back_out()).record
    changes.edit(context, draft.id, title="Patch web1")
    changes.submit(context, draft.id)
    context.clock.forward(hours=1)
    changes.edit(as_actor(context, "change_manager"), draft.id, targets=["web2,minutes=5"])
    changes.edit(context, draft.id, reason="A big hole", back_out=None)

    first, second, third = revisions(context, draft.id)
    assert (first.number, first.by, first.changed) == (1, "engineer", ())
    assert (second.by, second.at) == ("change_manager", context.clock.now())
    assert [(d.pointer, d.before, d.after) for d in second.changed] == [
        ("/targets/0/ci", "web1", "web2"),
        ("/targets/0/minutes", None, 5),
    ]
    assert [d.pointer for d in third.changed] == ["/back_out", "/reason"]
    assert show(context, draft.id).moves == (
        "edit",
        "reword",
        "assess",
        "assess and schedule",
        "approve as emergency",
        "implement",
        "cancel",
    )


def test_what_is_not_there_is_said_so():
    """Unknown changes are named."""
    context = the_context(*WEB, a_change("web1", id="CHG-1"))
    for act in (
        lambda: changes.get(context, "CHG-9"),
        lambda: changes.submit(context, "CHG-9"),
        lambda: revisions(context, "CHG-9"),
    ):
        with pytest.raises(NotFound):
            act()

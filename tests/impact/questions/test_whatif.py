"""What if, asked of the records: drafts and changes nobody raised, beside other changes, and an alternative."""

from __future__ import annotations

import pytest

from cmdb.chain import canonical
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.change import CHANGES, ChangeState, Effect, Target
from cmdb.model.ci import CIStatus
from cmdb.model.kind import Kind
from cmdb.model.mitigation import MitigationKind
from cmdb.model.outcome import Outcome
from cmdb.records import from_document, to_document
from cmdb.roles import Actor
from impact.questions.whatif import WhatIfAnswer, imagined_whatif, whatif_of
from tests.builders import a_change, a_server, a_service, a_window, an_incident, depends, moment, needs, the_context

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
NIGHT = ("2026-03-02T22:00Z", "2026-03-02T23:00Z")


def change(key, *targets, start="2026-03-02T22:00Z", minutes=60, **fields):
    return a_change(*targets, id=key, window=a_window(start, minutes=minutes), **fields)


def kinds(answer):
    return [(measure.kind.value, measure.size) for measure in answer.measures]


def test_a_draft_is_told_what_would_help_before_anybody_assesses_it():
    """Both of a pair at once: one after the other saves the shop, and nothing was written."""
    reboots = [Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 0, 10)]
    context = the_context(*SHOP, change("CHG-1", *reboots, state=ChangeState.DRAFT))
    before = context.store.revision()
    answer = whatif_of(context, "CHG-1")
    assert (answer.change, answer.revision, answer.alternative) == ("CHG-1", before, None)
    (shop,) = answer.services
    assert (shop.id, shop.outcome, shop.down_minutes, shop.outcome_then) == ("shop", Outcome.DOWN, 10.0, None)
    first = answer.measures[0]
    assert (first.kind, [wave.targets for wave in first.roll.waves]) == (MitigationKind.ROLL, [("web1",), ("web2",)])
    assert [(s.id, s.from_, s.to) for s in first.gain.services] == [("shop", Outcome.DOWN, Outcome.REDUNDANCY_LOST)]
    assert context.store.revision() == before


def test_a_change_nobody_raised_is_asked_as_it_is_typed():
    """The same words as for a new change, and the same answer as the raised one has."""
    context = the_context(*SHOP, change("CHG-1", Target("web1", Effect.RESTART, 5, 10), Target("web2", minutes=20)))
    typed = imagined_whatif(
        the_context(*SHOP), targets=["web1,effect=restart,offset=5,minutes=10", "web2,minutes=20"], window=NIGHT
    )
    raised = whatif_of(context, "CHG-1")
    assert (typed.change, typed.plan) == (None, raised.plan)
    assert typed.measures == raised.measures != ()


def test_a_window_is_moved_only_out_of_a_joint_conflict():
    """Half an hour beside the twin's change: the smallest move, what it frees, and the minutes it saves."""
    other = change("CHG-2", "web2", start="2026-03-02T22:30Z")
    context = the_context(*SHOP, change("CHG-1", "web1"), other)
    answer = whatif_of(context, "CHG-1")
    first = answer.measures[0]
    assert (first.kind, first.size, first.move.minutes) == (MitigationKind.MOVE, 30, -30)
    assert (first.move.from_, first.move.to) == (moment("2026-03-02T21:30Z"), moment("2026-03-02T22:30Z"))
    assert (first.move.beside, first.move.frees) == (("CHG-2",), "all")
    assert [(s.id, s.from_, s.to, s.down_minutes) for s in first.gain.services] == [
        ("shop", Outcome.DOWN, Outcome.REDUNDANCY_LOST, 30.0)
    ]
    assert answer.plan.beside == ("CHG-2",)
    assert [(s.outcome, s.down_minutes) for s in answer.services] == [(Outcome.DOWN, 30.0)]
    alone = whatif_of(the_context(*SHOP, change("CHG-1", "web1")), "CHG-1")
    assert "move" not in [kind for kind, _ in kinds(alone)]


def test_no_move_out_of_an_incident_without_end_or_into_the_past():
    """The conflict is told, and no move is made up."""
    for context in (
        the_context(*SHOP, change("CHG-1", "web1"), an_incident("web2")),
        the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2"), at="2026-03-02T22:10Z"),
    ):
        answer = whatif_of(context, "CHG-1")
        assert len(answer.plan.beside) == 1
        assert "move" not in [kind for kind, _ in kinds(answer)]


def test_an_alternative_stands_beside_the_change_as_it_is():
    """Without one target, in another window, and both: each service with both outcomes."""
    others = change("CHG-2", "web2", start="2026-03-02T22:30Z"), a_server("db"), *depends("shop", "db")
    context = the_context(*SHOP, *others, change("CHG-1", "web1", Target("db", minutes=5)))
    for alternative, then, minutes in (
        ({"without": ["db"]}, Outcome.DOWN, 30.0),
        ({"start": "2026-03-03T22:00Z"}, Outcome.DOWN, 5.0),
        ({"without": ["db"], "end": "2026-03-02T22:30Z"}, Outcome.REDUNDANCY_LOST, 0.0),
        ({"without": ["db", "web1"]}, Outcome.UNAFFECTED, 0.0),
    ):
        answer = whatif_of(context, "CHG-1", **alternative)
        (shop,) = answer.services
        assert (shop.outcome, shop.down_minutes) == (Outcome.DOWN, 35.0)
        assert (shop.outcome_then, shop.down_minutes_then) == (then, minutes)
    later = whatif_of(context, "CHG-1", start="2026-03-03T23:00+01:00").alternative.window
    assert (later.start, later.minutes, later.zone) == (moment("2026-03-03T22:00Z"), 60, "+01:00")


def test_another_window_across_a_clock_change_keeps_its_length():
    """The night summer time begins: an hour of work is an hour, whatever the clocks show."""
    context = the_context(*SHOP, change("CHG-1", "web1"))
    window = whatif_of(context, "CHG-1", start="2026-03-29T01:30[Europe/Berlin]").alternative.window
    assert (window.end - window.start).total_seconds() == 3600
    assert window.end == moment("2026-03-29T03:30+02:00")
    with pytest.raises(InvalidInput) as refused:
        whatif_of(context, "CHG-1", start="2026-03-29T02:30[Europe/Berlin]")
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/from", "time.skipped")]


def test_what_is_missing_or_wrong_is_named_all_at_once():
    """A draft without window and targets, a target that is none, an unreadable window, ids nobody knows."""
    context = the_context(*SHOP, a_change(id="CHG-1", window=None, state=ChangeState.DRAFT), change("CHG-2", "web1"))
    with pytest.raises(InvalidInput) as refused:
        whatif_of(context, "CHG-1")
    assert [(p.pointer, p.code) for p in refused.value.problems] == [
        ("/window", "change.missing"),
        ("/targets", "change.missing"),
    ]
    with pytest.raises(InvalidInput) as refused:
        whatif_of(context, "CHG-2", without=["web1", "web2"], start="soon", end="2026-03-02T23:00")
    assert [(p.pointer, p.code) for p in refused.value.problems] == [
        ("/without/1", "whatif.no_target"),
        ("/from", "time.unreadable"),
        ("/to", "time.without_offset"),
    ]
    with pytest.raises(InvalidInput) as refused:
        whatif_of(context, "CHG-2", end="2026-03-02T22:00Z", start="2026-03-02T22:00Z")
    assert [p.code for p in refused.value.problems] == ["change.window_ends_first"]
    with pytest.raises(InvalidInput) as refused:
        imagined_whatif(context, targets=["WEB-1", "web1", "nobody"], window=("2026-03-02T22:00Z", "yesterday"))
    assert [(p.pointer, p.message) for p in refused.value.problems if p.code == "change.unknown_ci"] == [
        ("/targets/0/ci", "there is no CI WEB-1; did you mean web1?"),
        ("/targets/2/ci", "there is no CI nobody"),
    ]
    assert "time.unreadable" in [p.code for p in refused.value.problems]
    with pytest.raises(InvalidInput) as refused:
        imagined_whatif(context, targets=[], window=None)
    assert [p.pointer for p in refused.value.problems] == ["/window", "/targets"]
    with pytest.raises(NotFound):
        whatif_of(context, "CHG-9")


def test_a_million_targets_are_refused_at_once():
    """With how many there may be; nobody looks them up."""
    with pytest.raises(InvalidInput) as refused:
        imagined_whatif(the_context(*SHOP), targets=["web1"] * 1_000_000, window=NIGHT)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/targets", "change.too_many")]


def test_a_retired_target_is_named_and_takes_nothing_out():
    """The rest of the change is answered."""
    context = the_context(*SHOP, a_server("old", status=CIStatus.RETIRED), change("CHG-1", "web1", "old"))
    answer = whatif_of(context, "CHG-1")
    assert answer.plan.retired == ("old",)
    assert [(service.id, service.outcome) for service in answer.services] == [("shop", Outcome.REDUNDANCY_LOST)]


def test_the_same_question_has_the_same_bytes_and_they_can_be_read_back():
    """As a document and as a record."""
    context = the_context(*SHOP, change("CHG-1", "web1", "web2"), change("CHG-2", "web2"))
    kind = Kind(WhatIfAnswer, name="whatif")
    one, other = (whatif_of(context, "CHG-1", without=["web1"]) for _ in range(2))
    assert canonical(to_document(kind, one)) == canonical(to_document(kind, other))
    assert from_document(kind, to_document(kind, one)) == one


def test_who_may_not_read_changes_may_not_ask():
    """The question asks for the rights itself."""
    context = the_context(*SHOP, change("CHG-1", "web1"))
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    with pytest.raises(NotAllowed):
        whatif_of(nobody, "CHG-1")
    with pytest.raises(NotAllowed):
        imagined_whatif(nobody, targets=["web1"], window=NIGHT)
    assert context.records.get(CHANGES, "CHG-1").id == "CHG-1"

"""Which past changes a change is like: from the store, the most similar first, told with how they went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.change import changes
from cmdb.context import Context
from cmdb.errors import NotAllowed, NotFound
from cmdb.model.change import ChangeState
from cmdb.roles import Actor
from impact.questions import similar
from impact.questions.assess import assess
from impact.questions.similar import similar_to
from tests.builders import a_change, a_ci, a_server, a_service, a_window, add, as_actor, depends, the_context

ESTATE = (
    a_service("shop"),
    a_service("mail"),
    a_server("web1"),
    a_server("web2"),
    a_ci("sw1", "switch"),
    *depends("shop", "web1", "web2"),
    *depends("mail", "sw1"),
)
PAST = a_window("2026-01-05T22:00Z")
STILL_OPEN = [ChangeState(state) for state in ("draft", "submitted", "assessed", "approved", "scheduled", "deferred")]


def past(number, *targets, **fields):
    """Return a change whose window is over."""
    given = {"window": a_window(f"2026-01-{number:02}T22:00Z"), "state": ChangeState.CLOSED, "title": "Other work"}
    return a_change(*targets, id=f"CHG-{number:04}", **{**given, **fields})


def asked(*pasts, **fields):
    change = a_change("web1", id="CHG-9999", title="Replace the disk of web1", **fields)
    return the_context(*ESTATE, change, *pasts, role="viewer")


def ids(context, **more):
    return [one.id for one in similar_to(context, "CHG-9999", **more).similar]


def test_the_most_similar_come_first():
    """The same class and words before the same class alone, and that before the same words alone."""
    context = asked(
        past(1, "sw1", title="Replace the disk of sw1"),
        past(2, "web2"),
        past(3, "web2", title="Replace the disk of web2"),
    )
    assert ids(context) == ["CHG-0003", "CHG-0002", "CHG-0001"]


def test_each_part_is_told():
    """What is alike and by how much; the services of changes that were never assessed have no say."""
    (one,) = similar_to(asked(past(3, "web2")), "CHG-9999").similar
    assert {part.name: part.value for part in one.parts} == {
        "classes": 1.0, "services": None, "model": 1.0, "words": 0.0,
    }  # fmt: skip
    assert one.similarity == pytest.approx((0.3 + 0.15) / 0.7, abs=1e-6)
    assert (one.state, one.outcome) == (ChangeState.CLOSED, None)


def test_the_services_of_assessed_changes_count():
    """Both touch the shop: as alike as can be in that part."""
    context = asked(past(3, "web2", state=ChangeState.SUBMITTED))
    manager = as_actor(context, "change_manager")
    for change in ("CHG-0003", "CHG-9999"):
        assess(manager, change)
    add(context, replace(changes.get(manager, "CHG-0003").record, state=ChangeState.CANCELLED))
    (one,) = similar_to(context, "CHG-9999").similar
    assert next(part.value for part in one.parts if part.name == "services") == 1.0


def test_equals_stand_by_their_ids():
    """The same question has one answer."""
    context = asked(*(past(number, "web2") for number in (7, 3, 5, 1)))
    assert ids(context, most=3) == ["CHG-0001", "CHG-0003", "CHG-0005"]
    found = similar_to(context, "CHG-9999", most=3)
    assert (found.past, found.compared, found.alike) == (4, 4, 4)
    assert found == similar_to(context, "CHG-9999", most=3)


def test_what_is_not_past_does_not_count():
    """Neither what may still be done, nor a change whose window ends when this one has begun, nor this one itself."""
    later = a_change("web2", id="CHG-0002", window=a_window("2026-03-02T21:30Z"), state=ChangeState.CLOSED)
    waiting = (past(number, "web2", state=state) for number, state in enumerate(STILL_OPEN, 10))
    context = asked(*waiting, later)
    found = similar_to(context, "CHG-9999")
    assert (found.similar, found.past, found.compared) == ((), 0, 0)


def test_what_has_nothing_in_common_is_not_similar():
    """The same type alone is no likeness."""
    found = similar_to(asked(past(1, "sw1")), "CHG-9999")
    assert (found.similar, found.compared, found.alike) == ((), 1, 0)


def test_the_work_is_bounded_and_said(monkeypatch):
    """Of many past changes the newest are compared, and older ones that name the same target; the rest is counted."""
    monkeypatch.setattr(similar, "MOST_NEWEST", 2)
    context = asked(*(past(number, "web2") for number in (2, 3, 4, 5)), past(1, "web1"))
    found = similar_to(context, "CHG-9999", most=9)
    assert sorted(one.id for one in found.similar) == ["CHG-0001", "CHG-0004", "CHG-0005"]
    assert (found.past, found.compared) == (5, 3)


def test_the_bound_on_assessments_keeps_the_best(monkeypatch):
    """With room to read the services of one alone, it is the one that may be the most similar."""
    monkeypatch.setattr(similar, "MOST_ASSESSED", 1)
    context = asked(past(1, "sw1", title="Replace it"), past(2, "web2", title="Replace the disk of web2"))
    assert ids(context) == ["CHG-0002"]
    assert similar_to(context, "CHG-9999").alike == 2


def test_who_may_ask_and_of_what():
    """Readers of changes, of a change that is there."""
    context = asked()
    with pytest.raises(NotFound):
        similar_to(context, "CHG-1")
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    with pytest.raises(NotAllowed):
        similar_to(nobody, "CHG-9999")

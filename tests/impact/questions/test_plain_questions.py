"""The questions asked without a change: what goes down, what rests on it, what stops a service alone."""

from __future__ import annotations

import pytest

from cmdb.context import Context
from cmdb.errors import NotAllowed, NotFound
from cmdb.model.ci import CIStatus
from cmdb.roles import Actor
from impact.questions.impact import blast_of, impact_of
from impact.questions.spof import single_points_of
from tests.builders import a_server, a_service, add, as_actor, depends, needs, the_context

SHOP = (
    a_service("shop", tier=1),
    a_server("web1"),
    a_server("web2"),
    a_server("rack"),
    *needs("shop", 1, "web1", "web2"),
    *depends("web1", "rack"),
)


def test_what_goes_down_is_answered_for_the_estate_as_it_is_and_as_it_was():
    """The same question before and after the second server lost its own rack."""
    context = the_context(*SHOP)
    add(context, *depends("web2", "rack"))
    assert impact_of(context, ["rack"]).down == ("shop", "web1", "web2")
    before = impact_of(context, ["rack"], at=1)
    assert (before.revision, before.down) == (1, ("web1",))
    assert [(s.id, s.outcome.value, s.new_single_points) for s in before.services] == [
        ("shop", "REDUNDANCY_LOST", ("web2",))
    ]


def test_what_rests_on_a_ci_is_told_with_its_depth():
    """Whatever the redundancy: the raw upper bound."""
    assert [(r.id, r.depth) for r in blast_of(the_context(*SHOP), ["rack"])] == [("rack", 0), ("web1", 1), ("shop", 2)]


def test_single_points_are_told_now_and_with_something_failed():
    """The difference is what the failure adds."""
    answer = single_points_of(the_context(*SHOP), "shop", failed=["web2"])
    assert (answer.before, answer.now, answer.added) == ((), ("rack", "web1"), ("rack", "web1"))


def test_unknown_and_retired_cis_are_named():
    """All of them at once: one that never was and one that is no longer."""
    context = the_context(*SHOP, a_server("old", status=CIStatus.RETIRED))
    for question in (impact_of, blast_of):
        with pytest.raises(NotFound) as refused:
            question(context, ["web9", "web1", "old"])
        assert refused.value.facts["ids"] == ("old", "web9")
    with pytest.raises(NotFound):
        single_points_of(context, "till")


def test_a_viewer_may_ask_and_somebody_without_role_may_not():
    """The question asks for the right itself."""
    context = the_context(*SHOP)
    assert impact_of(as_actor(context, "viewer"), ["rack"]).down
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    for question in (impact_of, blast_of):
        with pytest.raises(NotAllowed):
            question(nobody, ["rack"])
    with pytest.raises(NotAllowed):
        single_points_of(nobody, "shop")

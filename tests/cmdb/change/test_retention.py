"""The retention desk: old history goes, but never what an assessment was computed from."""

from __future__ import annotations

import pytest

from cmdb.change import assessments, decisions, retention
from cmdb.errors import NotAllowed, NotFound
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.ci import CIS
from cmdb.model.kind import Kind
from cmdb.ports.errors import HistoryGone, WrittenMeanwhile
from cmdb.ports.store import Put
from impact.questions.assess import assess
from impact.questions.replay import replay
from tests.builders import a_change, a_server, a_service, add, as_actor, needs, the_context

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


def the_old_decision():
    """A decision of long ago; the estate has changed in every one of many revisions since."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    for n in range(3):
        add(context, a_server("web1", name=f"before {n}"))
    assess(as_actor(context, "change_manager"), "CHG-1")
    decisions.approve(as_actor(context, "cab_member", "cab-chair"), "CHG-1", comment="Go")
    for n in range(20):
        add(context, a_server("web1", name=f"after {n}"), a_server("web2", name=f"after {n}"))
    return context


def test_a_decision_can_be_replayed_for_ever():
    """All else below the floor goes; what the assessment saw stays, and gives the same bytes."""
    context = the_old_decision()
    keeper = as_actor(context, "administrator")
    (assessment,) = assessments.of_change(keeper, "CHG-1")
    cited, newest = assessment.graph_revision, context.store.revision()
    foreseen = retention.let_go(keeper, newest - 2, dry_run=True)
    assert context.store.floor() == 0
    found = retention.let_go(keeper, newest - 2)
    assert (found.floor, found.cited) == (newest - 2, (cited,))
    assert (found.gone, found.kept) == (foreseen.gone, foreseen.kept)
    assert found.gone > 30
    assert context.store.floor() == newest - 2
    with pytest.raises(HistoryGone):
        context.store.get(CIS, "web1", at=cited - 1)
    assert context.store.get(CIS, "web1", at=cited).document["name"] == "before 2"
    assert replay(as_actor(context, "auditor"), "CHG-1").same
    assert context.store.check() == ()


def test_the_floor_never_sinks_and_the_same_again_changes_nothing():
    """An older floor is taken for the one there is."""
    keeper = as_actor(the_old_decision(), "administrator")
    first = retention.let_go(keeper, 20)
    newest = keeper.store.revision()
    again = retention.let_go(keeper, 4)
    assert (again.floor, again.gone, again.kept, again.cited) == (20, 0, first.kept, first.cited)
    assert keeper.store.revision() == newest


def test_an_assessment_made_at_the_same_moment_is_not_left_without_its_graph(monkeypatch):
    """Whichever comes first, the other is told to try again."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"), a_change("web2", id="CHG-2"))
    keeper, manager = as_actor(context, "administrator"), as_actor(context, "change_manager")
    compact, record = context.store.compact, assessments.record_assessment

    def assessed_first(*arguments, **more):
        assess(manager, "CHG-1")
        return compact(*arguments, **more)

    monkeypatch.setattr(context.store, "compact", assessed_first)
    with pytest.raises(WrittenMeanwhile):
        retention.let_go(keeper, 1)
    monkeypatch.setattr(context.store, "compact", compact)
    assert context.store.floor() == 0

    def compacted_first(*arguments):
        add(context, a_server("web1", name="new"))
        retention.let_go(keeper, context.store.revision())
        return record(*arguments)

    monkeypatch.setattr("impact.questions.assess.record_assessment", compacted_first)
    with pytest.raises(WrittenMeanwhile):
        assess(manager, "CHG-2")
    monkeypatch.setattr("impact.questions.assess.record_assessment", record)
    assert assess(manager, "CHG-2").record.graph_revision >= context.store.floor()


def test_only_who_keeps_the_store_may_let_go():
    """And only up to a revision that there is."""
    context = the_old_decision()
    for role in ("engineer", "auditor", "change_manager"):
        with pytest.raises(NotAllowed):
            retention.let_go(as_actor(context, role), 5)
    with pytest.raises(NotFound):
        retention.let_go(as_actor(context, "administrator"), 999)
    assert context.store.floor() == 0


def test_thousands_of_assessments_are_all_kept():
    """Each cited revision once."""
    context = the_context(*SHOP)
    kind = Kind(object, name=ASSESSMENTS.name, indexed=ASSESSMENTS.indexed)
    for n in range(30):
        add(context, a_server("web1", name=f"v{n}"))
    puts = [Put(kind, {"id": f"ASM-{n}", "graph_revision": n % 20 + 1}) for n in range(3000)]
    context.store.apply(puts, txn_id="many", actor="a", reason="r")
    found = retention.let_go(as_actor(context, "administrator"), 31)
    assert found.cited == tuple(range(1, 21))
    assert [context.store.get(CIS, "web1", at=at).version for at in (1, 7, 20, 31)] == [1, 7, 20, 31]
    with pytest.raises(HistoryGone):
        context.store.get(CIS, "web1", at=25)

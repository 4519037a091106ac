"""A change that adds CIs or rewires relations: what it does once its edits hold, against today."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.chain import canonical
from cmdb.change import changes
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, Effect, Target
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.consequence import ScenarioName
from cmdb.model.graph_edit import AddedItem, AddedRelation, EditedGroup, EditGap, EndedRelation, GraphEdit
from cmdb.model.outcome import Outcome
from cmdb.model.relation import RELATIONS, Relation
from cmdb.records import to_document
from impact.questions.assess import assess
from impact.questions.conflicts import conflicts_in
from impact.questions.consequence import consequence_of
from impact.questions.go import standing_of
from impact.questions.replay import replay
from impact.questions.whatif import whatif_of
from impact.questions.why import why_assessed
from tests.builders import a_change, a_server, a_service, add, depends, needs, the_context

POWERED = "depends_on"
ROOM = (
    a_service("shop", tier=1),
    *(a_server(ci) for ci in ("app1", "app2", "pdu-a", "pdu-b", "ups")),
    *needs("shop", 1, "app1", "app2"),
    *depends("app1", "pdu-a"),
    *depends("app2", "pdu-a"),
    *depends("pdu-a", "ups"),
)
TO_B = GraphEdit(relations=(AddedRelation("app2", POWERED, "pdu-b"),), ended=(EndedRelation("app2", POWERED, "pdu-a"),))


def moved(edit=TO_B, ci="app2", **more):
    return Target(ci, Effect.REWIRE, edit=edit, **more)


def assessed(*things, targets, **fields):
    context = the_context(*things, a_change(*targets, id="CHG-1", **fields))
    return context, assess(context, "CHG-1").record


def test_moving_one_of_two_to_another_feed_removes_the_common_cause():
    """Afterwards neither feed stops the shop alone; nothing goes down on the way."""
    _, made = assessed(*ROOM, targets=[moved()])
    (shop,) = made.rewiring.services
    assert (shop.lost_single_points, shop.new_single_points) == (("pdu-a", "ups"), ())
    assert (shop.margin_before, shop.margin) == (1, 2)
    assert (made.services, made.down, made.unaffected) == ((), (), 1)


def test_moving_both_to_one_feed_makes_a_new_single_point():
    """The way back: what was apart hangs on one feed, for the rest of the window and ever after."""
    apart = [thing for thing in ROOM if thing not in depends("app2", "pdu-a")] + depends("app2", "pdu-b")
    back = _to_a("app2")
    _, made = assessed(*apart, targets=[moved(back, offset=20)])
    (shop,) = made.services
    assert (shop.outcome, shop.new_single_points) == (Outcome.REDUNDANCY_LOST, ("pdu-a", "ups"))
    assert shop.minutes == {"REDUNDANCY_LOST": 40.0, "UNAFFECTED": 20.0}
    assert shop.reason == ("app2", "shop")
    assert [(phase.failed, phase.edited) for phase in made.phases] == [((), ()), ((), ("app2",))]
    assert made.facts.services[0].new_single_points == 2


def test_a_move_that_takes_the_server_out_costs_its_minutes_and_is_joined_with_the_edit():
    """Ten minutes without app2: app1's feed stands alone then, and no more once app2 is back."""
    _, made = assessed(*ROOM, targets=[moved(offset=5, minutes=10)])
    (shop,) = made.services
    assert (shop.outcome, shop.minutes) == (Outcome.REDUNDANCY_LOST, {"REDUNDANCY_LOST": 10.0, "UNAFFECTED": 50.0})
    assert shop.new_single_points == ("app1",)
    assert [(phase.failed, phase.edited) for phase in made.phases] == [
        ((), ()),
        (("app2",), ("app2",)),
        ((), ("app2",)),
    ]
    assert made.rewiring.services[0].lost_single_points == ("pdu-a", "ups")


def test_a_third_replica_that_joins_a_group_gives_a_spare():
    """The CI does not exist yet; its group needs as many as before."""
    db3 = GraphEdit(item=AddedItem("server", "db3"), relations=(AddedRelation("shop", "depends_on", "db3", "db"),))
    estate = (a_service("shop"), a_server("db1"), a_server("db2"), *needs("shop", 1, "db1", "db2", group="db"))
    context, made = assessed(*estate, targets=[Target("db3", Effect.ADD, edit=db3)])
    (shop,) = made.rewiring.services
    assert (shop.margin_before, shop.margin, shop.outcome) == (2, 3, Outcome.UNAFFECTED)
    assert (made.services, made.retired, made.facts.missing) == ((), (), ())
    assert context.store.get(CIS, "db3") is None
    (reckoned,) = consequence_of(context, "CHG-1").consequence.services
    # Should the third fail, two are left, as today.
    assert {(each.outcome, each.p_down, each.loss) for each in reckoned.scenarios} == {
        (Outcome.UNAFFECTED, 0.0, 0.0),
        (Outcome.REDUCED, 0.0, 0.0),
    }
    assert replay(context, "CHG-1").same


def test_a_group_that_counts_otherwise_is_asked_too():
    """Two of two instead of one of two: no spare is left."""
    both = GraphEdit(groups=(EditedGroup("shop", "pool", 2),))
    _, made = assessed(*ROOM, targets=[moved(both, "shop")])
    (shop,) = made.services
    assert (shop.outcome, shop.new_single_points) == (Outcome.REDUNDANCY_LOST, ("app1", "app2"))


def test_a_rewiring_before_a_retirement_keeps_the_service_up():
    """Moved first, the old feed can go; the other way round the shop goes down until it is moved."""
    all_moved = [moved(offset=0), moved(_to_b("app1"), "app1")]
    _, made = assessed(*ROOM, targets=[*all_moved, Target("pdu-a", Effect.RETIRE, 30)])
    # Both hang on the other feed, which was none before; the old one is no longer missed.
    assert [(each.outcome, each.new_single_points) for each in made.services] == [(Outcome.REDUNDANCY_LOST, ("pdu-b",))]
    late = [replace(each, offset=40) for each in all_moved]
    _, made = assessed(*ROOM, targets=[*late, Target("pdu-a", Effect.RETIRE, 30)])
    (shop,) = made.services
    assert (shop.outcome, shop.minutes["DOWN"]) == (Outcome.DOWN, 10.0)


def _to_a(ci):
    return GraphEdit(relations=(AddedRelation(ci, POWERED, "pdu-a"),), ended=(EndedRelation(ci, POWERED, "pdu-b"),))


def _to_b(ci):
    return GraphEdit(relations=(AddedRelation(ci, POWERED, "pdu-b"),), ended=(EndedRelation(ci, POWERED, "pdu-a"),))


def test_what_lasts_no_minute_of_the_window_is_told_as_well():
    """A service that loses its spare only once everything is back in service has no minutes of it."""
    alone = GraphEdit(ended=(EndedRelation("shop", "depends_on", "app1", "pool"),))
    _, made = assessed(*ROOM, targets=[moved(alone, "shop", minutes=30, offset=30)])
    (shop,) = made.services
    assert shop.outcome is Outcome.DOWN
    assert made.rewiring.services[0].new_single_points == ("app2",)
    assert made.rewiring.services[0].margin == 1


def test_it_replays_to_the_same_bytes_and_after_the_estate_has_moved_on():
    """The edit is part of the inputs, and what it is made on is the estate of the recorded revision."""
    context, made = assessed(*ROOM, targets=[moved(minutes=5)])
    assert replay(context, "CHG-1").same
    context.records.delete(RELATIONS, TO_B.ended[0].key, because="test:ended")
    add(context, a_server("other"))
    assert replay(context, "CHG-1").same
    assert context.records.get(ASSESSMENTS, made.id) == made


def test_changes_without_edits_say_nothing_of_them_in_their_bytes():
    """So that what was recorded before there were edits is the same bytes."""
    context, made = assessed(*ROOM, targets=["app1", Target("app2", Effect.CONFIG)])
    stored = canonical(to_document(ASSESSMENTS, made)) + canonical(context.store.get(CHANGES, "CHG-1").document)
    for word in (b'"edit', b"rewiring", b'"edited"', b"edits_left_out"):
        assert word not in stored


def test_a_relation_that_is_gone_meanwhile_is_a_fact():
    """What was to be ended is not there any more: it is told, and the rest is computed."""
    context, _ = assessed(*ROOM, targets=[moved()])
    context.records.delete(RELATIONS, TO_B.ended[0].key, because="test:ended")
    made = assess(context, "CHG-1").record
    (note,) = made.rewiring.notes
    assert (note.ci, note.gap, note.subject) == ("app2", EditGap.RELATION_GONE, ("app2", POWERED, "pdu-a"))
    assert replay(context, "CHG-1").same


def test_a_feed_that_is_retired_meanwhile_blocks_as_a_retired_target_does():
    """Nothing can be joined to what is no longer part of the estate."""
    context, _ = assessed(*ROOM, targets=[moved()])
    add(context, a_server("pdu-b", status=CIStatus.RETIRED))
    made = assess(context, "CHG-1").record
    assert made.rewiring.gone == ("pdu-b",)
    assert made.verdict is Verdict.BLOCK
    assert "target_retired" in made.reasons


def test_what_is_there_meanwhile_is_not_added_twice():
    """Somebody stated it: the edit does nothing more, and the estate is asked as it is."""
    db3 = GraphEdit(item=AddedItem("server", "db3"), relations=(AddedRelation("shop", "depends_on", "db3", "pool"),))
    context, _ = assessed(*ROOM, targets=[Target("db3", Effect.ADD, edit=db3)])
    add(context, a_server("db3"), Relation("shop", "depends_on", "db3", "pool"))
    made = assess(context, "CHG-1").record
    assert {note.gap for note in made.rewiring.notes} == {EditGap.CI_THERE, EditGap.RELATION_THERE}
    assert (made.rewiring.services, made.services) == ((), ())


def test_a_ring_through_what_is_there_is_told():
    """The feed comes to need the server that it feeds."""
    ring = GraphEdit(relations=(AddedRelation("ups", POWERED, "app1"),))
    _, made = assessed(*ROOM, targets=[moved(ring, "ups")])
    assert made.rewiring.rings == (("ups", "app1"),)


def test_that_joint_conflicts_leave_edits_out_is_part_of_the_answer():
    """Where somebody else goes on at the same time; alone there is nobody to be in conflict with."""
    _, alone = assessed(*ROOM, targets=[moved()])
    assert (alone.outlook.edits_left_out, alone.outlook.conflicts_unlisted) == ((), 0)
    context, made = assessed(*ROOM, a_change("app1", id="CHG-2"), targets=[moved()])
    assert (made.outlook.edits_left_out, made.outlook.conflicts_unlisted) == (("CHG-1",), 1)
    assert "conflicts_unexamined" in made.reasons
    assert conflicts_in(context).edits_left_out == ("CHG-1",)
    assert assess(context, "CHG-2").record.outlook.edits_left_out == ("CHG-1",)


def test_without_the_rewiring_the_alternative_is_as_it_is_today():
    """Side by side; measures are not tried on a draft, and the answer says so."""
    apart = [thing for thing in ROOM if thing not in depends("app2", "pdu-a")] + depends("app2", "pdu-b")
    back = GraphEdit(
        relations=(AddedRelation("app2", POWERED, "pdu-a"),), ended=(EndedRelation("app2", POWERED, "pdu-b"),)
    )
    context = the_context(*apart, a_change(moved(back), Target("ups", Effect.CONFIG), id="CHG-1"))
    answer = whatif_of(context, "CHG-1", without=["app2"])
    (shop,) = answer.services
    assert (shop.outcome, shop.outcome_then) == (Outcome.REDUNDANCY_LOST, Outcome.UNAFFECTED)
    assert answer.measures_untried
    assert answer.measures == ()


def test_what_it_may_cost_counts_what_the_edit_takes_down():
    """A server that needs what is not there yet is down by plan from then on."""
    wrong = GraphEdit(groups=(EditedGroup("shop", "pool", 3),))
    context = the_context(*ROOM, a_change(moved(wrong, "shop", offset=30), id="CHG-1"))
    (shop,) = consequence_of(context, "CHG-1").consequence.services
    assert [each.minutes for each in shop.scenarios if each.scenario is ScenarioName.AS_PLANNED] == [30.0]


def test_go_asks_the_draft():
    """A feed that failed since the approval makes a NO-GO where the rewired estate would hang on it."""

    from impact.questions.graphs import graph_of

    context, made = assessed(*ROOM, targets=[moved()])
    graph = graph_of(context)
    assert standing_of(context, graph, made, ["pdu-b"])["shop"].outcome is Outcome.REDUNDANCY_LOST


def test_why_of_an_outage_while_an_edit_holds_is_told_on_the_draft():
    """The group the failure had to pass is that of the rewired estate."""
    context, made = assessed(*ROOM, targets=[moved(offset=5, minutes=10)])
    why = why_assessed(context, made, made.services, ("app1",), explain=["shop"])
    assert [gate.name for gate in why.gates["shop"]] == ["pool"]
    assert [one.service for one in why.alone["app1"]] == ["shop"]
    assert [one.service for one in why.explained.explanations] == ["shop"]


@pytest.mark.parametrize("role", ["engineer"])
def test_a_change_that_adds_is_kept_before_its_ci_exists(role):
    """The one CI that a change may name before it is there."""
    context = the_context(*ROOM, role=role)
    targets = ["new1,effect=add,class=server,name=New one,link=shop depends_on new1 group=pool"]
    held = changes.new(context, title="A third one", reason="Spare", targets=targets)
    assert held.record.targets[0].edit.item == AddedItem("server", "New one")


@pytest.mark.parametrize("effect", [Effect.ADD, Effect.REWIRE])
def test_what_a_service_is_made_to_need_may_fail_whether_it_is_new_or_not(effect):
    """A balancer put below the shop stops it when it fails, also where the change brings it itself."""
    item = AddedItem("server", "lb1") if effect is Effect.ADD else None
    edit = GraphEdit(item=item, relations=(AddedRelation("shop", "depends_on", "lb1"),))
    there = () if item else (a_server("lb1"),)
    estate = (a_service("shop", tier=2), a_server("web1"), *there, *depends("shop", "web1"))
    _, made = assessed(*estate, targets=[Target("lb1", effect, edit=edit)])
    assert [(way.cis, way.weight) for way in made.consequence.failing] == [(("lb1",), 1.0)]
    assert made.facts.loss.expected > 0
    assert made.facts.loss.failed == pytest.approx(148.2, abs=0.01)

"""What an assessment finds: each phase of the window asked, the worst kept, minutes counted, records chained."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.chain import START, digest
from cmdb.change import assessments, changes
from cmdb.errors import NotAllowed, WrongState
from cmdb.model.assessment import ASSESSMENTS, Inputs, unsigned
from cmdb.model.change import EDITING, ChangeState, ChangeType, Effect, Target
from cmdb.model.ci import CIStatus
from cmdb.model.outcome import Outcome
from cmdb.model.phases import phases_of
from cmdb.ports.errors import VersionConflict
from cmdb.records import to_document
from impact.answers import what_goes_down
from impact.graph import build
from impact.questions.assess import assess
from impact.questions.findings import find
from tests.builders import a_change, a_server, a_service, a_window, add, as_actor, depends, needs, the_context

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


def assessed(*things, targets, **fields):
    context = the_context(*things, a_change(*targets, id="CHG-1", **fields))
    return assess(context, "CHG-1").record


def test_a_reboot_of_one_of_two_costs_a_spare_for_ten_minutes():
    """An hour's window, ten minutes without the last spare, fifty untouched."""
    (shop,) = assessed(*SHOP, targets=[Target("web1", Effect.RESTART, 5, 10)]).services
    assert shop.outcome is Outcome.REDUNDANCY_LOST
    assert shop.minutes == {"REDUNDANCY_LOST": 10.0, "UNAFFECTED": 50.0}
    assert (shop.reason, shop.new_single_points, shop.margin) == (("web1", "shop"), ("web2",), 1)


def test_a_rolling_reboot_takes_nothing_down_and_a_joint_one_does():
    """The same two targets, one after the other or together: the worst phase decides."""
    rolling = [Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 10, 10)]
    joint = [Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 5, 10)]
    (shop,) = assessed(*SHOP, targets=rolling).services
    assert (shop.outcome, shop.new_single_points) == (Outcome.REDUNDANCY_LOST, ("web1", "web2"))
    (shop,) = assessed(*SHOP, targets=joint).services
    assert shop.outcome is Outcome.DOWN
    assert shop.minutes == {"DOWN": 5.0, "REDUNDANCY_LOST": 10.0, "UNAFFECTED": 45.0}
    assert shop.margin == 0


def test_a_configuration_change_is_assessed_and_touches_nothing():
    """Its target stays in service by plan."""
    made = assessed(*SHOP, targets=[Target("web1", Effect.CONFIG)])
    assert (made.services, made.unaffected, made.down) == ((), 1, ())


def test_what_falls_with_a_target_is_named_and_the_target_is_not_repeated():
    """CIs in between are listed once, whichever phase brought them down."""
    things = (*SHOP, a_server("rack"), *depends("web1", "rack"), *depends("web2", "rack"))
    made = assessed(*things, targets=[Target("rack", Effect.DOWN, 0, 5), Target("web1", Effect.DOWN, 20, 5)])
    assert made.down == ("shop", "web2")
    assert [phase.failed for phase in made.phases] == [("rack",), (), ("web1",), ()]


def test_a_retired_target_is_a_fact_and_no_outage():
    """Nothing can depend on what is no longer there; the policy blocks the change."""
    made = assessed(*SHOP, a_server("web3", status=CIStatus.RETIRED), targets=["web3", Target("web1", Effect.CONFIG)])
    assert made.retired == ("web3",)
    assert made.services == ()
    assert made.reasons == ("target_retired",)


def test_a_service_that_is_down_anyway_is_not_blamed_on_the_change():
    """Its pool needs three of two: that stands with or without the change, and is said so."""
    standing = (a_service("broken"), a_server("db1"), a_server("db2"), *needs("broken", 3, "db1", "db2"))
    made = assessed(*SHOP, *standing, targets=["web1", "db1"])
    assert [service.id for service in made.services] == ["shop"]
    assert made.standing == ("broken",)
    assert made.unaffected == 1
    assert "broken" not in made.down


def test_services_come_by_tier_and_those_without_one_last():
    """The reader sees first what matters most."""
    things = [a_server("db")]
    for name, tier in (("a", None), ("b", 2), ("c", 1), ("d", 2)):
        things += [a_service(name, tier=tier), *depends(name, "db")]
    made = assessed(*things, targets=["db"])
    assert [service.id for service in made.services] == ["c", "b", "d", "a"]


def test_assessments_of_a_change_are_a_chain():
    """Each carries the hash of the one before and its own over all the rest."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    for _ in range(3):
        assess(context, "CHG-1")
    made = assessments.of_change(context, "CHG-1")
    assert [one.number for one in made] == [1, 2, 3]
    assert [one.previous for one in made] == [START, made[0].hash, made[1].hash]
    for one in made:
        assert one.hash == digest(unsigned(to_document(ASSESSMENTS, one)))
    assert changes.get(context, "CHG-1").record.assessment == made[-1].id


def test_assessing_writes_record_and_move_as_one_revision():
    """There is never an assessed change without its assessment, or the other way round."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    before = context.store.revision()
    held = assess(context, "CHG-1")
    assert context.store.revision() == before + 1 == held.revision
    assert held.record.graph_revision == before
    assert changes.get(context, "CHG-1").record.state is ChangeState.ASSESSED


def test_an_edit_meanwhile_wins_and_the_assessment_is_told():
    """Nothing is recorded about a change that is no longer what was assessed."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    changes.edit(as_actor(context, "change_manager"), "CHG-1", targets=["web2"])
    before = context.store.revision()
    with pytest.raises(VersionConflict):
        assess(context, "CHG-1", expected_version=1)
    assert context.store.revision() == before
    assert assessments.of_change(context, "CHG-1") == ()


@pytest.mark.parametrize("state", [ChangeState.DRAFT, ChangeState.REJECTED])
def test_what_nobody_asks_for_is_not_assessed(state):
    """A draft may still change with every key press."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1", state=state))
    with pytest.raises(WrongState):
        assess(context, "CHG-1")


def test_the_board_reads_assessments_and_does_not_make_them():
    """The desk asks for the right itself."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    with pytest.raises(NotAllowed):
        assess(as_actor(context, "cab_member"), "CHG-1")


def test_who_assesses_and_when_changes_nothing_in_the_result():
    """Two stores with the same estate and change give the same services, phases and verdict."""
    one = assessed(*SHOP, targets=["web1"])
    context = the_context(a_server("aaa"), at="2026-03-01T09:00Z")
    add(context, *reversed(SHOP), a_change("web1", id="CHG-1"))
    other = assess(as_actor(context, "change_manager"), "CHG-1").record
    assert assessments.same_result(one, other)


IDS = ["db", "lb", "shop", "web1", "web2", "wiki"]
ROWS = [(ci, "server", ci, None, None, 1 if ci == "shop" else None, ci in ("shop", "wiki")) for ci in IDS]
relations = st.lists(
    st.tuples(
        st.sampled_from(IDS), st.sampled_from(IDS), st.sampled_from([None, "pool"]), st.sampled_from(["hard", "soft"])
    ),
    max_size=10,
)
targets = st.lists(
    st.builds(
        Target,
        ci=st.sampled_from([*IDS, "gone"]),
        effect=st.sampled_from([effect for effect in Effect if effect not in EDITING]),
        offset=st.integers(0, 12),
        minutes=st.none() | st.integers(1, 12),
    ),
    max_size=4,
    unique_by=lambda target: target.ci,
)


@settings(max_examples=300)
@given(relations, st.integers(1, 3), targets)
def test_minute_by_minute_the_worst_outcome_and_the_sum_of_minutes_agree(related, needed, changed):
    """Asking the graph anew for every minute, each on its own, gives the same minutes, worst outcome and new points."""
    rows = [(source, target, group, strength, 1.0) for source, target, group, strength in related]
    groups = [(ci, "pool", needed, "hard") for ci in IDS if any(r[0] == ci and r[2] for r in rows)]
    graph = build(revision=1, items=[ROWS], relations=[rows], groups=[groups])
    window = a_window(minutes=15)
    inputs = Inputs(ChangeType.NORMAL, window, tuple(changed), True, 0, "", "")
    found = find(graph, inputs)

    rest = {s.id: s for s in what_goes_down(graph, []).services}
    minutes, points = {}, {}
    for minute in range(15):
        moment = window.start + timedelta(minutes=minute)
        out = [
            t.ci for t in changed if t.ci != "gone" and (outage := t.outage(window)) and outage[0] <= moment < outage[1]
        ]
        now = {s.id: s for s in what_goes_down(graph, out).services}
        for service in ("shop", "wiki"):
            s, r = now.get(service), rest.get(service)
            same = s and r and (s.outcome, s.new_single_points, s.margin) == (r.outcome, r.new_single_points, r.margin)
            outcome = "UNAFFECTED" if s is None or same else s.outcome.value
            minutes.setdefault(service, {}).setdefault(outcome, 0)
            minutes[service][outcome] += 1
            if s is not None and not same:
                points.setdefault(service, set()).update(s.new_single_points)

    affected = {service: m for service, m in minutes.items() if m.keys() != {"UNAFFECTED"}}
    assert {s.id: dict(s.minutes) for s in found.services} == affected
    for service in found.services:
        assert sum(service.minutes.values()) == 15
        assert service.outcome is min((Outcome(o) for o in affected[service.id]), key=lambda o: o.rank)
        assert set(service.new_single_points) == points[service.id]
    assert found.unaffected == 2 - len(affected)
    assert found.retired == (("gone",) if any(t.ci == "gone" for t in changed) else ())
    assert found.phases == phases_of(window, [t for t in changed if t.ci != "gone"])

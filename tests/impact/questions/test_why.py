"""What stands behind an outcome: the groups on the way of the failure, and the twins a new single point lacks."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.change import Effect, Target
from cmdb.model.outcome import Outcome
from impact.answers import what_goes_down
from impact.graph import build
from impact.questions.assess import assess
from impact.questions.impact import impact_of
from impact.questions.why import explained, why_assessed, why_failing
from tests.builders import a_change, a_server, a_service, add, depends, needs, the_context
from tests.impact.strategies import estates
from tests.oracles import impact as oracle
from tests.oracles.estate import rows_of

# The host has two power strips, and both hang on the same UPS.
HOST = (
    *(a_server(ci) for ci in ("db-a", "db-b", "host", "pdu-a", "pdu-b", "rack", "ups")),
    a_service("shop"),
    *needs("shop", 1, "db-a", "db-b", group="db"),
    *depends("db-b", "host"),
    *depends("db-a", "rack"),
    *needs("host", 1, "pdu-a", "pdu-b", group="power"),
    *depends("pdu-a", "ups"),
    *depends("pdu-b", "ups"),
)


def test_the_gates_on_the_way_show_who_is_down_and_by_what():
    """The host's group has failed because both strips hang on the UPS; the shop's has lost its spare."""
    context = the_context(*HOST)
    answer = impact_of(context, ["ups"])
    why = why_failing(context, ["ups"], answer.services, ["db-a", "rack"], at=answer.revision)
    none, power, alone, db = why.gates["shop"]
    assert (none, alone) == (None, None)
    assert (power.item, power.name, power.needs, power.spares) == ("host", "power", 1, -1)
    assert [member.path for member in power.members] == [("ups", "pdu-a"), ("ups", "pdu-b")]
    assert (db.item, db.spares, [member.id for member in db.down]) == ("shop", 0, ["db-b"])
    (own,), (through,) = why.alone["db-a"], why.alone["rack"]
    assert (own.carrier, [twin.id for twin in own.gate.down]) == ("db-a", ["db-b"])
    assert (through.carrier, through.service) == ("db-a", "shop")


def test_each_phase_of_a_change_is_explained_by_what_is_out_in_it():
    """Two of three reboot one after the other: never are both down in the group, and each lacks the other."""
    things = (a_service("shop"), *(a_server(ci) for ci in ("w1", "w2", "w3")), *needs("shop", 2, "w1", "w2", "w3"))
    rolling = [Target("w1", Effect.RESTART, 0, 10), Target("w2", Effect.RESTART, 10, 10)]
    context = the_context(*things, a_change(*rolling), role="engineer+change_manager")
    made = assess(context, "CHG-1").record
    why = why_assessed(context, made, made.services, ["w1", "w2", "w3"])
    (pool,) = why.gates["shop"]
    assert ([member.id for member in pool.down], pool.spares) == (["w1"], 0)
    assert [[twin.id for twin in why.alone[ci][0].gate.down] for ci in ("w1", "w2", "w3")] == [["w2"], ["w1"], ["w1"]]


def test_where_outages_overlap_the_groups_stand_at_their_worst_moment():
    """Two of six are out together for five minutes: the group has lost two, though the reason names the first."""
    hosts = [f"w{number}" for number in range(6)]
    things = (a_service("shop"), *(a_server(ci) for ci in hosts), *needs("shop", 2, *hosts))
    overlapping = [Target("w0", Effect.RESTART, 0, 10), Target("w1", Effect.RESTART, 5, 10)]
    context = the_context(*things, a_change(*overlapping), role="engineer+change_manager")
    made = assess(context, "CHG-1").record
    (pool,) = why_assessed(context, made, made.services, []).gates["shop"]
    assert made.services[0].reason == ("w0", "shop")
    assert ([member.id for member in pool.down], pool.spares) == (["w0", "w1"], 2)


def test_an_assessment_is_explained_on_the_estate_it_was_made_on():
    """What is registered later changes nothing in the explanation of an old record."""
    context = the_context(*HOST, a_change("ups"), role="engineer+change_manager")
    made = assess(context, "CHG-1").record
    before = why_assessed(context, made, made.services, ["db-a"])
    add(context, a_server("db-c"), *depends("shop", "db-c", group="db"))
    assert why_assessed(context, made, made.services, ["db-a"]) == before
    assert len(impact_of(context, ["ups"]).services[0].new_single_points) == 0


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(estate=estates(), data=st.data())
def test_every_explanation_agrees_with_brute_force(estate, data):
    """Members are down exactly when the oracle says so, a failed gate has failed, and no new point lacks its reason."""
    failed = tuple(sorted(data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=3))))
    graph = build(revision=7, **rows_of(estate))
    answer = what_goes_down(graph, failed)
    points = sorted({ci for service in answer.services for ci in service.new_single_points})
    why = explained(graph, [failed], answer.services, points)
    down = oracle.down_of(estate.requirements(), set(failed))
    for service in answer.services:
        steps = zip(service.reason, service.reason[1:], why.gates[service.id], strict=False)
        for low, high, gate in steps:
            if gate is None:
                continue
            assert gate.item == high
            assert low in {member.id for member in gate.members}
            assert {member.id for member in gate.members if member.down} == down & {m.id for m in gate.members}
            if service.outcome is Outcome.DOWN and high not in failed:
                assert gate.spares < 0
    for point in points:
        explanations = {one.service: one for one in why.alone[point]}
        assert set(explanations) == {s.id for s in answer.services if point in s.new_single_points}
        for one in explanations.values():
            assert one.gate.down
            assert one.carrier in {member.id for member in one.gate.members} - down


def test_a_service_of_a_change_is_explained_in_the_phase_in_which_it_has_its_outcome():
    """Two of two go out one after the other and then together: only then is the shop down, and by both."""
    things = (a_service("shop"), a_server("w1"), a_server("w2"), *needs("shop", 1, "w1", "w2"))
    overlapping = [Target("w1", Effect.RESTART, 0, 10), Target("w2", Effect.RESTART, 5, 10)]
    context = the_context(*things, a_change(*overlapping), role="engineer+change_manager")
    made = assess(context, "CHG-1").record
    (one,) = why_assessed(context, made, made.services, [], explain=["shop"]).explained.explanations
    assert (one.outcome, one.facts.failed) == (Outcome.DOWN, ("w1", "w2"))
    assert why_assessed(context, made, made.services, []).explained.explanations == ()


def test_an_explanation_brings_names_and_what_classes_are_called():
    """Words need no store: the answer has all they are made from."""
    context = the_context(*HOST)
    answer = impact_of(context, ["ups"])
    told = why_failing(context, ["ups"], answer.services, [], at=answer.revision, explain=["shop"]).explained
    assert [one.service for one in told.explanations] == ["shop"]
    assert told.labels["server"].zh == "服务器"
    assert {"shop", "db-a", "db-b", "ups"} <= set(told.names)

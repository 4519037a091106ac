"""The outlook an assessment records: whom a change meets, how probable an outage is meanwhile; and that it replays."""

from __future__ import annotations

from functools import partial

import pytest

from cmdb.change import decisions, retention
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, BackOut, ChangeState, ChangeType, Effect, Target
from cmdb.model.group import Group
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Relation, Strength
from cmdb.ports.store import Put
from cmdb.records import to_document
from impact.questions.assess import assess, inputs_of
from impact.questions.outage import outage_of
from impact.questions.replay import replay
from impact.questions.risk_groups import risk_groups_of
from tests.builders import (
    a_change,
    a_server,
    a_service,
    a_window,
    add,
    an_incident,
    as_actor,
    moment,
    needs,
    the_context,
)
from tests.earlier import made_by
from tests.policies import FIRST, changed, judged_by
from web.wording_outlook import conflict_sentence, flip_sentence, group_sentences, risk_rows

SHOP = (
    a_service("shop", tier=2, unavailability=0.0),
    a_server("web1", unavailability=0.01, mtbf_hours=1000.0),
    a_server("web2", unavailability=0.02, mtbf_hours=500.0),
    *needs("shop", 1, "web1", "web2"),
)


def change(key, *targets, start="2026-03-02T22:00Z", minutes=60, **fields):
    return a_change(*targets, id=key, window=a_window(start, minutes=minutes), **fields)


def test_a_change_that_meets_another_is_blocked_and_both_are_named():
    """Alone a spare is lost; overlapping by a minute with the twin's change, the service would be."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2", start="2026-03-02T22:59Z"))
    made = assess(context, "CHG-1").record
    (shop,) = made.services
    assert shop.outcome is Outcome.REDUNDANCY_LOST
    assert (made.verdict, made.reasons[0]) == (Verdict.BLOCK, "joint_conflict")
    (met,) = made.outlook.conflicts
    assert (met.changes, met.services, met.cut) == (("CHG-1", "CHG-2"), ("shop",), ("web1", "web2"))
    assert [(move.change, move.minutes, move.frees) for move in met.moves] == [
        ("CHG-1", -1, "all"),
        ("CHG-2", 1, "all"),
    ]
    assert "Together with CHG-2" in conflict_sentence(met, made)
    assert replay(context, "CHG-1").same


def test_moved_apart_they_are_harmless():
    """And so is one that nobody has submitted yet, or that was rejected."""
    others = [
        change("CHG-2", "web2", start="2026-03-02T23:00Z"),
        change("CHG-3", "web2", state=ChangeState.DRAFT),
        change("CHG-4", "web2", state=ChangeState.REJECTED),
    ]
    context = the_context(*SHOP, change("CHG-1", "web1"), *others)
    made = assess(context, "CHG-1").record
    assert made.outlook.conflicts == ()
    assert not made.outlook.conflicts_unlisted
    assert "joint_conflict" not in made.reasons


def test_an_incident_that_is_still_open_meets_it():
    """The twin is out already; once it is resolved in time, nothing is met."""
    context = the_context(*SHOP, change("CHG-1", "web1"), an_incident("web2"))
    made = assess(context, "CHG-1").record
    assert made.outlook.conflicts[0].incidents == ("INC-1",)
    assert "INC-1 (incident)" in conflict_sentence(made.outlook.conflicts[0], made)
    resolved = an_incident("web2", resolved=moment("2026-03-02T21:00Z"))
    assert assess(the_context(*SHOP, change("CHG-1", "web1"), resolved), "CHG-1").record.outlook.conflicts == ()


def test_the_policy_may_leave_conflicts_to_the_board():
    """A policy without the key, as they were before, says nothing of them; they are told all the same."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2"))
    judged_by(context, SILENT)
    made = assess(context, "CHG-1").record
    assert made.verdict is not Verdict.BLOCK
    assert len(made.outlook.conflicts) == 1


def test_the_risk_is_that_of_the_questions_by_its_name():
    """The probability within the minutes the service has its outcome, and the groups with the targets down."""
    context = the_context(*SHOP, change("CHG-1", Target("web1", Effect.RESTART, 0, 30)))
    made = assess(context, "CHG-1").record
    (risk,) = made.outlook.risks
    assert (risk.failed, risk.hours, risk.unstated) == (("web1",), 0.5, 0)
    at = made.graph_revision
    for seen, failed in ((risk.before, ()), (risk.during, ("web1",))):
        asked = outage_of(context, "shop", failed=failed, window_hours=0.5, at=at)
        assert (seen.low, seen.high) == (asked.low, asked.high)
        assert asked.low > 0
    groups = risk_groups_of(context, "shop", failed=["web1"], at=at)
    assert (int(risk.groups), int(risk.added)) == (groups.count, groups.added) == (1, 1)
    assert [group.members for group in risk.most_probable] == [("web2",)]
    (row,) = risk_rows(made, made.outlook)
    assert (row.hours, row.during, row.groups) == ("30 minutes", "2.1 %", "1, 1 of them new")
    assert group_sentences(made, made.outlook) == ["If web2 fails (2.1 %), shop stops; only with this change."]


def test_a_service_that_goes_down_is_certain():
    """Nothing else has to fail."""
    (risk,) = assess(the_context(*SHOP, change("CHG-1", "web1", "web2")), "CHG-1").record.outlook.risks
    assert (risk.during.low, risk.during.high, risk.most_probable) == (1.0, 1.0, ())


def test_it_replays_after_everything_has_moved_on():
    """Other changes withdrawn, an incident resolved and another opened: the record says what was known then."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2"), an_incident("web2"))
    made = assess(context, "CHG-1").record
    assert len(made.outlook.conflicts) == 2
    add(
        context,
        change("CHG-2", "web2", state=ChangeState.REJECTED),
        an_incident("web2", resolved=moment("2026-03-02T12:00Z")),
        an_incident("web1", id="INC-2"),
        a_server("web2", unavailability=0.5),
    )
    assert replay(context, "CHG-1").same
    again = assess(context, "CHG-1").record
    assert again.outlook != made.outlook


def test_it_replays_after_old_history_was_let_go():
    """What the estate, the other changes and the incidents were at the record's revision stays."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2"), an_incident("web2"))
    made = assess(context, "CHG-1").record
    assert made.outlook.conflicts
    assert made.outlook.risks
    for n in range(20):
        add(context, a_server("web1", name=f"after {n}"), an_incident("web2", id=f"INC-{n + 2}"))
    add(context, change("CHG-2", "web2", state=ChangeState.REJECTED))
    retention.let_go(as_actor(context, "administrator"), context.store.revision() - 2)
    assert replay(context, "CHG-1").same


def test_an_altered_outlook_is_found():
    """Wherever it was altered."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2"))
    made = assess(context, "CHG-1").record
    document = to_document(ASSESSMENTS, made)
    document["outlook"]["conflicts"] = []
    context.store.apply([Put(ASSESSMENTS, document)], txn_id="t", actor="?", reason="?")
    assert "/outlook/conflicts/0" in [difference.pointer for difference in replay(context, "CHG-1").differences]


def test_an_assessment_of_the_first_method_replays_without_an_outlook():
    """Its inputs name no method, so it is made again as it was made."""

    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2"))
    made = made_by(context, None)
    assert (made.verdict, made.reasons) == (Verdict.PEER, ("within_peer_limits",))
    document = to_document(ASSESSMENTS, made)
    assert "outlook" not in document
    assert "method" not in document["inputs"]
    context.store.apply([Put(ASSESSMENTS, document)], txn_id="t", actor="?", reason="?")
    assert replay(context, "CHG-1", assessment="ASM-1001").same


@pytest.mark.parametrize("most", [0, 1])
def test_services_beyond_the_most_are_counted(most, monkeypatch):
    """Never silently left out."""
    monkeypatch.setattr("impact.questions.outlook.MOST_SERVICES", most)
    things = (*SHOP, a_service("search", tier=1), *needs("search", 1, "web1", "web2"))
    outlook = assess(the_context(*things, change("CHG-1", "web1")), "CHG-1").record.outlook
    assert (len(outlook.risks), outlook.risks_unexamined) == (most, 2 - most)
    assert [risk.service for risk in outlook.risks] == ["search"][:most]


def test_changes_are_read_as_of_the_revision():
    """Whoever came later is in no assessment made before."""
    context = the_context(*SHOP, change("CHG-1", "web1"))
    assess(context, "CHG-1")
    context.store.apply(
        [Put(CHANGES, to_document(CHANGES, change("CHG-2", "web2")))], txn_id="t", actor="?", reason="?"
    )
    assert replay(context, "CHG-1").same
    assert len(assess(context, "CHG-1").record.outlook.conflicts) == 1


def test_what_hangs_on_a_doubtful_relation_is_told_and_goes_to_the_board():
    """The spare may not be one: without that relation the service would be worse off."""
    things = (
        a_service("shop", tier=1),
        a_server("web1"),
        a_server("web2"),
        a_server("web3"),
        Group("shop", "pool", 1),
        *(Relation("shop", "depends_on", web, "pool", confidence=0.6) for web in ("web1", "web2", "web3")),
    )
    context = the_context(*things, change("CHG-1", "web1"))
    made = assess(context, "CHG-1").record
    (shop,) = made.services
    assert shop.outcome is Outcome.REDUCED
    worse = [flip for flip in made.outlook.flips if flip.without_it.is_worse_than(flip.outcome)]
    assert {flip.relation.target for flip in worse} == {"web2", "web3"}
    assert "doubtful_relations" in made.reasons
    assert flip_sentence(worse[0], made).startswith("If shop does not depend on web2 (confidence 60%), shop ")
    assert replay(context, "CHG-1").same


def test_the_cheapest_measures_are_recorded():
    """Two of two at once stop the shop; one after the other they do not."""
    targets = [Target("web1", Effect.RESTART, 0, 10), Target("web2", Effect.RESTART, 0, 10)]
    context = the_context(*SHOP, change("CHG-1", *targets))
    made = assess(context, "CHG-1").record
    assert made.services[0].outcome is Outcome.DOWN
    first = made.outlook.measures[0]
    assert first.roll is not None
    assert [wave.targets for wave in first.roll.waves] == [("web1",), ("web2",)]
    assert len(made.outlook.measures) <= 3
    assert replay(context, "CHG-1").same


DOUBTFUL = (
    a_service("shop", tier=1),
    *(a_server(name) for name in ("a1", "a2", "a3", "b1", "b2", "b3")),
    *needs("shop", 1, "a1", "a2", "a3", group="a"),
    Group("shop", "b", 1),
    *(Relation("shop", "depends_on", server, "b", confidence=0.3) for server in ("b1", "b2", "b3")),
)
SILENT = changed(("joint_conflict = true\n", ""), text=FIRST)


@pytest.mark.parametrize("offsets", [(0, 20), (20, 0)])
def test_doubts_count_in_whatever_order_the_work_is_done(offsets):
    """The part of the window in which the service is worst need not be the one whose spares nobody is sure of."""
    first, second = offsets
    targets = [Target("a1", Effect.RESTART, first, 10), Target("b1", Effect.RESTART, second, 10)]
    made = assess(the_context(*DOUBTFUL, change("CHG-1", *targets)), "CHG-1").record
    assert made.verdict is Verdict.CAB
    assert "doubtful_relations" in made.reasons
    assert [(each.service, each.outcome, each.worst) for each in made.outlook.doubtful] == [
        ("shop", Outcome.REDUCED, Outcome.REDUNDANCY_LOST)
    ]


def test_a_service_that_nothing_happens_to_may_be_worse_off():
    """It is named, although the findings do not name it."""
    things = (
        a_service("shop", tier=1),
        a_server("web1"),
        a_server("web2"),
        Group("shop", "pool", 1, Strength.SOFT),
        Relation("shop", "depends_on", "web1", "pool"),
        Relation("shop", "depends_on", "web2", "pool", confidence=0.3),
    )
    made = assess(the_context(*things, change("CHG-1", "web1")), "CHG-1").record
    assert made.services == ()
    assert [(each.service, each.outcome, each.worst) for each in made.outlook.doubtful] == [
        ("shop", Outcome.UNAFFECTED, Outcome.DEGRADED)
    ]
    assert "doubtful_relations" in made.reasons


@pytest.mark.parametrize("limit", ["MOST_DOUBTED", "DOUBT_WORK"])
def test_what_could_not_be_looked_at_goes_to_the_board(limit, monkeypatch):
    """A list that was cut is never read as a whole one."""
    monkeypatch.setattr(f"impact.questions.outlook.{limit}", 1)
    targets = [Target("a1", Effect.RESTART, 0, 10), Target("b1", Effect.RESTART, 20, 10)]
    made = assess(the_context(*DOUBTFUL, change("CHG-1", *targets)), "CHG-1").record
    assert made.outlook.doubts_unexamined != 0
    assert "doubts_unexamined" in made.reasons


def test_every_service_that_would_be_worse_off_is_named(monkeypatch):
    """However many flips are listed."""
    monkeypatch.setattr("impact.questions.outlook.MOST_FLIPS", 0)
    made = assess(the_context(*DOUBTFUL, change("CHG-1", "b1")), "CHG-1").record
    assert made.outlook.flips == ()
    assert made.outlook.flips_unlisted > 0
    assert [each.service for each in made.outlook.doubtful] == ["shop"]
    assert "doubtful_relations" in made.reasons


def test_an_approval_ends_when_the_change_meets_another():
    """Also where the policy does not ask for it; what is approved would no longer be the same."""
    context = the_context(*SHOP, change("CHG-1", "web1"))
    judged_by(context, SILENT)
    assert assess(context, "CHG-1").record.verdict is Verdict.PEER
    decisions.approve(as_actor(context, "engineer", "peer"), "CHG-1", comment="Go")
    assert assess(context, "CHG-1").record.outlook.conflicts == ()
    assert context.records.get(CHANGES, "CHG-1").state is ChangeState.APPROVED
    add(context, change("CHG-2", "web2"))
    assert len(assess(context, "CHG-1").record.outlook.conflicts) == 1
    assert context.records.get(CHANGES, "CHG-1").state is ChangeState.ASSESSED


def test_nothing_that_meets_another_approves_itself():
    """Whatever the policy says of conflicts."""
    pool = (a_service("shop", tier=3), *(a_server(w) for w in ("w1", "w2", "w3")), *needs("shop", 1, "w1", "w2", "w3"))
    standard = change("CHG-1", "w1", type=ChangeType.STANDARD, back_out=BackOut("The former version"))
    for others, verdict in (((), Verdict.AUTO), ((change("CHG-2", "w2", "w3"),), Verdict.PEER)):
        context = the_context(*pool, standard, *others)
        judged_by(context, SILENT)
        made = assess(context, "CHG-1").record
        assert bool(made.outlook.conflicts) is bool(others)
        assert made.verdict is verdict


def test_an_order_of_work_that_runs_into_another_change_is_no_measure():
    """Two of three at once leave one; one after the other takes longer, into the time of who has the third out."""
    pool = (a_service("shop", tier=2), *(a_server(w) for w in ("w1", "w2", "w3")), *needs("shop", 1, "w1", "w2", "w3"))
    both = [Target("w1", Effect.RESTART, 0, 30), Target("w2", Effect.RESTART, 0, 30)]
    for others, rolls in (((), 1), ((change("CHG-2", "w1", "w3", start="2026-03-02T22:30Z", minutes=30),), 0)):
        context = the_context(*pool, change("CHG-1", *both, minutes=30), *others)
        made = assess(context, "CHG-1").record
        assert made.outlook.conflicts == ()
        assert len([each for each in made.outlook.measures if each.roll is not None]) == rolls


def test_a_conflict_that_is_over_when_it_is_assessed_is_none_any_more():
    """Of a window that has begun only what is to come counts; until its last moment a conflict is told."""
    context = the_context(
        *SHOP,
        change("CHG-1", "web1"),
        change("CHG-2", "web2", start="2026-03-02T21:30Z"),
        change("CHG-3", "web2", start="2026-03-02T22:40Z", minutes=10),
    )
    told, verdicts = [], []
    for minutes in (10 * 60, 29, 1, 19, 1):
        context.clock.forward(minutes=minutes)
        made = assess(context, "CHG-1").record
        told.append([each.changes[1] for each in made.outlook.conflicts])
        verdicts.append(made.verdict is Verdict.BLOCK)
        assert replay(context, "CHG-1").same
    assert told == [["CHG-2", "CHG-3"], ["CHG-2", "CHG-3"], ["CHG-3"], ["CHG-3"], []]
    assert verdicts == [True, True, True, True, False]


def test_an_assessment_of_an_earlier_method_replays_with_conflicts_that_were_over(monkeypatch):
    """What the third method told of the whole window stays as it was told."""
    context = the_context(*SHOP, change("CHG-1", "web1"), change("CHG-2", "web2", start="2026-03-02T21:30Z"))
    context.clock.forward(hours=10, minutes=30)
    monkeypatch.setattr("impact.questions.assess.inputs_of", partial(inputs_of, method=3))
    made = assess(context, "CHG-1").record
    assert (made.inputs.method, len(made.outlook.conflicts), made.verdict) == (3, 1, Verdict.BLOCK)
    monkeypatch.undo()
    assert replay(context, "CHG-1").same
    assert assess(context, "CHG-1").record.outlook.conflicts == ()

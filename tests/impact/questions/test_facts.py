"""An assessment keeps the facts its verdict was judged by, and those of earlier methods are made as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.change.policy import policy
from cmdb.change.policy.found_facts import facts_found
from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy_text import read_policy
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import CHANGES, BackOut, ChangeState, ChangeType, Effect, Target, Window
from cmdb.model.change_model import CHANGE_MODELS, ChangeModel, ModelState
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.facts import ModelFacts
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Relation
from cmdb.ports.store import Put
from cmdb.records import from_document, to_document
from cmdb.service import hours, service_levels
from impact.questions import downtime
from impact.questions import facts as seam
from impact.questions.assess import assess, inputs_of
from impact.questions.findings import find
from impact.questions.graphs import defaults_at
from impact.questions.replay import replay
from impact.reading.live import graph_at
from tests.builders import (
    NOON,
    a_change,
    a_server,
    a_service,
    a_window,
    add,
    an_incident,
    as_actor,
    depends,
    moment,
    needs,
    observed,
    the_context,
)
from tests.earlier import made_by
from tests.policies import FIRST

HISTORY = 200
EARLIER = json.loads(Path(__file__).with_name("earlier_methods.json").read_text(encoding="utf-8"))
PAIR = (
    a_service("shop", tier=2, unavailability=0.0),
    a_server("web1", unavailability=0.01),
    a_server("web2", unavailability=0.02),
    *needs("shop", 1, "web1", "web2"),
)


def change(key, *targets, start="2026-03-02T22:00Z", **fields):
    return a_change(*targets, id=key, window=a_window(start), **fields)


def the_facts(*things, **fields):
    context = the_context(*PAIR, change("CHG-1", "web1", **fields))
    if things:
        add(context, *things)
    return assess(context, "CHG-1").record.facts


@pytest.mark.parametrize(("method", "kept"), [(None, "first"), (2, "second")])
def test_assessments_of_earlier_methods_are_made_as_they_were(method, kept):
    """Byte for byte, but for the hash of the catalogue's defaults: these documents were written before METHOD 3."""
    context = the_context(
        a_service("shop", tier=2, unavailability=0.0),
        a_service("wiki", tier=3, unavailability=0.0),
        a_server("web1", unavailability=0.01, mtbf_hours=1000.0),
        a_server("web2", unavailability=0.02, mtbf_hours=500.0),
        a_server("db1", unavailability=0.03, mtbf_hours=200.0),
        *needs("shop", 1, "web1", "web2"),
        *depends("wiki", "db1"),
        Relation("wiki", "depends_on", "web2", confidence=0.4),
        a_change("web1", "db1", id="CHG-1"),
        a_change("web2", id="CHG-2"),
        an_incident("db1"),
    )
    made = made_by(context, method)
    document = to_document(ASSESSMENTS, made)
    context.store.apply([Put(ASSESSMENTS, document)], txn_id="t", actor="?", reason="?")
    assert replay(context, "CHG-1", assessment="ASM-1001").differences == ()
    document = json.loads(json.dumps(document))
    del document["hash"], document["inputs"]["defaults_sha256"]
    assert document == EARLIER[kept]


def test_a_redundant_pair_alone_overlapping_and_moved_apart():
    """A fresh installation, nothing learned: a peer decides about one of the pair, nobody about both at once."""
    alone = the_context(*PAIR, change("CHG-1", "web1"))
    made = assess(alone, "CHG-1").record
    assert [service.outcome for service in made.services] == [Outcome.REDUNDANCY_LOST]
    assert (made.verdict, made.reasons) == (Verdict.PEER, ("within_peer_limits",))

    minute = the_context(*PAIR, change("CHG-1", "web1"), change("CHG-2", "web2", start="2026-03-02T22:59Z"))
    made = assess(minute, "CHG-1").record
    assert (made.verdict, made.reasons) == (Verdict.BLOCK, ("joint_conflict",))
    assert made.facts.conflicts == ("CHG-2",)
    assert [(move.change, move.minutes) for move in made.outlook.conflicts[0].moves] == [("CHG-1", -1), ("CHG-2", 1)]

    apart = the_context(*PAIR, change("CHG-1", "web1"), change("CHG-2", "web2", start="2026-03-02T23:00Z"))
    assert assess(apart, "CHG-1").record.verdict is Verdict.PEER
    add(apart, change("CHG-2", "web2", start="2026-03-02T22:30Z"))
    assert assess(apart, "CHG-1").record.reasons == ("joint_conflict",)


def test_the_verdict_follows_from_the_facts_alone():
    """What is stored is enough to judge again, and replays after the estate, the policy and the facts moved on."""
    context = the_context(*PAIR, change("CHG-1", "web1"), change("CHG-2", "web2"))
    made = assess(context, "CHG-1").record
    default = read_policy(policy.default().text.encode())
    stored = from_document(ASSESSMENTS, context.store.get(ASSESSMENTS, made.id).document)
    assert stored.facts == made.facts
    assert judge(default, stored.facts) == (made.verdict, made.reasons)
    policy.set_policy(as_actor(context, "administrator"), FIRST.encode())
    add(context, a_server("web1", status=CIStatus.MISSING), change("CHG-2", "web2", start="2026-03-03T22:00Z"))
    assert replay(context, "CHG-1").same
    again = assess(context, "CHG-1").record
    assert again.facts.missing == ("web1",)
    assert replay(context, "CHG-1", assessment=made.id).same


def test_altered_facts_are_found():
    """The record says what was judged; one byte of it changed does not replay."""
    context = the_context(*PAIR, change("CHG-1", "web1"))
    made = assess(context, "CHG-1").record
    document = json.loads(json.dumps(to_document(ASSESSMENTS, made)))
    document["facts"]["freezes"] = ["year end"]
    context.store.apply([Put(ASSESSMENTS, document)], txn_id="t", actor="?", reason="?")
    assert "/facts/freezes/0" in [each.pointer for each in replay(context, "CHG-1").differences]


def test_targets_missing_proposed_or_in_doubt_are_facts():
    """As they were at the revision; a doubt that was closed is none."""
    assert the_facts(a_server("web1", status=CIStatus.MISSING)).missing == ("web1",)
    assert the_facts(a_server("web1", status=CIStatus.PROPOSED)).unreconciled == ("web1",)
    assert the_facts(a_server("web1", status=CIStatus.RETIRED)).retired == ("web1",)
    for closed, doubted in ((None, ("web1",)), (moment(NOON), ())):
        context = the_context(*PAIR, change("CHG-1", "web1"))
        found = Finding("f", "identity.contradiction", ("web1", "web9"), moment(NOON), {}, closed)
        other = Finding("g", "identity.contradiction", ("web2",), moment(NOON))
        puts = [Put(FINDINGS, to_document(FINDINGS, each)) for each in (found, other)]
        context.store.apply(puts, txn_id="t", actor="?", reason="?")
        made = assess(context, "CHG-1").record
        assert made.facts.unreconciled == doubted
        assert (made.verdict is Verdict.BLOCK) == bool(doubted)
        assert replay(context, "CHG-1").same


def test_a_back_out_plan_is_as_old_as_its_last_test():
    """In days, on the day of the assessment; without a test it is not known."""
    tested = BackOut("Put it back", tested_on=date(2026, 2, 20))
    assert the_facts(back_out=tested).back_out_tested_days == 10
    assert the_facts().back_out_tested_days is None
    assert the_facts(back_out=None).back_out is False


def test_planned_minutes_are_not_known_to_be_agreed():
    """Those of a service that only loses a spare are none."""
    facts = the_facts(a_service("wiki", tier=3), *depends("wiki", "web1"))
    assert {each.service: each.minutes_outside for each in facts.services} == {"shop": 0.0, "wiki": None}


def known(context, **inputs):
    """The facts of CHG-1 whose inputs say this too."""
    revision = context.store.revision()
    graph = graph_at(context.store, defaults_at(context, revision), at=revision)
    asked = context.records.get(CHANGES, "CHG-1")
    given = replace(inputs_of(asked, policy_version=0, policy_sha256="", defaults_sha256=""), **inputs)
    found = facts_found(given, find(graph, given), None, change="CHG-1")
    return seam.facts_known(context, graph, given, found, change="CHG-1", made_at=context.clock.now())


def test_an_emergency_is_linked_to_an_incident_only_while_that_is_open():
    """The first of those it is to resolve that is open when it is assessed."""
    emergency = change("CHG-1", "web1", type=ChangeType.EMERGENCY)
    over = an_incident("web2", id="INC-1", resolved=moment("2026-03-02T11:00Z"))
    context = the_context(*PAIR, emergency, over, an_incident("web2", id="INC-2"))
    assert known(context).incident is None
    assert known(context, incidents=("INC-1", "INC-2")).incident == "INC-2"
    assert known(context, incidents=("INC-1",)).incident is None
    missing = a_server("web1", status=CIStatus.MISSING)
    for linked, verdict in (((), Verdict.BLOCK), (("INC-1",), Verdict.BLOCK), (("INC-1", "INC-2"), Verdict.CAB)):
        add(context, missing, replace(emergency, incidents=linked, targets=(Target("web1", Effect.CONFIG),)))
        made = assess(context, "CHG-1").record
        assert (made.verdict, made.reasons) == (verdict, ("target_missing", "emergency_change"))


def test_targets_were_seen_as_long_ago_as_the_one_seen_longest_ago():
    """In days; where discovery never saw one it is not known."""
    context = the_context(*PAIR, change("CHG-1", "web1"))
    assert known(context, seen_at=moment("2026-03-01T00:00Z")).seen_days == 1.5
    assert known(context).seen_days is None


def test_what_was_seen_is_asked_of_every_target_of_a_change_by_a_model():
    """Of the sources that see them, the last reading; of a change without a model nobody asks."""
    context = the_context(role="administrator")
    observed(context, web8="Debian", web9="Debian")
    (ci, other) = sorted(held.record.id for held in context.records.listing(CIS).rows)
    context.clock.forward(days=3)
    add(context, a_server("web1"), a_change(ci, other, id="CHG-1"), a_change(ci, "web1", id="CHG-2"))

    asked = [replace(context.records.get(CHANGES, key), model="patch") for key in ("CHG-1", "CHG-2")]
    assert [seam.last_seen(context, each) for each in asked] == [moment(NOON), None]
    assert seam.last_seen(context, context.records.get(CHANGES, "CHG-1")) is None


def a_model(**fields):
    given = {"effect": Effect.DOWN, **fields}
    return ChangeModel("patch", "Patch", ChangeType.STANDARD, ModelState.APPROVED, ("author",), 1, **given)


def of_the_model(key, ci="web2", **fields):
    window = {"window": a_window("2026-02-02T22:00Z"), **fields}
    return a_change(ci, id=key, model="patch", state=ChangeState.CLOSED, **window)


def test_a_proven_model_lets_a_seen_redundant_target_wait_for_what_is_not_known():
    """The model as it was: approved, and so many successes; of so few changes nobody knows how often they fail."""
    past = [of_the_model(f"CHG-{n}", outcome=ChangeOutcome.SUCCESS) for n in range(100, 125)]
    past += [
        of_the_model("CHG-200", outcome=ChangeOutcome.ISSUES),
        of_the_model("CHG-201", outcome=ChangeOutcome.FAILED),
        of_the_model("CHG-202", outcome=ChangeOutcome.SUCCESS, retrospective=True),
        of_the_model("CHG-203"),
    ]
    context = the_context(*PAIR)
    put(context, CHANGE_MODELS, a_model())
    add(context, *past, change("CHG-1", "web1", type=ChangeType.STANDARD, model="patch"))
    made = assess(context, "CHG-1").record
    assert made.facts.model == ModelFacts("patch", True, 25)
    assert made.reasons == ("auto_failure_bound", "auto_targets_unseen", "within_peer_limits")
    put(context, CHANGE_MODELS, replace(a_model(), state=ModelState.WITHDRAWN))
    assert replay(context, "CHG-1").same
    assert assess(context, "CHG-1").record.reasons == ("within_peer_limits",)


def test_successes_of_before_a_model_was_approved_are_not_its_own():
    """A model that was withdrawn and is approved anew begins anew, as its failures do."""
    past = [of_the_model(f"CHG-{n}", outcome=ChangeOutcome.SUCCESS) for n in range(100, 125)]
    context = the_context(*PAIR, *past, change("CHG-1", "web1", type=ChangeType.STANDARD, model="patch"))
    raised = past[0].raised_at
    for approved_at, successes in ((raised, 25), (raised + timedelta(seconds=1), 0)):
        put(context, CHANGE_MODELS, replace(a_model(), approved_at=approved_at))
        assert assess(context, "CHG-1").record.facts.model.successes == successes


def done(number, ci):
    """A change of the model that went well, in the weeks before."""
    start = moment(NOON) - timedelta(days=10, hours=6 * number)
    return of_the_model(
        f"CHG-{number}",
        ci=ci,
        window=Window(start, start + timedelta(hours=1)),
        raised_at=start - timedelta(days=2),
        started_at=start,
        ended_at=start + timedelta(minutes=30),
        outcome=ChangeOutcome.SUCCESS,
        outcome_at=start + timedelta(minutes=30),
    )


PLAN = {"effect": Effect.RESTART, "minutes": 10, "steps": ("Drain it", "Restart it"), "back_out": BackOut("Start it")}
AS_PLANNED = {
    "targets": (Target("web1", Effect.RESTART, 30, 10),),
    "steps": ("Drain it", "Restart it"),
    "back_out": BackOut("Start it", minutes=5),
}


@pytest.mark.parametrize(
    ("otherwise", "followed"),
    [
        ({}, True),
        ({"targets": (Target("web1", Effect.RESTART, 0, 5),)}, True),
        ({"targets": (Target("web1", Effect.RESTART, 0, 11),)}, False),
        ({"targets": (Target("web1", Effect.RESTART),)}, False),
        ({"targets": (Target("web1", Effect.RETIRE),)}, False),
        ({"targets": (Target("web1", Effect.RESTART, 0, 5), Target("web2", Effect.DOWN, 0, 5))}, False),
        ({"steps": ("Restart it",)}, False),
        ({"back_out": BackOut("Hope")}, False),
        ({"back_out": None}, False),
    ],
)
def test_a_model_authorises_what_it_says_and_nothing_else(otherwise, followed):
    """Whoever approved the model did not approve whatever somebody may write into a change that names it."""
    context = the_context(*PAIR)
    put(context, CHANGE_MODELS, a_model(**PLAN))
    add(
        context,
        replace(change("CHG-1", "web1", type=ChangeType.STANDARD, model="patch"), **{**AS_PLANNED, **otherwise}),
    )
    made = assess(context, "CHG-1").record
    assert made.facts.model.followed is followed
    assert ("auto_model_not_followed" in made.reasons) is not followed
    assert replay(context, "CHG-1").same


def test_a_proven_model_with_a_history_approves_itself():
    """P(fail) is learned from the store's own changes, the loss reckoned at it, and the record replays."""
    context = the_context(role="administrator")
    observed(context, web8="Debian", web9="Debian")
    (ci, _) = sorted(held.record.id for held in context.records.listing(CIS).rows)
    put(context, CHANGE_MODELS, a_model())
    add(context, a_server("web2"), *(done(number, ci) for number in range(100, 100 + HISTORY)))
    add(context, change("CHG-1", ci, type=ChangeType.STANDARD, model="patch"))
    made = assess(context, "CHG-1").record
    assert (made.verdict, made.facts.seen_days) == (Verdict.AUTO, 0.0)
    assert made.prediction.outcomes == HISTORY
    assert made.facts.failure.high < 0.05
    assert context.records.get(CHANGES, "CHG-1").state is ChangeState.SCHEDULED
    context.clock.forward(days=1)
    observed(context, web8="Debian", web9="Debian")
    add(context, *(replace(done(number, ci), outcome=ChangeOutcome.FAILED) for number in range(100, 130)))
    assert replay(context, "CHG-1").same
    worse = assess(context, "CHG-1").record
    assert worse.prediction.mean > made.prediction.mean
    assert (worse.verdict, worse.reasons[0]) == (Verdict.PEER, "auto_failure_bound")


def test_figures_somebody_altered_are_found():
    """One digit of what the model saw, or a model that is not kept: neither replays."""
    context = the_context(*PAIR, change("CHG-1", "web1"))
    made = assess(context, "CHG-1").record
    for field, value in (("level", -3.5), ("model", "0" * 64), ("values", ["x"])):
        document = json.loads(json.dumps(to_document(ASSESSMENTS, made)))
        document["inputs"]["failure"][field] = value
        context.store.apply([Put(ASSESSMENTS, document)], txn_id=field, actor="?", reason="?")
        assert not replay(context, "CHG-1").same


def put(context, kind, record):
    context.store.apply([Put(kind, to_document(kind, record))], txn_id=str(record), actor="?", reason="?")


def test_a_freeze_that_is_met_blocks_also_where_another_is_not_known_so_far():
    """What the calendar does not know yet takes nothing from what it does."""
    context = the_context(*PAIR, a_change("web1", id="CHG-1", window=a_window("2026-06-01T22:00Z")))
    keeper = as_actor(context, "administrator", "keeper")

    def freeze(start, end, rule=None, until=None):
        schedule = ScheduleGiven(start, end, rule, until=until)
        given = {"name": "Quiet", "reason": "", "schedule": schedule, "covers": Covered(everything=True)}
        return calendar.add(keeper, "freeze", given).record.id

    freeze("2026-03-06T20:00Z", "2026-03-06T22:00Z", "FREQ=WEEKLY", until="2026-04-01T00:00Z")
    unknown = assess(context, "CHG-1").record
    assert (unknown.verdict, unknown.facts.freezes, unknown.facts.peaks) == (Verdict.CAB, None, None)
    assert unknown.reasons == ("calendar_unknown",)
    met = freeze("2026-05-01T00:00Z", "2026-07-01T00:00Z")
    known = assess(context, "CHG-1").record
    assert (known.verdict, known.facts.freezes, known.facts.peaks) == (Verdict.BLOCK, (met,), None)
    assert known.reasons == ("freeze", "calendar_unknown")


def test_where_nobody_knows_the_service_hours_a_breach_is_not_known_to_be_unlikely():
    """Hours of a year that nobody expanded count as agreed, so the error budget may be far smaller than is told."""

    def breach(*years):
        once = Target("web1", Effect.RESTART, 0, 15)
        window = a_window("2031-03-05T08:00Z")
        context = the_context(
            a_service("shop", tier=4),
            a_server("web1"),
            *depends("shop", "web1"),
            a_change(once, id="CHG-1", window=window),
        )
        keeper = as_actor(context, "administrator", "keeper")
        hours.define(keeper, "office", zone="UTC", weekly=["mon-fri 08:00-12:00"])
        hours.expand(keeper, "office", years)
        service_levels.set_level(keeper, "shop", availability=99.9, hours="office")
        made = assess(context, "CHG-1").record
        return made, made.facts.breaches[0]

    known, sure = breach(2031)
    assert (known.verdict, sure.probability, sure.high) == (Verdict.BLOCK, 1.0, 1.0)
    unknown, guess = breach()
    assert unknown.consequence.services[0].p_breach_high < 0.5
    assert (unknown.verdict, unknown.reasons, guess.high) == (Verdict.CAB, ("too_little_evidence",), 1.0)
    assert guess.probability < 0.2


@pytest.mark.parametrize(("most", "high"), [(0, 1.0), (300, None)])
def test_incidents_nobody_looked_at_leave_a_breach_as_likely_as_it_is_known_to_be_and_no_less(monkeypatch, most, high):
    """An error budget that is spent more than is known breaches no later, so what is sure to breach stays blocked."""
    monkeypatch.setattr(downtime, "MOST_SETS", most)
    before = an_incident("web1", opened=moment("2026-03-02T08:00Z"), resolved=moment("2026-03-02T08:05Z"))
    context = the_context(a_service("shop", tier=4), a_server("web1"), *depends("shop", "web1"), before)
    add(context, a_change(Target("web1", Effect.RESTART, 0, 55), id="CHG-1"))
    add(context, a_change(Target("web1", Effect.CONFIG), id="CHG-3", window=a_window("2026-03-09T22:00Z")))
    service_levels.set_level(as_actor(context, "administrator"), "shop", availability=99.9)
    (certain,) = assess(context, "CHG-1").record.facts.breaches
    assert certain.probability == 1.0
    small = assess(context, "CHG-3").record
    (guess,) = small.facts.breaches
    assert guess.high == (small.consequence.services[0].p_breach_high if high is None else high)
    assert guess.probability < guess.high

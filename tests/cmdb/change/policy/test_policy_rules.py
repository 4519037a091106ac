"""The rules of the second format: the sixty verdicts written down first, and what holds of any facts and any policy."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from random import Random

import pytest

from cmdb.change.policy.facts_text import read_facts
from cmdb.change.policy.judging import judge, lacking_of
from cmdb.change.policy.policy import default
from cmdb.change.policy.policy_text import read_policy
from cmdb.change.policy.reasons import REASONS, in_order
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeType
from cmdb.model.facts import HARMLESS, Facts, ModelFacts, ServiceFacts
from cmdb.model.outcome import Outcome
from tests.facts import WORSE, any_facts, any_policy, no_milder, worse_of
from tests.policies import FIRST, changed

DEFAULT = read_policy(default().text.encode())
PAIRS = tomllib.loads(Path(__file__).with_name("verdict_cases.toml").read_text(encoding="utf-8"))["pair"]


def facts_of(pair, which):
    facts, problems = read_facts({**pair["both"], **pair[which]["facts"]}, "")
    assert problems == []
    return facts


def test_there_are_sixty_verdicts_in_thirty_pairs():
    """None was left out."""
    assert len(PAIRS) == 30


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["rule"] for pair in PAIRS])
def test_the_default_policy_gives_the_verdicts_written_down_before_it(pair):
    """Both of a pair, with exactly these reasons; and they differ in the one fact the table says."""
    one, other = facts_of(pair, "one"), facts_of(pair, "other")
    for which, facts in (("one", one), ("other", other)):
        assert judge(DEFAULT, facts) == (Verdict(pair[which]["verdict"]), tuple(pair[which]["reasons"]))
    assert [f.name for f in fields(Facts) if getattr(one, f.name) != getattr(other, f.name)] == [pair["differs"]]
    assert pair["one"]["verdict"] != pair["other"]["verdict"]


@pytest.mark.parametrize("way", sorted(WORSE))
def test_a_worse_fact_never_brings_a_milder_verdict(way):
    """By any policy, and by the one that comes with Foreshock; what is not known is no better than the best."""
    random, met = Random(f"worse {way}"), 0
    for _ in range(100):
        found, policy = worse_of(any_facts(random), way), any_policy(random)
        if found is not None:
            before, after = found
            met += before != after
            for each in (policy, DEFAULT):
                assert no_milder(judge(each, before)[0], judge(each, after)[0]), (each, before, after)
    assert met


def test_every_verdict_has_known_reasons_in_the_fixed_order():
    """AUTO and PEER are given for what holds, BLOCK and CAB for what does not."""
    random, met = Random("reasons"), set()
    for _ in range(1000):
        facts, policy = any_facts(random), any_policy(random)
        verdict, reasons = judge(policy, facts)
        met.add(verdict)
        assert reasons, facts
        assert reasons == in_order(reasons)
        assert ("within_auto_limits" in reasons) == (verdict is Verdict.AUTO)
        assert ("within_peer_limits" in reasons) == (verdict is Verdict.PEER)
    assert met == set(Verdict)


STANDARD = replace(HARMLESS, type=ChangeType.STANDARD, model=ModelFacts("patch", True, 20))
# The reasons that the policy that comes with Foreshock gives, each by the facts that bring it.
ASKED = {
    "conflicts": "auto_conflict",
    "freezes": "auto_freeze",
    "peaks": "auto_freeze",
    "retrospective": "auto_retrospective",
}


@pytest.mark.parametrize("fact", sorted(ASKED))
def test_a_policy_that_does_not_block_it_still_lets_nothing_of_it_approve_itself(fact):
    """Freeze, peak and conflict deny AUTO whatever [block] and [cab] say; so does work nobody authorised."""
    assert judge(LENIENT, STANDARD)[0] is Verdict.AUTO
    bad = replace(STANDARD, **{fact: True if fact == "retrospective" else ("x",)})
    assert judge(LENIENT, bad) == (Verdict.PEER, (ASKED[fact], "within_peer_limits"))


LENIENT = read_policy(
    changed(
        ("joint_conflict = true", "joint_conflict = false"),
        ("freeze = true", "freeze = false"),
        ("peak_event = true", "peak_event = false"),
        ("team_over_capacity = true", "team_over_capacity = false"),
    ).encode()
)
EXPECTED_LOSS, TAIL, FAILURE = (
    read_policy(changed(replaced).encode())
    for replaced in (
        ("[peer.worst_outcome]", "[peer]\nexpected_loss_at_most = 50\n[peer.worst_outcome]"),
        ("[peer.worst_outcome]", "[peer]\ntail_at_most = 500\n[peer.worst_outcome]"),
        ("emergency = true", "emergency = true\nfailure_above = 0.5"),
    )
)
PLANNED = (ServiceFacts("shop", 3, Outcome.DOWN, None),)


@pytest.mark.parametrize(
    ("policy", "unknown", "reason"),
    [
        (DEFAULT, {"failure": None}, "auto_failure_bound"),
        (DEFAULT, {"loss": None}, "auto_failed_loss"),
        (DEFAULT, {"seen_days": None}, "auto_targets_unseen"),
        (DEFAULT, {"services": PLANNED}, "auto_planned_minutes"),
        (LENIENT, {"freezes": None}, "auto_freeze"),
        (LENIENT, {"peaks": None}, "auto_freeze"),
        (LENIENT, {"conflicts_unexamined": 1}, "auto_conflict"),
        (DEFAULT, {"doubts_unexamined": None}, "doubts_unexamined"),
        (DEFAULT, {"conflicts_unexamined": 1}, "conflicts_unexamined"),
        (DEFAULT, {"breaches": None}, "breach_unknown"),
        (DEFAULT, {"freezes": None}, "calendar_unknown"),
        (DEFAULT, {"peaks": None}, "calendar_unknown"),
        (DEFAULT, {"overruns": None}, "calendar_unknown"),
        (DEFAULT, {"unreconciled": None}, "targets_unknown"),
        (FAILURE, {"failure": None}, "failure_unknown"),
        (EXPECTED_LOSS, {"loss": None}, "beyond_peer_loss"),
        (TAIL, {"loss": None}, "beyond_peer_loss"),
    ],
)
def test_what_is_not_known_is_never_low(policy, unknown, reason):
    """A proven standard change that would approve itself does so no more, and the reason says what is not known."""
    assert judge(policy, STANDARD) == (Verdict.AUTO, ("within_auto_limits",))
    verdict, reasons = judge(policy, replace(STANDARD, **unknown))
    assert reason in reasons
    assert verdict is (Verdict.PEER if reason.startswith("auto_") else Verdict.CAB)


def test_auto_is_asked_of_standard_changes_of_an_approved_model_alone():
    """A normal change by the same model is a peer's without a word on AUTO, and so it is without [auto]."""
    peer = (Verdict.PEER, ("within_peer_limits",))
    assert judge(DEFAULT, replace(STANDARD, type=ChangeType.NORMAL)) == peer
    assert judge(DEFAULT, replace(STANDARD, model=None)) == peer
    assert judge(replace(DEFAULT, auto=None), STANDARD) == peer


@pytest.mark.parametrize(
    ("policy", "high", "beyond"),
    [
        (EXPECTED_LOSS, {"expected_high": 51.0}, True),
        (EXPECTED_LOSS, {"tail_high": 501.0}, False),
        (TAIL, {"tail_high": 501.0}, True),
        (TAIL, {"expected_high": 51.0}, False),
    ],
)
def test_a_peer_is_held_to_the_upper_bound_of_each_loss(policy, high, beyond):
    """Each limit of its own asks its own bound."""
    facts = replace(HARMLESS, loss=replace(HARMLESS.loss, **high))
    found = (Verdict.CAB, ("beyond_peer_loss",)) if beyond else (Verdict.PEER, ("within_peer_limits",))
    assert judge(policy, facts) == found


def test_every_reason_is_reached():
    """By one of both formats; no code is there for nothing."""
    met = set()
    tiers = range(1, 5)
    served = [ServiceFacts("s", tier, outcome, 1.0, 1) for tier in (*tiers, 9) for outcome in Outcome]
    strict = read_policy(
        changed(
            ("new_single_point_tier = 1", "new_single_point_tier = 4\nfailure_above = 0.3"),
            ("down_tier = 2", "down_tier = 4"),
            ("degraded_tier = 1", "degraded_tier = 4"),
            ("seen_days_at_most = 7", 'seen_days_at_most = 7\nworst_outcome = "reduced"'),
            ("[peer.worst_outcome]", "[peer]\nexpected_loss_at_most = 50\n[peer.worst_outcome]"),
            ('tier1 = "reduced"\nother = "down"', 'other = "reduced"'),
        ).encode()
    )
    first = read_policy(FIRST.encode())
    alone = replace(first, peer_worst_outcome={}, auto_worst_outcome=None)
    policies = [strict, DEFAULT, first, alone]
    base = [HARMLESS, STANDARD, replace(HARMLESS, loss=None), replace(HARMLESS, failure=None)]
    lost = replace(HARMLESS.loss, expected=60.0, expected_high=60.0)
    cases = [
        *base,
        *(replace(each, services=(replace(service, new_single_points=points),), back_out=with_plan)
          for each in base for service in served for points in (0, 1) for with_plan in (True, False)),
        replace(HARMLESS, services=(served[2],) * 21),
        replace(STANDARD, services=(ServiceFacts("s", 3, Outcome.REDUNDANCY_LOST),), failure=None, seen_days=None),
        replace(HARMLESS, loss=lost),
        replace(STANDARD, retrospective=True),
        replace(HARMLESS, failure=replace(HARMLESS.failure, mean=0.4, high=0.5)),
        *(facts_of(pair, which) for pair in PAIRS for which in ("one", "other")),
        *(case.facts for case in DEFAULT.cases),
    ]  # fmt: skip
    lenient = [
        replace(policy, block=replace(policy.block, joint_conflict=False, freeze=False)) for policy in policies[:2]
    ]
    cases += [replace(STANDARD, conflicts=("x",)), replace(STANDARD, freezes=("x",))]
    for policy in (*policies, *lenient):
        for facts in cases:
            met |= set(judge(policy, facts)[1])
    assert met == set(REASONS)


def test_what_a_policy_asks_and_nobody_knows_is_named():
    """Only what it asks: the first format asks nothing that could be unknown."""
    nothing = Facts()
    everything = ("loss", "breaches", "freezes", "peaks", "overruns", "unreconciled")
    assert lacking_of(DEFAULT, nothing) == everything
    assert lacking_of(DEFAULT, HARMLESS) == ()
    assert lacking_of(read_policy(FIRST.encode()), nothing) == ()
    standard = replace(nothing, type=ChangeType.STANDARD, model=ModelFacts("patch", True, 20))
    assert lacking_of(DEFAULT, standard) == ("failure", *everything, "seen_days")

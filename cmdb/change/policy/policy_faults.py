"""What is wrong with a policy whose text can be read: limits that can not be met, and verdicts it can never give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmdb.change.policy.policy_rules import judge_facts
from cmdb.errors import Problem
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeType
from cmdb.model.facts import HARMLESS, FailureFacts, LossFacts, ModelFacts
from cmdb.model.outcome import Outcome
from cmdb.model.policy import LOWEST_TIER, FactsPolicy

SENTENCES = {
    "policy.never_met": "{key} is {value}, and nothing is ever above that; below {most} is right, or leave it out",
    "policy.looser": "{key} allows {value}, more than {other} does ({limit}), which is asked first; at most {limit}",
    "policy.tier_looser": "{key} allows {value}, more than {other} does ({limit}) for a lower tier",
    "policy.never_auto": "nothing can ever approve itself, the best is denied: {reasons}; or leave [auto] out",
    "policy.never_peer": "no change can ever be decided by a peer, the best is denied: {reasons}",
}

# No change can be better. P(fail) is learned from finitely many changes, so it is never quite 0, nor is an age.
_BEST = replace(
    HARMLESS,
    failure=FailureFacts(mean=1e-6, low=0.0, high=1e-6, effective_sample_size=1e9),
    loss=LossFacts(expected=0.0, expected_high=0.0, tail=0.0, tail_high=0.0, failed=0.0),
    seen_days=1e-6,
    back_out_tested_days=0,
)
_BEST_STANDARD = replace(_BEST, type=ChangeType.STANDARD, model=ModelFacts("the best", approved=True, successes=10**9))


def contradictions(policy: FactsPolicy) -> list[Problem]:
    """Return every limit that can not be met or that a rule asked before makes void, and every verdict out of reach."""
    return [*_never_met(policy), *_looser(policy), *_tiers(policy), *_out_of_reach(policy)]


def _never_met(policy: FactsPolicy) -> Iterator[Problem]:
    limits = {"/block/breach_above": policy.block.breach_above, "/cab/failure_above": policy.cab.failure_above}
    for pointer, limit in limits.items():
        if limit is not None and limit >= 1:
            yield _problem("policy.never_met", pointer, value=limit, most=1)


def _looser(policy: FactsPolicy) -> Iterator[Problem]:
    board, auto = policy.cab, policy.auto
    pairs = [
        ("/peer/expected_loss_at_most", policy.peer.expected_loss_at_most, "[cab] expected_loss_above"),
        ("/peer/tail_at_most", policy.peer.tail_at_most, "[cab] tail_above"),
    ]
    firsts = [board.expected_loss_above, board.tail_above]
    if auto is not None:
        pairs.append(("/auto/failure_at_most", auto.failure_at_most, "[cab] failure_above"))
        firsts.append(board.failure_above)
    for (pointer, value, other), limit in zip(pairs, firsts, strict=True):
        if value is not None and limit is not None and value > limit:
            yield _problem("policy.looser", pointer, value=value, other=other, limit=limit)


def _tiers(policy: FactsPolicy) -> Iterator[Problem]:
    """Yield where a peer may do more to a service of a higher tier than to one of the next lower that is limited."""
    limits = policy.peer.worst_outcome
    names = {tier: f"tier{tier}" for tier in range(1, LOWEST_TIER + 1)} | {LOWEST_TIER + 1: "other"}
    allowed = {tier: limits.get(tier, limits[0]) for tier in names}
    for tier in range(1, LOWEST_TIER + 1):
        if allowed[tier].is_worse_than(allowed[tier + 1]):
            at = names[tier] if tier in limits else "other"
            other = names[tier + 1] if tier + 1 in limits else "other"
            facts = {"value": _word(allowed[tier]), "other": other, "limit": _word(allowed[tier + 1])}
            yield _problem("policy.tier_looser", f"/peer/worst_outcome/{at}", **facts)


def _out_of_reach(policy: FactsPolicy) -> Iterator[Problem]:
    """
    Yield the verdicts that not even the best change gets.

    Every rule is monotone, so what the best change does not get, none does.
    """
    verdict, reasons = judge_facts(policy, _BEST)
    if verdict is not Verdict.PEER:
        yield _problem("policy.never_peer", "/cab", reasons=", ".join(reasons))
    verdict, reasons = judge_facts(policy, _BEST_STANDARD)
    if policy.auto is not None and verdict is not Verdict.AUTO:
        why = ", ".join(code for code in reasons if code != "within_peer_limits")
        yield _problem("policy.never_auto", "/auto", reasons=why)


def _word(outcome: Outcome) -> str:
    return outcome.value.lower()


def _problem(code: str, pointer: str, **facts: object) -> Problem:
    key = pointer.rpartition("/")[2]
    return Problem(code, SENTENCES[code], {"key": key, **facts}, pointer)

"""
The rules of a policy of the second format: facts in, verdict and reason codes out.

Every rule is monotone: a fact made worse never takes a rule's reason away, so it never makes a verdict milder. What is
not known (None) is never taken as low; what each rule makes of it stands with its key in
:mod:`cmdb.change.policy.policy_keys`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.change.policy.reasons import TIERS, in_order
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeType
from cmdb.model.facts import DoubtFacts, Facts, ServiceFacts
from cmdb.model.outcome import Outcome
from cmdb.model.policy import Auto, FactsPolicy

NOT_OF_EMERGENCIES = frozenset({"freeze", "target_missing"})
"""What never blocks an emergency change that is linked to an open incident; the board sees it as a reason."""


def judge_facts(policy: FactsPolicy, facts: Facts) -> tuple[Verdict, tuple[str, ...]]:
    """
    Return the verdict and its reason codes in their fixed order.

    Asked in the order BLOCK, CAB, AUTO (changes of an approved standard model), PEER; when none holds, CAB. A change
    that is blocked names the board's reasons too, and one that a peer decides why it was not approved by itself.
    """
    block, board = set(_block(policy, facts)), set(_board(policy, facts)) | set(_unsure(policy, facts))
    if block - (NOT_OF_EMERGENCIES if _is_linked_emergency(facts) else frozenset()):
        return Verdict.BLOCK, in_order(block | board)
    if block or board:
        return Verdict.CAB, in_order(block | board)
    denied: set[str] = set()
    if policy.auto is not None and _is_of_approved_model(facts):
        denied = set(_not_auto(policy.auto, facts))
        if not denied:
            return Verdict.AUTO, ("within_auto_limits",)
    beyond = set(_beyond_peer(policy, facts))
    if beyond:
        return Verdict.CAB, in_order(beyond | denied)
    return Verdict.PEER, in_order({"within_peer_limits"} | denied)


def lacking(policy: FactsPolicy, facts: Facts) -> tuple[str, ...]:
    """Return the names of the facts that are not known and that the policy asks for, in the order of their table."""
    block, board, auto = policy.block, policy.cab, policy.auto
    loss = (board.expected_loss_above, board.tail_above, policy.peer.expected_loss_at_most, policy.peer.tail_at_most)
    asked = {
        "failure": board.failure_above is not None,
        "loss": any(limit is not None for limit in loss),
        "breaches": block.breach_above is not None,
        "freezes": block.freeze,
        "peaks": board.peak_event,
        "overruns": board.team_over_capacity,
        "unreconciled": block.unreconciled_target,
    }
    if auto is not None and _is_of_approved_model(facts):
        asked |= {"failure": True, "loss": True, "freezes": True, "peaks": True, "seen_days": True}
    return tuple(name for name, wanted in asked.items() if wanted and getattr(facts, name) is None)


# BLOCK ---------------------------------------------------------------------------------------------------------------
def _block(policy: FactsPolicy, facts: Facts) -> Iterator[str]:
    asked = policy.block
    goes_down = any(service.outcome is Outcome.DOWN for service in facts.services)
    if asked.service_down_without_back_out and goes_down and not (facts.back_out or facts.remediation):
        yield "service_down_without_back_out"
    if asked.missing_target and facts.missing:
        yield "target_missing"
    if asked.retired_target and facts.retired:
        yield "target_retired"
    if asked.unreconciled_target and facts.unreconciled:
        yield "target_unreconciled"
    if asked.joint_conflict and facts.conflicts:
        yield "joint_conflict"
    if asked.freeze and facts.freezes:
        yield "freeze"
    limit = asked.breach_above
    if limit is not None and any(each.probability > limit for each in facts.breaches or ()):
        yield "breach_likely"


def _is_linked_emergency(facts: Facts) -> bool:
    return facts.type is ChangeType.EMERGENCY and facts.incident is not None


# CAB -----------------------------------------------------------------------------------------------------------------
def _board(policy: FactsPolicy, facts: Facts) -> Iterator[str]:
    asked = policy.cab
    if asked.emergency and facts.type is ChangeType.EMERGENCY:
        yield "emergency_change"
    yield from (limit.code for limit in _limits(policy, facts) if limit.is_over)
    if asked.peak_event and facts.peaks:
        yield "peak_event"
    if asked.team_over_capacity and facts.overruns:
        yield "team_over_capacity"
    for service in facts.services:
        tier = _tier(policy, service)
        if service.new_single_points and tier <= asked.new_single_point_tier:
            yield f"new_single_point_tier{tier}"
        if facts.loss is None and service.outcome is Outcome.DOWN and tier <= policy.unknown_loss.down_tier:
            yield f"service_down_tier{tier}"
        if facts.loss is None and service.outcome is Outcome.DEGRADED and tier <= policy.unknown_loss.degraded_tier:
            yield f"service_degraded_tier{tier}"
    most = asked.affected_services_above
    # A spare fewer in a large pool is no reason to wake the board, however many services share the pool.
    if most is not None and sum(service.outcome.is_worse_than(Outcome.REDUCED) for service in facts.services) > most:
        yield "many_services_affected"


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit, and a value with its upper bound; ``code`` is the reason where the value itself is over."""

    code: str
    limit: float
    value: float
    high: float

    @property
    def is_over(self) -> bool:
        return self.value > self.limit

    @property
    def may_be_over(self) -> bool:
        return self.value <= self.limit < self.high


def _limits(policy: FactsPolicy, facts: Facts) -> Iterator[_Limit]:
    """Yield every limit of the board whose value is known."""
    asked, loss, failure = policy.cab, facts.loss, facts.failure
    if loss is not None and asked.expected_loss_above is not None:
        yield _Limit("expected_loss_above_appetite", asked.expected_loss_above, loss.expected, loss.expected_high)
    if loss is not None and asked.tail_above is not None:
        yield _Limit("tail_above_appetite", asked.tail_above, loss.tail, loss.tail_high)
    if failure is not None and asked.failure_above is not None:
        yield _Limit("failure_above_limit", asked.failure_above, failure.mean, failure.high)


def _unsure(policy: FactsPolicy, facts: Facts) -> Iterator[str]:
    """Yield why the board is to see what is not known, or not known well enough."""
    block, board = policy.block, policy.cab
    breach = block.breach_above
    may_breach = breach is not None and any(each.probability <= breach < each.high for each in facts.breaches or ())
    if may_breach or any(limit.may_be_over for limit in _limits(policy, facts)):
        yield "too_little_evidence"
    if board.failure_above is not None and facts.failure is None:
        yield "failure_unknown"
    if breach is not None and facts.breaches is None:
        yield "breach_unknown"
    calendar = ((block.freeze, facts.freezes), (board.peak_event, facts.peaks))
    if any(wanted and known is None for wanted, known in (*calendar, (board.team_over_capacity, facts.overruns))):
        yield "calendar_unknown"
    if block.unreconciled_target and facts.unreconciled is None:
        yield "targets_unknown"
    if block.joint_conflict and facts.conflicts_unexamined:
        yield "conflicts_unexamined"
    if any(_flips(each) and _tier(policy, each) <= board.doubtful_tier for each in facts.doubtful):
        yield "doubtful_relations"
    if board.doubtful_tier and facts.doubts_unexamined != 0:
        yield "doubts_unexamined"


def _flips(doubt: DoubtFacts) -> bool:
    return doubt.worst.is_worse_than(Outcome.REDUCED)


# AUTO ----------------------------------------------------------------------------------------------------------------
def _is_of_approved_model(facts: Facts) -> bool:
    return facts.type is ChangeType.STANDARD and facts.model is not None and facts.model.approved


def _not_auto(auto: Auto, facts: Facts) -> Iterator[str]:
    """Yield every condition of AUTO that does not hold, or is not known to."""
    assert facts.model is not None
    if facts.retrospective:
        yield "auto_retrospective"
    if not facts.model.followed:
        yield "auto_model_not_followed"
    if facts.model.successes < auto.successes:
        yield "auto_model_unproven"
    if facts.failure is None or facts.failure.high > auto.failure_at_most:
        yield "auto_failure_bound"
    if any(service.minutes_outside is None or service.minutes_outside > 0 for service in facts.services):
        yield "auto_planned_minutes"
    worst = auto.worst_outcome
    if worst is not None and any(service.outcome.is_worse_than(worst) for service in facts.services):
        yield "auto_worst_outcome"
    if facts.loss is None or facts.loss.failed > auto.failed_loss_at_most:
        yield "auto_failed_loss"
    if facts.freezes is None or facts.freezes or facts.peaks is None or facts.peaks:
        yield "auto_freeze"
    if facts.conflicts or facts.conflicts_unexamined:
        yield "auto_conflict"
    if facts.seen_days is None or facts.seen_days > auto.seen_days_at_most:
        yield "auto_targets_unseen"
    if not facts.back_out:
        yield "auto_no_back_out"


# PEER ----------------------------------------------------------------------------------------------------------------
def _beyond_peer(policy: FactsPolicy, facts: Facts) -> Iterator[str]:
    peer, loss = policy.peer, facts.loss
    for service in facts.services:
        tier = _tier(policy, service)
        if service.outcome.is_worse_than(peer.worst_outcome.get(tier, peer.worst_outcome[0])):
            yield f"beyond_peer_limit_tier{tier}" if tier in TIERS else "beyond_peer_limit_other"
    if peer.expected_loss_at_most is not None and (loss is None or loss.expected_high > peer.expected_loss_at_most):
        yield "beyond_peer_loss"
    if peer.tail_at_most is not None and (loss is None or loss.tail_high > peer.tail_at_most):
        yield "beyond_peer_loss"


def _tier(policy: FactsPolicy, service: ServiceFacts | DoubtFacts) -> int:
    return policy.unknown_tier if service.tier is None else max(service.tier, 1)

"""The rules of a policy of the first format, for ever as they were: what was judged by one is judged so again."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.change.policy.reasons import TIERS, in_order
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeType
from cmdb.model.facts import DoubtFacts, Facts, ServiceFacts
from cmdb.model.outcome import Outcome
from cmdb.model.policy import Policy


def judge_first(policy: Policy, facts: Facts) -> tuple[Verdict, tuple[str, ...]]:
    """
    Return the verdict and its reason codes in their fixed order.

    Asked in the order BLOCK, CAB, AUTO (standard changes only), PEER; when none holds, CAB. A change that is blocked
    names the board's reasons too, so that mending the first fault brings no surprise. P(fail), losses, the calendar
    and change models are asked by the second format alone.
    """
    block = set(_block(policy, facts))
    board = set(_board(policy, facts)) | set(_unsure(policy, facts))
    if block or board:
        return (Verdict.BLOCK if block else Verdict.CAB), in_order(block | board)
    if facts.type is ChangeType.STANDARD and facts.back_out and _auto(policy, facts):
        return Verdict.AUTO, ("within_auto_limits",)
    if not policy.peer_worst_outcome:
        return Verdict.CAB, ("no_rule_holds",)
    beyond = set(_beyond_peer(policy, facts))
    return (Verdict.CAB, in_order(beyond)) if beyond else (Verdict.PEER, ("within_peer_limits",))


def _block(policy: Policy, facts: Facts) -> Iterator[str]:
    goes_down = any(service.outcome is Outcome.DOWN for service in facts.services)
    if policy.block_service_down_without_back_out and goes_down and not facts.back_out:
        yield "service_down_without_back_out"
    if policy.block_retired_target and facts.retired:
        yield "target_retired"
    if policy.block_joint_conflict and facts.conflicts:
        yield "joint_conflict"


def _board(policy: Policy, facts: Facts) -> Iterator[str]:
    if policy.cab_emergency and facts.type is ChangeType.EMERGENCY:
        yield "emergency_change"
    for service in facts.services:
        tier = _tier(policy, service)
        if service.new_single_points and tier <= policy.cab_new_single_point_tier:
            yield f"new_single_point_tier{tier}"
        if service.outcome is Outcome.DOWN and tier <= policy.cab_down_tier:
            yield f"service_down_tier{tier}"
        if service.outcome is Outcome.DEGRADED and tier <= policy.cab_degraded_tier:
            yield f"service_degraded_tier{tier}"
    most = policy.cab_affected_services_above
    # A spare fewer in a large pool is no reason to wake the board, however many services share the pool.
    if most is not None and sum(service.outcome.is_worse_than(Outcome.REDUCED) for service in facts.services) > most:
        yield "many_services_affected"


def _unsure(policy: Policy, facts: Facts) -> Iterator[str]:
    """Yield why the board is to see what could not be made sure of."""
    if policy.block_joint_conflict and facts.conflicts_unexamined:
        yield "conflicts_unexamined"
    if any(_tier(policy, service) <= policy.cab_doubtful_tier for service in facts.doubtful):
        yield "doubtful_relations"
    if policy.cab_doubtful_tier and facts.doubts_unexamined != 0:
        yield "doubts_unexamined"


def _auto(policy: Policy, facts: Facts) -> bool:
    worst = policy.auto_worst_outcome
    if facts.conflicts or facts.conflicts_unexamined:
        return False
    return worst is not None and not any(service.outcome.is_worse_than(worst) for service in facts.services)


def _beyond_peer(policy: Policy, facts: Facts) -> Iterator[str]:
    limits = policy.peer_worst_outcome
    for service in facts.services:
        tier = _tier(policy, service)
        if service.outcome.is_worse_than(limits.get(tier, limits[0])):
            yield f"beyond_peer_limit_tier{tier}" if tier in TIERS else "beyond_peer_limit_other"


def _tier(policy: Policy, service: ServiceFacts | DoubtFacts) -> int:
    return policy.unknown_tier if service.tier is None else max(service.tier, 1)

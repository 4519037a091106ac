"""The policy desk: the verdict of an assessment by the policy in force, and the versions of that policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cmdb.change.policy_text import read_policy
from cmdb.change.reasons import TIERS, in_order
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.assessment import Findings, ServiceOutcome, Verdict
from cmdb.model.change import ChangeType
from cmdb.model.outcome import Outcome
from cmdb.model.outlook import DoubtfulOutcome, Outlook
from cmdb.model.policy import POLICIES, Policy, PolicyVersion
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held, Listing


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as an assessment names it: version (0: the one that comes with Foreshock) and text with its SHA-256."""

    version: int
    sha256: str
    text: str


def judge(
    policy: Policy,
    *,
    change_type: ChangeType,
    has_back_out: bool,
    findings: Findings,
    outlook: Outlook | None = None,
) -> tuple[Verdict, tuple[str, ...]]:
    """
    Return the verdict and its reason codes in their fixed order.

    Asked in the order BLOCK, CAB, AUTO (standard changes only), PEER; when none holds, CAB. A change that is blocked
    names the board's reasons too, so that mending the first fault brings no surprise.
    """
    block = set(_block(policy, has_back_out, findings, outlook))
    board = set(_board(policy, change_type, findings)) | set(_unsure(policy, outlook))
    if block or board:
        return (Verdict.BLOCK if block else Verdict.CAB), in_order(block | board)
    if change_type is ChangeType.STANDARD and has_back_out and _auto(policy, findings, outlook):
        return Verdict.AUTO, ("within_auto_limits",)
    if not policy.peer_worst_outcome:
        return Verdict.CAB, ("no_rule_holds",)
    beyond = set(_beyond_peer(policy, findings))
    return (Verdict.CAB, in_order(beyond)) if beyond else (Verdict.PEER, ("within_peer_limits",))


def set_policy(context: Context, content: bytes, *, expected_version: int | None = None) -> Held[PolicyVersion]:
    """
    Put a new version of the policy in force. Assessments made before keep theirs.

    ``expected_version`` is the version in force that the actor has seen; left out, the present one.

    Raises:
        NotAllowed: the actor may not set the policy.
        InvalidInput: the text is wrong; every problem is named.
        VersionConflict: somebody else set one meanwhile.
    """
    context.allow("policy:set")
    policy = read_policy(content)
    seen = in_force(context).version
    if expected_version is not None and expected_version != seen:
        raise VersionConflict(kind=POLICIES.name, key=f"policy-{seen}", expected=expected_version, actual=seen)
    version = seen + 1
    record = PolicyVersion(
        id=f"policy-{version}",
        version=version,
        name=policy.name,
        sha256=hashlib.sha256(content).hexdigest(),
        text=content.decode("utf-8"),
        set_at=context.clock.now(),
        set_by=context.actor.id,
    )
    return context.records.put(POLICIES, record, because="policy:set", expected_version=0)


def in_force(context: Context, *, at: int | None = None) -> PolicyText:
    """Return the policy that judges now, or did as of a revision."""
    context.allow("policy:read")
    newest = context.records.listing(POLICIES, order="version", descending=True, limit=1, at=at).rows
    if not newest:
        return default()
    record = newest[0].record
    return PolicyText(record.version, record.sha256, record.text)


def get(context: Context, version: int) -> PolicyText:
    """Return one version of the policy, 0 being the one that comes with Foreshock; raises NotAllowed and NotFound."""
    context.allow("policy:read")
    if version == 0:
        return default()
    key = f"policy-{version}"
    record = context.records.get(POLICIES, key)
    return PolicyText(record.version, record.sha256, record.text)


def versions(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[PolicyVersion]:
    """Return one page of the versions that were set, newest first."""
    context.allow("policy:read")
    return context.records.listing(POLICIES, order="version", descending=True, after=after, limit=limit)


@cache
def default() -> PolicyText:
    """Return the policy that comes with Foreshock."""
    content = files("cmdb.change").joinpath("default_policy.toml").read_bytes()
    return PolicyText(0, hashlib.sha256(content).hexdigest(), content.decode("utf-8"))


def kept(context: Context, sha256: str) -> bytes:
    """
    Return the bytes an assessment names by their hash: the policy it was judged by, or the catalogue's defaults.

    Raises:
        NotFound: the store does not keep them, or keeps something else under their hash.
    """
    content = context.store.get_blob(sha256)
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise NotFound(kind="kept text", ids=(sha256,))
    return content


def _block(policy: Policy, has_back_out: bool, findings: Findings, outlook: Outlook | None) -> Iterator[str]:
    goes_down = any(service.outcome is Outcome.DOWN for service in findings.services)
    if policy.block_service_down_without_back_out and goes_down and not has_back_out:
        yield "service_down_without_back_out"
    if policy.block_retired_target and findings.retired:
        yield "target_retired"
    if policy.block_joint_conflict and outlook is not None and outlook.conflicts:
        yield "joint_conflict"


def _board(policy: Policy, change_type: ChangeType, findings: Findings) -> Iterator[str]:
    if policy.cab_emergency and change_type is ChangeType.EMERGENCY:
        yield "emergency_change"
    for service in findings.services:
        tier = _tier(policy, service)
        if service.new_single_points and tier <= policy.cab_new_single_point_tier:
            yield f"new_single_point_tier{tier}"
        if service.outcome is Outcome.DOWN and tier <= policy.cab_down_tier:
            yield f"service_down_tier{tier}"
        if service.outcome is Outcome.DEGRADED and tier <= policy.cab_degraded_tier:
            yield f"service_degraded_tier{tier}"
    most = policy.cab_affected_services_above
    # A spare fewer in a large pool is no reason to wake the board, however many services share the pool.
    if most is not None and sum(service.outcome.is_worse_than(Outcome.REDUCED) for service in findings.services) > most:
        yield "many_services_affected"


def _unsure(policy: Policy, outlook: Outlook | None) -> Iterator[str]:
    """Yield why the board is to see what could not be made sure of."""
    if outlook is None:
        return
    if policy.block_joint_conflict and outlook.conflicts_unlisted:
        yield "conflicts_unexamined"
    if any(_tier(policy, service) <= policy.cab_doubtful_tier for service in outlook.doubtful):
        yield "doubtful_relations"
    if policy.cab_doubtful_tier and outlook.doubts_unexamined != 0:
        yield "doubts_unexamined"


def _auto(policy: Policy, findings: Findings, outlook: Outlook | None) -> bool:
    worst = policy.auto_worst_outcome
    if outlook is not None and (outlook.conflicts or outlook.conflicts_unlisted):
        return False
    return worst is not None and not any(service.outcome.is_worse_than(worst) for service in findings.services)


def _beyond_peer(policy: Policy, findings: Findings) -> Iterator[str]:
    limits = policy.peer_worst_outcome
    for service in findings.services:
        tier = _tier(policy, service)
        if service.outcome.is_worse_than(limits.get(tier, limits[0])):
            yield f"beyond_peer_limit_tier{tier}" if tier in TIERS else "beyond_peer_limit_other"


def _tier(policy: Policy, service: ServiceOutcome | DoubtfulOutcome) -> int:
    return policy.unknown_tier if service.tier is None else max(service.tier, 1)

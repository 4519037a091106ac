"""The policy desk: the policy in force, its versions, and what its own tests say of a text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cmdb.change.policy.policy_cases import cases_of, run_cases
from cmdb.change.policy.policy_text import read_policy
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound, Problem, below
from cmdb.model.policy import POLICIES, FactsPolicy, Policy, PolicyVersion
from cmdb.model.policy_trial import CaseResult, PolicyTest
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held, Listing

SENTENCES = {
    "policy.test_failed": "test {name!r} wants {verdict} ({reasons}), and the policy says {found} ({because})",
}


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as an assessment names it: version (0: the one that comes with Foreshock) and text with its SHA-256."""

    version: int
    sha256: str
    text: str


def set_policy(context: Context, content: bytes, *, expected_version: int | None = None) -> Held[PolicyVersion]:
    """
    Put a new version of the policy in force. Assessments made before keep theirs.

    ``expected_version`` is the version in force that the actor has seen; left out, the present one.

    Raises:
        NotAllowed: the actor may not set the policy.
        InvalidInput: the text is wrong, or one of its own tests fails; every problem is named.
        VersionConflict: somebody else set one meanwhile.
    """
    context.allow("policy:set")
    policy = read_policy(content)
    failed = [_failed(place, each) for place, each in enumerate(_run(policy)) if not each.passed]
    if failed:
        raise InvalidInput(failed, what="the policy")
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


def try_out(context: Context, content: bytes, cases: bytes | None = None) -> PolicyTest:
    """
    Judge the tests of a policy's text, and those of a file of tests, by the policy; nothing is written.

    Raises:
        NotAllowed: the actor may not read the policy.
        InvalidInput: the text, or a test, can not be read; every problem is named.
    """
    context.allow("policy:read")
    policy = read_policy(content)
    results = (*_run(policy), *run_cases(policy, cases_of(cases) if cases is not None else ()))
    return PolicyTest(policy.name, sum(not result.passed for result in results), results)


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
    content = files("cmdb.change.policy").joinpath("default_policy.toml").read_bytes()
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


def _run(policy: Policy | FactsPolicy) -> tuple[CaseResult, ...]:
    return run_cases(policy, policy.cases) if isinstance(policy, FactsPolicy) else ()


def _failed(place: int, result: CaseResult) -> Problem:
    wanted = result.wanted_reasons
    facts = {
        "name": result.name,
        "verdict": result.wanted.value,
        "reasons": "any reasons" if wanted is None else ", ".join(wanted),
        "found": result.verdict.value,
        "because": ", ".join(result.reasons),
    }
    return Problem("policy.test_failed", SENTENCES["policy.test_failed"], facts, below("/test", place))

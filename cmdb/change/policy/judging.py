"""The verdict of a policy of either format on the facts of a change."""

from __future__ import annotations

from cmdb.change.policy.policy_first import judge_first
from cmdb.change.policy.policy_rules import judge_facts, lacking
from cmdb.model.assessment import Verdict
from cmdb.model.facts import Facts
from cmdb.model.policy import FactsPolicy, Policy


def judge(policy: Policy | FactsPolicy, facts: Facts) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and its reason codes in their fixed order."""
    return judge_first(policy, facts) if isinstance(policy, Policy) else judge_facts(policy, facts)


def lacking_of(policy: Policy | FactsPolicy, facts: Facts) -> tuple[str, ...]:
    """Return the names of the facts that the policy asks for and that are not known; the first format asks for none."""
    return () if isinstance(policy, Policy) else lacking(policy, facts)

"""Making a fact of a change worse never makes its verdict milder: 10,000 made-up changes, by any policy."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy import default
from cmdb.change.policy.policy_text import read_policy
from cmdb.model.assessment import Verdict
from tests.facts import WORSE, any_facts, any_policy, no_milder, worse_of

CASES = 10_000


@pytest.mark.promises
def test_a_worse_fact_never_brings_a_milder_verdict(promise):
    """Each of the ways to make a fact worse, by the policy that comes with Foreshock and by a made-up one."""
    kept = promise("verdicts are monotone", f"0 milder verdicts in {CASES:,} changes of which a fact was made worse")
    ways, verdicts = Counter(), Counter()
    default_policy = read_policy(default().text.encode())

    random = Random("verdicts")
    while sum(ways.values()) < CASES:
        way = random.choice(sorted(WORSE))
        found, policy = worse_of(any_facts(random), way), any_policy(random)
        if found is None:
            continue
        ways[way] += 1
        for each in (policy, default_policy):
            before, after = (judge(each, one)[0] for one in found)
            assert no_milder(before, after), (way, each, found)
            verdicts[before, after] += 1

    counted = sum(ways.values())
    stricter = sum(number for (before, after), number in verdicts.items() if before is not after)
    kept.seen(f"0 in {counted:,}, by {2 * counted:,} verdicts, of which {stricter:,} became stricter")
    assert set(ways) == set(WORSE)
    assert {before for before, _ in verdicts} == set(Verdict)
    assert {pair for pair in verdicts if pair[0] is not pair[1]} == {
        (one, other) for one in Verdict for other in Verdict if other.is_stricter_than(one)
    }

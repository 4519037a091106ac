"""The verdict of policies of the first format: BLOCK, CAB, AUTO for standard changes, PEER; CAB when none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy_text import read_policy
from cmdb.change.policy.reasons import REASONS, in_order
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeType
from cmdb.model.facts import Facts, ServiceFacts
from cmdb.model.outcome import Outcome
from tests.policies import FIRST

DEFAULT = read_policy(FIRST.encode())


def a_service_outcome(outcome, *, tier=1, new_single_points=(), name="shop"):
    return ServiceFacts(name, tier, Outcome(outcome.upper()), new_single_points=len(new_single_points))


def the_verdict(*services, change_type="normal", has_back_out=True, retired=(), policy=DEFAULT):
    facts = Facts(type=ChangeType(change_type), services=services, retired=retired, back_out=has_back_out)
    return judge(policy, facts)


services = st.lists(
    st.builds(
        a_service_outcome,
        st.sampled_from(Outcome),
        tier=st.none() | st.integers(0, 9),
        new_single_points=st.sampled_from([(), ("db",)]),
    ),
    max_size=4,
)
changes = st.fixed_dictionaries(
    {
        "change_type": st.sampled_from(ChangeType),
        "has_back_out": st.booleans(),
        "retired": st.sampled_from([(), ("web9",)]),
    }
)


@pytest.mark.parametrize(
    ("services", "more", "verdict", "reasons"),
    [
        ([], {}, Verdict.PEER, ("within_peer_limits",)),
        ([("down", 3)], {}, Verdict.PEER, ("within_peer_limits",)),
        ([("down", 3)], {"has_back_out": False}, Verdict.BLOCK, ("service_down_without_back_out",)),
        ([("down", 2)], {}, Verdict.CAB, ("service_down_tier2",)),
        ([("down", None)], {}, Verdict.CAB, ("service_down_tier2",)),
        ([("degraded", 1)], {}, Verdict.CAB, ("service_degraded_tier1",)),
        ([("degraded", 2)], {}, Verdict.PEER, ("within_peer_limits",)),
        ([("redundancy_lost", 1)], {}, Verdict.CAB, ("beyond_peer_limit_tier1",)),
        ([("reduced", 1)], {}, Verdict.PEER, ("within_peer_limits",)),
        ([("reduced", 1)], {"change_type": "standard"}, Verdict.AUTO, ("within_auto_limits",)),
        ([("reduced", 1)], {"change_type": "standard", "has_back_out": False}, Verdict.PEER, ("within_peer_limits",)),
        ([("down", 3)], {"change_type": "standard"}, Verdict.PEER, ("within_peer_limits",)),
        ([], {"change_type": "emergency"}, Verdict.CAB, ("emergency_change",)),
        ([], {"retired": ("web9",)}, Verdict.BLOCK, ("target_retired",)),
        ([("redundancy_lost", 3)] * 21, {}, Verdict.CAB, ("many_services_affected",)),
        ([("redundancy_lost", 3)] * 20 + [("reduced", 1)] * 9, {}, Verdict.PEER, ("within_peer_limits",)),
        (
            [("down", 1), ("degraded", 1)],
            {"has_back_out": False, "change_type": "emergency"},
            Verdict.BLOCK,
            ("service_down_without_back_out", "emergency_change", "service_down_tier1", "service_degraded_tier1"),
        ),
    ],
)
def test_the_default_policy_decides_as_its_text_says(services, more, verdict, reasons):
    """One line for each rule of the text that comes with Foreshock."""
    given_services = tuple(a_service_outcome(outcome, tier=tier) for outcome, tier in services)
    assert the_verdict(*given_services, **more) == (verdict, reasons)


def test_the_last_spare_of_a_tier_1_service_is_for_the_board():
    """Even a service that runs with less names its new single points."""
    lost = a_service_outcome("redundancy_lost", new_single_points=("lb2",))
    assert the_verdict(lost) == (Verdict.CAB, ("new_single_point_tier1",))
    both = a_service_outcome("degraded", new_single_points=("lb2",))
    assert the_verdict(both)[1] == ("new_single_point_tier1", "service_degraded_tier1")


@given(services, changes)
def test_the_order_of_the_verdicts_holds_whatever_the_change(found, more):
    """Block beats board, board beats auto and peer, and every verdict has known reasons in the fixed order."""
    verdict, reasons = the_verdict(*found, **more)
    assert reasons
    assert reasons == in_order(reasons)
    assert set(reasons) <= set(REASONS)
    down = any(s.outcome is Outcome.DOWN for s in found)
    if more["retired"] or (down and not more["has_back_out"]):
        assert verdict is Verdict.BLOCK
    elif more["change_type"] is ChangeType.EMERGENCY:
        assert verdict is Verdict.CAB
    if verdict is Verdict.AUTO:
        assert more["change_type"] is ChangeType.STANDARD
        assert more["has_back_out"]
        assert not any(s.outcome.is_worse_than(Outcome.REDUCED) for s in found)


@given(services, changes, st.integers(0, 3), st.sampled_from(Outcome))
def test_a_worse_outcome_never_brings_a_milder_verdict(found, more, which, worse):
    """Making one service worse off moves the verdict towards BLOCK or leaves it."""
    if which >= len(found) or not worse.is_worse_than(found[which].outcome):
        return
    order = [Verdict.BLOCK, Verdict.CAB, Verdict.PEER, Verdict.AUTO]
    before = the_verdict(*found, **more)[0]
    after = the_verdict(*found[:which], replace(found[which], outcome=worse), *found[which + 1 :], **more)[0]
    assert order.index(after) <= order.index(before)


def test_without_a_peer_table_the_board_decides():
    """None holds: CAB, and the reason says that no rule does."""
    strict = replace(DEFAULT, peer_worst_outcome={}, auto_worst_outcome=None)
    assert the_verdict(policy=strict) == (Verdict.CAB, ("no_rule_holds",))
    assert the_verdict(change_type="standard", policy=strict) == (Verdict.CAB, ("no_rule_holds",))

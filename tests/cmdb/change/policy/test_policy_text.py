"""The text of a policy of the first format: strict, and every fault of it named at once."""

from __future__ import annotations

import tomllib

import pytest

from cmdb.change.policy.policy_text import read_policy
from cmdb.errors import InvalidInput
from cmdb.model.outcome import Outcome
from tests.policies import FIRST

DEFAULT = FIRST


def the_faults(text):
    with pytest.raises(InvalidInput) as refused:
        read_policy(text if isinstance(text, bytes) else text.encode())
    return [(p.pointer if p.line is None else p.line, p.code) for p in refused.value.problems]


def test_a_policy_of_the_first_format_stays_readable():
    """The text that came with Foreshock before still says what it said."""
    policy = read_policy(DEFAULT.encode())
    assert policy.name == "default"
    assert policy.peer_worst_outcome == {1: Outcome.REDUCED, 2: Outcome.DEGRADED, 0: Outcome.DOWN}


def test_all_faults_are_named_at_once():
    """Unknown keys, missing ones, wrong types and ranges: one answer."""
    text = (
        DEFAULT.replace("emergency = true", 'emergency = "yes"\ncolour = 1')
        .replace("down_tier = 2", "down_tier = 5")
        .replace("unknown_tier = 2\n", "")
        .replace('tier1 = "reduced"', 'tier1 = "fine"\ntier7 = "down"')
        .replace("affected_services_above = 20", "affected_services_above = true")
    )
    assert the_faults(text + "\n[extra]\nx = 1\n") == [
        ("/cab/affected_services_above", "policy.wrong"),
        ("/cab/colour", "policy.unknown_key"),
        ("/cab/down_tier", "policy.wrong"),
        ("/cab/emergency", "policy.wrong"),
        ("/extra", "policy.unknown_key"),
        ("/peer/worst_outcome/tier1", "policy.wrong"),
        ("/peer/worst_outcome/tier7", "policy.unknown_key"),
        ("/unknown_tier", "policy.missing"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("= 1\n", (1, "policy.not_toml")),
        (DEFAULT.replace("[cab]", "[cab"), (DEFAULT.splitlines().index("[cab]") + 1, "policy.not_toml")),
        (DEFAULT.encode() + b"\n\xff", (len(DEFAULT.splitlines()) + 2, "policy.not_utf8")),
        (b"#" * 100_001, ("", "policy.too_long")),
        (DEFAULT.replace("foreshock-policy/1", "foreshock-policy/3"), ("/format", "policy.wrong")),
        (DEFAULT.replace("foreshock-policy/1", "foreshock-policy/2"), ("/cab/down_tier", "policy.unknown_key")),
        (DEFAULT.replace('other = "down"', ""), ("/peer/worst_outcome/other", "policy.missing")),
        ("block = 1\n" + DEFAULT.replace("[block]", "[blocks]"), ("/block", "policy.wrong")),
        (DEFAULT.replace("unknown_tier = 2", "unknown_tier = 2.0"), ("/unknown_tier", "policy.wrong")),
        (DEFAULT.replace("unknown_tier = 2", "unknown_tier = [[2]]"), ("/unknown_tier", "policy.wrong")),
        (
            DEFAULT.replace('worst_outcome = "reduced"\n\n', "worst_outcome = []\n\n"),
            ("/auto/worst_outcome", "policy.wrong"),
        ),
    ],
)
def test_each_fault_has_its_place(text, fault):
    """A line where the text can not be read, a pointer where it can."""
    assert fault in the_faults(text)


def test_tables_that_only_ever_ease_may_be_left_out():
    """Without [auto] and [peer] the board decides everything; the rest must be said."""
    tables = tomllib.loads(DEFAULT)
    kept = DEFAULT[: DEFAULT.index("# The policy approves by itself")]
    assert {"auto", "peer"} <= tables.keys()
    policy = read_policy(kept.replace("affected_services_above = 20", "").encode())
    assert (policy.auto_worst_outcome, policy.peer_worst_outcome, policy.cab_affected_services_above) == (
        None,
        {},
        None,
    )

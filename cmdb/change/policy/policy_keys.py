"""The keys of a policy of the second format: what may stand there, what it means, and what is made of the unknown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.model.outcome import Outcome
from cmdb.model.policy import LOWEST_TIER, Auto, Block, Board, FactsPolicy, Peer, UnknownLoss

FORMAT = "foreshock-policy/2"
OUTCOMES = tuple(outcome.value.lower() for outcome in Outcome)
"""In a policy outcomes are words; in records and answers they are upper case."""

Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """
    One key, by its pointer in the text: ``check`` and, in words, what is ``right``; whether it is ``needed``.

    ``unknown`` says what the rule does where the fact it asks for is not known.
    """

    pointer: str
    check: Check
    right: str
    needed: bool
    meaning: str
    unknown: str = ""


def is_whole(value: Any) -> bool:
    """Tell whether it is a whole number from 0."""
    return type(value) is int and value >= 0


def is_amount(value: Any) -> bool:
    """Tell whether it is a finite number from 0."""
    return type(value) in (int, float) and math.isfinite(value) and value >= 0


def is_probability(value: Any) -> bool:
    """Tell whether it is a number from 0 to 1."""
    return is_amount(value) and value <= 1


def is_switch(value: Any) -> bool:
    """Tell whether it is true or false."""
    return type(value) is bool


def is_outcome(value: Any) -> bool:
    """Tell whether it is the word of an outcome."""
    return isinstance(value, str) and value in OUTCOMES


def is_tier(value: Any) -> bool:
    """Tell whether it is a tier that a limit can name; 0 switches it off."""
    return is_whole(value) and value <= LOWEST_TIER


def is_name(value: Any) -> bool:
    """Tell whether it is a text that says something and is not long."""
    return isinstance(value, str) and 0 < len(value.strip()) <= 200


TIER = (is_tier, f"a whole number from 0 (off) to {LOWEST_TIER}")
SWITCH = (is_switch, "true or false")
OUTCOME = (is_outcome, f"one of {', '.join(OUTCOMES)}")
AMOUNT = (is_amount, "a number from 0")
PROBABILITY = (is_probability, "a number from 0 to 1")
WHOLE = (is_whole, "a whole number from 0")

KEYS: tuple[Key, ...] = (
    Key("/format", lambda value: value == FORMAT, f'"{FORMAT}"', True, "How the text is to be read."),
    Key("/name", is_name, "a text of 1 to 200", True, "What people call the policy."),
    Key(
        "/unknown_tier",
        lambda value: is_tier(value) and value > 0,
        f"a tier from 1 to {LOWEST_TIER}",
        True,
        "A service that nobody has given a tier counts as this one.",
    ),
    Key(
        "/block/service_down_without_back_out",
        *SWITCH,
        True,
        "A service goes down, and there is neither a back-out nor a remediation plan.",
    ),
    Key(
        "/block/missing_target",
        *SWITCH,
        True,
        "A target is no longer seen where it was found. Never blocks an emergency change that is linked to an open "
        "incident: the board sees the reason.",
    ),
    Key("/block/retired_target", *SWITCH, True, "A target is retired."),
    Key(
        "/block/unreconciled_target",
        *SWITCH,
        True,
        "A target has an open doubt about what it is: proposed only, or perhaps the same as another CI.",
        "`targets_unknown`: CAB",
    ),
    Key(
        "/block/joint_conflict",
        *SWITCH,
        True,
        "Together with other submitted changes or open incidents it stops a service that none of them stops alone.",
        "more than could be looked for, `conflicts_unexamined`: CAB",
    ),
    Key(
        "/block/freeze",
        *SWITCH,
        True,
        "The window meets a freeze. Never blocks an emergency change that is linked to an open incident.",
        "`calendar_unknown`: CAB",
    ),
    Key(
        "/block/breach_above",
        *PROBABILITY,
        False,
        "P(breach of its service level) of a service is above this. Left out: it does not matter.",
        "`breach_unknown`: CAB",
    ),
    Key("/cab/emergency", *SWITCH, True, "An emergency change."),
    Key("/cab/peak_event", *SWITCH, True, "The window meets a peak event.", "`calendar_unknown`: CAB"),
    Key(
        "/cab/team_over_capacity",
        *SWITCH,
        True,
        "A team is asked for more than it has.",
        "`calendar_unknown`: CAB",
    ),
    Key(
        "/cab/new_single_point_tier",
        *TIER,
        True,
        "A service of this tier or above gets a new single point of failure in the window.",
    ),
    Key(
        "/cab/doubtful_tier",
        *TIER,
        True,
        "A service of this tier or above would lose its last spare or more if a relation does not exist of which "
        "nobody is sure.",
        "relations that were not looked at, `doubts_unexamined`: CAB",
    ),
    Key(
        "/cab/expected_loss_above",
        *AMOUNT,
        False,
        "The appetite, in minutes of a tier 1 service: the expected loss is above this, or (`too_little_evidence`) is "
        "at the upper bound of P(fail).",
        "the outcomes of the services stand for it: `[unknown_loss]`",
    ),
    Key(
        "/cab/tail_above",
        *AMOUNT,
        False,
        "The appetite for the worst: the 95 % tail of the loss is above this, or is at the upper bound of P(fail).",
        "the outcomes of the services stand for it: `[unknown_loss]`",
    ),
    Key(
        "/cab/failure_above",
        *PROBABILITY,
        False,
        "P(fail) is above this, or (`too_little_evidence`) its upper bound is. Left out: the loss alone counts.",
        "`failure_unknown`: CAB",
    ),
    Key(
        "/cab/affected_services_above",
        *WHOLE,
        False,
        "More services than this lose their last spare or more. Left out: their number does not matter.",
    ),
    Key(
        "/unknown_loss/down_tier",
        *TIER,
        True,
        "Asked only where the loss is not known: a service of this tier or above goes down in the window.",
    ),
    Key(
        "/unknown_loss/degraded_tier",
        *TIER,
        True,
        "Asked only where the loss is not known: a service of this tier or above runs with less in the window.",
    ),
    Key(
        "/auto/successes",
        *WHOLE,
        False,
        "The model has succeeded at least so often.",
    ),
    Key(
        "/auto/failure_at_most",
        *PROBABILITY,
        False,
        "The upper bound of P(fail) is no higher.",
        "not AUTO",
    ),
    Key(
        "/auto/failed_loss_at_most",
        *AMOUNT,
        False,
        "The loss in the scenario that it fails with an incident is no higher.",
        "not AUTO",
    ),
    Key(
        "/auto/seen_days_at_most",
        *AMOUNT,
        False,
        "Every target was seen within so many days.",
        "not AUTO",
    ),
    Key("/auto/worst_outcome", *OUTCOME, False, "No service is worse off than this. Left out: that does not matter."),
    *(
        Key(f"/peer/worst_outcome/tier{tier}", *OUTCOME, False, f"No service of tier {tier} is worse off than this.")
        for tier in range(1, LOWEST_TIER + 1)
    ),
    Key("/peer/worst_outcome/other", *OUTCOME, True, "No service of any other tier is worse off than this."),
    Key(
        "/peer/expected_loss_at_most",
        *AMOUNT,
        False,
        "The expected loss is no higher, at the upper bound of P(fail). Left out: the appetite of `[cab]` is enough.",
        "CAB",
    ),
    Key(
        "/peer/tail_at_most",
        *AMOUNT,
        False,
        "The 95 % tail of the loss is no higher, at the upper bound of P(fail). Left out: that of `[cab]` is enough.",
        "CAB",
    ),
)
"""Every key, in the order of the verdicts that ask it."""

NEEDED_OF_AUTO = ("successes", "failure_at_most", "failed_loss_at_most", "seen_days_at_most")
"""What has to be said where anything of ``[auto]`` is."""


def made_of(found: Mapping[str, Any]) -> FactsPolicy:
    """Return the policy of the values by pointer, each of which passed its check."""
    auto = _table(found, "/auto/")
    if "worst_outcome" in auto:
        auto["worst_outcome"] = Outcome(auto["worst_outcome"].upper())
    peer = _table(found, "/peer/")
    worst = {name: Outcome(word.upper()) for name, word in _table(found, "/peer/worst_outcome/").items()}
    limits = {0 if name == "other" else int(name.removeprefix("tier")): outcome for name, outcome in worst.items()}
    return FactsPolicy(
        name=found["/name"],
        unknown_tier=found["/unknown_tier"],
        block=Block(**_table(found, "/block/")),
        cab=Board(**_table(found, "/cab/")),
        unknown_loss=UnknownLoss(**_table(found, "/unknown_loss/")),
        peer=Peer(worst_outcome=limits, **peer),
        auto=Auto(**auto) if auto else None,
    )


def _table(found: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return what stands right below a table, by key."""
    names = {pointer: pointer.removeprefix(base) for pointer in found if pointer.startswith(base)}
    return {name: found[pointer] for pointer, name in names.items() if "/" not in name}

"""The text of a verdict policy: TOML in, :class:`~cmdb.model.policy.Policy` out, every fault of the text named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from cmdb.errors import InvalidInput, Problem, below
from cmdb.model.outcome import Outcome
from cmdb.model.policy import LOWEST_TIER, Policy

FORMAT = "foreshock-policy/1"
LONGEST = 100_000
"""Most bytes of a policy."""

SENTENCES = {
    "policy.missing": "{key} is missing; {right} is wanted",
    "policy.wrong": "{key} is {value}; {right} is wanted",
    "policy.unknown_key": "{key} is no key of a policy; here stand {right}",
}
Check = Callable[[Any], bool]


def _is_tier(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LOWEST_TIER


def _is_switch(value: Any) -> bool:
    return type(value) is bool


def _is_outcome(value: Any) -> bool:
    return value in _OUTCOMES


# In a policy outcomes are words; in records and answers they are upper case.
_OUTCOMES = tuple(outcome.value.lower() for outcome in Outcome)
_TIER = (_is_tier, f"a whole number from 0 (off) to {LOWEST_TIER}")
_SWITCH = (_is_switch, "true or false")
_OUTCOME = (_is_outcome, f"one of {', '.join(_OUTCOMES)}")

# What stands at each place: its check, what would be right, and whether it must be there.
_KEYS: dict[str, tuple[Check, str, bool]] = {
    "/format": (lambda value: value == FORMAT, f'"{FORMAT}"', True),
    "/name": (lambda value: isinstance(value, str) and 0 < len(value.strip()) <= 200, "a text of 1 to 200", True),
    "/unknown_tier": (lambda value: _is_tier(value) and value > 0, f"a tier from 1 to {LOWEST_TIER}", True),
    "/block/service_down_without_back_out": (*_SWITCH, True),
    "/block/retired_target": (*_SWITCH, True),
    "/block/joint_conflict": (*_SWITCH, False),
    "/cab/emergency": (*_SWITCH, True),
    "/cab/new_single_point_tier": (*_TIER, True),
    "/cab/down_tier": (*_TIER, True),
    "/cab/degraded_tier": (*_TIER, True),
    "/cab/doubtful_tier": (*_TIER, False),
    "/cab/affected_services_above": (lambda value: type(value) is int and value >= 0, "a whole number from 0", False),
    "/auto/worst_outcome": (*_OUTCOME, False),
    **{f"/peer/worst_outcome/tier{tier}": (*_OUTCOME, False) for tier in range(1, LOWEST_TIER + 1)},
    "/peer/worst_outcome/other": (*_OUTCOME, False),
}
_TABLES = {pointer.rpartition("/")[0] for pointer in _KEYS} | {"/peer"}


def read_policy(content: bytes) -> Policy:
    """
    Return the policy of a text.

    Raises:
        InvalidInput: it is not TOML, or holds unknown keys, lacks some or has wrong values; every problem is named.
    """
    document = _parsed(content)
    found: dict[str, Any] = {}
    problems = list(_walk(document, "", found))
    for pointer, (check, right, needed) in _KEYS.items():
        if pointer not in found:
            if needed:
                problems.append(_problem("policy.missing", pointer, right))
        elif not check(found[pointer]):
            value = repr(found[pointer])[:80]
            problems.append(_problem("policy.wrong", pointer, right, value=value))
    peer = {p: v for p, v in found.items() if p.startswith("/peer/worst_outcome/")}
    if peer and "/peer/worst_outcome/other" not in found:
        problems.append(_problem("policy.missing", "/peer/worst_outcome/other", _OUTCOME[1]))
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.pointer or ""), what="the policy")
    return _policy(found, peer)


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > LONGEST:
        facts = {"length": len(content), "longest": LONGEST}
        sentence = "the text has {length} bytes; at most {longest}"
        raise InvalidInput([Problem("policy.too_long", sentence, facts, "")], what="the policy")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem("policy.not_utf8", "the text is not UTF-8 from here on", line=line)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(place[1]) if place else content.count(b"\n") + 1
        problem = Problem("policy.not_toml", "it is not TOML: {cause}", {"cause": str(error)}, line=line)
    raise InvalidInput([problem], what="the policy")


def _walk(table: Mapping[str, Any], base: str, found: dict[str, Any]) -> list[Problem]:
    """Put the value of every known key into ``found`` by its pointer and return a problem for each other key."""
    problems = []
    for key, value in table.items():
        pointer = below(base, key)
        if pointer in _KEYS:
            found[pointer] = value
        elif pointer not in _TABLES:
            known = sorted({p[len(base) + 1 :].partition("/")[0] for p in _KEYS if p.startswith(f"{base}/")})
            problems.append(_problem("policy.unknown_key", pointer, ", ".join(known)))
        elif isinstance(value, dict):
            problems += _walk(value, pointer, found)
        else:
            problems.append(_problem("policy.wrong", pointer, "a table", value=repr(value)))
    return problems


def _problem(code: str, pointer: str, right: str, **facts: Any) -> Problem:
    key = pointer.rpartition("/")[2]
    return Problem(code, SENTENCES[code], {"key": key, "right": right, **facts}, pointer)


def _policy(found: Mapping[str, Any], peer: Mapping[str, Any]) -> Policy:
    limits = {}
    for pointer, outcome in peer.items():
        name = pointer.rpartition("/")[2]
        limits[0 if name == "other" else int(name.removeprefix("tier"))] = Outcome(outcome.upper())
    auto = found.get("/auto/worst_outcome")
    return Policy(
        name=found["/name"],
        unknown_tier=found["/unknown_tier"],
        block_service_down_without_back_out=found["/block/service_down_without_back_out"],
        block_retired_target=found["/block/retired_target"],
        cab_emergency=found["/cab/emergency"],
        cab_new_single_point_tier=found["/cab/new_single_point_tier"],
        cab_down_tier=found["/cab/down_tier"],
        cab_degraded_tier=found["/cab/degraded_tier"],
        cab_affected_services_above=found.get("/cab/affected_services_above"),
        auto_worst_outcome=None if auto is None else Outcome(auto.upper()),
        peer_worst_outcome=limits,
        block_joint_conflict=found.get("/block/joint_conflict", False),
        cab_doubtful_tier=found.get("/cab/doubtful_tier", 0),
    )

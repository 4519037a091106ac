"""The text of a verdict policy: TOML in, a policy of either format out, every fault of the text named at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from cmdb.change.policy import policy_keys
from cmdb.change.policy.policy_cases import read_cases
from cmdb.change.policy.policy_faults import contradictions
from cmdb.change.policy.policy_keys import NEEDED_OF_AUTO, OUTCOME, SWITCH, TIER, WHOLE, Key, is_name, is_tier
from cmdb.errors import InvalidInput, Problem, below
from cmdb.model.outcome import Outcome
from cmdb.model.policy import LOWEST_TIER, FactsPolicy, Policy

FORMAT = "foreshock-policy/1"
LONGEST = 100_000
"""Most bytes of a policy, its tests included."""

SENTENCES = {
    "policy.missing": "{key} is missing; {right} is wanted",
    "policy.wrong": "{key} is {value}; {right} is wanted",
    "policy.unknown_key": "{key} is no key of a policy; here stand {right}",
}

# Texts of the first format judge as they always did; new keys are those of the second (cmdb.change.policy.policy_keys).
_FIRST: tuple[Key, ...] = (
    Key("/format", lambda value: value == FORMAT, f'"{FORMAT}" or "{policy_keys.FORMAT}"', True, ""),
    Key("/name", is_name, "a text of 1 to 200", True, ""),
    Key("/unknown_tier", lambda value: is_tier(value) and value > 0, f"a tier from 1 to {LOWEST_TIER}", True, ""),
    Key("/block/service_down_without_back_out", *SWITCH, True, ""),
    Key("/block/retired_target", *SWITCH, True, ""),
    Key("/block/joint_conflict", *SWITCH, False, ""),
    Key("/cab/emergency", *SWITCH, True, ""),
    Key("/cab/new_single_point_tier", *TIER, True, ""),
    Key("/cab/down_tier", *TIER, True, ""),
    Key("/cab/degraded_tier", *TIER, True, ""),
    Key("/cab/doubtful_tier", *TIER, False, ""),
    Key("/cab/affected_services_above", *WHOLE, False, ""),
    Key("/auto/worst_outcome", *OUTCOME, False, ""),
    *(Key(f"/peer/worst_outcome/tier{tier}", *OUTCOME, False, "") for tier in range(1, LOWEST_TIER + 1)),
    Key("/peer/worst_outcome/other", *OUTCOME, False, ""),
)


def read_policy(content: bytes) -> Policy | FactsPolicy:
    """
    Return the policy of a text, of the first or the second format as it says.

    Raises:
        InvalidInput: it is not TOML, or holds unknown keys, lacks some, has wrong values, contradicts itself or has
            tests that can not be read; every problem is named. Whether its tests pass is not asked here.
    """
    document = _parsed(content)
    if document.get("format") != policy_keys.FORMAT:
        return _first(document)
    cases, problems = read_cases(document.pop("test", []), "/test")
    policy = _second(document, problems)
    # What contradicts itself can only be told of a text that can be read.
    _refuse(contradictions(policy))
    return replace(policy, cases=cases)


def read_kept(content: bytes) -> Policy | FactsPolicy:
    """
    Return the policy of a text that was put in force once, without its tests.

    Whether it contradicts itself was asked then, by the release of then: no later one may refuse what was judged by.

    Raises:
        InvalidInput: it is no policy that can be read.
    """
    document = _parsed(content)
    if document.get("format") != policy_keys.FORMAT:
        return _first(document)
    document.pop("test", None)
    return _second(document, [])


def _first(document: dict[str, Any]) -> Policy:
    found: dict[str, Any] = {}
    problems = _checked(document, _FIRST, found)
    peer = {p: v for p, v in found.items() if p.startswith("/peer/worst_outcome/")}
    if peer and "/peer/worst_outcome/other" not in found:
        problems.append(_problem("policy.missing", "/peer/worst_outcome/other", OUTCOME[1]))
    _refuse(problems)
    return _policy(found, peer)


def _second(document: dict[str, Any], problems: list[Problem]) -> FactsPolicy:
    """Return the policy, or refuse it for these problems and all of its own."""
    found: dict[str, Any] = {}
    problems += _checked(document, policy_keys.KEYS, found)
    if "auto" in document:
        for key in policy_keys.KEYS:
            name = key.pointer.removeprefix("/auto/")
            if name in NEEDED_OF_AUTO and key.pointer not in found:
                problems.append(_problem("policy.missing", key.pointer, key.right))
    _refuse(problems)
    return policy_keys.made_of(found)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.pointer or ""), what="the policy")


def _checked(document: Mapping[str, Any], keys: Collection[Key], found: dict[str, Any]) -> list[Problem]:
    """Put the value of every known key into ``found`` by its pointer and return what is wrong with the document."""
    problems = _walk(document, "", {key.pointer for key in keys}, found)
    for key in keys:
        if key.pointer not in found:
            if key.needed:
                problems.append(_problem("policy.missing", key.pointer, key.right))
        elif not key.check(found[key.pointer]):
            value = repr(found[key.pointer])[:80]
            problems.append(_problem("policy.wrong", key.pointer, key.right, value=value))
    return problems


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


def _walk(table: Mapping[str, Any], base: str, known: Collection[str], found: dict[str, Any]) -> list[Problem]:
    problems = []
    for key, value in table.items():
        pointer = below(base, key)
        if pointer in known:
            found[pointer] = value
        elif not any(each.startswith(f"{pointer}/") for each in known):
            here = sorted({p[len(base) + 1 :].partition("/")[0] for p in known if p.startswith(f"{base}/")})
            problems.append(_problem("policy.unknown_key", pointer, ", ".join(here)))
        elif isinstance(value, dict):
            problems += _walk(value, pointer, known, found)
        else:
            problems.append(_problem("policy.wrong", pointer, "a table", value=repr(value)[:80]))
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

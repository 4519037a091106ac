"""The tests of a policy: facts in TOML, harmless unless they say otherwise, and whether the policy judges them so."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from cmdb.change.policy.facts_text import missing, read_facts, unknown_key, wrong
from cmdb.change.policy.judging import judge
from cmdb.change.policy.policy_keys import Check, is_name
from cmdb.change.policy.reasons import REASONS
from cmdb.errors import InvalidInput, Problem, below
from cmdb.model.assessment import Verdict
from cmdb.model.facts import HARMLESS
from cmdb.model.policy import FactsPolicy, Policy, PolicyCase
from cmdb.model.policy_trial import CaseResult

MOST_CASES = 1_000

SENTENCES = {"policy.case_too_many": "{count} tests; at most {most}"}


def run_cases(policy: Policy | FactsPolicy, cases: Sequence[PolicyCase]) -> tuple[CaseResult, ...]:
    """Return what the policy makes of each test, in their order."""
    return tuple(_result(case, *judge(policy, case.facts)) for case in cases)


def _result(case: PolicyCase, verdict: Verdict, reasons: tuple[str, ...]) -> CaseResult:
    passed = case.verdict is verdict and case.reasons in (None, reasons)
    return CaseResult(case.name, passed, case.verdict, case.reasons, verdict, reasons)


def cases_of(content: bytes) -> tuple[PolicyCase, ...]:
    """
    Return the tests of a file of their own: TOML with tables ``[[test]]`` and nothing else.

    Raises:
        InvalidInput: it is not TOML in UTF-8, or a test is wrong; every problem is named.
    """
    what = "the tests"
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        problem = Problem("policy.not_toml", "it is not TOML: {cause}", {"cause": str(error)}, "")
        raise InvalidInput([problem], what=what) from None
    cases, problems = read_cases(document.pop("test", []), "/test")
    problems += [unknown_key(below("", key), ["test"]) for key in document]
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.pointer or ""), what=what)
    return cases


def read_cases(tables: Any, pointer: str) -> tuple[tuple[PolicyCase, ...], list[Problem]]:
    """Return the tests of the tables of a text, and what is wrong with them."""
    if not isinstance(tables, list):
        return (), [wrong(pointer, tables, "tables [[test]]")]
    if len(tables) > MOST_CASES:
        facts = {"count": len(tables), "most": MOST_CASES}
        return (), [Problem("policy.case_too_many", SENTENCES["policy.case_too_many"], facts, pointer)]
    problems: list[Problem] = []
    cases = [_case(table, below(pointer, place), problems) for place, table in enumerate(tables)]
    return tuple(case for case in cases if case is not None), problems


# one test ------------------------------------------------------------------------------------------------------------
_CASE: dict[str, tuple[Check, str, bool]] = {
    "name": (is_name, "a text of 1 to 200", True),
    "facts": (lambda value: isinstance(value, dict), "a table of facts", False),
    "verdict": (lambda value: value in list(Verdict), f"one of {', '.join(Verdict)}", True),
    "reasons": (
        lambda value: isinstance(value, list) and all(isinstance(code, str) and code in REASONS for code in value),
        "a list of codes of reasons, in their order",
        False,
    ),
}


def _case(table: Any, pointer: str, problems: list[Problem]) -> PolicyCase | None:
    if not isinstance(table, dict):
        problems.append(wrong(pointer, table, "a table"))
        return None
    before = len(problems)
    for key, value in table.items():
        if key not in _CASE:
            problems.append(unknown_key(below(pointer, key), list(_CASE)))
        elif not _CASE[key][0](value):
            problems.append(wrong(below(pointer, key), value, _CASE[key][1]))
    for key, (_, right, needed) in _CASE.items():
        if needed and key not in table:
            problems.append(missing(below(pointer, key), right))
    facts = HARMLESS
    if isinstance(table.get("facts", {}), dict):
        facts, faults = read_facts(table.get("facts", {}), below(pointer, "facts"))
        problems += faults
    if len(problems) > before:
        return None
    reasons = tuple(table["reasons"]) if "reasons" in table else None
    return PolicyCase(table["name"], facts, Verdict(table["verdict"]), reasons)

"""Facts as people write them in a test of a policy: a table of TOML, harmless where it is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from cmdb.change.policy.policy_keys import (
    AMOUNT,
    OUTCOMES,
    PROBABILITY,
    SWITCH,
    WHOLE,
    Check,
    is_amount,
    is_name,
    is_outcome,
)
from cmdb.errors import Problem, below
from cmdb.model.change import ChangeType
from cmdb.model.facts import (
    HARMLESS,
    BreachFacts,
    DoubtFacts,
    Facts,
    FailureFacts,
    LossFacts,
    ModelFacts,
    ServiceFacts,
)
from cmdb.model.outcome import Outcome

SENTENCES = {
    "policy.case_unknown_key": "{key} is nothing that stands here; here stand {right}",
    "policy.case_wrong": "{key} is {value}; {right} is wanted",
    "policy.case_missing": "{key} is missing; {right} is wanted",
    "policy.case_bounds": "{key} is {value}, above {other}, which is {bound}; a bound is no lower than what it bounds",
}


def read_facts(table: Mapping[str, Any], pointer: str) -> tuple[Facts, list[Problem]]:
    """Return the facts of a table, harmless where it is silent, and what is wrong with it."""
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    for name, value in table.items():
        place = below(pointer, name)
        if name == "unknown":
            given |= dict.fromkeys(_unknown_names(value, place, problems))
        elif name in _SIMPLE:
            given |= _simple(name, value, place, problems)
        elif name in _SHAPES:
            given |= {name: _shaped(_SHAPES[name], value, place, problems)}
        else:
            problems.append(unknown_key(place, [*_SIMPLE, *_SHAPES, "unknown"]))
    return replace(HARMLESS, **given), problems


# the parts -----------------------------------------------------------------------------------------------------------
Made = Callable[[Any], Any]
_TEXT: tuple[Check, str, Made] = (is_name, "a text of 1 to 200", str)
_TEXTS: tuple[Check, str, Made] = (
    lambda value: isinstance(value, list) and all(is_name(each) for each in value),
    "a list of texts",
    lambda value: tuple(sorted(value)),
)
_AMOUNT: tuple[Check, str, Made] = (*AMOUNT, float)
_PROBABILITY: tuple[Check, str, Made] = (*PROBABILITY, float)
_WHOLE: tuple[Check, str, Made] = (*WHOLE, int)
_SWITCH: tuple[Check, str, Made] = (*SWITCH, bool)
_OUTCOME: tuple[Check, str, Made] = (is_outcome, f"one of {', '.join(OUTCOMES)}", lambda word: Outcome(word.upper()))
_MINUTES: tuple[Check, str, Made] = (
    lambda value: value == "unknown" or is_amount(value),
    'a number from 0, or "unknown"',
    lambda value: None if value == "unknown" else float(value),
)
_TYPE: tuple[Check, str, Made] = (
    lambda value: value in list(ChangeType),
    f"one of {', '.join(ChangeType)}",
    ChangeType,
)

_SIMPLE: dict[str, tuple[Check, str, Made]] = {
    "type": _TYPE,
    "retrospective": _SWITCH,
    "incident": _TEXT,
    "conflicts": _TEXTS,
    "conflicts_unexamined": _WHOLE,
    "doubts_unexamined": _WHOLE,
    "freezes": _TEXTS,
    "peaks": _TEXTS,
    "overruns": _TEXTS,
    "missing": _TEXTS,
    "retired": _TEXTS,
    "unreconciled": _TEXTS,
    "seen_days": _AMOUNT,
    "back_out": _SWITCH,
    "remediation": _SWITCH,
    "back_out_tested_days": _WHOLE,
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """A fact with parts: what each part may be, what it is where nobody says, what bounds what, and whether many."""

    record: type[Any]
    parts: Mapping[str, tuple[Check, str, Made]]
    silent: Mapping[str, Any]
    bounds: tuple[tuple[str, str], ...] = ()
    is_list: bool = False


def _values(record: Any) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record)}


_SHAPES: dict[str, _Shape] = {
    "model": _Shape(
        ModelFacts,
        {"id": _TEXT, "approved": _SWITCH, "successes": _WHOLE, "followed": _SWITCH},
        {"id": "a model", "approved": True, "successes": 100, "followed": True},
    ),
    "services": _Shape(
        ServiceFacts,
        {
            "service": _TEXT,
            "tier": _WHOLE,
            "outcome": _OUTCOME,
            "minutes_outside": _MINUTES,
            "new_single_points": _WHOLE,
        },
        {"service": "a service", "tier": None, "minutes_outside": 0.0, "new_single_points": 0},
        is_list=True,
    ),
    "doubtful": _Shape(
        DoubtFacts,
        {"service": _TEXT, "tier": _WHOLE, "outcome": _OUTCOME, "worst": _OUTCOME},
        {"service": "a service", "tier": None, "outcome": Outcome.UNAFFECTED},
        is_list=True,
    ),
    "failure": _Shape(
        FailureFacts,
        {
            "mean": _PROBABILITY,
            "low": _PROBABILITY,
            "high": _PROBABILITY,
            "effective_sample_size": _AMOUNT,
            "method": _TEXT,
        },
        _values(HARMLESS.failure),
        (("low", "mean"), ("mean", "high")),
    ),
    "loss": _Shape(
        LossFacts,
        dict.fromkeys(_values(HARMLESS.loss), _AMOUNT),
        _values(HARMLESS.loss),
        (("expected", "expected_high"), ("tail", "tail_high")),
    ),
    "breaches": _Shape(
        BreachFacts,
        {"service": _TEXT, "tier": _WHOLE, "probability": _PROBABILITY, "high": _PROBABILITY},
        {"service": "a service", "tier": None},
        (("probability", "high"),),
        is_list=True,
    ),
}
FACT_NAMES = (*_SIMPLE, *_SHAPES)
"""Every fact that a test may name."""
PARTS = {name: tuple(shape.parts) for name, shape in _SHAPES.items()}
"""The parts of those that have some."""
MAY_BE_UNKNOWN = (
    "doubts_unexamined",
    "failure",
    "loss",
    "breaches",
    "freezes",
    "peaks",
    "overruns",
    "unreconciled",
    "seen_days",
    "back_out_tested_days",
)
"""The facts that nobody may know."""


def _simple(name: str, value: Any, pointer: str, problems: list[Problem]) -> dict[str, Any]:
    check, right, made = _SIMPLE[name]
    if check(value):
        return {name: made(value)}
    problems.append(wrong(pointer, value, right))
    return {}


def _shaped(shape: _Shape, value: Any, pointer: str, problems: list[Problem]) -> Any:
    if not shape.is_list:
        return _part(shape, value, pointer, problems)
    if not isinstance(value, list):
        problems.append(wrong(pointer, value, "a list of tables"))
        return ()
    return tuple(_part(shape, each, below(pointer, place), problems) for place, each in enumerate(value))


def _part(shape: _Shape, table: Any, pointer: str, problems: list[Problem]) -> Any:
    if not isinstance(table, dict):
        problems.append(wrong(pointer, table, "a table"))
        return None
    before = len(problems)
    given = dict(shape.silent)
    for key, value in table.items():
        place = below(pointer, key)
        if key not in shape.parts:
            problems.append(unknown_key(place, list(shape.parts)))
        elif not shape.parts[key][0](value):
            problems.append(wrong(place, value, shape.parts[key][1]))
        else:
            given[key] = shape.parts[key][2](value)
    problems += [missing(below(pointer, key), right) for key, (_, right, _) in shape.parts.items() if key not in given]
    if len(problems) > before:
        return None
    for lower, upper in shape.bounds:
        if given[lower] > given[upper]:
            facts = {"key": lower, "value": given[lower], "other": upper, "bound": given[upper]}
            problems.append(
                Problem("policy.case_bounds", SENTENCES["policy.case_bounds"], facts, below(pointer, lower))
            )
    return shape.record(**given)


def _unknown_names(value: Any, pointer: str, problems: list[Problem]) -> list[str]:
    if not isinstance(value, list):
        problems.append(wrong(pointer, value, "a list of facts"))
        return []
    right = f"of {', '.join(MAY_BE_UNKNOWN)}"
    for place, name in enumerate(value):
        if name not in MAY_BE_UNKNOWN:
            problems.append(wrong(below(pointer, place), name, f"one {right}"))
    return [name for name in value if name in MAY_BE_UNKNOWN]


# how -----------------------------------------------------------------------------------------------------------------
def unknown_key(pointer: str, known: Sequence[str]) -> Problem:
    """Return the problem of a key that is none of those known."""
    facts = {"key": pointer.rpartition("/")[2], "right": ", ".join(known)}
    return Problem("policy.case_unknown_key", SENTENCES["policy.case_unknown_key"], facts, pointer)


def wrong(pointer: str, value: Any, right: str) -> Problem:
    """Return the problem of a value that is not what would be right."""
    facts = {"key": pointer.rpartition("/")[2], "value": repr(value)[:80], "right": right}
    return Problem("policy.case_wrong", SENTENCES["policy.case_wrong"], facts, pointer)


def missing(pointer: str, right: str) -> Problem:
    """Return the problem of what has to be there."""
    facts = {"key": pointer.rpartition("/")[2], "right": right}
    return Problem("policy.case_missing", SENTENCES["policy.case_missing"], facts, pointer)

"""
Whether a regular expression is cheap enough to be tried on anybody's text.

The standard library's matcher backtracks: at worst it tries all the ways in which a pattern could divide a text. What
varies within a repeat multiplies with every turn, so it is refused, with look-around and back-references; of the rest
the ways are multiplied out for the longest text a pattern is tried on, and limited.
"""

from __future__ import annotations

import re
import warnings
from math import prod
from re import _parser  # type: ignore[attr-defined]  # The parse tree has no public door.
from typing import Any

from cmdb.configuration.faults import problem
from cmdb.configuration.limits import PATTERN_CHARACTERS, PATTERN_WAYS, PATTERNED_CHARACTERS
from cmdb.errors import Problem

_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_BACKTRACKING = {"ASSERT", "ASSERT_NOT", "GROUPREF", "GROUPREF_EXISTS", "GROUPREF_IGNORE"}


class _TooCostlyError(Exception):
    """The pattern holds what is never cheap."""


def pattern_problems(pattern: str, pointer: str) -> list[Problem]:
    """Return what is wrong with a pattern at a JSON pointer: too long, not a regular expression, or too costly."""
    if len(pattern) > PATTERN_CHARACTERS:
        return [problem("pattern.too_long", pointer, size=len(pattern), limit=PATTERN_CHARACTERS)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
            ways = _ways(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError, Warning) as wrong:
        return [problem("pattern.wrong", pointer, reason=str(wrong))]
    except _TooCostlyError as wrong:
        return [problem("pattern.nested", pointer, reason=str(wrong))]
    if ways > PATTERN_WAYS:
        return [problem("pattern.too_costly", pointer, ways=ways, limit=PATTERN_WAYS)]
    return []


def _ways(tree: Any) -> int:
    """Return in how many ways the parsed pattern could divide a text of the greatest length, at most."""
    return prod(_ways_of(str(operation), argument) for operation, argument in tree)


def _ways_of(operation: str, argument: Any) -> int:
    if operation in _BACKTRACKING:
        raise _TooCostlyError("looks around or back")
    if operation in _REPEATS:
        low, high, part = argument
        within = _ways(part)
        if within > 1 and high > 1:
            raise _TooCostlyError("repeats what itself may vary")
        return within + 1 - low if high == 1 else min(int(high) - int(low), PATTERNED_CHARACTERS) + 1
    if operation == "BRANCH":
        return sum(map(_ways, argument[1]))
    parts = argument if isinstance(argument, tuple) else (argument,)
    return prod(_ways(part) for part in parts if isinstance(part, _parser.SubPattern))

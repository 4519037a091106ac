"""
Whether a regular expression is cheap enough to be tried on anybody's text.

The standard library's matcher backtracks: a repeat within a repeat, or a choice within one, may take time exponential
in the text. Both are refused, with look-around and back-references; what is left takes at most about n**r / r! steps on
n characters with r open repeats, and both n and r are limited (:mod:`cmdb.configuration.limits`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from re import _parser  # type: ignore[attr-defined]  # The parse tree has no public door.
from typing import Any

from cmdb.configuration.faults import problem
from cmdb.configuration.limits import PATTERN_CHARACTERS, PATTERN_REPEATS
from cmdb.errors import Problem

_BACKTRACKING = {"ASSERT", "ASSERT_NOT", "GROUPREF", "GROUPREF_EXISTS", "GROUPREF_IGNORE"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


def pattern_problems(pattern: str, pointer: str) -> list[Problem]:
    """Return what is wrong with a pattern at a JSON pointer: too long, not a regular expression, or too costly."""
    if len(pattern) > PATTERN_CHARACTERS:
        return [problem("pattern.too_long", pointer, size=len(pattern), limit=PATTERN_CHARACTERS)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
            tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as wrong:
        return [problem("pattern.wrong", pointer, reason=str(wrong))]
    reason = _why_costly(tree)
    return [problem("pattern.too_costly", pointer, reason=reason)] if reason else []


def _why_costly(tree: Any) -> str | None:
    repeats = 0
    for name, within in _walk(tree, False):
        if name in _BACKTRACKING:
            return "looks around or back"
        if name in _REPEATS and within:
            return "repeats a repeat"
        if name == "BRANCH" and within:
            return "repeats a choice"
        repeats += name in _REPEATS
    return f"has more than {PATTERN_REPEATS} repeats of open length" if repeats > PATTERN_REPEATS else None


def _walk(tree: Any, within: bool) -> Iterator[tuple[str, bool]]:
    """Yield (operation, whether it stands within a repeat) for all of a parse tree but repeats of a fixed length."""
    for operation, argument in tree:
        name = str(operation)
        inside = within
        if name in _REPEATS:
            low, high, _ = argument
            # A repeat of one fixed length, or an optional part, leaves the matcher no or one choice.
            if low != high and high != 1:
                yield name, within
                inside = True
        else:
            yield name, within
        for part in _parts(argument):
            yield from _walk(part, inside)


def _parts(argument: Any) -> Iterator[Any]:
    """Yield the parse trees held by an operation's argument."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for each in argument:
            yield from _parts(each)

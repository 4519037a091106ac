"""What texts of rules share, those of discovery and those of drift: TOML, and how their faults are told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cmdb.errors import InvalidInput, Problem, below

LONGEST = 100_000
"""Most bytes of a text of rules."""

SENTENCES = {
    "rules.wrong": "{key} is {value}; {right} is wanted",
    "rules.unknown_key": "{key} is no key of the rules; here stand {right}",
    "rules.missing": "{key} is missing; {right} is wanted",
}


def parsed(content: bytes, what: str) -> dict[str, Any]:
    """Return what a text of rules holds; raises InvalidInput where it is too long or no TOML."""
    if len(content) > LONGEST:
        fault = Problem("rules.too_long", "it has more than {most} bytes", {"most": LONGEST}, "")
        raise InvalidInput([fault], what=what)
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        fault = Problem("rules.toml", "it is no TOML: {cause}", {"cause": str(error)}, "")
        raise InvalidInput([fault], what=what) from error


def problem(code: str, pointer: str, **facts: Any) -> Problem:
    """Return one thing that is wrong with a text of rules."""
    return Problem(code, SENTENCES[code], facts, pointer)


def wrong(pointer: str, value: Any, right: str) -> Problem:
    """Return that a value is missing (None), or is not what is wanted."""
    shown = repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."
    code = "rules.missing" if value is None else "rules.wrong"
    return problem(code, pointer, key=pointer[1:], value=shown, right=right)


def unknown_keys(told: Mapping[str, Any], pointer: str, keys: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each key that the rules do not have at this place."""
    known = tuple(keys)
    for key in told:
        if key not in known:
            yield problem("rules.unknown_key", below(pointer, key), key=key, right=", ".join(known))

"""The number of nouns in sentences that are filled with facts: ``{count} thing(s) are`` is said of one and of many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_CLAUSE = r"((?:\{[^{}]*\}|[^,;:.{}])*)"
_NOUN = re.compile(r"\{(\w+)([^{}]*)\} ((?:[\w-]+ ){0,3}?[\w-]+)\(s\)" + _CLAUSE)
_VERB = re.compile(r"(?<!they )\b(are|were|have|hold|use|join|stand)\b(?![^{}]*\})")
_OF_ONE = {
    "are": "is",
    "were": "was",
    "have": "has",
    "hold": "holds",
    "use": "uses",
    "join": "joins",
    "stand": "stands",
}


def filled(sentence: str, facts: Mapping[str, Any]) -> str:
    """
    Return a sentence with its facts, its nouns in their number.

    Only the sentence is looked at, so a fact that holds ``(s)`` stays as it is.

    >>> filled("{n} thing(s) are wrong in {file}", {"n": 1, "file": "2 list(s).csv"})
    '1 thing is wrong in 2 list(s).csv'
    >>> filled("{n:,} thing(s) are wrong", {"n": 2000}), filled("{n} old version(s)", {"n": 0})
    ('2,000 things are wrong', '0 old versions')
    >>> filled("{n} alarm(s) stand; {m} went", {"n": 1, "m": 2})
    '1 alarm stands; 2 went'
    >>> filled("{n} device(s) of {kind} have no id and were left out; more are there", {"n": 1, "kind": "lamps"})
    '1 device of lamps has no id and was left out; more are there'
    """

    def numbered(found: re.Match[str]) -> str:
        name, form, noun, rest = found.groups()
        if str(facts.get(name)) != "1":
            return f"{{{name}{form}}} {noun}s{rest}"
        return f"{{{name}{form}}} {noun}" + _VERB.sub(lambda verb: _OF_ONE[verb[1]], rest)

    return _NOUN.sub(numbered, sentence).format(**facts)


def counted(count: int, noun: str) -> str:
    """
    Return how many there are of something.

    >>> counted(1, "difference"), counted(1200, "difference")
    ('1 difference', '1,200 differences')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

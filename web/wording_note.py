"""The words of what a connector noted: the sentence that it brings itself, after the target that it was said of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from cmdb.model.run import Said
from cmdb.plural import filled
from discovery.ports import Sentence
from web.languages import Language

TARGET = "target"
"""The fact that names what was read."""
_MOST_ENTRIES = 20


def note_words(said: Said, sentence: Sentence, language: Language = Language.EN) -> str | None:
    """
    Return a note in words, None where the sentence names a fact that the note has not; facts it does not name follow.

    >>> rows = Sentence("{count} rows have no name", "{count} 行没有名称")
    >>> note_words(Said("csv.bare", {"target": "a.csv", "count": 3, "sheet": "east"}), rows)
    'a.csv: 3 rows have no name (sheet east)'
    >>> note_words(Said("csv.bare", {"target": "a.csv", "count": 3}), rows, Language.ZH)
    'a.csv：3 行没有名称'
    """
    chinese = language is Language.ZH and bool(sentence.zh)
    template = sentence.zh if chinese else sentence.en
    facts = {name: value_words(value, chinese=chinese) for name, value in said.facts.items()}
    try:
        words = filled(template, facts)
        named = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except (LookupError, ValueError, AttributeError):
        return None
    rest = [
        f"{name} {facts[name]}"
        for name, value in said.facts.items()
        if name not in named and name != TARGET and value is not None and not isinstance(value, bool)
    ]
    before, between, inside = ("：", "，", "（{}）") if chinese else (": ", ", ", " ({})")
    whole = words + (inside.format(between.join(rest)) if rest else "")
    return f"{facts[TARGET]}{before}{whole}" if TARGET in facts and TARGET not in named else whole


def value_words(value: Any, *, chinese: bool = False) -> str:
    """
    Return a fact in words: what it lists with commas between, a dash for what is not there.

    >>> value_words(["a", 2]), value_words({"Job": 3}), value_words(None)
    ('a, 2', 'Job 3', '-')
    """
    if isinstance(value, Mapping):
        value = [f"{name} {value_words(each, chinese=chinese)}" for name, each in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        shown = [value_words(each, chinese=chinese) for each in value[:_MOST_ENTRIES]]
        return ("、" if chinese else ", ").join(shown + ["…"] * (len(value) > _MOST_ENTRIES))
    return "-" if value is None else str(value)

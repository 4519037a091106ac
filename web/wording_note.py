"""The words of what a connector noted: the sentence that it brings itself, after the target that it was said of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from string import Formatter
from typing import Any

from cmdb.model.run import Said
from cmdb.plural import counted, filled
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
    facts = {name: _Fact(value, chinese=chinese) for name, value in said.facts.items()}
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


class _Fact(str):
    """A fact in words, which as a ``duration`` is told in days, hours and minutes; raises ValueError if it is none."""

    _value: Any
    _chinese: bool

    def __new__(cls, value: Any, *, chinese: bool) -> _Fact:
        made = super().__new__(cls, value_words(value, chinese=chinese))
        made._value, made._chinese = value, chinese
        return made

    def __format__(self, form: str) -> str:
        if form != "duration":
            return super().__format__(form)
        if isinstance(self._value, bool) or not isinstance(self._value, (int, float)) or not 0 <= self._value < inf:
            raise ValueError(f"{self} is no number of seconds")
        return duration_words(self._value, chinese=self._chinese)


def duration_words(seconds: float, *, chinese: bool = False) -> str:
    """
    Return how long something takes, in the two largest units; what is less than the smaller of them is left out.

    >>> duration_words(604727), duration_words(604800), duration_words(61), duration_words(0)
    ('6 days 23 hours', '7 days', '1 minute 1 second', '0 seconds')
    >>> duration_words(604727, chinese=True)
    '6 天 23 小时'
    """
    left, told = int(seconds), []
    for size, unit, zh in _UNITS:
        count, left = divmod(left, size)
        told.append((count, f"{count} {zh}" if chinese else counted(count, unit)))
    first = next((place for place, (count, _) in enumerate(told) if count), len(told) - 1)
    return " ".join(words for count, words in told[first : first + 2] if count) or told[-1][1]


_UNITS = ((86_400, "day", "天"), (3_600, "hour", "小时"), (60, "minute", "分钟"), (1, "second", "秒"))


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

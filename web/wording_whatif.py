"""
What would help a change, in words: what to do, what is gained by it, and what nothing helps against; in any language.

What the languages share stands here: who is named and how many. The sentences are in :mod:`web.wording_whatif_en` and
:mod:`web.wording_whatif_zh`, with the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from cmdb.model.change import Window
from cmdb.model.mitigation import Mitigation, NeverOut, ServiceGain, Unexamined
from web.languages import Language
from web.naming import Names, called_in

NAMED_AT_MOST = 4
"""Of more CIs or services than this the first are named and the rest counted."""

WAVES_AT_MOST = 6
"""Of more waves than this the first are told."""


@dataclass(frozen=True, slots=True)
class MeasureWords:
    """One measure: what to do, and what each kind of gain is, a sentence each."""

    what: str
    gains: tuple[str, ...]


def measure_words(measure: Mitigation, window: Window, names: Names, language: Language = Language.EN) -> MeasureWords:
    """Return what a measure is and gains; ``window`` is that of the change as it is, ``names`` those of CIs by id."""
    words = _words(language)
    gain = measure.gain
    gains = [words.better(alike) for alike in _alike(gain.services)]
    if gain.down_minutes:
        gains.append(words.minutes(gain.down_minutes))
    points = gain.single_points
    if points:
        gains.append(words.points(*named(points, names), len(points)))
    return MeasureWords(words.what(measure, window, names), tuple(gains))


def never_words(never: NeverOut, names: Names, language: Language = Language.EN) -> str:
    """Return that a target takes services down whenever it is out, in whatever order the work is done."""
    return str(_words(language).never(name_of(never.target, names), *named(never.services, names), len(never.services)))


def unexamined_words(limit: Unexamined, language: Language = Language.EN) -> str:
    """Return which measures were not looked at, and how many."""
    return str(_words(language).unexamined(limit))


def name_of(ci: str, names: Names) -> str:
    """Return the name of a CI, in quotes where it would be read as two; its id where it has none."""
    return called_in(names, ci)


def named(cis: Sequence[str], names: Names) -> tuple[list[str], int]:
    """Return the names of the first CIs, and how many more there are."""
    shown = cis if len(cis) <= NAMED_AT_MOST else cis[: NAMED_AT_MOST - 1]
    return [name_of(ci, names) for ci in shown], len(cis) - len(shown)


def _alike(services: Sequence[ServiceGain]) -> list[list[ServiceGain]]:
    """Return the services with a better outcome, those together that gain the same, in their order."""
    found: dict[tuple[str, str], list[ServiceGain]] = {}
    for service in services:
        if service.better:
            found.setdefault((service.from_, service.to), []).append(service)
    return list(found.values())


def _words(language: Language) -> ModuleType:
    if language is Language.ZH:
        from web import wording_whatif_zh

        return wording_whatif_zh
    from web import wording_whatif_en

    return wording_whatif_en


def page_words(language: Language = Language.EN) -> Mapping[str, str]:
    """Return the headings and labels of the page, by what they are for."""
    words: Mapping[str, str] = _words(language).PAGE
    return words

"""
The words of the one-page summary of a change, in any language.

What the languages share stands here; the sentences are in :mod:`web.wording_summary_en` and
:mod:`web.wording_summary_zh`, with the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import ModuleType

from cmdb.model.change import Effect
from cmdb.model.summary import ReasonFacts
from web import wording_change
from web.languages import Language

NAMED_AT_MOST = 3
MEMBERS_AT_MOST = 4
TIMED = frozenset((Effect.DOWN, Effect.RESTART, Effect.REWIRE))
"""What is over after some minutes."""


def words_in(language: Language) -> ModuleType:
    """Return the module of a language's words."""
    if language is Language.ZH:
        from web import wording_summary_zh

        return wording_summary_zh
    from web import wording_summary_en

    return wording_summary_en


def reason_words(reason: ReasonFacts, language: Language) -> str:
    """Return the sentence of a reason; a language that has none for its code shows the English one, else the code."""
    words = words_in(language)
    sentence = words.REASONS.get(reason.code) or reason.sentence or reason.code
    said = wording_change.reason_filled(sentence, reason.facts, partial(few, most=NAMED_AT_MOST, words=words))
    return f"{said[:1].upper()}{said[1:]}"


def few(names: Sequence[str], most: int, words: ModuleType) -> str:
    """Return names as a list in a sentence of a language, those beyond ``most`` counted."""
    return wording_change.few(names, most, words.listed, words.PAGE["and_more"])

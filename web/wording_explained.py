"""
Why a service fares as it does, in one sentence a board understands: from the facts of an explanation, in any language.

What is shared by all languages stands here: who is named, and what is only counted. The sentences themselves are in
:mod:`web.wording_explained_en` and :mod:`web.wording_explained_zh`, with the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cmdb.model.change import Effect, Target
from cmdb.model.explanation import Explanation, Explanations, GroupFacts, Label
from web.languages import Language
from web.naming import Names, beside, called_in

NAMED_AT_MOST = 4
"""More CIs than this are told by their number."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of an answer are made from: names of CIs, labels of classes, and what a change does to targets."""

    names: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    effects: Mapping[str, Effect] | None = None

    def name(self, ci: str) -> str:
        """Return the name of a CI, in quotes where it would be read as two; its id where it has none."""
        return called_in(self.names, ci)

    def full_name(self, ci: str) -> str:
        """Return the name of a CI as it is, its id where it has none."""
        return self.names.get(ci) or ci

    def all_named(self, cis: Sequence[str]) -> list[str]:
        """Return the names of a few CIs; of such as share a name, the id beside it."""
        names = [self.name(ci) for ci in cis]
        return [name if names.count(name) == 1 else beside(name, ci) for name, ci in zip(names, cis, strict=True)]

    def effect(self, cis: Sequence[str]) -> Effect | None:
        """Return what the change does to all of the CIs; None where it does several things, or there is no change."""
        found = {(self.effects or {}).get(ci) for ci in cis}
        return found.pop() if len(found) == 1 else None

    def label(self, group: GroupFacts) -> Label | None:
        """Return what all members of a group are called."""
        return self.labels.get(group.ci_class)


def words_of(answer: Explanations, effects: Mapping[str, Effect] | None = None, names: Names | None = None) -> Words:
    """Return what the sentences of an answer are made from; ``names`` go before those that stand in it."""
    return Words({**answer.names, **(names or {})}, answer.labels, effects)


def explanation_sentence(one: Explanation, words: Words, language: Language = Language.EN) -> str:
    """Return why a service has its outcome, in one sentence."""
    if language is Language.ZH:
        from web import wording_explained_zh

        return wording_explained_zh.sentence(one, words)
    from web import wording_explained_en

    return wording_explained_en.sentence(one, words)


def in_each_language(
    one: Explanation,
    answer: Explanations,
    names: Mapping[Language, Names],
    effects: Mapping[str, Effect] | None = None,
) -> dict[str, str]:
    """Return why a service has its outcome, by the code of each language; ``names`` as in :func:`words_of`."""
    return {
        language.value: explanation_sentence(one, words_of(answer, effects, names.get(language)), language)
        for language in Language
    }


def effects_of(targets: Iterable[Target]) -> dict[str, Effect]:
    """Return what a change does to each of its targets."""
    return {target.ci: target.effect for target in targets}

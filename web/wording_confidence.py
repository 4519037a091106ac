"""What is not sure, in words: which doubtful relation flips what, how probable outcomes are, which limits were met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from cmdb.model.confidence import CertainOutcome, DoubtfulRelation, Evidence, Flip, OutcomeChances
from cmdb.model.outcome import Outcome
from web.languages import Language
from web.naming import Names

_BY_HAND = "form"
"""What a person entered carries this source, and what no source claims was entered by one too."""

NAMED_AT_MOST = 4
"""More services than this are told by their number."""


class Told(Protocol):
    """An answer about confidence."""

    @property
    def flips(self) -> tuple[Flip, ...]: ...
    @property
    def differences(self) -> tuple[CertainOutcome, ...]: ...
    @property
    def chances(self) -> tuple[OutcomeChances, ...]: ...
    @property
    def evidence(self) -> tuple[Evidence, ...]: ...
    @property
    def doubts(self) -> int: ...
    @property
    def unexamined(self) -> int: ...
    @property
    def limits(self) -> tuple[str, ...]: ...
    @property
    def names(self) -> Mapping[str, str]: ...


_EN: dict[Any, str] = {
    Outcome.DOWN: "DOWN",
    Outcome.DEGRADED: "DEGRADED",
    Outcome.REDUNDANCY_LOST: "REDUNDANCY LOST",
    Outcome.REDUCED: "REDUCED",
    Outcome.UNAFFECTED: "UNAFFECTED",
    "flip": "If “{source} {verb} {target}{group}” ({facts}) does not exist, {services} would be {other} instead of "
    "{outcome}.",
    "certain": "Over certain relations alone, {services} would be {other} instead of {outcome}.",
    "verb": "depends on",
    "group": " in its group {group}",
    "confidence": "confidence {confidence:g}",
    "facts": ", ",
    "recorded": "recorded {age} ago by {sources}",
    "undated": "recorded by {sources}, before the history that is kept",
    "by_hand": "hand",
    "chance": "{service}: {shares}.",
    "share": "{outcome} with {share}",
    "rest": "what is left was not worked out",
    "and": " and ",
    "comma": ", ",
    "others": "{count} others",
    "none": "No doubtful relation plays a part.",
    "some": "{doubts} doubtful relations play a part, and no outcome hangs on any one of them.",
    "one": "One doubtful relation plays a part, and no outcome hangs on it.",
    "work": "The failure reaches too far to look at each doubtful relation: only changes between down, degraded and "
    "neither of both are told, as far as they are known.",
    "nodes": "How probable each outcome is was not worked out in full: there are too many doubtful relations.",
    "doubts": "{unexamined} of {doubts} doubtful relations were not looked at one by one.",
    "outcomes": "Outcomes over certain relations alone were not worked out: too many relations are doubtful.",
    "day": "{count} day",
    "days": "{count} days",
    "hour": "{count} hour",
    "hours": "{count} hours",
    "moments": "less than an hour",
}
_ZH: dict[Any, str] = {
    Outcome.DOWN: "中断",
    Outcome.DEGRADED: "降级",
    Outcome.REDUNDANCY_LOST: "失去冗余",
    Outcome.REDUCED: "备用减少",
    Outcome.UNAFFECTED: "不受影响",
    "flip": "如果“{source} {verb} {target}{group}”（{facts}）并不存在，{services} 的结果将是“{other}”，"
    "而不是“{outcome}”。",
    "certain": "若只计确定的关系，{services} 的结果将是“{other}”，而不是“{outcome}”。",
    "verb": "依赖",
    "group": "（组 {group}）",
    "confidence": "置信度 {confidence:g}",
    "facts": "，",
    "recorded": "{age}前由 {sources} 记录",
    "undated": "由 {sources} 记录，早于现存的历史",
    "by_hand": "人工",
    "chance": "{service}：{shares}。",
    "share": "{outcome} {share}",
    "rest": "其余部分未计算",
    "and": "和 ",
    "comma": "、",
    "others": "另外 {count} 个服务",
    "none": "没有不确定的关系参与其中。",
    "some": "有 {doubts} 条不确定的关系参与其中，但没有结果取决于其中任何一条。",
    "one": "有 1 条不确定的关系参与其中，但没有结果取决于它。",
    "work": "故障波及过广，无法逐条检查不确定的关系：只说明已知的中断、降级与两者皆非之间的变化。",
    "nodes": "未能完整算出各种结果的概率：不确定的关系太多。",
    "doubts": "{doubts} 条不确定的关系中有 {unexamined} 条未逐条检查。",
    "outcomes": "未算出只计确定关系时的结果：不确定的关系太多。",
    "day": "{count} 天",
    "days": "{count} 天",
    "hour": "{count} 小时",
    "hours": "{count} 小时",
    "moments": "不到一小时",
}
_WORDS = {Language.EN: _EN, Language.ZH: _ZH}


class Uncertain(NamedTuple):
    """What is not sure, as sentences: what hangs on single relations, on all of them, the chances, and the limits."""

    flips: tuple[str, ...]
    differences: tuple[str, ...]
    chances: tuple[str, ...]
    limits: tuple[str, ...]


def uncertain(answer: Told, language: Language = Language.EN, names: Names | None = None) -> Uncertain:
    """
    Return what an answer is not sure of, in words; where nothing hangs on a doubt, ``limits`` says so.

    ``names`` go before those that stand in the answer.
    """
    words, known = _WORDS[language], {**answer.names, **(names or {})}
    flips = tuple(_flip_sentences(answer, known, words))
    differences = tuple(_difference_sentences(answer, known, words))
    chances = tuple(_chance_sentence(each, known, words) for each in answer.chances)
    limits = [words[limit].format(doubts=answer.doubts, unexamined=answer.unexamined) for limit in answer.limits]
    if not (flips or differences or chances or limits):
        key = "none" if not answer.doubts else "one" if answer.doubts == 1 else "some"
        limits = [words[key].format(doubts=answer.doubts)]
    return Uncertain(flips, differences, chances, tuple(limits))


def share_words(share: float | None) -> str:
    """
    Return a probability as a percentage, empty for one that is not known.

    >>> share_words(0.6), share_words(1 / 3), share_words(1e-9), share_words(None)
    ('60%', '33.33%', '1e-07%', '')
    """
    return "" if share is None else f"{100 * share:.4g}%"


def _flip_sentences(answer: Told, names: Names, words: Mapping[Any, str]) -> Iterator[str]:
    evidence = {each.relation: each for each in answer.evidence}
    grouped: dict[tuple[DoubtfulRelation, Outcome, Outcome], list[str]] = {}
    for flip in answer.flips:
        grouped.setdefault((flip.relation, flip.without_it, flip.outcome), []).append(flip.service)
    for (relation, other, outcome), services in grouped.items():
        found = evidence.get(relation)
        types = found.types if found else ()
        verb = types[0].replace("_", " ") if types and words is _EN else words["verb"]
        yield words["flip"].format(
            source=_name(relation.source, names),
            verb=verb,
            target=_name(relation.target, names),
            group="" if relation.group is None else words["group"].format(group=relation.group),
            facts=words["facts"].join(_facts(relation, found, words)),
            services=_services(services, names, words),
            other=words[other],
            outcome=words[outcome],
        )


def _facts(relation: DoubtfulRelation, evidence: Evidence | None, words: Mapping[Any, str]) -> Iterator[str]:
    yield words["confidence"].format(confidence=min(0.9999, round(relation.confidence, 4)))
    if evidence is not None:
        named = [words["by_hand"] if source == _BY_HAND else source for source in evidence.sources or (_BY_HAND,)]
        sources = words["comma"].join(named)
        age = None if evidence.age_seconds is None else _age(evidence.age_seconds, words)
        yield words["undated" if age is None else "recorded"].format(age=age, sources=sources)


def _age(seconds: int, words: Mapping[Any, str]) -> str:
    """Return an age in whole days, or in hours where it is less than two days."""
    hours, days = seconds // 3600, seconds // 86400
    if hours < 1:
        return words["moments"]
    count, unit = (days, "day") if days >= 2 else (hours, "hour")
    return words[unit if count == 1 else f"{unit}s"].format(count=count)


def _difference_sentences(answer: Told, names: Names, words: Mapping[Any, str]) -> Iterator[str]:
    grouped: dict[tuple[Outcome, Outcome], list[str]] = {}
    for each in answer.differences:
        grouped.setdefault((each.certain, each.outcome), []).append(each.service)
    for (certain, outcome), services in grouped.items():
        named = _services(services, names, words)
        yield words["certain"].format(services=named, other=words[certain], outcome=words[outcome])


def _chance_sentence(chances: OutcomeChances, names: Names, words: Mapping[Any, str]) -> str:
    shares = [
        words["share"].format(outcome=words[outcome], share=share_words(share))
        for outcome, share in by_outcome(chances).items()
        if share
    ]
    if None in by_outcome(chances).values():
        shares.append(words["rest"])
    return words["chance"].format(service=_name(chances.service, names), shares=words["comma"].join(shares))


def by_outcome(chances: OutcomeChances) -> dict[Outcome, float | None]:
    """Return the chance of each outcome, the worst first."""
    c = chances
    return dict(zip(Outcome, (c.down, c.degraded, c.redundancy_lost, c.reduced, c.unaffected), strict=True))


def _services(services: list[str], names: Names, words: Mapping[Any, str]) -> str:
    named = [_name(service, names) for service in services]
    if len(named) > NAMED_AT_MOST:
        named[NAMED_AT_MOST - 1 :] = [words["others"].format(count=len(named) - NAMED_AT_MOST + 1)]
    return words["and"].join([words["comma"].join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]


def _name(ci: str, names: Names) -> str:
    return names.get(ci) or ci

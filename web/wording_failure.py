"""How well chances of failure were foretold, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import exp, fsum
from typing import Any, NamedTuple

from cmdb.model.prediction import Prediction
from cmdb.plural import counted
from web.languages import Language

ORGANISATION = "organisation"
LITTLE = 10.0
"""Below so large an effective sample size it is said first that little is known."""

_EN = {
    "read": "{changes:,} changes were read, {scored:,} of them scored, {failures:,} of these failed.",
    "from": "Scored from {moment} on; what came before was only learned from.",
    "weighed": "The logistic model had earned its place for {share} of them; for the others the pooled rate spoke.",
    "none_failed": "None of them failed, so neither ranking nor skill can be measured.",
    "all_failed": "All of them failed, so ranking can not be measured.",
    "coverage": "In {share} of {blocks:,} blocks of 200 changes the failures lay within the 90 % predictive interval.",
    "no_blocks": "Fewer than 200 changes are scored, so there is no block to hold against its interval.",
    "calibrated": "{changes:,} changes were foretold at their start, {failures:,} of these failed or were backed out.",
    "none_matured": "No outcome has matured yet, so there is nothing to hold against what happened: an outcome counts "
    "seven days after it was recorded.",
    "bin": "Of {counted} we put at {low}-{high} %, {share} failed.",
    "leak": "The fact {fact} alone tells failures with an AUC of {auc:.3f}: was it written after the change? If so, "
    "leave it out.",
    "bpi2014.failed_when_an_incident_names_it": "These records do not say how a change went: one counts as failed when "
    "an incident names it as its related change, and as a success otherwise.",
    "bpi2014.without_start": "{count:,} changes have neither an actual nor a planned start and were left out.",
    "bpi2014.closed_before_start": "{count:,} changes were closed before they started, or never, and were left out.",
}
_ZH = {
    "read": "读入 {changes:,} 个变更，其中 {scored:,} 个参与评分，失败 {failures:,} 个。",
    "from": "自 {moment} 起评分；此前的变更只用于学习。",
    "weighed": "其中 {share} 由逻辑回归模型给出（它已证明自己更好）；其余由合并比率给出。",
    "none_failed": "其中没有失败的变更，因此无法衡量排序和技能。",
    "all_failed": "其中全部失败，因此无法衡量排序。",
    "coverage": "{blocks:,} 组（每组 200 个变更）中，{share} 的失败数落在 90% 预测区间内。",
    "no_blocks": "参与评分的变更不足 200 个，因此没有可与区间比较的组。",
    "calibrated": "{changes:,} 个变更在开始时得到预测，其中 {failures:,} 个失败或被回退。",
    "none_matured": "尚无结果成熟，因此没有可与实际比较的内容：结果在记录七天之后才计入。",
    "bin": "我们判断为 {low}-{high}% 的 {changes:,} 个变更中，{share} 失败。",
    "leak": "仅凭事实 {fact} 就能以 {auc:.3f} 的 AUC 区分失败：它是变更之后才写入的吗？如果是，请去掉。",
    "bpi2014.failed_when_an_incident_names_it": "这些记录没有说明变更结果："
    "有事件将其列为相关变更的算失败，否则算成功。",
    "bpi2014.without_start": "{count:,} 个变更既无实际开始时间也无计划开始时间，未计入。",
    "bpi2014.closed_before_start": "{count:,} 个变更在开始之前就已关闭或从未关闭，未计入。",
}
_EN |= {
    "little": "Little is known: this is only as sure as {evidence:,.0f} changes alike would make it; learned from "
    "{outcomes:,} outcomes.",
    "incidents": "Of its failures {share} would be incidents, the others backed out in time.",
    "all_incidents": "Whatever fails of it would be an incident.",
    "chance": "{change} fails or is backed out with {mean}, between {low} and {high} (90 %).",
    "evidence": "That is as sure as {evidence:,.0f} changes alike would make it; learned from {outcomes:,} outcomes.",
    "nothing": "No outcome was known to learn from, so this is the wide prior, which says little.",
    "issues": "It is done, with issues, with {mean}, between {low} and {high} (90 %); that is no part of the former.",
    "said_pooled": "By the pooled rate: the weights have not earned their place yet.",
    "said_weighed": "By the weights of the facts known before it starts.",
}
_ZH |= {
    "little": "所知甚少：其把握只相当于 {evidence:,.0f} 个类似变更；共学习了 {outcomes:,} 个结果。",
    "incidents": "其失败中 {share} 会引发事件，其余会及时回退。",
    "all_incidents": "凡失败都会引发事件。",
    "chance": "{change} 失败或被回退的概率为 {mean}，在 {low} 与 {high} 之间（90%）。",
    "evidence": "其把握相当于 {evidence:,.0f} 个类似变更；共学习了 {outcomes:,} 个结果。",
    "nothing": "尚无已知结果可供学习，因此这是宽泛的先验，说明不了多少。",
    "issues": "完成但有问题的概率为 {mean}，在 {low} 与 {high} 之间（90%）；不计入前者。",
    "said_pooled": "依据合并比率：权重尚未证明自己。",
    "said_weighed": "依据开始之前已知事实的权重。",
}
_SENTENCES = {Language.EN: _EN, Language.ZH: _ZH}
DRIVERS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "organisation": "the organisation's own rate",
        "model": "the change model",
        "team": "the team",
        "class": "the classes of its CIs",
        "CI": "the CIs it touches",
        "nesting": "the pooled rate",
        "implementer": "the implementer",
        "targets": "how changes to its CIs went of late",
        "pairing": "who touches which CIs",
        "words": "the words of its title",
        "size": "how many CIs it touches",
        "lead": "the lead time",
        "window": "the window against past durations",
        "type": "the type of change",
        "activity": "what else goes on at its CIs",
        "clock": "the hour and the day of its start",
        "test_evidence": "whether it was tested",
        "backout_tested": "whether its back-out was tested",
        "freeze": "whether it lies in a freeze",
        "incidents_90d": "incidents of its CIs in the 90 days before",
        "depth": "how far its impact reaches",
        "concurrent": "other changes at the same time",
        "discovery_age_days": "how long ago its CIs were seen",
        "recalibration": "the recalibration",
    },
    Language.ZH: {
        "organisation": "本组织自身的比率",
        "model": "变更模型",
        "team": "团队",
        "class": "所涉配置项的类别",
        "CI": "所涉配置项",
        "nesting": "合并比率",
        "implementer": "实施人",
        "targets": "所涉配置项近期变更的结果",
        "pairing": "由谁变更哪些配置项",
        "words": "标题中的词语",
        "size": "所涉配置项的数量",
        "lead": "提前期",
        "window": "窗口与以往时长之比",
        "type": "变更类型",
        "activity": "所涉配置项上的其他活动",
        "clock": "开始的时刻与星期",
        "test_evidence": "是否经过测试",
        "backout_tested": "回退方案是否经过测试",
        "freeze": "是否处于冻结期",
        "incidents_90d": "所涉配置项此前 90 天的事件",
        "depth": "影响的深度",
        "concurrent": "同时进行的其他变更",
        "discovery_age_days": "所涉配置项距上次被看到的时间",
        "recalibration": "重新校准",
    },
}
"""What the parts of P(fail) are, by the names that contributions have."""


def measured(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Yield what was measured and what could not be, from a backtest's document."""
    words = _SENTENCES[language]
    yield words["read"].format(changes=answer["changes"], scored=answer["n"], failures=answer["positives"])
    if answer["score_from"]:
        yield words["from"].format(moment=answer["score_from"])
    yield words["weighed"].format(share=percent(answer["weighed"] / answer["n"], digits=0))
    for note in answer.get("notes", ()):
        code, _, count = note.partition(":")
        yield words[code].format(count=int(count or 0))
    if not answer["positives"]:
        yield words["none_failed"]
    elif answer["positives"] == answer["n"]:
        yield words["all_failed"]
    if answer["coverage90"] is None:
        yield words["no_blocks"]
    else:
        share = percent(answer["coverage90"])
        yield words["coverage"].format(share=share, blocks=answer["coverage_blocks"])
    yield from (words["leak"].format(**leak) for leak in answer["suspected_leaks"])


def calibrated(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Yield what a calibration rests on, and what could not be measured, from its document."""
    words = _SENTENCES[language]
    if not answer["changes"]:
        yield words["none_matured"]
        return
    yield words["calibrated"].format(changes=answer["changes"], failures=answer["failures"])
    yield words["weighed"].format(share=percent(answer["weighed"] / answer["changes"], digits=0))
    for note in answer.get("notes", ()):
        code, _, count = note.partition(":")
        yield words[code].format(count=int(count or 0))
    if answer["coverage"] is None:
        yield words["no_blocks"]
    else:
        yield words["coverage"].format(share=percent(answer["coverage"]), blocks=answer["blocks"])


def chance(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Yield P(fail) of a change in sentences, from its document; that it rests on little is said first."""
    yield from _failure(answer, language)
    shares = {key: percent(answer["issues"][key], language=language) for key in ("mean", "low", "high")}
    yield _SENTENCES[language]["issues"].format(**shares)


def _failure(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    words = _SENTENCES[language]
    shares = {key: percent(answer[key], language=language) for key in ("mean", "low", "high")}
    said = [words["chance"].format(change=answer["change"], **shares)]
    if not answer["outcomes"]:
        yield from (words["nothing"], *said)
        return
    little = answer["evidence"] < LITTLE
    rests_on = words["little" if little else "evidence"].format(
        evidence=answer["evidence"], outcomes=answer["outcomes"]
    )
    yield from (rests_on, *said) if little else (*said, rests_on)
    yield words["said_" + answer["method"]]
    if answer["alike"] is not None:
        yield honest(answer["alike"], language)


def foretold(change: str, prediction: Prediction, incident_share: float, language: Language) -> list[str]:
    """Return the same of what an assessment keeps of P(fail), and how many of the failures would be incidents."""
    answer = {**asdict(prediction), "change": change, "evidence": prediction.effective_sample_size}
    share = percent(incident_share, digits=0, language=language)
    incidents = _SENTENCES[language]["incidents" if incident_share < 1.0 else "all_incidents"].format(share=share)
    return [*_failure(answer, language), incidents]


class Driver(NamedTuple):
    """What one part does to P(fail): its words, and what it adds to the log-odds; their sum is that of P(fail)."""

    words: str
    log_odds: float


def drivers(contributions: Iterable[tuple[str, float]], language: Language) -> list[Driver]:
    """
    Return what moves P(fail) away from the organisation's own rate, what moves it most first.

    >>> drivers([("organisation", -3.0), ("team", 0.1), ("size", -0.4), ("team", 0.1)], Language.EN)
    [Driver(words='how many CIs it touches', log_odds=-0.4), Driver(words='the team', log_odds=0.2)]
    """
    added: dict[str, float] = {}
    for name, log_odds in contributions:
        if name != ORGANISATION:
            added[name] = added.get(name, 0.0) + log_odds
    order = sorted(added, key=lambda name: (-abs(added[name]), name))
    return [Driver(driver_words(name, language), added[name]) for name in order]


def driver_words(name: str, language: Language) -> str:
    """Return what a part of P(fail) is; one that people gave is called as they called it."""
    return DRIVERS[language].get(name) or name.removeprefix("fact_").replace("_", " ")


def base_rate(contributions: Iterable[tuple[str, float]]) -> float:
    """Return the organisation's own rate, from which the other parts start."""
    return 1.0 / (1.0 + exp(-fsum(log_odds for name, log_odds in contributions if name == ORGANISATION)))


def honest(one: Mapping[str, Any], language: Language) -> str:
    """
    Return the honest sentence of a range of probability.

    >>> honest({"changes": 212, "low": 0.05, "high": 0.1, "share": 0.0708}, Language.EN)
    'Of 212 changes we put at 5-10 %, 7.1 % failed.'
    >>> honest({"changes": 1, "low": 0.05, "high": 0.1, "share": 0.0}, Language.EN)
    'Of 1 change we put at 5-10 %, 0.0 % failed.'
    """
    low, high = (f"{100.0 * one[key]:g}" for key in ("low", "high"))
    share = percent(one["share"], language=language)
    return _SENTENCES[language]["bin"].format(
        changes=one["changes"], counted=counted(one["changes"], "change"), low=low, high=high, share=share
    )


def percent(share: float, *, digits: int = 1, language: Language = Language.EN) -> str:
    """
    Return a share as people read it, never as none or all where it is neither.

    >>> percent(0.2), percent(0.0004), percent(0.0), percent(0.9999), percent(0.2, language=Language.ZH)
    ('20.0 %', '< 0.1 %', '0.0 %', '> 99.9 %', '20.0%')
    """
    unit, least = "%" if language is Language.ZH else " %", 10.0**-digits
    if 0.0 < 100.0 * share < least:
        return f"< {least:g}{unit}"
    if 100.0 - least < 100.0 * share < 100.0:
        return f"> {100.0 - least:g}{unit}"
    return f"{100.0 * share:.{digits}f}{unit}"

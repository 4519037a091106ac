"""How well chances of failure were foretold, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from web.languages import Language

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
    "bin": "Of {changes:,} changes we put at {low}-{high} %, {share} failed.",
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
    "coverage": "{blocks:,} 组（每组 200 个变更）中，{share} 的失败数落在 90 % 预测区间内。",
    "no_blocks": "参与评分的变更不足 200 个，因此没有可与区间比较的组。",
    "calibrated": "{changes:,} 个变更在开始时得到预测，其中 {failures:,} 个失败或被回退。",
    "none_matured": "尚无结果成熟，因此没有可与实际比较的内容：结果在记录七天之后才计入。",
    "bin": "我们判断为 {low}-{high} % 的 {changes:,} 个变更中，{share} 失败。",
    "leak": "仅凭事实 {fact} 就能以 {auc:.3f} 的 AUC 区分失败：它是变更之后才写入的吗？如果是，请去掉。",
    "bpi2014.failed_when_an_incident_names_it": "这些记录没有说明变更结果："
    "有事件将其列为相关变更的算失败，否则算成功。",
    "bpi2014.without_start": "{count:,} 个变更既无实际开始时间也无计划开始时间，未计入。",
    "bpi2014.closed_before_start": "{count:,} 个变更在开始之前就已关闭或从未关闭，未计入。",
}
_EN |= {
    "chance": "{change} fails or is backed out with {mean}, between {low} and {high} (90 %).",
    "evidence": "That is as sure as {evidence:,.0f} changes alike would make it; learned from {outcomes:,} outcomes.",
    "nothing": "No outcome was known to learn from, so this is the wide prior, which says little.",
    "issues": "It is done, with issues, with {mean}, between {low} and {high} (90 %); that is no part of the former.",
    "said_pooled": "By the pooled rate: the weights have not earned their place yet.",
    "said_weighed": "By the weights of the facts known before it starts.",
}
_ZH |= {
    "chance": "{change} 失败或被回退的概率为 {mean}，在 {low} 与 {high} 之间（90 %）。",
    "evidence": "其把握相当于 {evidence:,.0f} 个类似变更；共学习了 {outcomes:,} 个结果。",
    "nothing": "尚无已知结果可供学习，因此这是宽泛的先验，说明不了多少。",
    "issues": "完成但有问题的概率为 {mean}，在 {low} 与 {high} 之间（90 %）；不计入前者。",
    "said_pooled": "依据合并比率：权重尚未证明自己。",
    "said_weighed": "依据开始之前已知事实的权重。",
}
_SENTENCES = {Language.EN: _EN, Language.ZH: _ZH}


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
    """Yield P(fail) of a change in sentences, from its document."""
    words = _SENTENCES[language]
    shares = {key: percent(answer[key]) for key in ("mean", "low", "high")}
    yield words["chance"].format(change=answer["change"], **shares)
    if not answer["outcomes"]:
        yield words["nothing"]
    else:
        yield words["evidence"].format(evidence=answer["evidence"], outcomes=answer["outcomes"])
        yield words["said_" + answer["method"]]
        if answer["alike"] is not None:
            yield honest(answer["alike"], language)
    yield words["issues"].format(**{key: percent(answer["issues"][key]) for key in ("mean", "low", "high")})


def honest(one: Mapping[str, Any], language: Language) -> str:
    """
    Return the honest sentence of a range of probability.

    >>> honest({"changes": 212, "low": 0.05, "high": 0.1, "share": 0.0708}, Language.EN)
    'Of 212 changes we put at 5-10 %, 7.1 % failed.'
    """
    low, high = (f"{100.0 * one[key]:g}" for key in ("low", "high"))
    return _SENTENCES[language]["bin"].format(changes=one["changes"], low=low, high=high, share=percent(one["share"]))


def percent(share: float, *, digits: int = 1) -> str:
    """Return a share as people read it."""
    return f"{100.0 * share:.{digits}f} %"

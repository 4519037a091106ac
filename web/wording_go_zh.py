"""The words of go or no-go in Simplified Chinese, for the one-page summary."""

from __future__ import annotations

from collections.abc import Mapping

from cmdb.model.decision import Decision
from cmdb.model.go_check import ChangedFact
from web.wording_go import filled

FACT_WORDS: Mapping[str, str] = {
    "incident": "{who}于 {at} 发生故障（{record}，由 {by} 记录）",
    "incident_resolved": "{who}所在的 {record} 于 {at} 由 {by} 解决",
    "incident_changed": "{record} 中关于{who}的内容于 {at} 由 {by} 修改",
    "ci_missing": "{who}自 {at} 起未再被发现（{by}）",
    "ci_changed": "{who}于 {at} 由 {by} 更改：{fields}",
    "ci_retired": "{who}于 {at} 由 {by} 退役",
    "relation_made": "{who}自 {at} 起多了一项依赖：{record}，由 {by} 记录",
    "relation_changed": "{who}的依赖于 {at} 由 {by} 更改：{record}，{fields}",
    "relation_ended": "{who}自 {at} 起少了一项依赖：{record}，由 {by} 记录",
    "group_made": "{who}自 {at} 起多了一个冗余组：{record}，由 {by} 记录",
    "group_changed": "{who}的冗余组于 {at} 由 {by} 更改：{record}，{fields}",
    "group_ended": "{who}自 {at} 起少了一个冗余组：{record}，由 {by} 记录",
    "change_meets": "{record} 于 {at} 由 {by} 排在同一时段，涉及相同的服务",
    "change_moved": "涉及{who}的 {record} 于 {at} 由 {by} 编辑或移动",
    "calendar_changed": "该变更窗口内的日历于 {at} 由 {by} 更改：{record}",
    "policy_set": "策略于 {at} 由 {by} 重新设定：{record}",
    "definition_changed": "评判变更所依据的定义 {record} 于 {at} 由 {by} 更改",
}

NEAR_WORDS: Mapping[str, str] = {
    "target": "变更对象 {ci} ",
    "twin": "变更对象 {of} 的冗余伙伴 {ci} ",
    "twin_of_out": "随变更对象停用的 {of} 的冗余伙伴 {ci} ",
    "beneath_target": "变更对象 {of} 所依赖的 {ci} ",
    "beneath_twin": "{of} 的冗余伙伴所依赖的 {ci} ",
    "service": "变更对象之上的服务 {ci} ",
    "cone": "{ci} ",
    "": "{ci} ",
}

REASON_WORDS: Mapping[str, str] = {
    "worse_verdict": "结论比批准时更严格",
    "service_goes_down": "有服务将中断，而批准时不会",
    "service_worse_off": "有服务的状况比批准时更差",
    "spare_lost": "有服务将失去最后的冗余，而批准时不会",
    "target_gone": "有变更对象已不在配置库中",
}


def fact_sentence(fact: ChangedFact) -> str:
    """Return one changed fact as a person reads it, times in UTC."""
    return filled(fact, FACT_WORDS, NEAR_WORDS, none="无", more="另有 {count} 项", comma="，")


def decision_words(decision: Decision) -> str:
    """Return what was said with a decision: the comment, or of a check what it found."""
    found = decision.found
    if found is None:
        return decision.comment
    if found.fact is not None:
        return fact_sentence(found.fact)
    return f"不可实施：{'；'.join(REASON_WORDS[code] for code in found.reasons)}"

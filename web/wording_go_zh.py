"""The words of go or no-go in Simplified Chinese, for the one-page summary."""

from __future__ import annotations

from collections.abc import Mapping

from cmdb.model.decision import Decision
from cmdb.model.go_check import ChangedFact
from web.wording_go import filled, reckoned

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
    "definition_changed": "计算影响所依据的定义 {record} 于 {at} 由 {by} 更改",
    "service_level_set": "{who}的服务级别于 {at} 由 {by} 重新设定",
    "service_hours_set": "服务时间 {record} 于 {at} 由 {by} 更改",
    "loss_scale_set": "损失标度于 {at} 由 {by} 重新设定：{record}",
    "maintenance_changed": "该变更窗口内的维护窗口 {record} 于 {at} 由 {by} 更改",
    "capacity_changed": "其团队可同时承担的工作于 {at} 由 {by} 更改：{record}",
    "model_changed": "其变更模型 {record} 于 {at} 由 {by} 更改或撤回",
    "outcome_corrected": "同一模型的 {record} 自 {at} 起不再算作成功，由 {by} 更正",
    "budget_used": "{record} 于 {at} 由 {by} 记录或修改，影响{who}的错误预算",
}

RECKONED_WORDS: Mapping[str, str] = {
    "failure_rose": "失败概率批准时为 {mean_was}，现为 {mean}（上限 {high_was}，现为 {high}）{learned}",
    "loss_rose": (
        "预期损失批准时为 {expected_was}，现为 {expected} 一级分钟（上限 {expected_high_was}，现为 {expected_high}）"
    ),
    "tail_rose": (
        "最坏 5% 情形的损失批准时为 {tail_was}，现为 {tail} 一级分钟（上限 {tail_high_was}，现为 {tail_high}）"
    ),
    "failed_loss_rose": "失败时的损失批准时为 {failed_was}，现为 {failed} 一级分钟",
    "breach_rose": (
        "{who} 的违约概率批准时为 {probability_was}，现为 {probability}（上限 {high_was}，现为 {high}；错误预算已用 "
        "{used_was} 分钟，现为 {used} 分钟，剩余 {remaining} 分钟）"
    ),
    "outside_maintenance": "{who} 在约定维护之外的计划停用批准时为 {minutes_was} 分钟，现为 {minutes} 分钟",
    "outcome_worse": "{who} 在窗口内的状况比批准时更差：{changes}",
    "conflict_met": "与 {record} 一起会使某项服务中断，而单独都不会",
    "conflicts_hidden": "有 {conflicts_unexamined} 处未能查找联合冲突；批准时为 {conflicts_unexamined_was} 处",
    "doubt_met": "{who} 依赖于无人确定的关系；若不存在则：{worst}",
    "doubts_hidden": "未检查的存疑关系：批准时 {doubts_unexamined_was}，现为 {doubts_unexamined}",
    "freeze_met": "其窗口遇到冻结 {record}",
    "peak_met": "其窗口遇到高峰事件 {record}",
    "team_overrun": "团队 {record} 的工作超过其可同时承担的数量",
    "calendar_unknown": "日历对其窗口的说明（{what}）已不可知",
    "target_missing": "其变更对象 {who} 已不再被发现",
    "target_retired": "其所涉的 {who} 已不在配置库中",
    "target_doubted": "其变更对象 {who} 的身份存疑",
    "targets_unseen": "最久未见的变更对象已有 {seen_days} 天未见；批准时为 {seen_days_was} 天",
    "model_withdrawn": "其变更模型 {record} 已不再授权变更",
    "model_successes": "其变更模型 {record} 的成功次数批准时为 {successes_was}，现为 {successes}",
    "incident_over": "其所要解决的 {record} 已不再处于打开状态",
    "content_other": "评估所知的变更本身有所不同：{changes}",
    "policy_other": "批准时按策略第 {version_was} 版判定，现按第 {version} 版",
    "method_other": "批准时按方法 {method_was} 评估（{record}），现按方法 {method}，后者所知更多",
    "rules_other": "本版本对相同事实的判定与批准时的版本不同",
}

LEARNED_WORDS: Mapping[str, str] = {
    "outcomes": (
        "；此后成熟的结果：{outcomes}，其中失败：{failures}"
        "（同一模型 {of_model}，同一团队 {of_team}，相同对象 {of_targets}）"
    ),
    "driver": "；上升最多的因素：{driver}",
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
    "earlier_method": "结论更严格，因为批准所依据的是早期版本的评估，当时不知道失败概率",
    "service_goes_down": "有服务将中断，而批准时不会",
    "service_worse_off": "有服务的状况比批准时更差",
    "spare_lost": "有服务将失去最后的冗余，而批准时不会",
    "target_gone": "有变更对象已不在配置库中",
}


def fact_sentence(fact: ChangedFact) -> str:
    """Return one changed fact as a person reads it, times in UTC."""
    if fact.code in RECKONED_WORDS:
        return reckoned(fact, RECKONED_WORDS, LEARNED_WORDS, none="未知", comma="，")
    return filled(fact, FACT_WORDS, NEAR_WORDS, none="无", more="另有 {count} 项", comma="，")


def decision_words(decision: Decision) -> str:
    """Return what was said with a decision: the comment, or of a check what it found."""
    found = decision.found
    if found is None:
        return decision.comment
    if found.fact is not None:
        return fact_sentence(found.fact)
    return f"不可实施：{'；'.join(REASON_WORDS[code] for code in found.reasons)}"

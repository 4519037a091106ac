"""The words of a board's pack beside those of the one-page summaries in it, in each language."""

from __future__ import annotations

from collections.abc import Mapping

from cmdb.model.meeting import BECAUSE, ItemKind
from web.languages import Language
from web.wording_board import ITEM_WORDS

ITEMS: Mapping[Language, Mapping[ItemKind, str]] = {
    Language.EN: ITEM_WORDS,
    Language.ZH: {
        ItemKind.ACTION: "上次会议的待办事项",
        ItemKind.LOOK_BACK: "上次会议以来出现的问题",
        ItemKind.DECISION: "待决定",
        ItemKind.MODEL: "变更模型",
        ItemKind.TOPIC: "议题",
        ItemKind.PRE_AUTHORISED: "预先授权",
        ItemKind.FORWARD: "后续变更计划",
    },
}
WHY: Mapping[Language, Mapping[str, str]] = {
    Language.EN: BECAUSE,
    Language.ZH: {
        "open": "上次会议的事项，尚未完成",
        "failed": "已失败",
        "backed_out": "已回退",
        "emergency": "属于紧急变更",
        "unauthorised": "未经变更流程即已实施，事后补报",
        "verdict_cab": "结论为须由委员会决定",
        "verdict_block": "结论为 BLOCK：可以拒绝或推迟",
        "overridden": "结论为 BLOCK，已由两人推翻：也可以批准",
        "to_approve": "有人拟定的变更模型",
        "to_withdraw": "失败次数过多的变更模型",
        "withdrawn": "此间因达到失败上限而撤销的变更模型",
        "by_hand": "由人工列入议程",
        "policy": "已由策略批准",
        "granted": "已获批准，尚待实施",
    },
}
PACK: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "title": "Pack",
        "agenda": "Agenda",
        "meeting": "{meeting}, {minutes} minutes, estate at revision {revision}",
        "members": "Members: {members}; {chair} presides; quorum {quorum}",
        "number": "No.",
        "item": "Item",
        "why": "Why",
        "minutes": "Minutes",
        "empty": "Nothing is on the agenda.",
        "outage": "Projected service outage",
        "period": "Changes from {start} to {end}: {count}",
        "service": "Service",
        "tier": "Tier",
        "planned": "Planned minutes",
        "joint": "Only together",
        "agreed": "Agreed",
        "expected": "Expected",
        "left": "Budget left",
        "changes": "Changes",
        "draft": "{change} (draft)",
        "incident": "{incident} (incident)",
        "no_outage": "No service is taken down by plan.",
        "unknown": "Not in the estate, so counted as up: {ids}",
        "unlisted": "Minutes may be missing: a limit was reached at {count} places.",
        "not_known": "not known",
    },
    Language.ZH: {
        "title": "会议材料",
        "agenda": "议程",
        "meeting": "{meeting}，{minutes} 分钟，资产配置修订 {revision}",
        "members": "委员：{members}；主席：{chair}；法定人数：{quorum}",
        "number": "序号",
        "item": "事项",
        "why": "缘由",
        "minutes": "分钟",
        "empty": "议程为空。",
        "outage": "预计服务中断",
        "period": "{start} 至 {end} 共 {count} 项变更",
        "service": "服务",
        "tier": "级别",
        "planned": "计划中断分钟数",
        "joint": "仅因叠加所致",
        "agreed": "约定维护时间内",
        "expected": "预期",
        "left": "剩余预算",
        "changes": "变更",
        "draft": "{change}（草稿）",
        "incident": "{incident}（事件）",
        "no_outage": "没有服务按计划中断。",
        "unknown": "资产配置中没有，按正常运行计：{ids}",
        "unlisted": "可能少计：有 {count} 处达到上限。",
        "not_known": "未知",
    },
}

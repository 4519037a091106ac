"""The health of the records, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping

COMMA = "、"

MEASURES: Mapping[str, tuple[str, str]] = {
    "completeness": ("完整性", "具备其类别应有的属性"),
    "correctness": ("正确性", "人工核对时与实际一致"),
    "freshness": ("新鲜度", "在来源的有效期内被看到过"),
    "orphans": ("无孤立项", "与应当关联的对象有关系"),
    "duplicates": ("无重复项", "就目前所知没有重复登记"),
    "evidence": ("关系依据", "每条关系都有人声明或仍被看到"),
}
"""Each measure: what it is called, and what a CI without a fault by it is."""

FAULTS: Mapping[str, tuple[str, str]] = {
    "completeness.missing": ("缺少 {attributes}", "补录缺少的内容，或由来源提供"),
    "correctness.wrong": ("人工核对（{sample}）发现有误：{note}", "更正记录"),
    "freshness.never": ("没有任何来源看到过它", "添加能看到它的来源，或将其退役"),
    "freshness.stale": (
        "{source} 最近一次看到它是 {at}，已超过 {hours} 小时",
        "运行该来源，并查明为何没有运行或没有读完",
    ),
    "freshness.gone": ("{source} 不再看到它；上次看到是 {at}", "查明它是否已不存在，然后退役"),
    "orphans.alone": ("它与任何对象都没有关系", "登记它依赖什么，或什么依赖它"),
    "orphans.out": ("就目前所知它不依赖任何对象", "登记它依赖什么"),
    "duplicates.doubted": ("它可能与 {others} 是同一项：发现 {finding} 尚未处理", "处理该发现"),
    "duplicates.possible": ("它可能与 {others} 是同一项：两者的 {way} 相同", "合并两者，或更正其中之一"),
    "evidence.none": ("没有人声明、也没有来源看到：{relations}", "声明该关系，或结束它"),
    "evidence.proposed": ("依据不足：{relations}", "声明该关系，或用 foreshock identity reject 否定它"),
    "evidence.stale": ("没有来源在有效期内看到：{relations}", "运行看到过它的来源，或声明、否定该关系"),
}
"""Each fault: what is wrong, and what there is to do."""

PAGE: Mapping[str, str] = {
    "title": "记录健康度",
    "lead": "记录在多大程度上可信：每个数字都通向它所计的配置项，每个配置项都通向要做的事。",
    "score": "没有任何问题",
    "score_hint": "所有指标都没有发现问题的配置项所占比例；各指标不加权。",
    "of": "共",
    "measures": "指标",
    "measure": "指标",
    "means": "没有问题的配置项",
    "asked": "适用数量",
    "faulty": "有问题",
    "share": "合格比例",
    "audited": "核对样本",
    "audited_line": "已核对的 {judged} 个配置项中有 {right} 个正确：以 95% 的置信度，"
    "全部记录的正确率在 {low} 与 {high} 之间。",
    "not_audited": "还没有人把样本与实际情况核对过。抽取一个：",
    "trend": "逐日变化",
    "trend_label": "没有任何问题的配置项所占比例，自 {first} 至 {last}",
    "no_trend": "还没有任何一天的测量结果。作业 health-measure 每晚执行；立即执行：",
    "day": "日期",
    "parts": "按",
    "class": "类别",
    "owner": "负责方",
    "cis": "配置项",
    "no_owner": "没有负责方",
    "all_measures": "全部指标",
    "all_classes": "全部类别",
    "all_owners": "全部负责方",
    "show": "显示",
    "list": "问题与要做的事",
    "ci": "配置项",
    "says": "问题",
    "todo": "要做的事",
    "nothing": "按此条件没有问题。",
    "shown": "显示 {shown} 项，共 {total} 项",
    "next": "下一页",
    "first": "第一页",
    "back": "全部数字",
    "empty": "还没有配置项。请登记一个，或连接一个来源。",
    "other_language": "English",
}
"""The headings and labels of the page."""

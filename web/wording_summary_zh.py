"""The one-page summary of a change, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from cmdb.model.assessment import Assessment, ServiceOutcome, Verdict
from cmdb.model.change import Effect, Window
from cmdb.model.confidence import Flip
from cmdb.model.consequence import Consequence
from cmdb.model.decision import Decision
from cmdb.model.gate import Alone, Why
from cmdb.model.joint_conflict import JointConflict, SmallestMove
from cmdb.model.outcome import Outcome
from cmdb.model.outlook import Outlook
from cmdb.model.similar import SimilarChange
from web import wording_figures, wording_go_zh
from web import wording_summary_page_zh as tables
from web.languages import Language
from web.naming import Names, called_in
from web.wording_change import few, spares_words, zone_named
from web.wording_evidence import sure_words
from web.wording_outlook import StoppingGroup, service_names
from web.wording_rewiring import left_out_sentence
from web.wording_summary import MEMBERS_AT_MOST, NAMED_AT_MOST, TIMED

TIERS = range(1, 5)
REASONS = {
    "service_down_without_back_out": "服务将中断，且没有回退方案：{services}",
    "target_retired": "目标已退役，不能变更：{targets}",
    "joint_conflict": "将与其他事项共同造成单独不会造成的中断：{met}",
    "emergency_change": "紧急变更由变更委员会决定",
    **{f"new_single_point_tier{n}": f"{n} 级服务出现新的单点：{{services}}" for n in TIERS},
    **{f"service_down_tier{n}": f"{n} 级服务在窗口内中断：{{services}}" for n in TIERS},
    **{f"service_degraded_tier{n}": f"{n} 级服务在窗口内降级运行：{{services}}" for n in TIERS},
    "conflicts_unexamined": "同时进行的变更和事件太多，未能查找全部联合冲突",
    "doubtful_relations": "如果某个不确定的关系不存在，情况会更差：{doubtful}",
    "doubts_unexamined": "不确定的关系太多，未能逐一检查",
    "many_services_affected": "{count} 个服务失去最后一个备用或更差，超出同行评审的范围",
    **{f"beyond_peer_limit_tier{n}": f"{n} 级服务的结果超出同行可以决定的范围：{{services}}" for n in TIERS},
    "beyond_peer_limit_other": "结果超出同行可以决定的范围：{services}",
    "no_rule_holds": "没有规则允许由同行决定",
    "target_missing": "在原处已看不到：{missing}",
    "target_unreconciled": "它是什么尚有疑问：{unreconciled}",
    "freeze": "遇到冻结期：{freezes}",
    "breach_likely": "很可能违反服务级别：{breaching}",
    "expected_loss_above_appetite": "预期损失 {expected_loss} 个 1 级服务分钟，超过可接受的限度",
    "tail_above_appetite": "最差二十分之一情形的损失 {tail} 个 1 级服务分钟，超过可接受的限度",
    "failure_above_limit": "P(fail) 为 {failure}，超过策略的限度",
    "peak_event": "遇到业务高峰：{peaks}",
    "team_over_capacity": "超出团队的能力：{overruns}",
    "too_little_evidence": "就所知而言在限度之内，但依据太少，无法确定",
    "failure_unknown": "P(fail) 不知道，而策略对它有限制",
    "breach_unknown": "是否违反服务级别，不知道",
    "calendar_unknown": "是否遇到冻结期、业务高峰或团队能力的限制，不知道",
    "targets_unknown": "目标是什么是否有疑问，不知道",
    "beyond_peer_loss": "损失是否在同行可以决定的范围之内，不知道",
    "auto_retrospective": "不能自行批准：事前无人授权",
    "auto_model_not_followed": "不能自行批准：其内容与所用模型不符",
    "auto_model_unproven": "不能自行批准：其模型只成功过 {successes} 次，太少",
    "auto_failure_bound": "不能自行批准：P(fail) 是否足够小，不知道",
    "auto_planned_minutes": "不能自行批准：计划在约定的维护时间之外中断：{services}",
    "auto_worst_outcome": "不能自行批准：有服务的结果超出允许的范围",
    "auto_failed_loss": "不能自行批准：失败的代价是否足够小，不知道",
    "auto_freeze": "不能自行批准：遇到冻结期或业务高峰",
    "auto_conflict": "不能自行批准：遇到其他变更或事件",
    "auto_targets_unseen": "不能自行批准：有目标近期未见",
    "auto_no_back_out": "不能自行批准：没有回退方案",
    "within_auto_limits": "标准变更，在策略允许自行批准的限度之内",
    "within_peer_limits": "所有服务都在同行可以决定的范围之内",
}
"""The sentence of each reason, filled as the English one."""

CHOICES = tables.CHOICES
ISO = tables.ISO
OUTCOMES_OF_CHANGES = tables.OUTCOMES_OF_CHANGES
PAGE = tables.PAGE
PARTS = tables.PARTS
TYPES = tables.TYPES
VOIDS = tables.VOIDS
_STATES = {
    "draft": "草稿",
    "submitted": "已提交",
    "assessed": "已评估",
    "approved": "已批准",
    "rejected": "已否决",
    "deferred": "已推迟",
    "scheduled": "已排期",
    "implementing": "实施中",
    "implemented": "已实施",
    "partly_implemented": "部分实施",
    "backed_out": "已回退",
    "failed": "失败",
    "reviewed": "已评审",
    "closed": "已关闭",
    "expired": "已过期",
    "cancelled": "已取消",
}
_VERDICTS = {
    Verdict.BLOCK: "不得实施",
    Verdict.CAB: "由变更委员会决定",
    Verdict.PEER: "由同行决定",
    Verdict.AUTO: "由策略自行批准",
}
_VERBS = {
    Outcome.DOWN: "将中断",
    Outcome.DEGRADED: "将降级运行",
    Outcome.REDUNDANCY_LOST: "保持运行，但失去最后一个备用",
    Outcome.REDUCED: "少一个备用",
    Outcome.UNAFFECTED: "不受影响",
}
_EFFECTS = {
    Effect.DOWN: "停机",
    Effect.RESTART: "重启",
    Effect.CONFIG: "重新配置，不停机",
    Effect.RETIRE: "退役",
    Effect.ADD: "新增",
    Effect.REWIRE: "改接",
}
_WEEKDAYS = "一二三四五六日"
_SENTENCES = 2


def listed(names: Sequence[str]) -> str:
    """
    Return names as a list in a sentence.

    >>> listed(["a", "b", "c"])
    'a、b、c'
    """
    return "、".join(names)


def verdict_words(verdict: Verdict) -> str:
    """Return who decides."""
    return _VERDICTS[verdict]


def state_words(state: str) -> str:
    """Return the words of a change's state."""
    return _STATES.get(state, state)


def verdict_sentences(assessment: Assessment) -> list[str]:
    """Return what happens to the services: the worst tier first, two sentences, and the rest counted."""
    if not assessment.services:
        return [f"全部 {assessment.unaffected} 个服务都不受影响。" if assessment.unaffected else "资产中没有服务。"]
    shared: dict[Outcome, list[ServiceOutcome]] = {}
    for service in sorted(assessment.services, key=_rank):
        shared.setdefault(service.outcome, []).append(service)
    groups = sorted(shared.items(), key=lambda group: group[0] is Outcome.REDUCED)
    said = [_sentence(outcome, alike) for outcome, alike in groups[:_SENTENCES]]
    left = groups[_SENTENCES:]
    return [*said, *(["".join(_rest(left))] if left else [])]


def _rest(left: Sequence[tuple[Outcome, Sequence[ServiceOutcome]]]) -> Iterator[str]:
    yield "另有 "
    yield "，".join(f"{len(alike)} 个服务{_VERBS[outcome]}" for outcome, alike in left)
    yield "。"


def _rank(service: ServiceOutcome) -> tuple[bool, int, int, str]:
    return (service.tier is None, service.tier or 0, service.outcome.rank, service.id)


def _sentence(outcome: Outcome, services: Sequence[ServiceOutcome]) -> str:
    shown = len(services) if len(services) <= NAMED_AT_MOST + 1 else NAMED_AT_MOST
    more = len(services) - shown
    who = listed([service.name for service in services[:shown]]) + (f"等 {len(services)} 个服务" if more else "")
    minutes = sorted(service.minutes[outcome] for service in services if outcome in service.minutes)
    lasting = ""
    if minutes:
        low, high = duration(minutes[0]), duration(minutes[-1])
        lasting = f"，持续 {low}" if low == high else f"，持续 {low}至 {high}"
    return f"{who} {_VERBS[outcome]}{lasting}。"


def duration(minutes: float) -> str:
    """
    Return minutes as people say them.

    >>> duration(20), duration(0.5), duration(190)
    ('20 分钟', '0.5 分钟', '3 小时 10 分钟')
    """
    if minutes >= 120:
        hours, rest = divmod(round(minutes), 60)
        return f"{hours} 小时 {rest} 分钟" if rest else f"{hours} 小时"
    return f"{f'{minutes:.1f}'.removesuffix('.0')} 分钟"


def effect_words(effect: Effect, minutes: float | None) -> str:
    """Return what happens to a target, and for how long."""
    said = _EFFECTS.get(effect, effect.value)
    out = "，停机" if effect is Effect.REWIRE else ""
    return f"{said}{out} {duration(minutes)}" if minutes and effect in TIMED else said


def spares_left(service: ServiceOutcome) -> str:
    """Return how many further failures a service stands."""
    if service.outcome is Outcome.DOWN:
        return "已中断"
    left = spares_words(service.margin, service.margin_high)
    if left == "0" and service.outcome is Outcome.REDUCED:
        return "0，与之前相同"
    return "任意" if left == "any" else left.replace(" to ", " 至 ")


def decision_words(decision: Decision) -> str:
    """Return what was said with a decision, or of a go or no-go check what it found."""
    return wording_go_zh.decision_words(decision)


def window(of: Window) -> str:
    """Return a window as it was meant."""
    zone = zone_named(of.zone)
    start, end = of.start.astimezone(zone), of.end.astimezone(zone)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{_long_day(end)} {end:%H:%M}"
    return f"{_long_day(start)} {start:%H:%M} 至 {last}（{of.zone}）"


def moment(at: datetime, zone: str) -> str:
    """Return a moment in a zone."""
    local = at.astimezone(zone_named(zone))
    return f"{_long_day(local)} {local:%H:%M}（{zone}）"


def day(of: date) -> str:
    """Return a day."""
    return f"{of.year} 年 {of.month} 月 {of.day} 日"


def local_day(at: datetime, zone: str) -> str:
    """Return the day of a moment in a zone."""
    return day(at.astimezone(zone_named(zone)).date())


def _long_day(at: datetime) -> str:
    return f"{day(at.date())}周{_WEEKDAYS[at.weekday()]}"


def point(ci: str, services: str, why: Why | None, names: Names) -> str:
    """Return what a new single point of failure stops, and why it stands alone."""
    said = [f"仅 {called_in(names, ci)} 承载 {services}。"]
    alone = why.alone.get(ci, ()) if why is not None else ()
    return "".join([*said, *dict.fromkeys(_alone(each, names) for each in alone)])


def _alone(alone: Alone, names: Names) -> str:
    gate = alone.gate
    who = _counted([called_in(names, member.id) for member in gate.down])
    item = called_in(names, gate.item)
    return f"{item} 需要 {gate.name} 的 {len(gate.members)} 个成员中的 {gate.needs} 个，而 {who} 已中断。"


def group(one: StoppingGroup, names: Names) -> str:
    """Return what a risk group stops."""
    how = f"（{_odds(one.probability)}）" if one.probability else ""
    who = few([called_in(names, ci) for ci in one.members], MEMBERS_AT_MOST, listed, PAGE["and_more"])
    services = few([names.get(ci, ci) for ci in one.services], NAMED_AT_MOST, listed, PAGE["and_more"])
    together = "同时" if len(one.members) > 1 else ""
    return f"若 {who} {together}失效{how}，{services} 中断{'；仅在本次变更期间' if one.added else ''}。"


def met(services: Sequence[str], others: Sequence[str]) -> str:
    """Return what a joint conflict stops, and with whom, within a reason."""
    return f"{_counted(services)}（与 {_counted(others)}）"


def _odds(probability: float) -> str:
    if probability >= 0.01:
        return f"{100 * probability:.3g}%"
    return f"约 {float(f'{1 / probability:.2g}'):,.0f} 分之一"


def conflict(one: JointConflict, assessment: Assessment, names: Names) -> str:
    """Return whom the change meets when, and what they stop together."""
    zone = assessment.inputs.window.zone
    names = {**names, **service_names(assessment)}
    others = [each for each in one.changes if each != assessment.change]
    others += [f"{each}（事件）" for each in one.incidents]
    others += [f"{called_in(names, ci)}（已失效）" for ci in one.standing]
    when = "" if one.from_ is None else f"，自 {moment(one.from_, zone)}"
    when += "" if one.to is None else f"至 {moment(one.to, zone)}"
    services, cut = (_counted([called_in(names, ci) for ci in ids]) for ids in (one.services, one.cut))
    return f"与 {_counted(others)} 同时{when}：{services} 中断，因为 {cut} 停用。"


def move(one: SmallestMove, zone: str) -> str:
    """Return a move that frees a change."""
    way = "推迟" if one.minutes > 0 else "提前"
    then = "" if one.frees == "all" else "；但会进入另一个冲突"
    return f"将 {one.change} {way} {duration(abs(one.minutes))}，至 {moment(one.from_, zone)}{then}。"


def flip(one: Flip, assessment: Assessment, names: Names) -> str:
    """Return what becomes of a service if a doubtful relation does not exist."""
    names = {**names, **service_names(assessment)}
    relation, name = one.relation, names.get(one.service, one.service)
    source, target = (called_in(names, ci) for ci in (relation.source, relation.target))
    return (
        f"若 {source} 并不依赖 {target}（置信度 {sure_words(relation.confidence)}），"
        f"{name} {_VERBS[one.without_it]}；若依赖，则{_VERBS[one.outcome]}。"
    )


def unknown(outlook: Outlook) -> Sequence[str]:
    """Return what was not looked at."""
    said = []
    if outlook.risks_unexamined:
        said.append(f"另有 {outlook.risks_unexamined} 个服务的风险没有计算；`foreshock outage` 可逐个计算。")
    if outlook.conflicts_unlisted > len(outlook.edits_left_out):
        said.append("可能还有未列出的联合冲突：同时进行的事项太多。")
    if outlook.edits_left_out:
        said.append(left_out_sentence(outlook.edits_left_out, Language.ZH))
    if outlook.flips_unlisted:
        said.append(f"另有 {outlook.flips_unlisted} 个结果取决于不确定的关系。")
    if outlook.doubts_unexamined is None:
        said.append("不确定的关系只在窗口的一部分时间内检查过。")
    elif outlook.doubts_unexamined:
        said.append(f"有 {outlook.doubts_unexamined} 个不确定的关系没有检查。")
    return said


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.0f}%"


def share(of: float) -> str:
    """Return a probability, never as none or all where it is neither."""
    return wording_figures.percent(of).replace(" %", "%")


def loss(found: Consequence) -> Sequence[str]:
    """Return what the change is expected to cost, its tail, the score, and money where it is known."""
    expected, low, high, tail, score = (
        wording_figures.figure(each)
        for each in (found.expected_loss, found.loss_low, found.loss_high, found.tail_loss, found.score)
    )
    said = f"预期损失 {expected} 个 1 级服务分钟（该区间内为 {low} 至 {high}），最差 5% 时 {tail}。"
    said += f"评分 {score}，满分 100。"
    money = listed([f"{amount:,.2f} {currency}" for currency, amount in found.money.items()])
    return said, f"预期费用 {money}。" if money else ""


def limits(found: Consequence) -> Sequence[str]:
    """Return what of the consequence was not looked at."""
    said = (
        (found.lumped, f"有 {found.lumped} 个目标被当作同时失效，这样估计更差。"),
        (found.incidents_unexamined, f"错误预算未计入 {found.incidents_unexamined} 个事件：同时中断的组合太多。"),
        (found.conflicts_unlisted, "未能查找全部联合冲突，因此计划中断可能更长。"),
        (found.targets_unread, f"有 {found.targets_unread} 个目标的容量、连续性和安全记录没有读取。"),
    )
    return [words for count, words in said if count]


def _counted(names: Sequence[str]) -> str:
    return listed(names[:NAMED_AT_MOST]) + (f"等 {len(names)} 个" if len(names) > NAMED_AT_MOST else "")


def went(change: SimilarChange) -> str:
    """Return how a past change went; where nobody recorded it, how far it came."""
    return (
        OUTCOMES_OF_CHANGES.get(change.outcome, change.outcome) if change.outcome else state_words(change.state.value)
    )

"""What would help a change, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from cmdb.model.change import Window
from cmdb.model.mitigation import Mitigation, MitigationKind, Roll, ServiceGain, Spare, Unexamined, WindowMove
from cmdb.model.outcome import Outcome
from web.naming import Names
from web.wording_change import zone_named
from web.wording_whatif import WAVES_AT_MOST, name_of, named

_STATES = {
    Outcome.DOWN: "中断",
    Outcome.DEGRADED: "降级运行",
    Outcome.REDUNDANCY_LOST: "失去最后一个备用",
    Outcome.REDUCED: "少一个备用",
    Outcome.UNAFFECTED: "不受影响",
}
_KINDS = {
    MitigationKind.CONFIRM: "待确认的关系",
    MitigationKind.MOVE: "其他窗口",
    MitigationKind.ROLL: "作业顺序",
    MitigationKind.LEAVE_OUT: "可以去掉的目标",
    MitigationKind.SPARE: "备用",
}

PAGE = {
    "title": "假设分析",
    "lead": "什么措施对本次变更有帮助，从代价最小的开始；每项措施都经过计算。不会写入任何内容。",
    "help": "有帮助的措施",
    "nothing": "试过的措施都不能改善任何结果。",
    "services": "服务",
    "caption": "每个服务在当前方案与另一方案下的结果",
    "service": "服务",
    "tier": "级别",
    "as_it_is": "当前方案",
    "otherwise": "另一方案",
    "minutes": "中断分钟",
    "untouched": "没有服务受影响。",
    "compare": "与另一方案比较",
    "without": "去掉",
    "from": "另一窗口，从",
    "to": "到",
    "hint": "按变更窗口的时区；只填一端时窗口长度不变",
    "show": "并排显示",
    "beside": "以下只计本次变更本身；此外与下列事项存在联合冲突：",
    "more": "项未显示",
    "all": "全部显示",
    "not_set": "未设置",
    "unlisted": "本次变更的联合冲突未能全部列出。",
    "other_language": "English",
}
"""The headings and labels of the page."""


def what(measure: Mitigation, window: Window, names: Names) -> str:
    """Return what to do."""
    if measure.relation is not None:
        one = measure.relation
        who = f"{name_of(one.source, names)} 是否真的依赖 {name_of(one.target, names)}"
        return f"确认 {who}（可信度 {one.confidence:g}）。如果不依赖："
    if measure.move is not None:
        return _move(measure.move, window, names)
    if measure.roll is not None:
        return _roll(measure.roll, window, names)
    if measure.spare is not None:
        return _spare(measure.spare, names)
    return f"本次变更不包含 {name_of(measure.left_out or '', names)}。"


def better(services: Sequence[ServiceGain]) -> str:
    """Return what becomes of services that gain the same."""
    who, more = named([service.id for service in services], {service.id: service.name for service in services})
    return f"{_list(who, more)} 将{_STATES[services[0].to]}，而不是{_STATES[services[0].from_]}。"


def minutes(saved: float) -> str:
    """Return how much less, or more, is down by plan."""
    return f"计划中断时间{'增加' if saved < 0 else '减少'} {_duration(abs(saved))}。"


def points(who: list[str], more: int, count: int) -> str:  # noqa: ARG001 - the languages have the same functions
    """Return which single points of failure are avoided."""
    return f"{_list(who, more)} 不会成为单点故障。"


def never(target: str, services: list[str], more: int, count: int) -> str:  # noqa: ARG001
    """Return that no order of work keeps services up."""
    return f"任何作业顺序都无济于事：只要 {target} 停止，{_list(services, more)} 就会中断。"


def unexamined(limit: Unexamined) -> str:
    """Return which measures were not looked at."""
    if limit.count is None:
        return f"{_KINDS[limit.kind]}太多，未逐一检查。"
    return f"达到上限，还有 {limit.count:,} 个{_KINDS[limit.kind]}未检查。"


def _move(move: WindowMove, window: Window, names: Names) -> str:
    zone = zone_named(window.zone)
    who, more = named(move.beside, names)
    to = f"{_moment(move.from_, zone)} 至 {_moment(move.to, zone)}（{window.zone}）"
    way = "推迟" if move.minutes > 0 else "提前"
    return f"将窗口{way} {_duration(abs(move.minutes))}，改为 {to}：不再与 {_list(who, more)} 相遇。"


def _roll(roll: Roll, window: Window, names: Names) -> str:
    zone = zone_named(window.zone)
    said = []
    for wave in roll.waves[:WAVES_AT_MOST]:
        who, more = named(wave.targets, names)
        begins = (window.start + timedelta(minutes=wave.offset)).astimezone(zone)
        said.append(f"{begins:%H:%M} {_list(who, more)}（{_duration(wave.minutes)}）")
    if len(roll.waves) > WAVES_AT_MOST:
        said.append(f"另有 {len(roll.waves) - WAVES_AT_MOST} 批")
    longer = f"窗口需要延长 {_duration(roll.longer)}。" if roll.longer else ""
    proved = "这样本次变更本身不会中断任何服务，且没有批次更少的方案。" if roll.fewest else ""
    if roll.loses_none and not roll.fewest:
        proved = "这样本次变更本身不会中断任何服务。"
    return f"分 {len(roll.waves)} 批进行，每批恢复后再开始下一批：{'；'.join(said)}。{longer}{proved}"


def _spare(spare: Spare, names: Names) -> str:
    item = name_of(spare.item, names)
    if spare.group is None:
        return f"为 {item} 增加一个孪生 CI，两者有一个即可。"
    have = f"由 {spare.members} 个变为 {spare.members + 1} 个，需要其中 {spare.needs_then} 个"
    return f"为 {item} 的 {spare.group} 增加一个成员：{have}。"


def _moment(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M}"


def _duration(minutes: float) -> str:
    """
    Return minutes as people say them.

    >>> _duration(20), _duration(0.5), _duration(190)
    ('20 分钟', '0.5 分钟', '3 小时 10 分钟')
    """
    if minutes < 120:
        return f"{minutes:.1f}".removesuffix(".0") + " 分钟"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} 小时" + (f" {rest} 分钟" if rest else "")


def _list(names: Sequence[str], more: int) -> str:
    said = "、".join(names)
    return f"{said} 等 {len(names) + more} 个" if more else said

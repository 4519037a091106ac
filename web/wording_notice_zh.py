"""The draft of an outage notice in Simplified Chinese."""

from __future__ import annotations

from datetime import datetime

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.change import Window
from cmdb.model.outcome import Outcome
from cmdb.model.telling import Telling
from web.wording_change import zone_named

PARTS = {"owner": "负责方", "customer": "客户"}
_NOTICED = {
    Outcome.DOWN: "将无法使用，合计 {minutes}",
    Outcome.DEGRADED: "可以使用，但容量下降，合计 {minutes}",
    Outcome.REDUNDANCY_LOST: "可以使用，其中 {minutes} 没有备用",
    Outcome.REDUCED: "可以正常使用",
}


def subject(telling: Telling) -> str:
    """Return the subject line."""
    down = [service.name for service in telling.services if service.outcome is Outcome.DOWN]
    what = f"计划停机：{'、'.join(down)}" if down else "计划维护"
    return f"{what}（{_window(telling.window)}）"


def opening(window: Window) -> str:
    """Return when something is done."""
    return f"我们计划在以下时间窗口进行维护：{_window(window)}。"


def service(found: ServiceOutcome, minutes: float) -> str:
    """Return what will be noticed of one service."""
    return f"- {found.name}：{_NOTICED[found.outcome].format(minutes=_duration(minutes))}。"


def nothing() -> str:
    """Return that no service is affected."""
    return "- 预计不影响任何服务。"


def reference(change: str, title: str) -> str:
    """Return which change it is."""
    return f"变更编号：{change}，{title}"


def closing() -> str:
    """Return what to do with questions."""
    return "如该时间窗口不合适，请回复本通知。"


def _window(window: Window) -> str:
    zone = zone_named(window.zone)
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    until = end.strftime("%H:%M") if start.date() == end.date() else _moment(end)
    return f"{_moment(start)} 至 {until}（{window.zone}）"


def _moment(moment: datetime) -> str:
    return f"{moment.year} 年 {moment.month} 月 {moment.day} 日 {moment:%H:%M}"


def _duration(minutes: float) -> str:
    return f"{minutes:g} 分钟"

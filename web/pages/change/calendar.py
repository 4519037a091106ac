"""The calendar as a page: day by day freezes, peaks, maintenance windows, changes, and their joint conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import flash, render_template, request, url_for

from cmdb.model.change import ChangeState
from cmdb.model.joint_conflict import JointConflict
from impact.questions.calendar_overview import CalendarRow, overview
from web.pages.blueprint import pages
from web.pages.naming import page_names
from web.request import context

DAYS, MOST_DAYS = 14, 62
_WORDS = {
    "freeze": "Freeze",
    "peak": "Peak event",
    "maintenance": "Maintenance window",
    "change": "Change",
}
_STATES = {"agreed": "agreed", "planned": "not agreed yet", "freeze": "counts as a freeze"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on one day: ``hours`` in UTC, what it is, and of a change its state and the conflicts it is in."""

    row: CalendarRow
    word: str
    hours: str
    state: ChangeState | None
    note: str
    conflicts: tuple[JointConflict, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day and what goes on in it."""

    day: date
    lines: tuple[Line, ...]


@pages.get("/calendar", endpoint="calendar")
def show() -> str:
    """Show the calendar of some days, in UTC, from today on unless the address says otherwise."""
    today = context().clock.now().astimezone(UTC).date()
    first, days = _first(today), _days()
    start = datetime.combine(first, time(), UTC)
    answer = overview(context(), since=start, until=start + timedelta(days=days))
    assert answer.conflicts is not None
    wanted = [first + timedelta(days=number) for number in range(days)]
    return render_template(
        "change/calendar.html",
        days=[Day(day, lines) for day in wanted if (lines := _lines(day, answer.rows, answer.conflicts))],
        conflicts=answer.conflicts,
        names=page_names((ci for each in answer.conflicts for ci in each.services), at=answer.revision),
        conflicts_missing=answer.conflicts_missing,
        left_out=answer.left_out,
        not_known_yet=answer.not_known_yet,
        first=wanted[0],
        last=wanted[-1],
        earlier_url=_url(first - timedelta(days=days), days),
        later_url=_url(first + timedelta(days=days), days),
        today_url=None if first == today else url_for("pages.calendar", days=days),
    )


def _url(first: date, days: int) -> str:
    more: dict[str, Any] = {"from": first.isoformat(), "days": days}
    return url_for("pages.calendar", **more)


def _first(today: date) -> date:
    text = request.args.get("from", "")
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
        if not 1990 <= found.year < 2200:
            raise ValueError
    except ValueError:
        flash(f"{text[:40]} is no day such as 2026-12-02; this is from today on.")
        return today
    return found


def _days() -> int:
    text = request.args.get("days", str(DAYS))
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    flash(f"{text[:40]} is no number of days from 1 to {MOST_DAYS}; this shows {DAYS}.")
    return DAYS


def _lines(day: date, rows: Sequence[CalendarRow], conflicts: Sequence[JointConflict]) -> tuple[Line, ...]:
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    return tuple(_line(row, start, end, conflicts) for row in rows if row.from_ < end and start < row.to)


def _line(row: CalendarRow, start: datetime, end: datetime, conflicts: Sequence[JointConflict]) -> Line:
    begins = "" if row.from_ <= start else f"{row.from_.astimezone(UTC):%H:%M}"
    ends = "" if row.to >= end else f"{row.to.astimezone(UTC):%H:%M}"
    hours = "all day" if not begins and not ends else f"{begins or '00:00'} to {ends or '24:00'}"
    change = row.kind == "change"
    return Line(
        row=row,
        word=_WORDS[row.kind],
        hours=hours,
        state=ChangeState(row.state) if change and row.state else None,
        note="" if change else _STATES.get(row.state or "", ""),
        conflicts=tuple(each for each in conflicts if change and row.id in each.changes),
    )

"""The feed: changes, freezes, peak events and maintenance windows as iCalendar, for the calendars of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cmdb.change.calendar.calendar import KINDS, uid_of
from cmdb.change.calendar.calendar_import import BROUGHT, CANCELLED, event_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.ics import MOST_EVENTS, IcsEvent, write
from cmdb.model.calendar_entry import EntryState
from cmdb.model.change import CHANGES, Change
from cmdb.ports.store import Between, Equals, Filter
from cmdb.records import Held

WHAT = ("change", *BROUGHT)
BACK, AHEAD = timedelta(days=31), timedelta(days=366)
_DRAFT = "draft"
_CALLED_OFF = ("rejected", "cancelled", "expired")
_TO_BE_DECIDED = ("submitted", "assessed", "deferred")


def feed(
    context: Context,
    *,
    what: Sequence[str] = WHAT,
    since: datetime | None = None,
    until: datetime | None = None,
    at: int | None = None,
) -> bytes:
    """
    Return a calendar of ``what`` (of :data:`WHAT`): changes from ``since`` until before ``until``, and what is active.

    Left out, it is from a month ago until in a year. Drafts are not in it; what was called off is, as cancelled, so
    that it goes from other calendars. UIDs never change, SEQUENCE grows with every version, and nobody is named in it
    but where a title or a reason does.

    Raises:
        NotAllowed: the actor may not read the calendar or changes.
        InvalidInput: the period ends before it begins, or there is more than a calendar holds.
    """
    context.allow("calendar:read")
    context.allow("change:read")
    now = context.clock.now()
    start = now - BACK if since is None else since.astimezone(UTC)
    end = now + AHEAD if until is None else until.astimezone(UTC)
    if end <= start:
        facts = {"start": start.isoformat(), "end": end.isoformat()}
        sentence = "the period ends at {end}, which is not after its start {start}"
        raise InvalidInput([Problem("period.ends_first", sentence, facts, "/to")], what="the feed", setting=True)
    events = sorted(_events(context, what, start, end, at), key=lambda event: (event.start, event.uid))
    if len(events) > MOST_EVENTS:
        facts = {"count": f"{len(events):,}", "most": f"{MOST_EVENTS:,}"}
        sentence = "{count} events; at most {most}, so ask for a shorter period or for less"
        raise InvalidInput([Problem("calendar.feed_too_large", sentence, facts, "/to")], what="the feed", setting=True)
    return write(events, name="Foreshock")


def _events(
    context: Context, what: Sequence[str], start: datetime, end: datetime, at: int | None
) -> Iterator[IcsEvent]:
    for kind in BROUGHT:
        if kind in what:
            active = [Equals("state", EntryState.ACTIVE.value)]
            for held in _all(context, kind, active, at):
                yield event_of(held.record, kind, held.version)
    if "change" in what:
        low, high = (moment.replace(tzinfo=None).isoformat(timespec="seconds") for moment in (start, end))
        near: list[Filter] = [Between("window.end", low, None), Between("window.start", None, f"{high}Z")]
        for held in _all(context, "change", near, at):
            window = held.record.window
            if held.record.state.value != _DRAFT and window and start < window.end and window.start < end:
                yield _of_change(held)


def _all(context: Context, what: str, where: Sequence[Filter], at: int | None) -> Iterator[Held]:  # type: ignore[type-arg]
    kind, after = CHANGES if what == "change" else KINDS[what], None
    while True:
        page = context.records.listing(kind, where, after=after, limit=1000, at=at)
        yield from page.rows
        after = page.after
        if after is None:
            return


def _of_change(held: Held[Change]) -> IcsEvent:
    change = held.record
    assert change.window is not None
    state = change.state.value
    status = CANCELLED if state in _CALLED_OFF else "TENTATIVE" if state in _TO_BE_DECIDED else "CONFIRMED"
    return IcsEvent(
        uid=uid_of(change.id, change.raised_at),
        summary=f"{change.id} {change.title}",
        start=change.window.start,
        end=change.window.end,
        stamp=change.raised_at,
        sequence=held.version - 1,
        status=status,
        categories=("CHANGE",),
        own={"KIND": "change", "STATE": state},
    )

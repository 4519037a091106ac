"""The calendar of changes, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, TypeVar

from cmdb.change.calendar.calendar import KINDS
from cmdb.change.calendar.calendar_import import CalendarImport
from cmdb.change.changes import Keep
from cmdb.model.calendar_facts import CalendarFacts
from cmdb.model.change import ChangeState
from cmdb.model.kind import Kind
from cmdb.records import Held, Listing, from_document, to_json
from impact.questions.calendar_moves import MoveAnswer
from impact.questions.calendar_overview import CalendarAnswer
from impact.questions.conflicts import COUNTED, ConflictsAnswer
from impact.questions.projected_outage import ProjectedOutage
from impact.questions.safe_window import SafeWindowAnswer
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of

T = TypeVar("T")
_ANSWER = Kind(ConflictsAnswer, name="conflicts")
_PATHS = {"freeze": "freezes", "peak": "peaks", "maintenance": "maintenance", "capacity": "capacities"}
_LISTS = ("services", "cis", "classes", "environments")


def conflicts_in(
    context: RemoteContext,
    *,
    since: str | None = None,
    until: str | None = None,
    down: Sequence[str] = (),
    states: Sequence[ChangeState] = COUNTED,
    moves: bool = True,
) -> ConflictsAnswer:
    query = {
        "from": since,
        "to": until,
        "down": list(down),
        "state": [state.value for state in states],
        "moves": str(moves).lower(),
    }
    return from_document(_ANSWER, context.server.get("calendar", "conflicts", **query).document)


# entries -------------------------------------------------------------------------------------------------------------
def add(context: RemoteContext, what: str, given: Mapping[str, Any]) -> Held[Any]:
    return held(KINDS[what], context.server.send("POST", "calendar", _PATHS[what], body=_body(given)))


def get(context: RemoteContext, what: str, entry_id: str, *, at: Any = None) -> Held[Any]:
    return held(KINDS[what], context.server.get("calendar", _PATHS[what], entry_id, at=at))


def listing(context: RemoteContext, what: str, **wanted: Any) -> Listing[Any]:
    return page_of(KINDS[what], context.server.get("calendar", _PATHS[what], **wanted).document)


def withdraw(
    context: RemoteContext, what: str, entry_id: str, *, reason: str, expected_version: int | None = None
) -> Held[Any]:
    path = ("calendar", _PATHS[what], entry_id)
    version = context.server.version_of(*path) if expected_version is None else expected_version
    return held(KINDS[what], context.server.send("POST", *path, "withdraw", body={"reason": reason}, version=version))


def renew(context: RemoteContext) -> tuple[str, ...]:
    return tuple(context.server.send("POST", "calendar", "renew").document["renewed"])


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given of an entry as the API takes it; what says nothing is left out."""
    body = {key: value for key, value in given.items() if value is not None}
    for key in ("schedule", "hours", "covers"):
        if key in body:
            stated = to_json(Kind(type(body[key]), name=key), body[key])
            body[key] = {name: value for name, value in stated.items() if value not in (None, [], False)}
    return body


# iCalendar -----------------------------------------------------------------------------------------------------------
def feed(
    context: RemoteContext, *, what: Sequence[str], since: datetime | None = None, until: datetime | None = None
) -> bytes:
    content = BytesIO()
    period = {"from": since and since.isoformat(), "to": until and until.isoformat()}
    context.server.download(content, "calendar", "feed.ics", what=list(what), **period)
    return content.getvalue()


def import_calendar(
    context: RemoteContext,
    content: bytes,
    *,
    source: str,
    as_: str | None = None,
    given: Mapping[str, Any] | None = None,
    zone: str = "UTC",
    dry_run: bool = False,
) -> CalendarImport:
    fields = dict(given or {})
    covers = fields.pop("covers", None)
    if covers is not None:
        fields |= {key: list(getattr(covers, key)) for key in _LISTS}
        fields["everything"] = covers.everything
    query = {"source": source, "as": as_, "zone": zone, "dry_run": dry_run, **fields}
    answer = context.server.upload(
        "POST", "calendar", "import", content=content, media="text/calendar", headers={}, **query
    )
    return _read(CalendarImport, answer.document)


# questions -----------------------------------------------------------------------------------------------------------
def overview(
    context: RemoteContext, *, since: str | None = None, until: str | None = None, conflicts: bool = True
) -> CalendarAnswer:
    query = {"from": since, "to": until, "conflicts": conflicts}
    return _read(CalendarAnswer, context.server.get("calendar", **query).document)


def projected_outage(context: RemoteContext, *, since: str | None = None, until: str | None = None) -> ProjectedOutage:
    query = {"from": since, "to": until}
    return _read(ProjectedOutage, context.server.get("calendar", "outage", **query).document)


def calendar_facts(
    context: RemoteContext, change_id: str, *, window: tuple[str, str] | Keep = Keep.KEEP
) -> CalendarFacts:
    query = {} if isinstance(window, Keep) else {"from": window[0], "to": window[1]}
    return _read(CalendarFacts, context.server.get("calendar", "changes", change_id, "facts", **query).document)


def moved(context: RemoteContext, change_id: str, *, to: str) -> MoveAnswer:
    return _read(MoveAnswer, context.server.get("calendar", "changes", change_id, "moved", to=to).document)


def next_window(
    context: RemoteContext, change_id: str, *, since: str | None = None, days: int = 90, grid: int = 15
) -> SafeWindowAnswer:
    query = {"from": since, "days": days, "grid": grid}
    answer = context.server.get("calendar", "changes", change_id, "next-window", **query)
    return _read(SafeWindowAnswer, answer.document)


def _read(answer: type[T], document: Mapping[str, Any]) -> T:
    return from_document(Kind(answer, name="answer"), document)

"""
Calendars of others brought in: each event becomes a freeze, a peak event or a maintenance window, with its recurrence.

An event is known by its UID, so bringing the same file in twice changes nothing, a later one changes what it changed,
and one that is cancelled there is withdrawn here. Everything that is new or changed is written as one revision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, NamedTuple

from cmdb.change.calendar.calendar import KINDS, claims_of, judged, made_of
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.change.text_input import zone_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.ics import IcsEvent, read
from cmdb.model.calendar_entry import Covered, EntryState, Withdrawal
from cmdb.model.kind import Kind
from cmdb.ports.store import OneOf, Put
from cmdb.records import Held, from_document, to_document

ENTRY = "ENTRY"
"""The property of ours that holds what iCalendar has no words for, as JSON."""

BROUGHT = ("freeze", "peak", "maintenance")
CANCELLED = "CANCELLED"
_KEYS: Mapping[str, Mapping[str, type]] = {
    "freeze": {"emergency_passes": bool},
    "peak": {"demand": float, "counts_as_freeze": bool, "emergency_passes": bool},
    "maintenance": {"agreed": bool, "notified": bool, "minutes": int},
}
_PASSED, _UNCHANGED = "passed over", "unchanged"
_LISTS = ("services", "cis", "classes", "environments")


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """One event that is new, changed or withdrawn: ``what`` happened, to which entry (None: not written yet)."""

    what: str
    kind: str
    id: str | None
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class CalendarImport:
    """
    What an import did, or with ``dry_run`` would do.

    ``passed_over`` counts the events that are changes of a feed of ours, and those withdrawn here or cancelled there of
    which nothing is to be done. ``revision`` is None where nothing was written.
    """

    dry_run: bool
    revision: int | None
    new: int
    changed: int
    unchanged: int
    withdrawn: int
    passed_over: int
    events: tuple[BroughtIn, ...]


class _Planned(NamedTuple):
    what: str
    kind: str
    made: Any
    was: Held[Any] | None
    line: int


def import_calendar(
    context: Context,
    content: bytes,
    *,
    source: str,
    as_: str | None = None,
    given: Mapping[str, Any] | None = None,
    zone: str = "UTC",
    dry_run: bool = False,
) -> CalendarImport:
    """
    Bring the events of a calendar in; ``source`` says where they come from.

    ``as_`` is what events become that do not say so themselves, one of :data:`BROUGHT`; ``given`` has the fields they
    do not say: ``covers`` and those of the record. Days, and times without a zone, are meant in ``zone``.

    Raises:
        NotAllowed: the actor may not bring calendars in.
        InvalidInput: the file or what is given is wrong; every problem is named, nothing is written.
        VersionConflict: somebody changed one of the entries meanwhile.
    """
    context.allow("calendar:import")
    meant = zone_of(zone)
    if meant is None:
        sentence = "{zone!r} is no time zone of the IANA list and no offset such as +01:00"
        problem = Problem("time.unknown_zone", sentence, {"zone": zone[:80]}, "/zone")
        raise InvalidInput([problem], what=source, setting=True)
    events, problems = read(content, zone=meant, zone_name=zone)
    known = _known(context, [event.uid for event in events])
    plans: list[_Planned] = []
    counts = {_PASSED: 0, _UNCHANGED: 0}
    for event in events:
        was = known.get(event.uid)
        plan, wrong = _plan(context, event, event.own.get("KIND", as_ or ""), given or {}, was, source)
        problems += wrong
        if isinstance(plan, str):
            counts[plan] += 1
        elif plan is not None:
            plans.append(plan)
    if problems:
        raise InvalidInput(problems, what=source)
    return _written(context, plans, counts[_PASSED], counts[_UNCHANGED], dry_run)


def _plan(
    context: Context,
    event: IcsEvent,
    kind: str,
    given: Mapping[str, Any],
    was: tuple[str, Held[Any]] | None,
    source: str,
) -> tuple[_Planned | str | None, list[Problem]]:
    """Return what is to be done of an event, or the word for why nothing is, and what is wrong with it."""
    if kind == "change":
        return _PASSED, []
    counts = was is not None and was[1].record.withdrawal is None
    if event.status == CANCELLED and was is not None and counts:
        gone = _cancelled(context, was[1].record, source)
        return _Planned("withdrawn", was[0], gone, was[1], event.line), []
    if event.status == CANCELLED or (was is not None and not counts):
        return _PASSED, []
    made, problems = _made(context, event, kind, given, was)
    if made is None:
        return None, problems
    if was is None:
        return _Planned("new", kind, made, None, event.line), problems
    if _same(made, was[1].record):
        return _UNCHANGED, problems
    return _Planned("changed", kind, made, was[1], event.line), problems


def _written(context: Context, plans: Sequence[_Planned], passed: int, unchanged: int, dry_run: bool) -> CalendarImport:
    revision = None
    if not dry_run and plans:
        plans = [
            plan if plan.was else plan._replace(made=replace(plan.made, id=context.new_id(KINDS[plan.kind])))
            for plan in plans
        ]
        puts = [
            Put(
                KINDS[plan.kind],
                to_document(KINDS[plan.kind], plan.made),
                plan.was.version if plan.was else 0,
                () if plan.what == "withdrawn" else claims_of(plan.made),
            )
            for plan in plans
        ]
        revision = context.records.put_all(puts, because="calendar:imported").revision
    counts = {what: sum(plan.what == what for plan in plans) for what in ("new", "changed", "withdrawn")}
    return CalendarImport(
        dry_run=dry_run,
        revision=revision,
        new=counts["new"],
        changed=counts["changed"],
        unchanged=unchanged,
        withdrawn=counts["withdrawn"],
        passed_over=passed,
        events=tuple(BroughtIn(p.what, p.kind, p.made.id or None, p.made.name, p.line) for p in plans),
    )


def _known(context: Context, uids: Sequence[str]) -> dict[str, tuple[str, Held[Any]]]:
    """Return the entries that have one of these UIDs, withdrawn or not, with what they are."""
    found: dict[str, tuple[str, Held[Any]]] = {}
    for what in BROUGHT:
        kind: Kind[Any] = KINDS[what]
        for start in range(0, len(uids), 500):
            where, after = [OneOf("uid", tuple(uids[start : start + 500]))], None
            while True:
                page = context.store.find(kind, where, after=after, limit=1000)
                for row in page.rows:
                    held = Held(from_document(kind, row.document), row.version, row.revision)
                    if held.record.withdrawal is None or held.record.uid not in found:
                        found[held.record.uid] = what, held
                after = page.after
                if after is None:
                    break
    return found


def _cancelled(context: Context, entry: Any, source: str) -> Any:
    why = Withdrawal(context.actor.id, context.clock.now(), f"cancelled in {source}"[:2000])
    return replace(entry, state=EntryState.WITHDRAWN, withdrawal=why)


def _made(
    context: Context, event: IcsEvent, kind: str, given: Mapping[str, Any], was: tuple[str, Held[Any]] | None
) -> tuple[Any, list[Problem]]:
    """Return the entry of an event, None where anything is wrong, and every problem at the event's line."""
    if kind not in BROUGHT:
        facts = {"uid": event.uid, "known": ", ".join(BROUGHT)}
        sentence = "nothing says what the event {uid} is; say as what to bring it in: {known}"
        return None, [Problem("calendar.as_what", sentence, facts, line=event.line)]
    if was is not None and was[0] != kind:
        facts = {"uid": event.uid, "entry": was[1].record.id, "was": was[0], "kind": kind}
        sentence = "the event {uid} is {entry}, a {was} entry, and can not become one of {kind}"
        return None, [Problem("calendar.other_kind", sentence, facts, line=event.line)]
    own, problems = _own(event, kind)
    fields: dict[str, Any] = {"covers": Covered(), **given, **own}
    fields = {key: fields[key] for key in ("covers", *_KEYS[kind]) if key in fields}
    if kind == "peak" and "demand" not in fields:
        sentence = "nothing says how many times the usual demand is expected"
        problems.append(Problem("calendar.no_demand", sentence, {}, line=event.line))
    fields |= {
        "name": " ".join(event.summary.split()),
        "reason": " ".join(event.description.split()),
        "schedule": ScheduleGiven(
            event.start, event.end, event.rule, event.excluded, event.added, zone=event.zone or "UTC"
        ),
    }
    if not problems:
        fields, problems = judged(context, kind, fields)
    if problems:
        return None, [replace(each, pointer=None, line=event.line) for each in problems]
    entry_id = "" if was is None else was[1].record.id
    return made_of(context, KINDS[kind], entry_id, {**fields, "uid": event.uid}), []


def _own(event: IcsEvent, kind: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields that a property of ours states, and what is wrong with it."""
    text = event.own.get(ENTRY)
    if text is None:
        return {}, []
    try:
        stated = json.loads(text)
        found = dict(_fields(stated, kind))
    except (ValueError, TypeError, RecursionError) as error:
        facts = {"name": f"X-FORESHOCK-{ENTRY}", "cause": str(error)[:200]}
        return {}, [Problem("ics.broken", "{name} can not be read: {cause}", facts, line=event.line)]
    return found, []


def _fields(stated: Any, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an entry's JSON; raises ValueError at the first that is not as we write it."""
    if not isinstance(stated, dict):
        raise TypeError("it is no object")
    for key, value in stated.items():
        if key == "covers":
            yield key, _covered(value)
        elif key in _KEYS[kind] and (isinstance(value, _KEYS[kind][key]) or (key == "demand" and type(value) is int)):
            if isinstance(value, bool) is not (_KEYS[kind][key] is bool):
                raise ValueError(f"{key} is {value}")
            yield key, value if key != "demand" else float(str(value))
        else:
            raise ValueError(f"{str(key)[:40]} is no field of a {kind} entry, or not of that form")


def _covered(value: Any) -> Covered:
    if not isinstance(value, dict) or not value.keys() <= {"everything", *_LISTS}:
        raise ValueError("covers is no object of everything, services, cis, classes and environments")
    lists = {key: value.get(key, []) for key in _LISTS}
    if not all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in lists.values()):
        raise ValueError("covers has lists of texts")
    if not isinstance(value.get("everything", False), bool):
        raise TypeError("everything is true or false")
    return Covered(value.get("everything", False), **{key: tuple(each) for key, each in lists.items()})


def _same(made: Any, was: Any) -> bool:
    """Tell whether an event says what its entry says already, however far ahead its rule was expanded then."""
    stated = replace(made, stated_by=was.stated_by, stated_at=was.stated_at)
    schedule = replace(made.schedule, known_until=was.schedule.known_until, intervals=was.schedule.intervals)
    if was.schedule.zone[0] in "+-":
        # iCalendar has no zones that are offsets; what has one never comes again, so its moments say all.
        schedule = replace(schedule, zone=was.schedule.zone)
    return bool(replace(stated, schedule=schedule) == was)


def own_text(entry: Any, what: str) -> str:
    """Return what a property of ours states of an entry; :func:`import_calendar` reads it."""
    covers = {key: list(getattr(entry.covers, key)) for key in _LISTS if getattr(entry.covers, key)}
    stated: dict[str, Any] = {"covers": {"everything": True} if entry.covers.everything else covers}
    for key in _KEYS[what]:
        if getattr(entry, key) is not None:
            stated[key] = getattr(entry, key)
    return json.dumps(stated, ensure_ascii=False, sort_keys=True)


def event_of(entry: Any, what: str, version: int) -> IcsEvent:
    """Return an entry as an event; it names nobody."""
    schedule = entry.schedule
    return IcsEvent(
        uid=entry.uid,
        summary=entry.name,
        start=schedule.start,
        end=schedule.end,
        zone=schedule.zone if schedule.zone[0] not in "+-" else "UTC",
        rule=schedule.rule,
        excluded=schedule.excluded,
        added=schedule.added,
        description=entry.reason,
        stamp=entry.stated_at.astimezone(UTC),
        sequence=version - 1,
        categories=(what.upper(),),
        own={"KIND": what, ENTRY: own_text(entry, what)},
    )

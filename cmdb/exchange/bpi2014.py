"""
Reads the ITIL change and incident records of the public BPI Challenge 2014 as a history of changes.

Both are CSV separated by semicolons: changes (``Detail_Change.csv``) with a line for each CI of a change, and incidents
(``Detail_Incident.csv``), of which one may name the change it was traced to in ``Related Change``. Times are those of a
clock in Utrecht without an offset (``24-9-2013 13:05``); they are read as UTC, which keeps their order.

No record says how a change went. So a change **failed** when an incident names it, and was a success otherwise: its
outcome is known when the first such incident was opened, or else when the change's record was closed. A change
without an actual or a planned start is left out, and so is one whose record was closed before it started; they are
counted. What those records hold that was written after the start (actual end, counts of related incidents) is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

from cmdb.exchange.change_history import ChangeHistory, in_order
from cmdb.exchange.csv_records import Columns, read_table
from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.past_change import PastChange, PlannedChange

CHANGE, CI, CI_TYPE = "Change ID", "CI Name (aff)", "CI Type (aff)"
OPENED, CLOSED = "Change record Open Time", "Change record Close Time"
CHANGE_COLUMNS = (CHANGE, CI, "Planned Start", "Actual Start", OPENED, CLOSED)
RELATED, INCIDENT_OPENED = "Related Change", "Open Time"
INCIDENT_COLUMNS = ("Incident ID", RELATED, INCIDENT_OPENED)
LIKE = "24-9-2013 13:05"

SENTENCES = {
    "bpi2014.time": "{key} is {text}, which is no time; write it as {like}",
    "bpi2014.no_changes": "no line of it is a change with a start; each has a Change ID and an actual or planned start",
}
_TIME = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_NOTHING = frozenset({"", "#N/B", "#MULTIVALUE", "#N/A", "NULL", "Unknown"})
_TRUTHS = {"y": 1.0, "yes": 1.0, "n": 0.0, "no": 0.0}


def read_bpi2014(changes: BinaryIO, incidents: BinaryIO, what: str) -> ChangeHistory:
    """
    Read both files; ``what`` names the file of changes in errors.

    The notes of the history say what was taken for a failure, and how many changes were left out and why.

    Raises:
        InvalidInput: all that is wrong with the changes, or else with the incidents, each at its line.
    """
    faults = Faults()
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, texts in _rows(changes, CHANGE_COLUMNS, faults):
        if texts[CHANGE] not in _NOTHING:
            rows.setdefault(texts[CHANGE], []).append((line, texts))
    faults.refuse(what)
    blamed = _blamed(incidents)
    found, left_out = [], {"without_start": 0, "closed_before_start": 0}
    for key, lines in rows.items():
        change = _change(key, lines, blamed.get(key), faults, left_out)
        if change is not None:
            found.append(change)
    if not found and not faults.count:
        faults.keep(problem("bpi2014.no_changes", SENTENCES["bpi2014.no_changes"], 1))
    faults.refuse(what)
    notes = ("bpi2014.failed_when_an_incident_names_it", *(f"bpi2014.{why}:{n}" for why, n in left_out.items() if n))
    return ChangeHistory(in_order(found), ("cab_approval", "downtime_hours", "emergency", "risk_assessment"), notes)


def is_bpi2014(head: bytes) -> bool:
    """Tell whether the first line of a file is that of changes in this format."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    return CHANGE in [field.strip(' "\r') for field in line.split(";")]


def _blamed(stream: BinaryIO) -> dict[str, datetime]:
    """Return when the first incident that names a change was opened, by the change."""
    faults = Faults()
    first: dict[str, datetime] = {}
    for line, texts in _rows(stream, INCIDENT_COLUMNS, faults):
        if texts[RELATED] in _NOTHING:
            continue
        opened = _moment(INCIDENT_OPENED, texts[INCIDENT_OPENED], line, faults)
        if opened is not None:
            first[texts[RELATED]] = min(opened, first.get(texts[RELATED], opened))
    faults.refuse("the incidents")
    return first


def _change(
    key: str,
    lines: Sequence[tuple[int, dict[str, str]]],
    incident: datetime | None,
    faults: Faults,
    left_out: dict[str, int],
) -> PastChange | None:
    line, texts = lines[0]
    planned, actual, opened, closed, end, down, up = (
        _moment(name, texts.get(name, ""), line, faults)
        for name in (
            *("Planned Start", "Actual Start", OPENED, CLOSED, "Planned End"),
            *("Scheduled Downtime Start", "Scheduled Downtime End"),
        )
    )
    start = actual or planned
    if start is None:
        left_out["without_start"] += 1
        return None
    failed = incident is not None and incident >= start
    known = incident if failed else closed
    if known is None or known < start:
        left_out["closed_before_start"] += 1
        return None
    facts: dict[str, float] = {}
    for name, column in (("emergency", "Emergency Change"), ("cab_approval", "CAB-approval needed")):
        if (truth := _TRUTHS.get(texts.get(column, "").lower())) is not None:
            facts[name] = truth
    risk = {"minor change": 1.0, "business change": 2.0, "major business change": 3.0}
    if (degree := risk.get(texts.get("Risk Assessment", "").lower())) is not None:
        facts["risk_assessment"] = degree
    if down is not None and up is not None and up >= down:
        facts["downtime_hours"] = (up - down).total_seconds() / 3600.0
    targets = {one[CI]: one.get(CI_TYPE, "") for _, one in lines if one[CI] not in _NOTHING}
    window = None
    if planned is not None and end is not None and end >= planned:
        window = (end - planned).total_seconds() / 60.0
    return PastChange(
        PlannedChange(
            id=key,
            starts_at=start,
            type="emergency" if facts.get("emergency") else "normal",
            model=_named(texts.get("Change Type", "")),
            team=_named(texts.get("Service Component WBS (aff)", "")),
            targets=tuple(sorted(targets)),
            classes=tuple(targets[name] for name in sorted(targets)),
            requested_at=opened,
            window_minutes=window,
            facts=facts,
        ),
        ChangeOutcome.FAILED if failed else ChangeOutcome.SUCCESS,
        known,
    )


def _named(text: str) -> str | None:
    return None if text in _NOTHING else text


def _rows(stream: BinaryIO, needed: Sequence[str], faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line's fields by the names of their columns; columns that are not needed may be any."""
    table = read_table(stream, Columns(needed, separator=";"), faults)
    if table is not None:
        yield from ((row.line, row.texts) for row in table.rows)


def _moment(key: str, text: str, line: int, faults: Faults) -> datetime | None:
    if text in _NOTHING:
        return None
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        _tell(faults, "bpi2014.time", line, key=key, text=shown(text), like=LIKE)
        return None


def _tell(faults: Faults, code: str, line: int, **facts: Any) -> None:
    faults.keep(problem(code, SENTENCES[code], line, **facts))

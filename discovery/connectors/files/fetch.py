"""
Reads files; of each only what the settings or the format name goes on: no other column, no environment, no secret.

A file that can not be read at all fails as its target; where single rows or records can not be, they are told and what
was read is not the whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO

from cmdb.errors import Problem
from cmdb.exchange import estate
from cmdb.exchange.compose import read_compose
from cmdb.exchange.cyclonedx import read_cyclonedx
from cmdb.exchange.documents import MAX_DOCUMENT
from cmdb.exchange.estate import Faults
from cmdb.exchange.estate.limits import MIB
from cmdb.exchange.tables import Findings, Row, Table, TableSpoilt, read
from cmdb.exchange.tables.values import Unfit, text_of
from cmdb.model.table_mapping import RelationColumn, TableMapping
from discovery.connectors.files.folder import listed, opened
from discovery.connectors.files.kinds import kind_of
from discovery.ports import Line, Part, Target, Unreadable

PAGE = 1_000
MOST_FAULTS = 100
_TABLE_OPTIONS = ("form", "sheet", "header", "encoding", "delimiter")


def targets(settings: Any, line: Line) -> Iterable[Target]:
    """Return every file that the patterns name, by its path below the root."""
    return [Target(path) for path in listed(settings["root"], settings["paths"], line, most=settings["most_files"])]


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield what a file says, tables and estates a thousand records a part."""
    with opened(settings["root"], target.id, line) as stream:
        kind = settings["format"]
        if kind == "auto":
            kind = kind_of(target.id, stream)
        line.check()
        if kind == "table":
            yield from _table(target, settings.get("table"), stream, line)
        elif kind == "estate":
            yield from _estate(target, stream, line)
        else:
            yield _document(target, kind, _text(target, stream), line)


def mapping_of(table: Any) -> TableMapping:
    """Return what the settings say of columns."""
    attributes = {column: meaning.partition(":")[0] for column, meaning in table["attributes"].items()}
    relations = tuple(RelationColumn(**each) for each in table["relations"])
    return TableMapping(
        "",
        table["id"],
        table.get("ci_class"),
        table.get("class_column"),
        table.get("name"),
        attributes,
        relations,
        table["separators"],
        tuple(table["empty"]),
    )


# tables --------------------------------------------------------------------------------------------------------------
def _table(target: Target, table: Any, stream: BinaryIO, line: Line) -> Iterator[Part]:
    if table is None:
        reason = "it is a table, and the settings have no table that says what its columns mean"
        raise Unreadable(target=target.id, reason=reason)
    findings = Findings()
    options = {name: table[name] for name in _TABLE_OPTIONS if name in table}
    options.setdefault("form", {"yaml": "yaml", "yml": "yaml"}.get(target.id.rpartition(".")[2].lower()))
    try:
        found = read(stream, findings, check=line.check, **options)
        wanted = _wanted(target, table, found)
        yield from _pages(found, wanted, findings, line)
    except TableSpoilt:
        raise Unreadable(target=target.id, reason=_reason(findings.file)) from None
    yield from _told([fault for row in sorted(findings.rows) for fault in findings.rows[row]], wanted)
    for note in findings.notes:
        line.note("files.note", said=note.message)


def _wanted(target: Target, table: Any, found: Table) -> dict[str, int]:
    """Return where the columns are that the settings name."""
    named = dict.fromkeys((*mapping_of(table).columns, *table["labels"]))
    missing = sorted(set(named) - set(found.columns))
    if missing and found.form in ("csv", "xlsx"):
        raise Unreadable(target=target.id, reason=f"it has no column {', '.join(missing)[:300]}")
    return {name: found.columns.index(name) for name in named if name in found.columns}


def _pages(found: Table, wanted: dict[str, int], findings: Findings, line: Line) -> Iterator[Part]:
    about: dict[str, Any] = {"columns": list(wanted)}
    if found.epoch is not None:
        about["epoch"] = found.epoch.isoformat()
    first = True
    while rows := list(islice(found.rows, PAGE)):
        line.check()
        good = [row for row in rows if row.sound or not _counts(findings, row.number, wanted)]
        cells = [[row.number, *_cells(row, wanted)] for row in good]
        yield Part("rows", {**about, "rows": cells}, whole=len(good) == len(rows))
        first = False
    if first:
        yield Part("rows", {**about, "rows": []})


def _counts(findings: Findings, row: int, wanted: Iterable[str]) -> bool:
    """Tell whether something is wrong with a row beyond the columns that nobody reads."""
    return any(fault.facts.get("column", "") in ("", *wanted) for fault in findings.rows.get(row, ()))


def _cells(row: Row, wanted: dict[str, int]) -> Iterator[Any]:
    for at in wanted.values():
        cell = row.cells[at]
        try:
            yield text_of(cell) if isinstance(cell, (date, datetime)) else cell
        except Unfit:
            yield None


def _told(faults: Sequence[Problem], wanted: Iterable[str] | None) -> Iterator[Part]:
    """Yield what is wrong with rows or records, if anything; of columns that nobody reads nothing is told."""
    named = None if wanted is None else ("", *wanted)
    kept = [each for each in faults if named is None or each.facts.get("column", "") in named]
    if kept:
        body = {"faults": [{"at": each.place, "said": each.message[:500]} for each in kept[:MOST_FAULTS]]}
        yield Part("faults", {**body, "count": len(kept)}, whole=False)


# estates and documents -----------------------------------------------------------------------------------------------
def _estate(target: Target, stream: BinaryIO, line: Line) -> Iterator[Part]:
    faults, some = Faults(), False
    rows = ([kind, document] for _, kind, document, sound in estate.read(stream, faults) if sound)
    while page := list(islice(rows, PAGE)):
        line.check()
        some = True
        yield Part("records", page)
    if faults.count and not some:
        raise Unreadable(target=target.id, reason=_reason(faults.problems))
    if not some:
        yield Part("records", [])
    yield from _told(faults.problems, None)


def _document(target: Target, kind: str, text: str, line: Line) -> Part:
    faults = Faults()
    found: Any = read_compose(text, faults, check=line.check) if kind == "compose" else read_cyclonedx(text, faults)
    if found is None:
        raise Unreadable(target=target.id, reason=_reason(faults.problems))
    # Through JSON, so that what was fetched is the same as what is kept of it.
    return Part(kind, json.loads(json.dumps(asdict(found))))


def _text(target: Target, stream: BinaryIO) -> str:
    pieces, size = [], 0
    while piece := stream.read(MIB):
        size += len(piece)
        if size > MAX_DOCUMENT:
            raise Unreadable(target=target.id, reason=f"it has more than {MAX_DOCUMENT} bytes")
        pieces.append(piece)
    try:
        return b"".join(pieces).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(target=target.id, reason=f"byte {error.start + 1} is not UTF-8") from None


def _reason(faults: Sequence[Problem]) -> str:
    first = faults[0]
    where = f"{first.place}: " if first.line is not None or first.pointer else ""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{where}{first.message[:400]}{more}"

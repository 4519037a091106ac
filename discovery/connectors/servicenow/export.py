"""Reads exported tables: JSON as ServiceNow's processors write it, and CSV with the names of the fields on top."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from discovery.connectors.servicenow.tables import CI_FIELDS, RELATION_FIELDS, RELATION_SYNONYMS, RELATIONS
from discovery.ports import Line, Part, Target, Unreachable, Unreadable
from discovery.ports.json_text import NotJson, loads
from discovery.ports.local import MIB, read_text

_LOOKS_EVERY = 2_000
_REFERENCES = ("manufacturer", "model_id", "location", "support_group", "managed_by_group", "company")


def read_export(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield a part for each table that has a file.

    Raises:
        Unreachable: there is no such folder, or none of the tables in it.
        TargetError: a file is not what its name says.
    """
    folder = Path(settings["export_folder"])
    found = 0
    for table in (*settings["tables"], RELATIONS):
        path = next((each for end in (".json", ".csv") if (each := folder / f"{table}{end}").is_file()), None)
        if path is None:
            continue
        found += 1
        line.check()
        text = read_text(path, line, target=target.id, most_bytes=settings["most_megabytes"] * MIB)
        rows = list(_rows(text, path, target, line))
        cut = len(rows) > settings["most_records"]
        if cut:
            line.note("servicenow.not_whole", table=table, read=settings["most_records"], count=len(rows))
        fields = RELATION_FIELDS if table == RELATIONS else CI_FIELDS
        yield Part(table, [_kept(row, fields) for row in rows[: settings["most_records"]]], whole=not cut)
    if not found:
        raise Unreachable(target=target.id, reason=f"{folder.name} has no file that is named after a table")


def _rows(text: str, path: Path, target: Target, line: Line) -> Iterator[dict[str, Any]]:
    if path.suffix == ".csv":
        yield from _csv_rows(text, path, target, line)
        return
    try:
        body = loads(text)
    except NotJson as wrong:
        raise Unreadable(target=target.id, reason=f"{path.name}: {wrong}") from None
    rows = body.get("records", body.get("result")) if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(target=target.id, reason=f"{path.name} has no records")
    if isinstance(body, dict) and "error" in body:
        raise Unreadable(target=target.id, reason=f"{path.name} ends with an error of the instance")
    yield from rows


def _csv_rows(text: str, path: Path, target: Target, line: Line) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        if not {"name", "sys_id", "parent"} & set(names):
            raise Unreadable(target=target.id, reason=f"{path.name} has no field called sys_id, name or parent on top")
        reader.fieldnames = names
        for number, row in enumerate(reader):
            if number % _LOOKS_EVERY == 0:
                line.check()
            if None in row or None in row.values():
                raise Unreadable(target=target.id, reason=f"{path.name}: line {reader.line_num} has other columns")
            yield row
    except csv.Error as wrong:
        raise Unreadable(target=target.id, reason=f"{path.name}: line {reader.line_num}: {wrong}") from None


def _kept(row: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """
    Return the fields that are read, in the form of the Table API.

    An export names a reference by the field alone (manufacturer, with the display value) or has the display value
    beside it under dv_; the API is asked for manufacturer.name.
    """
    found: dict[str, Any] = {}
    for name in fields:
        base, _, walked = name.partition(".")
        if name in row:
            shown = row.get(f"dv_{name}")
            found[name] = {"value": row[name], "display_value": shown} if isinstance(shown, str) else row[name]
        elif walked == "name" and base in _REFERENCES:
            value = row.get(f"dv_{base}", row.get(base))
            if isinstance(value, dict):
                value = value.get("display_value")
            if isinstance(value, str):
                found[name] = value
    for name, ours in RELATION_SYNONYMS.items():
        if ours in fields and ours not in found and name in row:
            value = row.get(f"dv_{name}", row[name])
            found[ours] = value.get("display_value") if isinstance(value, dict) else value
    return found

"""Estate files for tests: written in one line, read by the real reader."""

from __future__ import annotations

import io
import json
from typing import Any

from cmdb.configuration.export import export_estate
from cmdb.configuration.intake import ImportReport, import_estate
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem


def an_item(ci_id: str, ci_class: str = "server", **keys: Any) -> dict[str, Any]:
    return {"id": ci_id, "class": ci_class, "name": ci_id, **keys}


def a_relation(source: str, target: str, **keys: Any) -> dict[str, Any]:
    return {"source": source, "target": target, "type": "depends_on", **keys}


def a_group(item: str, name: str = "pool", needs: int | str = 1, **keys: Any) -> dict[str, Any]:
    return {"item": item, "name": name, "needs": needs, **keys}


def an_estate(*records: dict[str, Any]) -> dict[str, Any]:
    """Return the document of the records, each put where its keys say it belongs."""
    parts: dict[str, Any] = {"format": "estate/1", "items": [], "relations": [], "groups": []}
    for record in records:
        kind = "items" if "class" in record else "relations" if "source" in record else "groups"
        parts[kind].append(record)
    return parts


def lines_of(estate: dict[str, Any]) -> bytes:
    rows = [{"format": "estate/1"}]
    for part, kind in (("items", "item"), ("relations", "relation"), ("groups", "group")):
        rows += [{"kind": kind, **record} for record in estate[part]]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def take(context: Context, *records: dict[str, Any], source: str = "estate.json", **options: Any) -> ImportReport:
    """Import the records as one document."""
    return import_estate(context, io.BytesIO(json.dumps(an_estate(*records)).encode()), source=source, **options)


def faults_of(context: Context, *records: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    """Return (code, pointer) of all that is wrong with the records."""
    return [(fault.code, fault.pointer or "") for fault in problems_of(context, *records, **options)]


def problems_of(context: Context, *records: dict[str, Any], **options: Any) -> tuple[Problem, ...]:
    """Return all that is wrong with the records, and hold that nothing was written where something is."""
    before = context.store.revision()
    found: tuple[Problem, ...] = ()
    try:
        take(context, *records, **options)
    except InvalidInput as refused:
        found = refused.problems
    assert all(fault.message for fault in found)
    assert not found or context.store.revision() == before
    return found


def given_out(context: Context, **options: Any) -> dict[str, Any]:
    """Return the estate as the export gives it."""
    out = io.BytesIO()
    export_estate(context, out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found

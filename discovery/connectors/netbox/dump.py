"""Reads what ``manage.py dumpdata`` wrote of NetBox's database: one JSON list of objects of every model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from discovery.connectors.netbox.models import COUNTS, IN_DUMPS, MODELS, kept
from discovery.ports import Line, Part, Target, Unreadable
from discovery.ports.json_text import NotJson, entries
from discovery.ports.local import MIB, read_text

_LOOKS_EVERY = 2_000  # Objects between two looks at whether the reading was cancelled.
_MOST_MODELS = 2_000


def read_dump(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield a part for each model that is read, then one that counts the objects of every model.

    Raises:
        Unreadable: it is no such dump, or is cut off.
        TargetError: as reading a file.
    """
    text = read_text(Path(settings["dump_file"]), line, target=target.id, most_bytes=settings["most_megabytes"] * MIB)
    counts: Counter[str] = Counter()
    rows: dict[str, list[dict[str, Any]]] = {}
    cut: set[str] = set()
    custom = frozenset(settings["custom_fields"])
    wanted = (set(MODELS) - set(settings["leave_out"])) | set(IN_DUMPS)
    for model, row in _objects(text, target, line):
        counts[model] += 1
        if len(counts) > _MOST_MODELS:
            raise Unreadable(target=target.id, reason=f"the dump has more than {_MOST_MODELS} models")
        if model not in wanted:
            continue
        if counts[model] > settings["most_objects"]:
            cut.add(model)
            continue
        rows.setdefault(model, []).append({"id": row.get("pk"), **kept(model, row["fields"], custom)})
    if not counts.keys() & MODELS.keys():
        raise Unreadable(target=target.id, reason="the dump has no object of NetBox")
    for model in (*MODELS, *IN_DUMPS):
        if model in rows:
            if model in cut:
                line.note("netbox.not_whole", model=model, read=len(rows[model]), count=counts[model])
            yield Part(model, rows[model], whole=model not in cut)
    yield Part(COUNTS, dict(sorted(counts.items())))


def _objects(text: str, target: Target, line: Line) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        for number, row in enumerate(entries(text)):
            if number % _LOOKS_EVERY == 0:
                line.check()
            model = row.get("model") if isinstance(row, dict) else None
            if not isinstance(model, str) or not isinstance(row.get("fields"), dict) or len(model) > 200:
                raise Unreadable(target=target.id, reason=f"object {number + 1} of the dump has no model and fields")
            if model in MODELS and type(row.get("pk")) is not int:
                raise Unreadable(target=target.id, reason=f"object {number + 1} of the dump has no number as its key")
            yield model, row
    except NotJson as wrong:
        raise Unreadable(target=target.id, reason=f"the dump: {wrong}") from None

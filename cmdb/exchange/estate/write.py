"""
Writes an estate, as a JSON document or as JSON Lines, plain or gzip, a record at a time.

The same estate gives the same bytes: records come sorted by key from whoever hands them over, keys within a record have
one order, those within attributes are sorted, and a gzip carries no time and no name.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import Any, BinaryIO

from cmdb.exchange.estate.faults import FORMAT

_ORDER = {
    "item": ("id", "class", "name", "attributes", "unavailability", "mtbf_hours"),
    "relation": ("source", "target", "type", "group", "strength", "confidence"),
    "group": ("item", "name", "needs", "strength"),
}
_BATCH = 2_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
Documents = Iterable[Mapping[str, Any]]


def write(
    out: BinaryIO,
    items: Documents,
    relations: Documents,
    groups: Documents,
    *,
    lines: bool = False,
    compressed: bool = False,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """
    Write an estate to ``out`` and return how many records of each kind it has.

    ``lines`` makes it JSON Lines, ``compressed`` gzip. Keys that the format does not know are left out; ``progress``
    hears how many records were written so far.

    Raises:
        ValueError: a document holds a number that JSON does not have.
    """
    parts = (("items", "item", items), ("relations", "relation", relations), ("groups", "group", groups))
    # mtime 0 and no name: the same estate packs to the same bytes.
    packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) if compressed else None
    written: dict[str, int] = {}
    told = 0
    with packed or nullcontext(out) as target:
        target.write(f'{{"format":"{FORMAT}"{"}" if lines else ","}\n'.encode())
        for position, (name, kind, documents) in enumerate(parts):
            if not lines:
                target.write(f'{"," if position else ""}"{name}":['.encode())
            written[name] = 0
            for chunk in _chunks(kind, documents, tagged=lines):
                text = ("\n" if lines else ",\n").join(chunk)
                separator = "" if lines else ",\n" if written[name] else "\n"
                target.write(f"{separator}{text}{chr(10) if lines else ''}".encode())
                written[name] += len(chunk)
                told += len(chunk)
                if progress is not None:
                    progress(told)
            if not lines:
                target.write(b"]\n")
        if not lines:
            target.write(b"}\n")
    return written


def _chunks(kind: str, documents: Documents, *, tagged: bool) -> Iterable[list[str]]:
    order = _ORDER[kind]
    chunk = []
    for document in documents:
        record: dict[str, Any] = {"kind": kind} if tagged else {}
        for key in order:
            if key in document:
                record[key] = document[key]
        if "attributes" in record:
            record["attributes"] = _sorted(record["attributes"])
        chunk.append(_encode(record))
        if len(chunk) == _BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _sorted(value: Any) -> Any:
    """Return a value with the keys of every object in it sorted."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_sorted(entry) for entry in value]
    return value

"""
What becomes of a stored document when a source brings a record for it, and how the two differ.

A record that this source alone vouches for is replaced: what the source no longer says is gone. Where another source
(a form, another file) vouches for a CI as well, what this one does not say is kept, so that no source empties what
another filled. Relations and groups have so few fields that the record that comes stands as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cmdb.model.kind import Document

NEW, CHANGED, UNCHANGED, ADOPTED = range(4)
_NOTHING = object()


def fresh(name: str, record: Document, source: str) -> Document:
    """Return the document of a record that is not in the store yet; ``name`` is "item", "relation" or "group"."""
    document = {**record, "sources": [source]}
    if name == "item":
        document.setdefault("name", record["id"])
    return document


def merged(name: str, record: Document, standing: Document, source: str, *, whole: bool = False) -> Document:
    """Return what the stored document becomes, with ``whole`` all of the record; a retired CI comes back to life."""
    sources = standing.get("sources", [])
    document = {**record, "sources": sorted({*sources, source})}
    if name == "item":
        document.setdefault("name", standing["name"])
        if not whole and any(other != source for other in sources):
            attributes = {**standing.get("attributes", {}), **record.get("attributes", {})}
            kept: Document = {key: standing[key] for key in ("unavailability", "mtbf_hours") if key in standing}
            document = {**kept, **document, **({"attributes": attributes} if attributes else {})}
    return document


def verdict(before: Document, after: Document) -> int:
    """Return UNCHANGED, ADOPTED when only a source was added, or CHANGED."""
    if same(before, after):
        return UNCHANGED
    without = ({key: value for key, value in each.items() if key != "sources"} for each in (before, after))
    return ADOPTED if same(*without) else CHANGED


def same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal; true is not 1 in JSON, as it is in Python, and 1.0 is 1."""
    return one == other and _same_kinds(one, other)


def _same_kinds(one: Any, other: Any) -> bool:
    """Tell whether two values that Python takes for equal have their true and false in the same places."""
    kind = type(one)
    if kind is str:
        return True
    if kind is dict:
        return all(_same_kinds(value, other[key]) for key, value in one.items() if type(value) is not str)
    if kind is list or kind is tuple:
        return all(map(_same_kinds, one, other))
    return (kind is bool) is (type(other) is bool)


def differences(before: Document | None, after: Document | None) -> Iterator[tuple[str, Any, Any]]:
    """Yield (field, before, after) for each field that differs, sorted; None stands for "not there"."""
    old, new = _flat(before or {}), _flat(after or {})
    for field in sorted({*old, *new}):
        was, becomes = old.get(field, _NOTHING), new.get(field, _NOTHING)
        if was is _NOTHING or becomes is _NOTHING or not same(was, becomes):
            yield field, None if was is _NOTHING else was, None if becomes is _NOTHING else becomes


def _flat(document: Document) -> dict[str, Any]:
    fields = {key: value for key, value in document.items() if key != "attributes"}
    return fields | {f"attributes.{key}": value for key, value in document.get("attributes", {}).items()}

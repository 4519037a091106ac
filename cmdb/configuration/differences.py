"""How two documents of an estate differ, field by field; a history is shown without what an intake needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cmdb.model.kind import Document

_NOTHING = object()


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

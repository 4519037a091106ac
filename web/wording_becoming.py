"""The words of what reconciling changes: one line for a CI, a relation or a group; the same at every door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from web.naming import Names, beside, called_in

LONGEST = 60
"""So many characters of one value are shown; the record itself has all of it."""
_ASIDE = {
    "declared": "what people entered is kept beside it",
    "seen_as": "where it is seen",
    "sources": "who states it",
    "confidence": "how sure it is",
}


class Becoming(NamedTuple):
    """What happens to a document in a word, what it is, and which values change."""

    way: str
    what: str
    values: str


def becoming_words(row: Mapping[str, Any], names: Names | None = None) -> Becoming:
    """
    Return the words of a difference, which is as JSON: ``kind``, ``key``, ``before`` and ``after``.

    ``names`` are those of the CIs that relations and groups join, by id; a CI itself goes by both.

    >>> becoming_words({"kind": "ci", "key": "web1", "before": {"name": "web1", "attributes": {"os": "a"}},
    ...     "after": {"name": "web1", "attributes": {"os": "b"}}})
    Becoming(way='changed', what='ci web1', values='os a > b')
    >>> becoming_words({"kind": "relation", "key": '["a","depends_on","b",null]', "before": None,
    ...     "after": {"source": "a", "type": "depends_on", "target": "b"}})
    Becoming(way='new', what='relation a depends_on b', values='')
    """
    before, after = row["before"], row["after"]
    what = _what(row["kind"], row["key"], after or before or {}, names or {})
    if before is None:
        return Becoming("new", what, "")
    if after is None:
        return Becoming("ended", what, "")
    status = after.get("status")
    way = "changed"
    if row["kind"] == "ci" and status != before.get("status"):
        way = "merged" if after.get("merged_into") else status if status in ("missing", "retired") else way
    return Becoming(way, what, "; ".join(_values(before, after)))


def sort_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """
    Return what sort of document a difference is of: its kind, and the class of a CI or the type of a relation.

    >>> sort_of({"kind": "ci", "before": None, "after": {"class": "server"}})
    ('ci', 'server')
    """
    said = row["after"] or row["before"] or {}
    return row["kind"], str(said.get("class") or said.get("type") or "")


def ends_of(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the CIs that a difference of a relation or a group is about."""
    said = row["after"] or row["before"] or {}
    if row["kind"] != "ci":
        yield from (str(said[name]) for name in ("source", "target", "item") if said.get(name))


def _what(kind: str, key: str, said: Mapping[str, Any], names: Names) -> str:
    if kind == "relation" and {"source", "type", "target"} <= said.keys():
        group = f" (group {said['group']})" if said.get("group") else ""
        source, target = (called_in(names, said[end]) for end in ("source", "target"))
        return f"relation {source} {said['type']} {target}{group}"
    if kind == "group" and {"item", "name"} <= said.keys():
        needs = f" (needs {said['needs']})" if said.get("needs") else ""
        return f"group {said['name']} of {called_in(names, said['item'])}{needs}"
    return f"{kind} {beside(names.get(key) or said.get('name') or key, key)}"


def _values(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    was, becomes = before.get("attributes") or {}, after.get("attributes") or {}
    for name in sorted({*was, *becomes}):
        if was.get(name) != becomes.get(name):
            yield f"{name} {_value(was.get(name))} > {_value(becomes.get(name))}"
    for name in sorted({*before, *after} - {"attributes"}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        short = not isinstance(old, (dict, list)) and not isinstance(new, (dict, list))
        yield f"{name} {_value(old)} > {_value(new)}" if short and name not in _ASIDE else _ASIDE.get(name, name)


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."

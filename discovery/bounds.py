"""
The door that observations come in by: how long ids, names and values may be, and which characters they may hold. Pure.

It stands here, behind every connector, as a connector of somebody else's passes on what it was sent. What is too long
is cut and what no text may hold is replaced, except in what others refer to: a thing whose id does not fit is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cmdb.model.observation import End, Identifier, Observation, ObservedGroup, ObservedRelation
from cmdb.model.run import Said
from discovery.ports.drafting import CUT, LONGEST_LIST, LONGEST_TEXT, shortened

LONGEST_ID = 900
"""Characters of a native id: with its source before it, it is the id of a CI, which files take up to 1,000 of."""
LONGEST_NAME = 500
_DEEPEST = 20
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, what turns the direction of the text after it, and halves of characters; lines and tabs are fine."""
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_INSTEAD = "\ufffd"


class Fitted(NamedTuple):
    """What may come in, the scopes that something was left out of, and what is to be told."""

    observations: tuple[Observation, ...]
    lacking: frozenset[str]
    notes: tuple[Said, ...]


def fitted(target: str, observations: Iterable[Observation]) -> Fitted:
    """Return what of the observations of a target may come in."""
    bent = 0
    kept: list[Observation] = []
    lacking: set[str] = set()
    left_out: list[str] = []
    for each in observations:
        if not _is_id(each.native_id) or not (each.owner is None or _is_id(each.owner)):
            lacking.add(each.scope)
            left_out.append(each.native_id)
            continue
        fit = each if _fits(each) else _bent(each)
        bent += fit is not each
        kept.append(fit)
    return Fitted(tuple(kept), frozenset(lacking), tuple(_notes(target, bent, left_out)))


def _notes(target: str, bent: int, left_out: list[str]) -> Iterator[Said]:
    if left_out:
        first = _name(left_out[0])[:60]
        facts = {"target": target, "count": len(left_out), "first": first, "most": LONGEST_ID}
        yield Said("discover.ids_left_out", facts)
    if bent:
        yield Said("discover.values_bent", {"target": target, "count": bent})


def _is_id(text: Any) -> bool:
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID or not text.strip():
        return False
    return text.isprintable() or not _NOT_IN_NAMES.search(text)


# The quick look: nearly everything fits, and there may be millions of values.
def _fits(each: Observation) -> bool:
    return (
        (each.name is None or _fits_name(each.name))
        and _fits_value(each.attributes)
        and _fits_value(each.labels)
        and _fits_value(each.evidence)
        and all(_fits_value(identifier.value) for identifier in each.identifiers)
        and all(_fits_relation(relation) for relation in each.relations)
        and all(_fits_name(group.name) and _fits_value(group.detail) for group in each.groups)
    )


def _fits_relation(relation: ObservedRelation) -> bool:
    ends = [end for end in (relation.target, relation.source) if end is not None]
    return (
        _fits_value(relation.detail)
        and (relation.group is None or _fits_name(relation.group))
        and all(end.native_id is None or _is_id(end.native_id) for end in ends)
        and all(_fits_value(identifier.value) for end in ends for identifier in end.identifiers)
    )


def _fits_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and (text.isprintable() or not _NOT_IN_NAMES.search(text))


def _fits_value(value: Any, depth: int = 0) -> bool:
    if isinstance(value, str):
        # What a draft has cut is a little longer, and as it should be.
        most = LONGEST_TEXT + (len(CUT) if value.endswith(CUT) else 0)
        return len(value) <= most and (value.isprintable() or not _NOT_IN_TEXT.search(value))
    if isinstance(value, (list, tuple)):
        return len(value) <= LONGEST_LIST and depth < _DEEPEST and all(_fits_value(each, depth + 1) for each in value)
    if isinstance(value, Mapping):
        return (
            len(value) <= LONGEST_LIST
            and depth < _DEEPEST
            and all(_fits_name(str(key)) and _fits_value(each, depth + 1) for key, each in value.items())
        )
    return True


# The thorough one.
def _bent(each: Observation) -> Observation:
    return replace(
        each,
        name=None if each.name is None else _name(each.name),
        attributes=_value(each.attributes),
        labels=_value(each.labels),
        evidence=_value(each.evidence),
        # A cut identifier would identify something else.
        identifiers=tuple(identifier for identifier in each.identifiers if _fits_value(identifier.value)),
        relations=tuple(filter(None, map(_relation, each.relations))),
        groups=tuple(_group(group) for group in each.groups),
    )


def _relation(relation: ObservedRelation) -> ObservedRelation | None:
    source, target = _end(relation.source), _end(relation.target)
    if (source is None) != (relation.source is None) or (target is None) != (relation.target is None):
        return None
    group = None if relation.group is None else _name(relation.group)
    return replace(relation, source=source, target=target, group=group, detail=_value(relation.detail))


def _end(end: End | None) -> End | None:
    if end is None:
        return None
    native_id = end.native_id if end.native_id is None or _is_id(end.native_id) else None
    identifiers: tuple[Identifier, ...] = tuple(each for each in end.identifiers if _fits_value(each.value))
    return End(native_id, identifiers) if native_id is not None or identifiers else None


def _group(group: ObservedGroup) -> ObservedGroup:
    return replace(group, name=_name(group.name), detail=_value(group.detail))


def _name(text: str) -> str:
    found = _NOT_IN_NAMES.sub(_INSTEAD, text[: LONGEST_NAME + 1])
    return found if len(found) <= LONGEST_NAME else found[: LONGEST_NAME - 1] + "…"


def _value(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return value if _fits_value(value) else shortened(_NOT_IN_TEXT.sub(_INSTEAD, value[: LONGEST_TEXT + 1]))
    if isinstance(value, (list, tuple)):
        return [_value(each, depth + 1) for each in value[:LONGEST_LIST]] if depth < _DEEPEST else []
    if isinstance(value, Mapping):
        some = list(value.items())[:LONGEST_LIST] if depth < _DEEPEST else []
        return {_name(str(key)): _value(each, depth + 1) for key, each in some}
    return value

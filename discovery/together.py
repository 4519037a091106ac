"""
What the targets of a run tell, put together: a native id that means two things is told, and taken of neither. Pure.

One source means one thing by a native id. A connector whose ids are those of a target (``s1`` of a controller) breaks
that as soon as two targets are read, and nothing that comes later could tell the two things apart again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from cmdb.model.observation import Observation
from cmdb.model.run import Said
from discovery.keeping import Read

CODE = "discover.native_id_twice"
"""The line of a run about one such id."""
MORE = "discover.native_ids_twice"
_LINES = 20
_NAMED = 10
_MOST_COMPARED = 50
_OF_ONE_THING = frozenset({"chassis_id", "machine_id", "serial", "uuid"})
"""Kinds of identifiers of which one thing has one; two observations without a common one are of two things."""


class Clash(NamedTuple):
    """A native id that means two things, and the targets that list it, sorted."""

    native_id: str
    targets: tuple[str, ...]


def told_apart(reads: Sequence[Read], *, ids_of_source: bool) -> tuple[list[Read], tuple[Clash, ...]]:
    """
    Return what was read without the things whose native id clashes, and the clashes, sorted.

    With a thing go its parts, and no scope that listed one is complete. An id clashes where two targets list it and
    the connector does not say that its ids are the source's (``ids_of_source``); where two observations of it hold
    serial numbers or the like that differ; and where one scope lists it twice, with different contents.
    """
    listed_once, several = set[str](), set[str]()
    for read in reads:
        for each in read.observations:
            (several if each.native_id in listed_once else listed_once).add(each.native_id)
    by_id: dict[str, list[tuple[str, Observation]]] = defaultdict(list)
    for read in reads if several else ():
        for each in read.observations:
            if each.native_id in several:
                by_id[each.native_id].append((read.target, each))
    clashes = tuple(
        Clash(native_id, tuple(sorted({target for target, _ in listed})))
        for native_id, listed in sorted(by_id.items())
        if _clash(listed, ids_of_source=ids_of_source)
    )
    if not clashes:
        return list(reads), ()
    out = _with_parts({clash.native_id for clash in clashes}, (each for read in reads for each in read.observations))
    return [_without(read, out) for read in reads], clashes


def as_last_read(reads: Iterable[Read], known: Iterable[Observation]) -> list[Read]:
    """
    Return the targets that could not be read as they were when they last were; ``known`` is all of their source.

    What they list is still theirs, so another target that lists the same is told all the same.
    """
    found: dict[str, list[Observation]] = {each.target: [] for each in reads if each.failed is not None}
    for each in known if found else ():
        words = each.scope.split("/")
        # The id of a target may hold slashes itself.
        owner = next((at for n in range(len(words)) if (at := "/".join(words[: n + 1])) in found), None)
        if owner is not None and each.absent_since is None:
            found[owner].append(each)
    return [replace(each, observations=tuple(found[each.target])) for each in reads if each.target in found]


def lines(clashes: Sequence[Clash]) -> Iterable[Said]:
    """Yield a line for each clash, up to some, and how many more there are."""
    for clash in clashes[:_LINES]:
        yield Said(CODE, {"native_id": clash.native_id, "targets": " and ".join(clash.targets[:_NAMED])})
    if len(clashes) > _LINES:
        yield Said(MORE, {"count": len(clashes) - _LINES})


def facts(clashes: Sequence[Clash]) -> Mapping[str, object]:
    """Return what a finding says of the clashes of a source."""
    targets = sorted({target for clash in clashes for target in clash.targets})
    ids = [clash.native_id for clash in clashes[:_NAMED]]
    return {"count": len(clashes), "native_ids": ids, "targets": targets[:_NAMED]}


def _clash(listed: Sequence[tuple[str, Observation]], *, ids_of_source: bool) -> bool:
    if not ids_of_source and len({target for target, _ in listed}) > 1:
        return True
    first: dict[str, Observation] = {}
    if any(first.setdefault(each.scope, each) != each for _, each in listed):
        return True
    for kind in _OF_ONE_THING:
        held = {
            frozenset(each.value.casefold() for each in observation.identifiers if each.kind == kind)
            for _, observation in listed
        }
        several = sorted(filter(None, held), key=sorted)[:_MOST_COMPARED]
        if any(one.isdisjoint(other) for one, other in combinations(several, 2)):
            return True
    return False


def _with_parts(ids: set[str], observations: Iterable[Observation]) -> set[str]:
    parts: dict[str, set[str]] = defaultdict(set)
    for each in observations:
        if each.owner is not None:
            parts[each.owner].add(each.native_id)
    found, more = set(ids), set(ids)
    while more:
        more = {part for owner in more for part in parts.get(owner, ())} - found
        found |= more
    return found


def _without(read: Read, out: set[str]) -> Read:
    scopes = {each.scope for each in read.observations if each.native_id in out}
    if not scopes:
        return read
    kept = tuple(each for each in read.observations if each.native_id not in out)
    return replace(read, observations=kept, complete=read.complete - scopes)

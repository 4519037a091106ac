"""Columns to arrays: reads batches of them and turns ids and names into numbers on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from operator import eq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.model.group import members_needed
from impact.errors import MalformedSnapshot
from impact.graph.rows import GroupColumn, ItemColumn, RelationColumn
from impact.graph.structure import NO_TIER, STRENGTHS, Floats, Ints
from impact.graph.text import TextColumn, text_column

STRENGTH_CODES = {strength.value: code for code, strength in enumerate(STRENGTHS)}
LARGEST = 2**29 - 1
"""Above this many CIs or groups an effect would not fit into 32 bits."""


def needed_of(needs: Any, members: int) -> int:
    """Return how many of so many distinct members must be up, -1 where ``needs`` tells no number that counts."""
    if type(needs) not in (int, str):
        return -1
    try:
        needed = members_needed(needs, members)
    except ValueError:
        return -1
    return needed if needed < 2**31 else -1


class Codes(dict[str | None, int]):
    """Numbers texts in the order in which they are first seen; None is -1 and no text."""

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self) - 1
        return code


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """The CIs by id; ``class_codes`` are positions in ``classes``, NaN and NO_TIER stand for None."""

    ids: tuple[str, ...]
    names: TextColumn
    classes: tuple[str, ...]
    class_codes: Ints
    unavailability: Floats
    mtbf_hours: Floats
    tiers: Ints
    service_flags: bytes


@dataclass(frozen=True, slots=True)
class RelationColumns:
    """The relations in the order they came; ``groups`` holds positions among the names, -1 for no group."""

    sources: Ints
    targets: Ints
    groups: Ints
    strengths: NDArray[np.int8]
    confidences: Floats


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """The group rows in the order they came; ``names`` holds positions among the names."""

    owners: Ints
    names: Ints
    needs: tuple[int | str, ...]
    strengths: NDArray[np.int8]


@dataclass(slots=True)
class Numbering:
    """What turns texts into numbers while rows are read, and remembers every end that is no CI."""

    places: Mapping[str, int]
    group_names: Codes = field(default_factory=Codes)
    strange_ends: set[str] = field(default_factory=set)
    strange_strengths: set[str] = field(default_factory=set)

    def cis(self, ids: Sequence[str]) -> Ints:
        """Return the numbers of ``ids``; an unknown one is remembered and read as 0."""
        try:
            return np.fromiter(map(self.places.__getitem__, ids), np.int32, len(ids))
        except KeyError:
            self.strange_ends.update(ci_id for ci_id in ids if ci_id not in self.places)
            return np.fromiter((self.places.get(ci_id, 0) for ci_id in ids), np.int32, len(ids))

    def strengths(self, strengths: Sequence[str]) -> NDArray[np.int8]:
        """Return the codes of ``strengths``; an unknown one is remembered and read as hard."""
        try:
            return np.fromiter(map(STRENGTH_CODES.__getitem__, strengths), np.int8, len(strengths))
        except KeyError:
            self.strange_strengths.update(repr(text) for text in strengths if text not in STRENGTH_CODES)
            return np.zeros(len(strengths), np.int8)

    def refuse_strangers(self) -> None:
        """Raise MalformedSnapshot when an unknown end or strength was met."""
        if self.strange_ends:
            raise MalformedSnapshot(fault="an end that is no CI", subjects=list(self.strange_ends))
        if self.strange_strengths:
            raise MalformedSnapshot(fault="an unknown strength", subjects=list(self.strange_strengths))


def read_items(batches: Iterable[ItemColumn]) -> ItemColumns:
    """
    Return the CIs of ``batches`` sorted by id.

    Raises:
        MalformedSnapshot: an id stands twice, or there are more CIs than 32-bit effects can number.
    """
    ids: list[str] = []
    names: list[str] = []
    parts: list[tuple[NDArray[Any], ...]] = []
    classes = Codes()
    for of_id, of_class, of_name, of_chance, of_mtbf, of_tier, of_flag in batches:
        ids.extend(of_id)
        names.extend(of_name)
        parts.append(
            (
                np.fromiter(map(classes.__getitem__, of_class), np.int32, len(of_class)),
                np.array(of_chance, np.float64),  # None becomes NaN.
                np.array(of_mtbf, np.float64),
                np.fromiter((NO_TIER if tier is None else tier for tier in of_tier), np.int32, len(of_tier)),
                np.fromiter(map(bool, of_flag), np.uint8, len(of_flag)),
            )
        )
    class_codes, unavailability, mtbf_hours, tiers, flags = (_joined(parts, column) for column in range(5))
    order = sorted(range(len(ids)), key=ids.__getitem__)
    places = np.array(order, np.int64)
    sorted_ids = tuple(map(ids.__getitem__, order))
    _refuse_twins(sorted_ids)
    ranks, class_names = _alphabetical(classes)
    return ItemColumns(
        ids=sorted_ids,
        names=text_column(map(names.__getitem__, order)),
        classes=class_names,
        class_codes=ranks[class_codes[places]],
        unavailability=unavailability[places].astype(np.float64, copy=False),
        mtbf_hours=mtbf_hours[places].astype(np.float64, copy=False),
        tiers=tiers[places],
        service_flags=flags[places].astype(np.uint8, copy=False).tobytes(),
    )


def _refuse_twins(sorted_ids: tuple[str, ...]) -> None:
    if any(map(eq, sorted_ids, islice(sorted_ids, 1, None))):
        twins = [one for one, next_one in pairwise(sorted_ids) if one == next_one]
        raise MalformedSnapshot(fault="an id that stands twice", subjects=twins)
    if len(sorted_ids) > LARGEST:
        raise MalformedSnapshot(fault="more CIs than can be numbered", subjects=[str(len(sorted_ids))])


def _alphabetical(codes: Codes) -> tuple[Ints, tuple[str, ...]]:
    """Return the alphabetical rank of each code and the texts by rank, so that input order leaves no trace."""
    ordered = tuple(sorted(text for text in codes if text is not None))
    ranks = np.zeros(len(ordered), np.int32)
    for rank, text in enumerate(ordered):
        ranks[codes[text]] = rank
    return ranks, ordered


def read_relations(batches: Iterable[RelationColumn], numbering: Numbering) -> RelationColumns:
    """Return the relations of ``batches``; unknown ends and strengths are remembered by ``numbering``."""
    parts: list[tuple[Ints, Ints, Ints, NDArray[np.int8], Floats]] = []
    names = numbering.group_names
    for source, target, group, strength, confidence in batches:
        parts.append(
            (
                numbering.cis(source),
                numbering.cis(target),
                np.fromiter(map(names.__getitem__, group), np.int32, len(group)),
                numbering.strengths(strength),
                np.array(confidence, np.float64),
            )
        )
    return RelationColumns(*(_joined(parts, column) for column in range(5)))


def read_groups(batches: Iterable[GroupColumn], numbering: Numbering) -> GroupColumns:
    """Return the group rows of ``batches``; unknown items and strengths are remembered by ``numbering``."""
    parts: list[tuple[Ints, Ints, NDArray[np.int8]]] = []
    needs: list[int | str] = []
    names = numbering.group_names
    for item, name, needed, strength in batches:
        needs.extend(needed)
        codes = np.fromiter(map(names.__getitem__, name), np.int32, len(name))
        parts.append((numbering.cis(item), codes, numbering.strengths(strength)))
    owners, codes, strengths = (_joined(parts, column) for column in range(3))
    return GroupColumns(owners=owners, names=codes, needs=tuple(needs), strengths=strengths)


def _joined(parts: Iterable[tuple[NDArray[Any], ...]], column: int) -> NDArray[Any]:
    """Return one column of all batches; with no batch an empty one, whose type the first operation widens."""
    arrays = [part[column] for part in parts]
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int32)


def group_ranks(numbering: Numbering) -> tuple[Ints, tuple[str, ...]]:
    """Return the alphabetical rank of each group name's number, and the names by rank."""
    return _alphabetical(numbering.group_names)

"""Rows to columns: reads batches of tuples into arrays and turns ids and names into numbers on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impact.errors import MalformedSnapshot
from impact.graph.rows import GroupBatches, ItemBatches, RelationBatches
from impact.graph.structure import NO_TIER, STRENGTHS, Floats, Ints
from impact.graph.text import TextColumn, text_column

STRENGTH_CODES = {strength.value: code for code, strength in enumerate(STRENGTHS)}
LARGEST = 2**29 - 1
"""Above this many CIs or groups an effect would not fit into 32 bits."""


class Codes(dict[str, int]):
    """Numbers texts in the order in which they are first seen."""

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self)
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

    def cis(self, ids: tuple[str, ...]) -> Ints:
        """Return the numbers of ``ids``; an unknown one is remembered and read as 0."""
        try:
            return np.fromiter(map(self.places.__getitem__, ids), np.int32, len(ids))
        except KeyError:
            self.strange_ends.update(ci_id for ci_id in ids if ci_id not in self.places)
            return np.fromiter((self.places.get(ci_id, 0) for ci_id in ids), np.int32, len(ids))

    def strengths(self, strengths: tuple[str, ...]) -> NDArray[np.int8]:
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


def read_items(batches: ItemBatches) -> ItemColumns:
    """
    Return the CIs of ``batches`` sorted by id.

    Raises:
        MalformedSnapshot: an id stands twice, or there are more CIs than 32-bit effects can number.
    """
    lists: tuple[list[str], list[int], list[str], list[float], list[float], list[int], bytearray]
    lists = ([], [], [], [], [], [], bytearray())
    ids, class_codes, names, unavailability, mtbf_hours, tiers, flags = lists
    classes, nan = Codes(), float("nan")
    for batch in batches:
        if not batch:
            continue
        of_id, of_class, of_name, of_chance, of_mtbf, of_tier, of_flag = zip(*batch, strict=True)
        ids.extend(of_id)
        class_codes.extend(map(classes.__getitem__, of_class))
        names.extend(of_name)
        unavailability.extend(nan if chance is None else chance for chance in of_chance)
        mtbf_hours.extend(nan if hours is None else hours for hours in of_mtbf)
        tiers.extend(NO_TIER if tier is None else tier for tier in of_tier)
        flags.extend(map(bool, of_flag))
    order = sorted(range(len(ids)), key=ids.__getitem__)
    places = np.array(order, np.int64)
    sorted_ids = tuple(map(ids.__getitem__, order))
    _refuse_twins(sorted_ids)
    ranks, class_names = _alphabetical(classes)
    return ItemColumns(
        ids=sorted_ids,
        names=text_column(map(names.__getitem__, order)),
        classes=class_names,
        class_codes=ranks[np.array(class_codes, np.int32)[places]],
        unavailability=np.array(unavailability, np.float64)[places],
        mtbf_hours=np.array(mtbf_hours, np.float64)[places],
        tiers=np.array(tiers, np.int32)[places],
        service_flags=np.frombuffer(bytes(flags), np.uint8)[places].tobytes(),
    )


def _refuse_twins(sorted_ids: tuple[str, ...]) -> None:
    twins = [one for one, next_one in pairwise(sorted_ids) if one == next_one]
    if twins:
        raise MalformedSnapshot(fault="an id that stands twice", subjects=twins)
    if len(sorted_ids) > LARGEST:
        raise MalformedSnapshot(fault="more CIs than can be numbered", subjects=[str(len(sorted_ids))])


def _alphabetical(codes: Codes) -> tuple[Ints, tuple[str, ...]]:
    """Return the alphabetical rank of each code and the texts by rank, so that input order leaves no trace."""
    ordered = tuple(sorted(codes))
    ranks = np.zeros(len(codes), np.int32)
    for rank, text in enumerate(ordered):
        ranks[codes[text]] = rank
    return ranks, ordered


def read_relations(batches: RelationBatches, numbering: Numbering) -> RelationColumns:
    """Return the relations of ``batches``; unknown ends and strengths are remembered by ``numbering``."""
    parts: list[tuple[Ints, Ints, Ints, NDArray[np.int8], Floats]] = []
    names = numbering.group_names
    for batch in batches:
        if not batch:
            continue
        source, target, group, strength, confidence = zip(*batch, strict=True)
        parts.append(
            (
                numbering.cis(source),
                numbering.cis(target),
                np.fromiter((-1 if name is None else names[name] for name in group), np.int32, len(group)),
                numbering.strengths(strength),
                np.array(confidence, np.float64),
            )
        )
    return RelationColumns(*(_joined(parts, column) for column in range(5)))


def read_groups(batches: GroupBatches, numbering: Numbering) -> GroupColumns:
    """Return the group rows of ``batches``; unknown items and strengths are remembered by ``numbering``."""
    parts: list[tuple[Ints, Ints, NDArray[np.int8]]] = []
    needs: list[int | str] = []
    names = numbering.group_names
    for batch in batches:
        if not batch:
            continue
        item, name, needed, strength = zip(*batch, strict=True)
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

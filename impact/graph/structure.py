"""The immutable graph of an estate: 32-bit arrays, both directions, small enough to hold a million CIs.

A CI is a number here, its place among all ids in code point order, so that comparing numbers is comparing ids. What a
CI's loss does to others is its list of *effects*: one 32-bit number each, ``subject << 2 | kind``, where the subject of
a relation outside any group is its source, and that of a group is the group's number. An effect stands once for each
target and subject however many parallel relations make it, so a target counts once in a group; relations and groups of
strength ``none`` have no effect. A group of which no row tells the needs is read pessimistically: all its members are
needed, which is the same as every relation alone and hard.

Memory: 49 bytes a CI beside its id and the text of its name, 10 a relation (13 with more than 256 different
confidences), 29 a group. Source: compressed sparse rows (CSR), as in Duff, Erisman and Reid, Direct Methods for Sparse
Matrices, 1986.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import NotFound
from cmdb.model.relation import Strength
from impact.graph.rows import GroupRow, ItemRow, RelationRow
from impact.graph.text import TextColumn

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

HARD, SOFT, NONE = 0, 1, 2
STRENGTHS = (Strength.HARD, Strength.SOFT, Strength.NONE)
ALONE_HARD, ALONE_SOFT, GROUP_HARD, GROUP_SOFT = 0, 1, 2, 3
NO_TIER = -(2**31)
NUMBER, UNRECORDED = -1, -2


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Graph:
    """
    One revision of an estate, ready to be asked and never changed; made by :func:`impact.graph.build` or, with
    the same arrays byte for byte, by :func:`impact.graph.spliced` from an earlier or later one.

    ``n`` CIs, ``r`` relations (sorted by source, those outside any group first, then by group, then by target) and
    ``g`` groups (sorted by owner, then by name). NaN stands for an unavailability or mean time that nobody gave.

    ==================  ========  =============================================================================
    class_codes         n         position in ``classes``
    relation_starts     n + 1     the relations of CI i are ``relation_starts[i]`` to ``relation_starts[i + 1]``
    alone_ends          n         where those of them end that stand outside any group
    targets, strengths  r         target CI; HARD, SOFT or NONE (without meaning inside a group)
    confidence_codes    r         position in ``confidences``
    group_starts        n + 1     the groups of CI i are ``group_starts[i]`` to ``group_starts[i + 1]``
    owners, needs       g         owning CI; members that must be up, a share resolved
    falls_at            g         how many members down fail the group: distinct members - needs + 1
    share_codes         g         where the text of ``needs`` stands, see below
    member_starts       g         the relations of group j are ``member_starts[j]`` to ``member_ends[j]``
    effect_starts       n + 1     the effects of CI i's loss are ``effects[effect_starts[i]:effect_starts[i + 1]]``
    ==================  ========  =============================================================================

    A share code is the position in ``shares`` of the text that gave the needs, NUMBER where a number did, and
    UNRECORDED for a group that only relations name. The effects of one CI stand in this order: those on CIs alone by
    CI, then those on groups by group, so that numbers that move together leave the order as it is.
    ``failing`` and ``ailing`` are the CIs with a hard (soft) group that needs more members than it has: down
    (degraded) whatever else happens.
    """

    revision: int
    ids: tuple[str, ...]
    names: TextColumn
    classes: tuple[str, ...]
    class_codes: Ints
    unavailability: Floats
    mtbf_hours: Floats
    tiers: Ints
    service_flags: bytes
    relation_starts: Ints
    alone_ends: Ints
    targets: Ints
    strengths: NDArray[np.int8]
    confidences: Floats
    confidence_codes: NDArray[np.integer[Any]]
    group_starts: Ints
    owners: Ints
    needs: Ints
    falls_at: Ints
    group_strengths: NDArray[np.int8]
    member_starts: Ints
    member_ends: Ints
    group_name_codes: Ints
    group_names: tuple[str, ...]
    shares: tuple[str, ...]
    share_codes: Ints
    effect_starts: Ints
    effects: Ints
    failing: tuple[int, ...]
    ailing: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def index(self, ci_id: str) -> int:
        """Return the number of the CI ``ci_id``. Raises NotFound. Cost: O(log n), without a dictionary's memory."""
        return self.indexes((ci_id,))[0]

    def shows(self, ci_id: str) -> bool:
        """Return whether the estate has a CI of this id that takes part."""
        place = bisect_left(self.ids, ci_id)
        return place < len(self.ids) and self.ids[place] == ci_id

    def indexes(self, ci_ids: Iterable[str]) -> list[int]:
        """Return the distinct numbers of ``ci_ids``, ascending. Raises NotFound, which names all that are unknown."""
        found: set[int] = set()
        unknown: set[str] = set()
        for ci_id in ci_ids:
            place = bisect_left(self.ids, ci_id)
            if place < len(self.ids) and self.ids[place] == ci_id:
                found.add(place)
            else:
                unknown.add(ci_id)
        if unknown:
            raise NotFound(kind="ci", ids=sorted(unknown))
        return sorted(found)

    def ids_of(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the ids of CI ``numbers``, in their order."""
        return tuple(map(self.ids.__getitem__, numbers))

    def tier(self, ci: int) -> int | None:
        """Return the tier of a CI, or None when it has none."""
        tier = int(self.tiers[ci])
        return None if tier == NO_TIER else tier

    def can_fail(self, ci: int) -> bool:
        """Return whether a CI may fail by itself: all but those whose unavailability is exactly 0."""
        return bool(self.unavailability.data[ci] != 0.0)

    def members(self, group: int) -> list[int]:
        """Return the distinct targets of a group, ascending."""
        return sorted(set(self.targets.data[self.member_starts.data[group] : self.member_ends.data[group]]))

    def item_rows(self) -> Iterator[ItemRow]:
        """Yield the CIs as they were given, by id."""
        for ci, ci_id in enumerate(self.ids):
            unavailability, mtbf = float(self.unavailability[ci]), float(self.mtbf_hours[ci])
            yield (
                ci_id,
                self.classes[self.class_codes[ci]],
                self.names[ci],
                None if isnan(unavailability) else unavailability,
                None if isnan(mtbf) else mtbf,
                self.tier(ci),
                bool(self.service_flags[ci]),
            )

    def relation_rows(self) -> Iterator[RelationRow]:
        """Yield every relation as it was given, parallel ones as often as they are there, by source, group, target."""
        for ci, ci_id in enumerate(self.ids):
            yield from self._rows_between(ci_id, int(self.relation_starts[ci]), int(self.alone_ends[ci]), None)
            for group in range(int(self.group_starts[ci]), int(self.group_starts[ci + 1])):
                name = self.group_names[self.group_name_codes[group]]
                yield from self._rows_between(ci_id, int(self.member_starts[group]), int(self.member_ends[group]), name)

    def _rows_between(self, source: str, start: int, end: int, group: str | None) -> Iterator[RelationRow]:
        for relation in range(start, end):
            yield (
                source,
                self.ids[self.targets[relation]],
                group,
                STRENGTHS[self.strengths[relation]].value,
                float(self.confidences[self.confidence_codes[relation]]),
            )

    def group_rows(self) -> Iterator[GroupRow]:
        """Yield every recorded group as it was given, by item and name."""
        for group, owner in enumerate(self.owners.tolist()):
            share = int(self.share_codes[group])
            if share != UNRECORDED:
                yield (
                    self.ids[owner],
                    self.group_names[self.group_name_codes[group]],
                    int(self.needs[group]) if share == NUMBER else self.shares[share],
                    STRENGTHS[self.group_strengths[group]].value,
                )

    def array_bytes(self) -> int:
        """Return the bytes of all arrays and of the names: what the graph costs beside the ids themselves."""
        total = len(self.ids) * 8
        for field in fields(self):
            value: object = getattr(self, field.name)
            if isinstance(value, np.ndarray | TextColumn):
                total += value.nbytes
            elif isinstance(value, bytes):
                total += len(value)
        return total


def frozen(arrays: Sequence[NDArray[Any]]) -> None:
    """Make ``arrays`` read-only, so that no question can change the graph that others ask."""
    for array in arrays:
        array.flags.writeable = False

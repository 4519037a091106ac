"""What lies under a CI with what each thing there needs, soft relations included: the room a derivation moves in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from impact.graph.structure import NONE, SOFT, Graph

NO_GROUP = -1


class Use(NamedTuple):
    """One use of a CI: by ``owner``, in ``group`` or outside any (:data:`NO_GROUP`), and whether it is soft."""

    owner: int
    group: int
    soft: bool


class Region(NamedTuple):
    """The CIs under ``root``, itself first, and the uses of each by others of them."""

    cis: list[int]
    uses: dict[int, list[Use]]


def region_of(graph: Graph, root: int, *, soft: bool) -> Region:
    """
    Return what ``root`` reaches over hard relations and groups, over soft ones too with ``soft``.

    Cost: the relations of all it reaches.
    """
    uses: dict[int, list[Use]] = {root: []}
    cis = [root]
    for ci in cis:  # The list grows while it is walked.
        for target, use in _needed(graph, ci):
            if use.soft and not soft:
                continue
            known = uses.get(target)
            if known is None:
                uses[target] = [use]
                cis.append(target)
            else:
                known.append(use)
    return Region(cis, uses)


def _needed(graph: Graph, ci: int) -> Iterable[tuple[int, Use]]:
    """Yield every distinct target of a CI with its use, in order: alone, hard before soft, then group by group."""
    start, alone_end = graph.relation_starts.data[ci], graph.alone_ends.data[ci]
    found = sorted(
        {
            (int(strength), int(target))
            for target, strength in zip(
                graph.targets[start:alone_end].tolist(), graph.strengths[start:alone_end].tolist(), strict=True
            )
            if strength != NONE
        }
    )
    for strength, target in found:
        yield target, Use(ci, NO_GROUP, strength == SOFT)
    for group in range(graph.group_starts.data[ci], graph.group_starts.data[ci + 1]):
        strength = int(graph.group_strengths[group])
        if strength != NONE:
            for member in graph.members(group):
                yield member, Use(ci, group, strength == SOFT)

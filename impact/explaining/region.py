"""What is not up under a CI, with what uses each of it there: the room a derivation moves in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from impact.graph.states import States
from impact.graph.structure import NONE, SOFT, Graph

NO_GROUP = -1


class Use(NamedTuple):
    """One use of a CI: by ``owner``, in ``group`` or outside any (:data:`NO_GROUP`), and whether it is soft."""

    owner: int
    group: int
    soft: bool


class Region(NamedTuple):
    """The CIs under a root that can matter to its state, itself first, and the uses of each that count for the user."""

    cis: list[int]
    uses: dict[int, list[Use]]


def region_of(graph: Graph, root: int, states: States) -> Region:
    """
    Return what can have brought about the state of ``root``, which is not up.

    A use counts when the state of what is used counts for the state of its user: only such are walked, so what is up is
    never entered. Cost: the relations of all CIs returned.
    """
    uses: dict[int, list[Use]] = {root: []}
    cis = [root]
    for ci in cis:  # The list grows while it is walked.
        for target, use in uses_by(graph, ci):
            if not _counts(use, target, states):
                continue
            known = uses.get(target)
            if known is None:
                uses[target] = [use]
                cis.append(target)
            else:
                known.append(use)
    return Region(cis, uses)


def _counts(use: Use, ci: int, states: States) -> bool:
    """Tell whether the state of a CI counts for the state of its user."""
    down = states.down
    if use.owner in down:
        return not use.soft and ci in down
    if use.owner not in states.degraded:
        return False
    if use.soft:
        return ci in down
    return ci in states.degraded or (use.group != NO_GROUP and ci in down)


def uses_by(graph: Graph, ci: int) -> Iterator[tuple[int, Use]]:
    """Yield every distinct target of a CI with its use, in order: alone, hard before soft, then group by group."""
    start, alone_end = graph.relation_starts.data[ci], graph.alone_ends.data[ci]
    if start < alone_end:
        strengths, targets = graph.strengths[start:alone_end].tolist(), graph.targets[start:alone_end].tolist()
        for strength, target in sorted(set(zip(strengths, targets, strict=True))):
            if strength != NONE:
                yield target, Use(ci, NO_GROUP, strength == SOFT)
    for group in range(graph.group_starts.data[ci], graph.group_starts.data[ci + 1]):
        strength = int(graph.group_strengths[group])
        if strength != NONE:
            for member in graph.members(group):
                yield member, Use(ci, group, strength == SOFT)

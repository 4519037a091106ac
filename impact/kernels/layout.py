"""An estate's hard needs in topological order: each CI behind what it needs, cycles next to one another.

Who must ask for the state of every CI reads this once from front to back, and what a CI needs was computed just before
it. A relation of a CI to itself, alone or in a group, never brings it down and is left out. Source: Tarjan,
Depth-first search and linear graph algorithms, 1972.
"""

from __future__ import annotations

import numpy as np

from impact.kernels.types import Ints, WorkInts


def topological_order(starts: Ints, effects: Ints, owners: Ints) -> tuple[WorkInts, WorkInts]:
    """
    Return the CIs in topological order, and the cycles: where each begins and ends, one after the other.

    A cycle is a strongly connected component of several CIs. Cost: O(CIs + effects), 20 bytes a CI.
    """
    count = len(starts) - 1
    order = np.empty(count, np.int32)
    entered = np.zeros(count, np.int32)
    lowest = np.empty(count, np.int32)
    at = np.empty(count, np.int32)
    path = np.empty(count, np.int32)
    open_cis = np.empty(count, np.int32)
    cycles = [0]
    free, clock, opened = count, 0, 0
    for root in range(count):
        if entered[root]:
            continue
        path[0], deep = root, 1
        clock += 1
        entered[root] = lowest[root] = clock
        at[root] = starts[root]
        open_cis[opened] = root
        opened += 1
        while deep:
            ci = path[deep - 1]
            if at[ci] < starts[ci + 1]:
                effect = effects[at[ci]]
                at[ci] += 1
                if effect & 1:
                    continue
                owner = owners[effect >> 2] if effect & 2 else effect >> 2
                if entered[owner] == 0:
                    path[deep] = owner
                    deep += 1
                    clock += 1
                    entered[owner] = lowest[owner] = clock
                    at[owner] = starts[owner]
                    open_cis[opened] = owner
                    opened += 1
                elif entered[owner] > 0:
                    lowest[ci] = min(lowest[ci], entered[owner])
                continue
            deep -= 1
            if deep:
                lowest[path[deep - 1]] = min(lowest[path[deep - 1]], lowest[ci])
            if lowest[ci] == entered[ci]:
                # What depends on it was finished before, so places are given away from the end.
                end = free
                while True:
                    opened -= 1
                    free -= 1
                    closed = open_cis[opened]
                    order[free] = closed
                    entered[closed] = -1
                    if closed == ci:
                        break
                if end - free > 1:
                    cycles.append(end)
                    cycles.append(free)
    # They were found from the last to the first, behind a number that only told the list's type.
    return order, np.array(cycles[:0:-1], np.int32)


def hard_needs(
    starts: Ints, effects: Ints, falls_at: Ints, owners: Ints, group_starts: Ints, order: Ints
) -> tuple[WorkInts, WorkInts, WorkInts, WorkInts, WorkInts, WorkInts]:
    """
    Return what each CI needs, all by places in ``order``.

    ``alone_starts`` (CIs + 1) and ``alone``: the hard targets outside groups. ``gate_starts`` (CIs + 1): the hard
    groups; of each ``gate_falls``, how many members down fail it, and its members, from ``member_starts`` in
    ``members``. Cost: O(CIs + effects).
    """
    count = len(order)
    place_of = np.empty(count, np.int32)
    for place in range(count):
        place_of[order[place]] = place
    alone_starts = np.zeros(count + 1, np.int32)
    sizes = np.zeros(len(owners), np.int32)
    for ci in range(count):
        for at in range(starts[ci], starts[ci + 1]):
            kind, subject = effects[at] & 3, effects[at] >> 2
            if kind == 0 and subject != ci:
                alone_starts[place_of[subject] + 1] += 1
            elif kind == 2 and owners[subject] != ci:
                sizes[subject] += 1
    gate_starts = np.zeros(count + 1, np.int32)
    gates = 0
    for size in sizes:
        if size:
            gates += 1
    gate_falls = np.empty(gates, np.int32)
    member_starts = np.zeros(gates + 1, np.int32)
    next_member = np.empty(len(owners), np.int32)
    gate = 0
    for place in range(count):
        ci = order[place]
        for group in range(group_starts[ci], group_starts[ci + 1]):
            if sizes[group]:
                gate_falls[gate] = falls_at[group]
                next_member[group] = member_starts[gate]
                member_starts[gate + 1] = member_starts[gate] + sizes[group]
                gate += 1
        gate_starts[place + 1] = gate
        alone_starts[place + 1] += alone_starts[place]
    alone = np.empty(alone_starts[count], np.int32)
    members = np.empty(member_starts[gates], np.int32)
    next_alone = alone_starts[:-1].copy()
    for place in range(count):
        ci = order[place]
        for at in range(starts[ci], starts[ci + 1]):
            kind, subject = effects[at] & 3, effects[at] >> 2
            if kind == 0 and subject != ci:
                owner = place_of[subject]
                alone[next_alone[owner]] = place
                next_alone[owner] += 1
            elif kind == 2 and owners[subject] != ci:
                members[next_member[subject]] = place
                next_member[subject] += 1
    return alone_starts, alone, gate_starts, gate_falls, member_starts, members

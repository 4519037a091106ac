"""Walks from a few failed CIs: who goes down or degrades, who depends on them at all, and along which shortest paths.

The arrays are those of :class:`impact.graph.Graph` and of a :class:`impact.kernels.scratch.Scratch`, which is all
zeros where it is named below, before and after: a walk takes back what it touched, so a question costs what it touches
however large the estate is. The rules and sources are those of the plain twins: :mod:`impact.graph.states`,
:mod:`impact.graph.blast` and :mod:`impact.graph.reasons`.
"""

from __future__ import annotations

import numpy as np

from impact.kernels.types import Ints, WorkBytes, WorkInts, WorkWords

DOWN, HURT, REACHED = 1, 2, 4
ALONE_HARD, ALONE_SOFT, GROUP_HARD = 0, 1, 2
SPARSE = 8
"""A ring with fewer CIs than an eighth of the words of the estate's bits is sorted, a wider one read off the bits."""


def states_walk(
    starts: Ints,
    effects: Ints,
    falls_at: Ints,
    owners: Ints,
    failed: Ints,
    ailing: Ints,
    marks: WorkBytes,
    lost: WorkInts,
    hurt: WorkInts,
    fell: WorkInts,
    harmed: WorkInts,
    touched: WorkInts,
    bruised: WorkInts,
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """
    Return who is down and who degraded with ``failed`` failed, each in the order of the walk, and what groups lost.

    ``failed`` must hold the graph's ``failing`` too. The groups that lost members and how many, then the hard groups
    with degraded members and how many members are down or degraded. ``marks``, ``lost`` and ``hurt`` are zeros.
    Cost: O(effects of the CIs that go down or degrade).
    """
    falling, harming, touching, bruising = 0, 0, 0, 0
    for ci in failed:
        if not marks[ci]:
            marks[ci] = DOWN
            fell[falling] = ci
            falling += 1
    for ci in ailing:
        if not marks[ci] & HURT:
            marks[ci] |= HURT
            harmed[harming] = ci
            harming += 1
    place = 0
    while place < falling:
        ci = fell[place]
        place += 1
        for at in range(starts[ci], starts[ci + 1]):
            effect = effects[at]
            kind, subject = effect & 3, effect >> 2
            if kind >= GROUP_HARD:
                if lost[subject] == 0:
                    touched[touching] = subject
                    touching += 1
                lost[subject] += 1
                if lost[subject] != falls_at[subject]:
                    continue
                subject = owners[subject]
            if kind & 1:
                if not marks[subject] & HURT:
                    marks[subject] |= HURT
                    harmed[harming] = subject
                    harming += 1
            elif not marks[subject] & DOWN:
                marks[subject] |= DOWN
                fell[falling] = subject
                falling += 1
    hurting = 0
    for place in range(harming):
        if not marks[harmed[place]] & DOWN:
            harmed[hurting] = harmed[place]
            hurting += 1
    place = 0
    while place < hurting:
        ci = harmed[place]
        place += 1
        for at in range(starts[ci], starts[ci + 1]):
            effect = effects[at]
            kind, subject = effect & 3, effect >> 2
            if kind & 1:
                continue
            if kind == GROUP_HARD:
                if hurt[subject] == 0:
                    bruised[bruising] = subject
                    bruising += 1
                hurt[subject] += 1
                if lost[subject] + hurt[subject] != falls_at[subject]:
                    continue
                subject = owners[subject]
            if not marks[subject]:
                marks[subject] = HURT
                harmed[hurting] = subject
                hurting += 1
    lost_counts = np.empty(touching, np.int32)
    hurt_counts = np.empty(bruising, np.int32)
    for place in range(bruising):
        hurt_counts[place] = lost[bruised[place]] + hurt[bruised[place]]
        hurt[bruised[place]] = 0
    for place in range(touching):
        lost_counts[place] = lost[touched[place]]
        lost[touched[place]] = 0
    for place in range(falling):
        marks[fell[place]] = 0
    for place in range(hurting):
        marks[harmed[place]] = 0
    return (
        fell[:falling].copy(),
        harmed[:hurting].copy(),
        touched[:touching].copy(),
        lost_counts,
        bruised[:bruising].copy(),
        hurt_counts,
    )


def blast_walk(
    starts: Ints, effects: Ints, owners: Ints, roots: Ints, marks: WorkBytes, bits: WorkWords, queue: WorkInts
) -> tuple[Ints, Ints]:
    """
    Return what depends on ``roots`` (ascending, distinct), ring after ring, each ascending, and where each ring ends.

    ``marks`` and ``bits`` (one for each CI) are zeros, ``queue`` has room for one CI more than there are, ``owners`` is
    not empty. Cost: O(effects of the CIs reached).
    """
    words = (len(starts) + 62) >> 6
    ends = [0]
    tail = 0
    for ci in roots:
        marks[ci] = 1
        queue[tail] = ci
        tail += 1
    head = 0
    while head < tail:
        ends.append(tail)
        ring = tail
        for place in range(head, ring):
            ci = queue[place]
            for at in range(starts[ci], starts[ci + 1]):
                effect = effects[at]
                # Without branches: which way they would go can not be foreseen, and a wrong guess costs more.
                grouped = (effect >> 1) & 1
                owner = owners[(effect >> 2) * grouped]
                subject = owner if grouped else effect >> 2
                queue[tail] = subject
                tail += 1 - int(marks[subject])
                marks[subject] = 1
        if (tail - ring) * SPARSE < words:
            queue[ring:tail].sort()
        else:
            for place in range(ring, tail):
                ci = queue[place]
                bits[ci >> 6] |= np.uint64(1) << np.uint64(ci & 63)
            tail = _read_off(bits, words, queue, ring)
        head = ring
    for place in range(tail):
        marks[queue[place]] = 0
    return queue[:tail].copy(), np.array(ends, np.int32)


def _read_off(bits: WorkWords, words: int, queue: WorkInts, tail: int) -> int:
    """Write the numbers of the bits set behind ``tail``, ascending, clear them, and return where they end."""
    one = np.uint64(1)
    for word in range(words):
        left = bits[word]
        if left:
            bits[word] = np.uint64(0)
            base = word << 6
            while left:
                low = left & (~left + one)
                queue[tail] = base + _place_of(low)
                tail += 1
                left ^= low
    return tail


def _place_of(bit: np.uint64) -> int:
    """Return which of the 64 bits is the one that is set."""
    place = 0
    if bit & np.uint64(0xFFFFFFFF00000000):
        place += 32
    if bit & np.uint64(0xFFFF0000FFFF0000):
        place += 16
    if bit & np.uint64(0xFF00FF00FF00FF00):
        place += 8
    if bit & np.uint64(0xF0F0F0F0F0F0F0F0):
        place += 4
    if bit & np.uint64(0xCCCCCCCCCCCCCCCC):
        place += 2
    if bit & np.uint64(0xAAAAAAAAAAAAAAAA):
        place += 1
    return place


def paths_walk(
    starts: Ints,
    effects: Ints,
    falls_at: Ints,
    owners: Ints,
    first: Ints,
    down: Ints,
    degraded: Ints,
    groups: Ints,
    lost_counts: Ints,
    bruised: Ints,
    hurt_counts: Ints,
    of_state: int,
    marks: WorkBytes,
    lost: WorkInts,
    hurt: WorkInts,
    queue: WorkInts,
    spare: WorkInts,
) -> tuple[Ints, Ints]:
    """
    Return the CIs that shortest paths reach from ``first`` (ascending, distinct), and for each the CI before it, or -1.

    ``of_state`` 1 asks for the causes of states, 0 for losses. The states are those of :func:`states_walk`.
    ``marks``, ``lost`` and ``hurt`` are zeros. Cost: O(effects of the CIs reached).
    """
    for ci in down:
        marks[ci] = DOWN
    for ci in degraded:
        marks[ci] = HURT
    for place in range(len(groups)):
        lost[groups[place]] = hurt[groups[place]] = lost_counts[place]
    for place in range(len(bruised)):
        hurt[bruised[place]] = hurt_counts[place]
    before = np.empty(len(queue), np.int32)
    tail = 0
    for ci in first:
        marks[ci] |= REACHED
        queue[tail] = ci
        before[tail] = -1
        tail += 1
    head = 0
    while head < tail:
        ci = queue[head]
        head += 1
        of_ci = marks[ci] & 3
        fresh, middle = tail, tail
        for at in range(starts[ci], starts[ci + 1]):
            effect = effects[at]
            kind, subject = effect & 3, effect >> 2
            owner = owners[subject] if kind >= GROUP_HARD else subject
            if marks[owner] & REACHED:
                continue
            of_owner = marks[owner] & 3
            if of_state:
                if of_owner == 0:
                    continue
                if of_owner == DOWN:
                    follows = of_ci == DOWN and (
                        kind == ALONE_HARD or (kind == GROUP_HARD and lost[subject] >= falls_at[subject])
                    )
                elif kind == ALONE_HARD:
                    follows = of_ci != DOWN
                elif kind == ALONE_SOFT:
                    follows = of_ci == DOWN
                elif kind == GROUP_HARD:
                    follows = hurt[subject] >= falls_at[subject]
                else:
                    follows = of_ci == DOWN and lost[subject] >= falls_at[subject]
            elif kind & 1:
                continue
            else:
                follows = of_owner != DOWN or (
                    of_ci == DOWN and (kind == ALONE_HARD or lost[subject] >= falls_at[subject])
                )
            if follows:
                marks[owner] |= REACHED
                queue[tail] = owner
                before[tail] = ci
                tail += 1
                if kind < GROUP_HARD:
                    middle = tail
        _merge(queue, fresh, middle, tail, spare)
    for place in range(tail):
        marks[queue[place]] = 0
    for ci in down:
        marks[ci] = 0
    for ci in degraded:
        marks[ci] = 0
    for place in range(len(groups)):
        lost[groups[place]] = hurt[groups[place]] = 0
    for place in range(len(bruised)):
        hurt[bruised[place]] = 0
    return queue[:tail].copy(), before[:tail].copy()


def _merge(queue: WorkInts, first: int, middle: int, last: int, spare: WorkInts) -> None:
    """Sort what stands from ``first`` to ``last``: two ascending runs, of which the second begins at ``middle``."""
    if first == middle or middle == last or queue[middle - 1] < queue[middle]:
        return
    for place in range(first, middle):
        spare[place - first] = queue[place]
    left, lefts, right, place = 0, middle - first, middle, first
    while left < lefts:
        if right < last and queue[right] < spare[left]:
            queue[place] = queue[right]
            right += 1
        else:
            queue[place] = spare[left]
            left += 1
        place += 1

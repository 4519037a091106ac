"""Sixty-four failure scenarios in a word: drawn as rare positions, settled in one topological pass.

Every CI has a row of words, a bit for each scenario. What it needs stands before it, so one pass from front to back
draws who fails, adds those who go down by it, and counts; only a cycle is passed several times. The bit-sliced counter
of a group holds for each scenario how many members are down: its rows are the digits. Sources: Seshu, On an improved
diagnosis program, 1965 (a scenario a bit); the vertical counter as in Knuth, The Art of Computer Programming 4A, 7.1.3;
gaps between rare events by inversion as in Devroye, Non-uniform random variate generation, 1986, chapter X.2; the
generator is SplitMix64 of Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014.

Numbers are drawn by integer arithmetic, and gaps found by products alone, which every machine rounds alike: the same
seed gives the same scenarios anywhere. Scenarios are drawn in blocks; what a block draws for a CI depends on the
block's seed and the CI's number alone.
"""

from __future__ import annotations

import numpy as np

from impact.kernels.types import Floats, Ints, Planes, Words, WorkLongs, WorkWords

BLOCK_WORDS = 8
BLOCK = 64 * BLOCK_WORDS
POWERS = 9
"""A block has two to this power scenarios."""

STRIDE, STEP = np.uint64(0xD1342543DE82EF95), np.uint64(0x9E3779B97F4A7C15)
UNIT = 1.0 / 9007199254740992.0
ONE, ONES, TWOS, FOURS, BYTES = (
    np.uint64(1),
    np.uint64(0x5555555555555555),
    np.uint64(0x3333333333333333),
    np.uint64(0x0F0F0F0F0F0F0F0F),
    np.uint64(0x0101010101010101),
)


def settle_scenarios(
    order: Ints,
    cycles: Ints,
    alone_starts: Ints,
    alone: Ints,
    gate_starts: Ints,
    gate_falls: Ints,
    member_starts: Ints,
    members: Ints,
    works: Floats,
    spared: Floats,
    seeds: Words,
    masks: Words,
    planes: Planes,
    times_down: WorkLongs,
) -> None:
    """
    Fill ``planes`` with who is down in which scenario, and add to ``times_down`` how often each CI is.

    Rows are by place in ``order``, like ``works`` (the probability that a CI does not fail) and ``spared`` (that it
    fails in no scenario of a block); ``times_down`` is by CI. A row holds a block for each of ``seeds``; only scenarios
    of ``masks`` count. The other arrays are those of :mod:`impact.kernels.layout`.
    Cost: O(CIs + needs) rows, times the rounds within a cycle, and O(failures).
    """
    width = planes.shape[1]
    gate = np.empty(width, np.uint64)
    digits = np.empty((32, width), np.uint64)
    powers = np.empty(POWERS + 1, np.float64)
    place, cycle = 0, 0
    while place < len(order):
        end = place + 1
        if cycle < len(cycles) and cycles[cycle] == place:
            end = cycles[cycle + 1]
            cycle += 2
        for each in range(place, end):
            _draw(planes[each], order[each], works[each], spared[each], seeds, powers)
        before, after = -1, 0
        while before < after:
            before, after = after, 0
            for each in range(place, end):
                _settle(
                    each, alone_starts, alone, gate_starts, gate_falls, member_starts, members, planes, gate, digits
                )
                if end - place > 1:
                    after += _weight(planes[each])
        for each in range(place, end):
            times_down[order[each]] += _weight_within(planes[each], masks)
        place = end


def _draw(row: WorkWords, ci: int, works: float, spared: float, seeds: Words, powers: Floats) -> None:
    """Set in ``row`` the scenarios in which a CI fails by itself, and clear the others."""
    row[:] = np.uint64(0)
    if works >= 1.0:
        return
    powers[0] = -1.0
    for block in range(len(seeds)):
        state = seeds[block] + np.uint64(ci) * STRIDE
        drawn = float(_mixed(state) >> np.uint64(11)) * UNIT
        if drawn < spared:
            continue
        if powers[0] < 0.0:
            powers[0] = works
            for power in range(1, POWERS + 1):
                powers[power] = powers[power - 1] * powers[power - 1]
        scenario = 0
        while drawn >= powers[POWERS]:
            # The gap is the largest number of scenarios survived whose probability exceeds what was drawn.
            survived = 1.0
            for power in range(POWERS - 1, -1, -1):
                longer = survived * powers[power]
                lasts = drawn < longer
                survived = longer if lasts else survived
                scenario += int(lasts) << power
            if scenario < BLOCK:
                row[block * BLOCK_WORDS + (scenario >> 6)] |= ONE << np.uint64(scenario & 63)
            scenario += 1
            if scenario >= BLOCK:
                break
            state += STEP
            drawn = float(_mixed(state) >> np.uint64(11)) * UNIT


def _mixed(word: np.uint64) -> np.uint64:
    """Return the 64 bits of SplitMix64 for a counter."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def _settle(
    place: int,
    alone_starts: Ints,
    alone: Ints,
    gate_starts: Ints,
    gate_falls: Ints,
    member_starts: Ints,
    members: Ints,
    planes: Planes,
    gate: WorkWords,
    digits: Planes,
) -> None:
    """Add to a CI's scenarios those in which what it needs is down."""
    width = planes.shape[1]
    row = planes[place]
    for at in range(alone_starts[place], alone_starts[place + 1]):
        needed = planes[alone[at]]
        for word in range(width):
            row[word] |= needed[word]
    for at in range(gate_starts[place], gate_starts[place + 1]):
        start, end, falls = member_starts[at], member_starts[at + 1], gate_falls[at]
        first = planes[members[start]]
        if falls <= 1:
            for member in range(start, end):
                needed = planes[members[member]]
                for word in range(width):
                    row[word] |= needed[word]
        elif falls == end - start:
            second = planes[members[start + 1]]
            if falls == 2:
                for word in range(width):
                    row[word] |= first[word] & second[word]
                continue
            for word in range(width):
                gate[word] = first[word] & second[word]
            for member in range(start + 2, end):
                needed = planes[members[member]]
                for word in range(width):
                    gate[word] &= needed[word]
            for word in range(width):
                row[word] |= gate[word]
        elif falls < end - start:
            _count(planes, members, start, end, falls, row, gate, digits)


def _count(
    planes: Planes,
    members: Ints,
    start: int,
    end: int,
    falls: int,
    row: WorkWords,
    carry: WorkWords,
    digits: Planes,
) -> None:
    """Add to ``row`` the scenarios in which at least ``falls`` of the members are down."""
    width = planes.shape[1]
    length = 0
    while (end - start) >> length:
        digits[length, :] = np.uint64(0)
        length += 1
    for member in range(start, end):
        carry[:] = planes[members[member]]
        for digit in range(length):
            if (member - start + 1) >> digit == 0:
                break
            kept = digits[digit]
            for word in range(width):
                both = kept[word] & carry[word]
                kept[word] ^= carry[word]
                carry[word] = both
    # Compared from the highest digit on: ``carry`` holds where all digits so far were those of ``falls``.
    carry[:] = ~np.uint64(0)
    for digit in range(length - 1, -1, -1):
        kept = digits[digit]
        if (falls >> digit) & 1:
            for word in range(width):
                carry[word] &= kept[word]
        else:
            for word in range(width):
                row[word] |= carry[word] & kept[word]
                carry[word] &= ~kept[word]
    for word in range(width):
        row[word] |= carry[word]


def _weight(row: WorkWords) -> int:
    """Return how many bits are set."""
    weight = 0
    for bits in row:
        weight += _ones(bits)
    return weight


def _weight_within(row: WorkWords, masks: Words) -> int:
    """Return how many bits of ``masks`` are set."""
    weight = 0
    for word in range(len(row)):
        weight += _ones(row[word] & masks[word])
    return weight


def _ones(bits: np.uint64) -> int:
    """Return how many of 64 bits are set."""
    bits -= (bits >> ONE) & ONES
    bits = (bits & TWOS) + ((bits >> np.uint64(2)) & TWOS)
    bits = (bits + (bits >> np.uint64(4))) & FOURS
    return int((bits * BYTES) >> np.uint64(56))


def count_services(services: Ints, planes: Planes, services_down: WorkLongs) -> None:
    """
    Add to ``services_down``, for each scenario that it has room for, how many services are down.

    ``services`` are their places. Cost: O(services) words and O(services down).
    """
    for place in services:
        row = planes[place]
        for scenario in range(0, len(services_down), 64):
            bits = row[scenario >> 6]
            at = scenario
            while bits and at < len(services_down):
                if bits & ONE:
                    services_down[at] += 1
                bits >>= ONE
                at += 1

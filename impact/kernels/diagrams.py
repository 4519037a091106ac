"""The inner loops of decision diagrams: plain functions over rows of numbers, for lists as they are, or compiled.

A diagram is three rows by node: ``level`` (nearer to the top is smaller), ``low`` and ``high`` (where to go when the
variable is false, and true); node 0 is false, node 1 is true, both on a level below all others. ``slots`` is the table
in which a node is found by its three numbers (open addressing; 0 is an empty slot, for the constants are never looked
up). ``keys`` and ``values`` remember answers; a newer one may take the place of an older one. ``size`` holds the number
of nodes, and how many steps may still be taken: answers looked for that were not remembered. ``frames`` are rows for
what is under way, longer than there are levels. A function returns -1 when the rows of nodes are full (they are made
longer, and it is called again) and -2 when the steps are spent.

Sources: Bryant, Graph-based algorithms for Boolean function manipulation, 1986; Brace, Rudell and Bryant, Efficient
implementation of a BDD package, 1990; Rauzy, New algorithms for fault trees analysis, 1993, for minimal solutions.
"""

from __future__ import annotations

from impact.kernels.types import WorkFloats, WorkInts, WorkLongs

OR, AND = 0, 1


def combine(
    op: int,
    first: int,
    second: int,
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    slots: WorkInts,
    size: WorkInts,
    keys: WorkLongs,
    values: WorkInts,
    fs: WorkInts,
    gs: WorkInts,
    lows: WorkInts,
    phases: WorkInts,
) -> int:
    """Return the node of ``first or second`` (op 0), ``first and second`` (op 1)."""
    slot_mask, key_mask = len(slots) - 1, len(keys) - 1
    top, result = 0, 0
    fs[0], gs[0], phases[0] = first, second, 0
    while top >= 0:
        f, g, phase = fs[top], gs[top], phases[top]
        if phase == 0:
            if f > g:
                f, g = g, f
            result = -1
            if f == g:
                result = f
            elif f == 0:
                result = g if op == 0 else 0
            elif f == 1:
                result = 1 if op == 0 else g
            else:
                key = ((f << 31) | g) * 2 + op
                place = (f * 12582917 + g * 4256249 + op) & key_mask
                if keys[place] == key:
                    result = values[place]
                else:
                    if size[1] == 0:
                        return -2
                    size[1] -= 1
                    fs[top], gs[top], phases[top] = f, g, 1
                    of_f, of_g = level[f], level[g]
                    top += 1
                    fs[top] = low[f] if of_f <= of_g else f
                    gs[top] = low[g] if of_g <= of_f else g
                    phases[top] = 0
                    continue
            top -= 1
        elif phase == 1:
            lows[top] = result
            phases[top] = 2
            of_f, of_g = level[f], level[g]
            top += 1
            fs[top] = high[f] if of_f <= of_g else f
            gs[top] = high[g] if of_g <= of_f else g
            phases[top] = 0
        else:
            lower = lows[top]
            if lower != result:
                at = min(level[f], level[g])
                place = (lower * 12582917 + result * 4256249 + at * 741457) & slot_mask
                found = slots[place]
                while found != 0 and (low[found] != lower or high[found] != result or level[found] != at):
                    place = (place + 1) & slot_mask
                    found = slots[place]
                if found == 0:
                    found = size[0]
                    if found == len(level):
                        return -1
                    level[found], low[found], high[found] = at, lower, result
                    slots[place] = found
                    size[0] = found + 1
                result = found
            key = ((f << 31) | g) * 2 + op
            place = (f * 12582917 + g * 4256249 + op) & key_mask
            keys[place], values[place] = key, result
            top -= 1
    return result


def branch(
    at: int,
    lower: int,
    upper: int,
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    slots: WorkInts,
    size: WorkInts,
) -> int:
    """Return the node of ``upper`` where the variable of level ``at`` is true and ``lower`` where it is not."""
    if lower == upper:
        return lower
    slot_mask = len(slots) - 1
    place = (lower * 12582917 + upper * 4256249 + at * 741457) & slot_mask
    found = slots[place]
    while found != 0 and (low[found] != lower or high[found] != upper or level[found] != at):
        place = (place + 1) & slot_mask
        found = slots[place]
    if found == 0:
        found = size[0]
        if found == len(level):
            return -1
        level[found], low[found], high[found] = at, lower, upper
        slots[place] = found
        size[0] = found + 1
    return int(found)


def minimal(
    first: int,
    under: int,
    b_level: WorkInts,
    b_low: WorkInts,
    b_high: WorkInts,
    known: WorkInts,
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    slots: WorkInts,
    size: WorkInts,
    keys: WorkLongs,
    values: WorkInts,
    fs: WorkInts,
    gs: WorkInts,
    lows: WorkInts,
    phases: WorkInts,
) -> int:
    """
    Return the diagram of the minimal solutions of node ``first`` of a monotone function, with ``under`` of -1.

    With a node of the function as ``under`` and sets as ``first``: those of the sets for which it does not hold.

    The ``b_`` rows are those of the function, read only. In the other diagram a node stands for sets: those of ``low``,
    and those of ``high`` each with the variable; 0 holds no set and 1 the empty one. ``known`` remembers the answer for
    each node of the function, -1 for none. A frame with ``gs`` of -1 asks for minimal solutions; any other takes from
    the sets ``fs`` those for which the function ``gs`` holds already.
    """
    slot_mask, key_mask = len(slots) - 1, len(keys) - 1
    top, result = 0, 0
    fs[0], gs[0], phases[0] = first, under, 0
    while top >= 0:
        f, g, phase = fs[top], gs[top], phases[top]
        if g < 0:
            if phase == 0:
                result = f if f < 2 else known[f]
                if result >= 0:
                    top -= 1
                    continue
                phases[top] = 1
                top += 1
                fs[top], gs[top], phases[top] = b_low[f], -1, 0
                continue
            if phase == 1:
                lows[top] = result
                phases[top] = 2
                top += 1
                fs[top], gs[top], phases[top] = b_high[f], -1, 0
                continue
            if phase == 2:
                phases[top] = 3
                top += 1
                fs[top], gs[top], phases[top] = result, b_low[f], 0
                continue
            at = b_level[f]
        else:
            if phase == 0:
                if f == 0 or g == 1:
                    result = 0
                elif f == 1 or g == 0:
                    result = f
                else:
                    # Levels of the function that the sets do not name are false in them.
                    while b_level[g] < level[f]:
                        g = b_low[g]
                    if g == 0:
                        result = f
                    elif g == 1:
                        result = 0
                    else:
                        gs[top] = g
                        place = (f * 12582917 + g * 4256249) & key_mask
                        if keys[place] == ((f << 31) | g):
                            result = values[place]
                        else:
                            if size[1] == 0:
                                return -2
                            size[1] -= 1
                            phases[top] = 1
                            top += 1
                            fs[top] = low[f]
                            gs[top] = b_low[g] if b_level[g] == level[f] else g
                            phases[top] = 0
                            continue
                top -= 1
                continue
            if phase == 1:
                lows[top] = result
                phases[top] = 2
                top += 1
                fs[top] = high[f]
                gs[top] = b_high[g] if b_level[g] == level[f] else g
                phases[top] = 0
                continue
            at = level[f]
        lower = lows[top]
        if result == 0:
            result = lower
        else:
            place = (lower * 12582917 + result * 4256249 + at * 741457) & slot_mask
            found = slots[place]
            while found != 0 and (low[found] != lower or high[found] != result or level[found] != at):
                place = (place + 1) & slot_mask
                found = slots[place]
            if found == 0:
                found = size[0]
                if found == len(level):
                    return -1
                level[found], low[found], high[found] = at, lower, result
                slots[place] = found
                size[0] = found + 1
            result = found
        if g < 0:
            known[f] = result
        else:
            place = (f * 12582917 + g * 4256249) & key_mask
            keys[place], values[place] = (f << 31) | g, result
        top -= 1
    return result


def restrict(
    top: int,
    b_level: WorkInts,
    b_low: WorkInts,
    b_high: WorkInts,
    fixed: WorkInts,
    known: WorkInts,
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    slots: WorkInts,
    size: WorkInts,
) -> int:
    """
    Make the function ``top`` of the ``b_`` rows with some of its variables fixed, and return its node.

    ``fixed`` is by level: 0 or 1, and -1 where a variable stays. ``known`` has a place for each node up to ``top``, in
    which its node in the rows that are made is put; nothing is read from it before.
    """
    slot_mask = len(slots) - 1
    known[0], known[1] = 0, 1
    for node in range(2, top + 1):
        at = b_level[node]
        lower, upper = known[b_low[node]], known[b_high[node]]
        if fixed[at] == 0 or (fixed[at] < 0 and lower == upper):
            known[node] = lower
        elif fixed[at] == 1:
            known[node] = upper
        else:
            place = (lower * 12582917 + upper * 4256249 + at * 741457) & slot_mask
            found = slots[place]
            while found != 0 and (low[found] != lower or high[found] != upper or level[found] != at):
                place = (place + 1) & slot_mask
                found = slots[place]
            if found == 0:
                found = size[0]
                if found == len(level):
                    return -1
                level[found], low[found], high[found] = at, lower, upper
                slots[place] = found
                size[0] = found + 1
            known[node] = found
    return int(known[top])


def upwards(
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    chances: WorkFloats,
    first: int,
    last: int,
    found: WorkFloats,
) -> int:
    """Put the probability of each node from ``first`` to before ``last`` into ``found``; chances are by level."""
    for node in range(first, last):
        chance = chances[level[node]]
        found[node] = chance * found[high[node]] + (1.0 - chance) * found[low[node]]
    return 0


def downwards(
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    chances: WorkFloats,
    below: WorkFloats,
    top: int,
    levels: int,
    shares: WorkFloats,
    gains: WorkFloats,
    fails: WorkFloats,
    holds: WorkFloats,
    beside: WorkFloats,
) -> int:
    """
    Find for each level what its variable means to the function ``top``, all three rows being zeros at first.

    ``gains``: how much more probable the function is with the variable than without; ``fails``: how probable it is with
    it; ``holds``: without it. The last two are sums of what all ways to true weigh, nothing is taken from anything, so
    that the smallest keeps its digits. A way that passes levels by counts for each of them: ``beside`` has a row of
    ``levels`` zeros for each bit of a level in which it is noted (:func:`passed`, :func:`spread_out`).
    """
    passed(0, min(level[top], levels) - 1, below[top], levels, fails, holds, beside)
    for node in range(top, 1, -1):
        share = shares[node]
        if share != 0.0:
            at, lower, upper = level[node], low[node], high[node]
            gains[at] += share * (below[upper] - below[lower])
            fails[at] += share * below[upper]
            holds[at] += share * below[lower]
            with_it, without_it = share * chances[at], share * (1.0 - chances[at])
            shares[upper] += with_it
            shares[lower] += without_it
            passed(at + 1, min(level[upper], levels) - 1, with_it * below[upper], levels, fails, holds, beside)
            passed(at + 1, min(level[lower], levels) - 1, without_it * below[lower], levels, fails, holds, beside)
    return spread_out(levels, fails, holds, beside)


def passed(
    first: int,
    last: int,
    weight: float,
    levels: int,
    fails: WorkFloats,
    holds: WorkFloats,
    beside: WorkFloats,
) -> int:
    """
    Note that a way of this weight passes by the levels from ``first`` to ``last``.

    The highest bit in which the two differ tells the row: they lie in the two halves of one block of it, and the weight
    counts from the first to the end of the lower half, and from the beginning of the upper half to the last.
    """
    if weight == 0.0 or first > last:
        return 0
    if first == last:
        fails[first] += weight
        holds[first] += weight
        return 0
    bit, differ = 0, (first ^ last) >> 1
    while differ != 0:
        bit += 1
        differ >>= 1
    beside[bit * levels + first] += weight
    beside[bit * levels + last] += weight
    return 0


def spread_out(
    levels: int,
    fails: WorkFloats,
    holds: WorkFloats,
    beside: WorkFloats,
) -> int:
    """Add what was noted as passed by to every level it counts for."""
    for bit in range(len(beside) // levels):
        size = 1 << bit
        for begin in range(0, levels, size):
            end = min(begin + size, levels)
            upper, total = (begin >> bit) & 1, 0.0
            for place in range(end - begin):
                at = end - 1 - place if upper else begin + place
                total += beside[bit * levels + at]
                fails[at] += total
                holds[at] += total
    return 0


def reached(
    low: WorkInts,
    high: WorkInts,
    top: int,
    marks: WorkInts,
) -> int:
    """Mark with 1 what a node rests on, itself included, and return how many that are beside the constants."""
    count = 0
    marks[top] = 1
    for node in range(top, 1, -1):
        if marks[node] == 1:
            count += 1
            marks[low[node]] = 1
            marks[high[node]] = 1
    return count


def rehashed(
    level: WorkInts,
    low: WorkInts,
    high: WorkInts,
    slots: WorkInts,
    last: int,
) -> int:
    """Enter the nodes before ``last`` into an empty table."""
    mask = len(slots) - 1
    for node in range(2, last):
        place = (low[node] * 12582917 + high[node] * 4256249 + level[node] * 741457) & mask
        while slots[place] != 0:
            place = (place + 1) & mask
        slots[place] = node
    return 0

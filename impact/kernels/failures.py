"""Every single failure of an estate: for each CI alone, how many others go down or degrade with it, and services.

What is down or degraded with nothing failed at all is brought in once and counts for nobody; each failure is walked on
top of it and taken back. A CI that is degraded at rest and goes down moves within its groups from the degraded members
to the lost ones, so a group may fail to be whole by a loss alone.
"""

from __future__ import annotations

import numpy as np

from impact.kernels.types import Bytes, Ints, WorkBytes, WorkInts

DOWN, HURT, HURT_AT_REST = 1, 2, 4
GROUP_HARD = 2


def single_failures(
    starts: Ints,
    effects: Ints,
    falls_at: Ints,
    owners: Ints,
    asked: Ints,
    columns: Ints,
    width: int,
    degrading: int,
    down: Ints,
    degraded: Ints,
    groups: Ints,
    lost_counts: Ints,
    bruised: Ints,
    hurt_counts: Ints,
    marks: WorkBytes,
    lost: WorkInts,
    hurt: WorkInts,
    fell: WorkInts,
    harmed: WorkInts,
    touched: WorkInts,
    cis_down: WorkInts,
    cis_degraded: WorkInts,
    services_down: WorkInts,
    services_degraded: WorkInts,
) -> None:
    """
    Count for each of ``asked``, itself included, who goes down with it, and with ``degrading`` 1 who degrades.

    ``columns`` gives for each CI its column among ``width`` (a service's tier), or -1; the counts of services are rows
    of ``width``, zeros before. ``down`` to ``hurt_counts`` are the states with nothing failed, as of
    :func:`impact.kernels.walks.states_walk`. ``marks``, ``lost`` and ``hurt`` are zeros before and after, ``touched``
    has room for all effects. Cost: O(effects of the CIs that go down or degrade), summed over ``asked``.
    """
    _bring_in(down, degraded, groups, lost_counts, bruised, hurt_counts, marks, lost, hurt)
    for number in range(len(asked)):
        failed = asked[number]
        if marks[failed] & DOWN:
            continue
        falling, harming, touching = 1, 0, 0
        marks[failed] |= DOWN
        fell[0] = failed
        place = 0
        while place < falling:
            ci = fell[place]
            place += 1
            was_hurt = marks[ci] & HURT_AT_REST
            for at in range(starts[ci], starts[ci + 1]):
                effect = effects[at]
                kind, subject = effect & 3, effect >> 2
                harms = kind & 1
                if kind >= GROUP_HARD:
                    touched[touching] = subject << 1
                    touching += 1
                    lost[subject] += 1
                    if was_hurt and kind == GROUP_HARD:
                        touched[touching - 1] += 1
                        hurt[subject] -= 1
                    if lost[subject] != falls_at[subject]:
                        # A member that was degraded before changes no sum, so then the owner is marked already.
                        if kind != GROUP_HARD or lost[subject] + hurt[subject] != falls_at[subject]:
                            continue
                        harms = 1
                    subject = owners[subject]
                if harms:
                    if degrading and not marks[subject] & (HURT | HURT_AT_REST):
                        marks[subject] |= HURT
                        harmed[harming] = subject
                        harming += 1
                elif not marks[subject] & DOWN:
                    marks[subject] |= DOWN
                    fell[falling] = subject
                    falling += 1
        lasting = touching
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
                    touched[touching] = subject
                    touching += 1
                    hurt[subject] += 1
                    if lost[subject] + hurt[subject] != falls_at[subject]:
                        continue
                    subject = owners[subject]
                if marks[subject] == 0:
                    marks[subject] = HURT
                    harmed[hurting] = subject
                    hurting += 1
        for place in range(lasting):
            lost[touched[place] >> 1] -= 1
            hurt[touched[place] >> 1] += touched[place] & 1
        for place in range(lasting, touching):
            hurt[touched[place]] -= 1
        cis_down[number] = falling
        cis_degraded[number] = hurting
        _count_services(fell, falling, marks, columns, services_down, number * width)
        _count_services(harmed, hurting, marks, columns, services_degraded, number * width)
    _take_out(down, degraded, groups, bruised, marks, lost, hurt)


def services_stopped(
    starts: Ints,
    effects: Ints,
    falls_at: Ints,
    owners: Ints,
    services: Bytes,
    asked: Ints,
    down: Ints,
    groups: Ints,
    lost_counts: Ints,
    marks: WorkBytes,
    lost: WorkInts,
    fell: WorkInts,
    touched: WorkInts,
) -> tuple[WorkInts, WorkInts]:
    """
    Return the services that go down when each of ``asked`` fails on top of what is down, and where each one's end.

    ``services`` has a 1 for each CI that is one; ``down``, ``groups`` and ``lost_counts`` are what is down already, and
    what groups lost by it. ``marks`` and ``lost`` are zeros before and after, ``touched`` has room for all effects.
    Cost: O(effects of the CIs that go down), summed over ``asked``.
    """
    for ci in down:
        marks[ci] = DOWN
    for place in range(len(groups)):
        lost[groups[place]] = lost_counts[place]
    ends = np.empty(len(asked), np.int32)
    found = np.empty(1024, np.int32)
    many = 0
    for number in range(len(asked)):
        falling, touching, place = 0, 0, 0
        if not marks[asked[number]]:
            marks[asked[number]] = DOWN
            fell[0] = asked[number]
            falling = 1
        while place < falling:
            ci = fell[place]
            place += 1
            for at in range(starts[ci], starts[ci + 1]):
                kind, subject = effects[at] & 3, effects[at] >> 2
                if kind & 1:
                    continue
                if kind == GROUP_HARD:
                    touched[touching] = subject
                    touching += 1
                    lost[subject] += 1
                    if lost[subject] != falls_at[subject]:
                        continue
                    subject = owners[subject]
                if not marks[subject]:
                    marks[subject] = DOWN
                    fell[falling] = subject
                    falling += 1
        for place in range(touching):
            lost[touched[place]] -= 1
        if many + falling > len(found):
            found = np.append(found, np.empty(len(found) + falling, np.int32))
        for place in range(falling):
            ci = fell[place]
            marks[ci] = 0
            if services[ci]:
                found[many] = ci
                many += 1
        ends[number] = many
    for ci in down:
        marks[ci] = 0
    for group in groups:
        lost[group] = 0
    return found[:many].copy(), ends


def _count_services(cis: Ints, many: int, marks: WorkBytes, columns: Ints, services: WorkInts, row: int) -> None:
    """Count the services among CIs by column, and take their marks back."""
    for place in range(many):
        ci = cis[place]
        marks[ci] &= HURT_AT_REST
        if columns[ci] >= 0:
            services[row + columns[ci]] += 1


def _bring_in(
    down: Ints,
    degraded: Ints,
    groups: Ints,
    lost_counts: Ints,
    bruised: Ints,
    hurt_counts: Ints,
    marks: WorkBytes,
    lost: WorkInts,
    hurt: WorkInts,
) -> None:
    """Mark the states with nothing failed."""
    for ci in down:
        marks[ci] = DOWN
    for ci in degraded:
        marks[ci] = HURT_AT_REST
    for place in range(len(groups)):
        lost[groups[place]] = lost_counts[place]
    for place in range(len(bruised)):
        hurt[bruised[place]] = hurt_counts[place] - lost[bruised[place]]


def _take_out(
    down: Ints,
    degraded: Ints,
    groups: Ints,
    bruised: Ints,
    marks: WorkBytes,
    lost: WorkInts,
    hurt: WorkInts,
) -> None:
    """Take those marks back."""
    for ci in down:
        marks[ci] = 0
    for ci in degraded:
        marks[ci] = 0
    for group in groups:
        lost[group] = 0
    for group in bruised:
        hurt[group] = 0

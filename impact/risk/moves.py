"""
The smallest move of a change after which it is in conflict no more.

What a change could be in conflict with hangs on what it has out, not on when; so it is asked for all of the time it may
be moved to at once, and each set found rules out the moves that would bring the change and that set together. What is
left nearest to where it stands is the smallest move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, inf
from typing import NamedTuple

from impact.risk.conflicts import Calendar, Conflict, Occurrence, in_order
from impact.risk.overlaps import Who

MINUTE = 60
DAY = 24 * 60 * MINUTE
REACH = 14 * DAY
"""So far ahead or back, in seconds, a change is moved at most."""

BUDGET = 1 << 22
"""So many CIs and groups may be looked at for all moves of an answer."""

ALL, THIS = "all", "this"


class Move(NamedTuple):
    """
    Move ``who`` by ``minutes``, earlier when they are negative.

    ``frees`` is ALL where the change is in no conflict at all afterwards, THIS where it is in none any more with the
    members of this conflict, but in another.
    """

    who: Who
    minutes: int
    frees: str


class RuledOut(NamedTuple):
    """
    Open intervals of seconds by which somebody may not move.

    ``known``: with whom it would then be in conflict. ``unknown``: a budget kept conflicts there from being told.
    """

    known: list[tuple[float, float, tuple[Who, ...]]]
    unknown: list[tuple[float, float]]


def moves_of(
    calendar: Calendar,
    conflict: Conflict,
    back: Mapping[Who, float],
    *,
    reach: int = REACH,
    known: dict[Who, int | None] | None = None,
) -> list[Move]:
    """
    Return for each member of a conflict that ``back`` names its smallest move within ``reach`` seconds, if any.

    A move that leaves the change in no conflict at all goes before a smaller one that does not. Of two that are as
    small the later one is taken. ``back`` tells of who may be moved by how many seconds they may be earlier at most.
    ``known`` carries what was found out from one conflict to the next of a calendar; it changes no answer.
    """
    found = []
    wholly: dict[Who, int | None] = {} if known is None else known
    for who in conflict.parties:
        if who not in back:
            continue
        if who not in wholly:
            wholly[who] = free_shift(calendar, who, reach=reach, back=back[who])
        minutes, frees = wholly[who], ALL
        if minutes is None:
            minutes = free_shift(calendar, who, among=conflict.parties, reach=reach, back=back[who])
            frees = THIS
        if minutes is not None:
            found.append(Move(who, minutes, frees))
    return found


def free_shift(
    calendar: Calendar,
    who: Who,
    *,
    among: Iterable[Who] | None = None,
    reach: int = REACH,
    back: float = inf,
) -> int | None:
    """
    Return the fewest minutes, negative for earlier, by which ``who`` has to move to be in no conflict.

    ``among`` leaves out all other parties. None where no move within ``reach`` seconds does it, or where a budget kept
    conflicts from being told, so that no move can be vouched for.
    """
    times = calendar.times(who)
    if not times:
        return 0
    members = None if among is None else frozenset(among)
    least = -min(max(0.0, back), reach)
    far = min(DAY, reach)
    while True:
        ruled_out = ruled_out_shifts(calendar, who, times, -far, far, members)
        if ruled_out.unknown:
            return None
        shift = _nearest([each[:2] for each in ruled_out.known], max(least, -far), far)
        if shift is not None or far == reach:
            return shift
        far = min(2 * far, reach)


def ruled_out_shifts(
    calendar: Calendar,
    who: Who,
    times: Sequence[Occurrence],
    least: float,
    most: float,
    members: frozenset[Who] | None = None,
) -> RuledOut:
    """
    Return by how many seconds, from ``least`` to ``most``, the occurrences ``times`` of ``who`` may not move.

    ``members`` leaves out all other parties.
    """
    found, unknown = [], []
    for own in times:
        anywhere = Occurrence(own.start + least, own.end + most, own.atom)
        others = calendar.others(who, anywhere.start, anywhere.end)
        among = [other for other in others if members is None or other.atom.who in members]
        for occurrence, beginning in calendar.sweep(in_order([anywhere, *among]), only=own.atom):
            if beginning.cuts:
                unknown.append((occurrence.start - own.end, occurrence.end - own.start))
            unknown += [(each.start - own.end, each.end - own.start) for each in beginning.unexamined]
            for occurrences, _ in beginning.joint:
                rest = [occurrence for occurrence in occurrences if occurrence.atom is not own.atom]
                start, end = max(o.start for o in rest), min(o.end for o in rest)
                found.append((start - own.end, end - own.start, tuple(sorted(o.atom.who for o in rest))))
    return RuledOut(sorted(found), sorted(unknown))


def _nearest(ruled_out: Sequence[tuple[float, float]], least: float, most: float) -> int | None:
    """Return the fewest whole minutes from ``least`` to ``most`` seconds in none of the open intervals."""
    later = 0
    for start, end in ruled_out:
        if start < later * MINUTE < end:
            if end > most:
                later = -1
                break
            later = ceil(end / MINUTE)
    earlier = 0
    for start, end in sorted(ruled_out, key=lambda pair: -pair[1]):
        if start < earlier * MINUTE < end:
            if start < least:
                earlier = 1
                break
            earlier = floor(start / MINUTE)
    choices = []
    if later >= 0 and later * MINUTE <= most:
        choices.append(later)
    if earlier <= 0 and earlier * MINUTE >= least:
        choices.append(earlier)
    return min(choices, key=lambda minutes: (abs(minutes), -minutes), default=None)

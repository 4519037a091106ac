"""Joint conflicts by trying every moment and every set of changes and incidents that are open at it.

Times are whole minutes, intervals half-open: what ends at 60 and what begins at 60 do not overlap. All *parties* to a
conflict, changes, incidents and where one likes standing failures, are alike here: an id and when it keeps which CI
down. The minimal sets are those of a moment: proper subsets are asked at the same moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import combinations, pairwise
from typing import NamedTuple

from tests.oracles.impact import down_of


class PlainChange(NamedTuple):
    """
    A change with the window [``start``, ``end``).

    ``outages``: target to (offset into the window, minutes); minutes are None where the target is out for good
    (retire), and the pair is None where it is not taken out at all (config). Not cut at the end of the window.
    """

    id: str
    start: int
    end: int
    outages: dict


class PlainIncident(NamedTuple):
    """An incident with its CIs down from ``opened`` to ``resolved``, without end while that is None."""

    id: str
    opened: int
    cis: frozenset
    resolved: int | None = None


class Party(NamedTuple):
    """``down``: (CI, from, until) with None for since ever and for without end."""

    id: str
    down: tuple


def party_of(record: PlainChange | PlainIncident) -> Party:
    """Return when a change or an incident keeps which CIs down."""
    if isinstance(record, PlainIncident):
        return Party(record.id, tuple((ci, record.opened, record.resolved) for ci in sorted(record.cis)))
    down = []
    for target, outage in sorted(record.outages.items()):
        if outage is not None:
            begins = record.start + outage[0]
            down.append((target, begins, None if outage[1] is None else begins + outage[1]))
    return Party(record.id, tuple(down))


def standing_party(name: str, failed: Iterable) -> Party:
    """Return standing failures as a party of their own, for those who count them among a conflict's members."""
    return Party(name, tuple((ci, None, None) for ci in sorted(failed)))


def moments(parties: Iterable[Party]) -> list[tuple[int | None, int | None]]:
    """Return the intervals between neighbouring end points; nothing begins or ends inside one."""
    points = sorted({end for party in parties for _, *ends in party.down for end in ends if end is not None})
    return list(pairwise([None, *points, None]))


def is_open(interval: tuple, moment: tuple) -> bool:
    """Return whether ``interval`` covers ``moment``, one of ``moments``; an empty interval covers none."""
    (begins, ends), (low, high) = interval, moment
    after_begin = begins is None or (low is not None and begins <= low)
    return after_begin and (ends is None or (high is not None and high <= ends))


def conflicts(
    needs: dict, services: Collection, parties: Collection[Party], standing: Collection = (), least: int = 2
) -> dict[tuple[frozenset, str], list[tuple]]:
    """
    Return (set of party ids, service) to the intervals in which that set takes the service down and no part of it does.

    ``standing`` failures are there in each case, so a service they stop is in no conflict. ``least``: the smallest size
    told; 1 tells the changes as well that take a service down alone. A set of incidents alone is told too.
    """
    memo: dict = {}

    def stopped(cis: frozenset) -> set:
        if cis not in memo:
            memo[cis] = down_of(needs, {*standing, *cis}) & set(services)
        return memo[cis]

    found: dict = {}
    for moment in moments(parties):
        out = {
            party.id: cis
            for party in parties
            if (cis := frozenset(ci for ci, *interval in party.down if is_open(tuple(interval), moment)))
        }
        for key in _minimal_sets(out, services, stopped):
            if len(key[0]) >= least:
                _append(found.setdefault(key, []), moment)
    return found


def _minimal_sets(out: dict, services: Collection, stopped) -> list[tuple[frozenset, str]]:
    """Return (ids, service) of one moment: all subsets by size, without those that hold a smaller one found."""
    found: list = []
    for size in range(len(out) + 1):
        for chosen in map(frozenset, combinations(sorted(out), size)):
            lost = stopped(frozenset().union(*(out[party] for party in chosen)))
            smaller = {service for ids, service in found if ids < chosen}
            found.extend((chosen, service) for service in sorted(lost - smaller))
    return found


def _append(intervals: list, moment: tuple) -> None:
    """Lengthen the last interval where ``moment`` follows upon it, else begin another one."""
    if intervals and intervals[-1][1] == moment[0]:
        intervals[-1] = (intervals[-1][0], moment[1])
    else:
        intervals.append(moment)


def moved(party: Party, minutes: int) -> Party:
    """Return ``party`` later by so many minutes, earlier when they are negative."""
    return Party(
        party.id,
        tuple(
            (ci, None if begins is None else begins + minutes, None if ends is None else ends + minutes)
            for ci, begins, ends in party.down
        ),
    )


def smallest_moves(
    needs: dict, parties: list[Party], conflict: tuple, mover: str, standing: Collection = (), *, reach: int
) -> set[int]:
    """
    Return the moves of ``mover`` by the fewest minutes, up to ``reach``, that leave no such ``conflict`` at any moment.

    ``conflict`` is a key of ``conflicts``. One move, two (as far ahead as back) or none. The other members of the
    conflict alone are asked: what the move would bring about with other changes is another question.
    """
    ids, service = conflict
    members = [party for party in parties if party.id in ids]
    for minutes in range(reach + 1):
        frees = {
            move
            for move in {minutes, -minutes}
            if (ids, service)
            not in conflicts(needs, [service], [moved(p, move) if p.id == mover else p for p in members], standing)
        }
        if frees:
            return frees
    return set()


def free_moves(
    needs: dict, services: Collection, parties: list[Party], mover: str, standing: Collection = (), *, reach: int
) -> set[int]:
    """Return the moves by the fewest minutes after which ``mover`` is in no conflict of any service at all."""
    for minutes in range(reach + 1):
        frees = set()
        for move in {minutes, -minutes}:
            then = [moved(party, move) if party.id == mover else party for party in parties]
            if not any(mover in ids for ids, _ in conflicts(needs, services, then, standing)):
                frees.add(move)
        if frees:
            return frees
    return set()

"""
Joint conflicts: changes, incidents and standing failures that stop a service together, and none of them needlessly.

At any moment a set of parties is in conflict over a service when what they have out at that moment takes it down and
what any proper subset of them has out does not. That is a matter of the set alone, whoever else has something out, so a
set is in conflict exactly while all its members have the same out; it is found when the last of them begins. Moving one
party therefore concerns only what begins while that party is out, before the move or after it.

Times are seconds since any moment, intervals half-open: what ends at 60 and what begins at 60 do not overlap.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from math import inf
from typing import NamedTuple

from impact.graph.structure import Graph
from impact.progress import told
from impact.risk.joint import NODE_BUDGET, Found, joint_sets
from impact.risk.overlaps import MOST_TOGETHER, Atom, Field, Losses, Sweep, Who

CHANGE, INCIDENT, STANDING = "change", "incident", "standing"
_REMEMBERED = 1 << 16


class Party(NamedTuple):
    """
    Who has CIs out: a change, an incident, or a CI that has failed and stays so.

    ``outages`` are (CI number, from, until): None is since ever, and without end. Outages of one CI may overlap.
    """

    kind: str
    id: str
    outages: tuple[tuple[int, float | None, float | None], ...]

    @property
    def who(self) -> Who:
        """Kind and id, by which a party is known."""
        return self.kind, self.id


class Occurrence(NamedTuple):
    """An atom's time: from ``start`` until before ``end``; infinite where there is no such moment."""

    start: float
    end: float
    atom: Atom


class Stretch(NamedTuple):
    """A time in which a set is in conflict over ``services``; ``cut`` are CIs out then, none of them needlessly."""

    start: float
    end: float
    services: tuple[int, ...]
    cut: tuple[int, ...]


class Conflict(NamedTuple):
    """
    A minimal set of parties, sorted, and its stretches in order; ``services`` and ``cut`` are those of all of them.
    """

    parties: tuple[Who, ...]
    stretches: tuple[Stretch, ...]

    @property
    def start(self) -> float:
        return self.stretches[0].start

    @property
    def end(self) -> float:
        return self.stretches[-1].end

    @property
    def services(self) -> tuple[int, ...]:
        return tuple(sorted({service for stretch in self.stretches for service in stretch.services}))

    @property
    def cut(self) -> tuple[int, ...]:
        return tuple(sorted({ci for stretch in self.stretches for ci in stretch.cut}))


class Cut(NamedTuple):
    """
    What a budget kept from being listed: sets among ``parties`` that begin at ``start`` and stop ``services``.

    ``total`` is how many there are, the listed ones included, None where the budget of nodes was spent before.
    """

    start: float
    parties: tuple[Who, ...]
    services: tuple[int, ...]
    total: int | None


class Unexamined(NamedTuple):
    """
    A time of a party whose conflicts were not all looked for: too many overlap with it.

    Whatever conflict is missing from an answer, one of its members has such a time, and the conflict is within it.
    """

    start: float
    end: float
    who: Who


class Beginning(NamedTuple):
    """What begins when one occurrence does that meets others: its sets, what is unlisted, and who is given up."""

    joint: tuple[tuple[tuple[Occurrence, ...], tuple[int, ...]], ...]
    cuts: tuple[Cut, ...]
    unexamined: tuple[Unexamined, ...] = ()


class Calendar:
    """
    All conflicts of some parties on one graph; moving a party asks only what its old and its new time concern.

    Answers are those of a calendar made anew. ``budget`` is how many nodes the diagram of a block may have,
    ``together`` how many atoms a block: beyond that its newest is :class:`Unexamined`, and while any is, moving one
    party makes everything anew.
    """

    def __init__(
        self,
        graph: Graph,
        parties: Iterable[Party],
        services: Collection[int] | None = None,
        *,
        budget: int = NODE_BUDGET,
        together: int = MOST_TOGETHER,
    ) -> None:
        self.graph = graph
        self._together = together
        self._field = Field(graph)
        flagged = (ci for ci, flag in enumerate(graph.service_flags) if flag)
        self._services = frozenset(flagged if services is None else services)
        self._budget = budget
        self._losses: dict[tuple[int, ...], Losses] = {}
        self._atoms: dict[tuple[Who, tuple[int, ...]], Atom] = {}
        self._found: dict[tuple[frozenset[Atom], Atom], Found] = {}
        self._cuts: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, ...]] = {}
        self.parties: dict[Who, Party] = {}
        self._times: dict[Who, tuple[Occurrence, ...]] = {}
        for party in parties:
            if party.who in self.parties:
                raise ValueError(f"a party twice: {party.who}")
            self.parties[party.who] = party
            self._times[party.who] = self.occurrences_of(party)
        self._all = in_order(o for times in self._times.values() for o in times)

    @cached_property
    def _begun(self) -> dict[Occurrence, Beginning]:
        # Who only asks where one party may go need not wait for everybody's conflicts.
        return dict(self.sweep(self._all))

    # asking ----------------------------------------------------------------------------------------------------------
    def conflicts(self) -> list[Conflict]:
        """Return every minimal set of two parties or more, by start, then by members."""
        by_set: dict[tuple[Who, ...], dict[tuple[Occurrence, ...], set[int]]] = {}
        for beginning in self._begun.values():
            for occurrences, services in beginning.joint:
                whose = tuple(sorted(occurrence.atom.who for occurrence in occurrences))
                by_set.setdefault(whose, {}).setdefault(occurrences, set()).update(services)
        found = [Conflict(whose, self._stretches(each)) for whose, each in by_set.items()]
        return sorted(found, key=lambda conflict: (conflict.start, conflict.parties))

    def cuts(self) -> list[Cut]:
        """Return what a budget kept from being listed, by start."""
        found = (cut for beginning in self._begun.values() for cut in beginning.cuts)
        return sorted(found, key=lambda cut: cut[:3])

    def unexamined(self) -> list[Unexamined]:
        """Return the times in which not all conflicts of a party were looked for, by start."""
        first: dict[tuple[Who, float], float] = {}
        for beginning in self._begun.values():
            for start, end, who in beginning.unexamined:
                first[who, end] = min(start, first.get((who, end), inf))
        return sorted(Unexamined(start, end, who) for (who, end), start in first.items())

    def overlaps(self) -> int:
        """Return how many sets of overlapping parties there were to examine, those that were not included."""
        return len(self._begun)

    def conflicts_of(self, who: Who) -> list[Conflict]:
        """Return the conflicts a party takes part in."""
        return [conflict for conflict in self.conflicts() if who in conflict.parties]

    # changing --------------------------------------------------------------------------------------------------------
    def place(self, party: Party) -> None:
        """Put a party where it is now: a new one, or one in the place of its former self."""
        before = self._times.get(party.who, ())
        now = self.occurrences_of(party)
        self.parties[party.who], self._times[party.who] = party, now
        self._replace(before, now)

    def remove(self, who: Who) -> None:
        """Take a party out of the calendar. Raises KeyError: it is in none."""
        del self.parties[who]
        self._replace(self._times.pop(who), ())

    def _replace(self, before: Sequence[Occurrence], now: Sequence[Occurrence]) -> None:
        whole = self._is_whole()
        for occurrence in before:
            self._all.remove(occurrence)
            self._begun.pop(occurrence, None)
        for occurrence in now:
            insort(self._all, occurrence, key=_place)
        if whole:
            self._ask_again(before, now)
        if not (whole and self._is_whole()):
            # Who is given up is a matter of all that was open before, so only the whole tells it as a new calendar.
            self._begun = dict(self.sweep(self._all))

    def _is_whole(self) -> bool:
        return not any(beginning.unexamined for beginning in self._begun.values())

    def _ask_again(self, before: Sequence[Occurrence], now: Sequence[Occurrence]) -> None:
        for start, end in _merged((o.start, o.end) for o in (*before, *now)):
            concerned = [o for o in self._all if o.start < end and start < o.end]
            for occurrence in concerned:
                if start <= occurrence.start:
                    self._begun.pop(occurrence, None)
            self._begun.update(self.sweep(concerned, since=start))

    @property
    def looked_at(self) -> int:
        """How many CIs and groups were looked at so far: a measure of what questions have cost."""
        return self._field.looked_at

    # how -------------------------------------------------------------------------------------------------------------
    def times(self, who: Who) -> tuple[Occurrence, ...]:
        """Return when a party has what out."""
        return self._times[who]

    def others(self, who: Who, start: float, end: float) -> list[Occurrence]:
        """Return what all but one party have out at some time from ``start`` until before ``end``, in order."""
        return [o for o in self._all if o.start < end and start < o.end and o.atom.who != who]

    def occurrences_of(self, party: Party) -> tuple[Occurrence, ...]:
        """Return the atoms of a party with their times; what changes nothing is left out."""
        found = []
        for start, end, cis in _segments(party):
            atom = self._atom(party.who, cis)
            if atom.losses.fell:
                found.append(Occurrence(start, end, atom))
        return tuple(found)

    def _atom(self, who: Who, cis: tuple[int, ...]) -> Atom:
        if (who, cis) not in self._atoms:
            if cis not in self._losses:
                self._losses[cis] = self._field.losses(cis)
            self._atoms[who, cis] = Atom(who, cis, self._losses[cis])
        return self._atoms[who, cis]

    def sweep(
        self, occurrences: Sequence[Occurrence], *, since: float = -inf, only: Atom | None = None
    ) -> Iterator[tuple[Occurrence, Beginning]]:
        """
        Yield what begins with each of ``occurrences`` (in order) from ``since`` on that meets others, often nothing.

        With ``only`` what does not concern that atom is left out, but not who is given up.
        """
        endings = sorted(occurrences, key=lambda o: o.end)
        sweep, closed = Sweep(self._field, self._together), 0
        now: dict[Atom, Occurrence] = {}
        for place, occurrence in enumerate(occurrences):
            told("overlaps" if only is None else "overlaps of a move", place, len(occurrences))
            while endings[closed].end <= occurrence.start:
                sweep.close(endings[closed].atom)
                del now[endings[closed].atom]
                closed += 1
            now[occurrence.atom] = occurrence
            block = sweep.open(occurrence.atom)
            times = [now[atom] for atom in sweep.given_up()]
            lost = tuple(Unexamined(occurrence.start, own.end, own.atom.who) for own in times)
            if lost:
                yield occurrence, Beginning((), (), lost)
            if block is None or occurrence.start < since or (only is not None and only not in block.atoms):
                continue
            key = frozenset(block.atoms), occurrence.atom
            if key not in self._found:
                if len(self._found) >= _REMEMBERED:
                    self._found.clear()
                self._found[key] = joint_sets(self._field, block, occurrence.atom, self._services, self._budget)
            begun = _beginning(self._found[key], block.atoms, occurrence, now, only)
            yield occurrence, begun._replace(unexamined=lost)

    def _stretches(self, by_members: dict[tuple[Occurrence, ...], set[int]]) -> tuple[Stretch, ...]:
        """Return when a set is in conflict; what follows upon its like without a gap is one stretch."""
        found: list[Stretch] = []
        parts = []
        for occurrences, services in by_members.items():
            start, end = max(o.start for o in occurrences), min(o.end for o in occurrences)
            cis = tuple(sorted({ci for o in occurrences for ci in o.atom.cis}))
            parts.append(Stretch(start, end, tuple(sorted(services)), self._cut(cis, tuple(sorted(services)))))
        for part in sorted(parts):
            if found and found[-1].end == part.start and found[-1][2:] == part[2:]:
                found[-1] = found[-1]._replace(end=part.end)
            else:
                found.append(part)
        return tuple(found)

    def _cut(self, cis: tuple[int, ...], services: tuple[int, ...]) -> tuple[int, ...]:
        """
        Return those of ``cis`` that suffice to take all the services down, none of them needlessly.

        Of what may be left out the last goes first. Each member is found by halving, so that a thousand targets of
        which two matter are asked some twenty times.
        """
        key = cis, services
        if key not in self._cuts:
            stops, left, kept = frozenset(services), cis, set[int]()
            while not self._field.stops(kept, stops):
                low, high = 1, len(left)
                while low < high:
                    middle = (low + high) // 2
                    enough = self._field.stops(kept.union(left[:middle]), stops)
                    low, high = (low, middle) if enough else (middle + 1, high)
                kept.add(left[low - 1])
                left = left[: low - 1]
            self._cuts[key] = tuple(sorted(kept))
        return self._cuts[key]


def in_order(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Return occurrences by start, and those of the same start by who and what."""
    return sorted(occurrences, key=_place)


def _place(occurrence: Occurrence) -> tuple[float, Who, tuple[int, ...], float]:
    return occurrence.start, *occurrence.atom.order, occurrence.end


def _beginning(
    found: Found, atoms: Sequence[Atom], first: Occurrence, now: dict[Atom, Occurrence], only: Atom | None
) -> Beginning:
    """Return what was found for atoms with the times they have now."""
    joint = tuple(
        (tuple(now[atom] for atom in each.atoms), each.services)
        for each in found.joint
        if only is None or only in each.atoms
    )
    whose = tuple(sorted({atom.who for atom in atoms}))
    return Beginning(joint, tuple(Cut(first.start, whose, each.services, each.total) for each in found.unlisted))


def _segments(party: Party) -> Iterator[tuple[float, float, tuple[int, ...]]]:
    """Yield the times between two ends of a party's outages in which anything is out, in order, and what is."""
    changes: dict[float, list[tuple[int, int]]] = {}
    for ci, start, end in party.outages:
        begins, ends = -inf if start is None else start, inf if end is None else end
        if begins < ends:
            changes.setdefault(begins, []).append((ci, 1))
            changes.setdefault(ends, []).append((ci, -1))
    out: dict[int, int] = {}
    since = -inf
    before: tuple[int, ...] = ()
    for moment in sorted(changes):
        for ci, more in changes[moment]:
            out[ci] = out.get(ci, 0) + more
        cis = tuple(sorted(ci for ci, times in out.items() if times))
        if cis != before:
            if before:
                yield since, moment, before
            since, before = moment, cis


def _merged(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found

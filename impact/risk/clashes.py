"""The joint conflicts of one change as measures against them see them: what they cost, and what a move wins back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from cmdb.model.mitigation import WindowMove
from cmdb.model.outcome import Outcome
from impact.risk.effects import UNTOUCHED, Effect
from impact.risk.moves import ALL


class Clash(NamedTuple):
    """
    A joint conflict the change takes part in, by ids: who is beside it, from when until when which services are
    stopped, and the smallest move of the window that helps, if there is one.
    """

    beside: tuple[str, ...]
    stretches: tuple[tuple[datetime, datetime, tuple[str, ...]], ...]
    move: WindowMove | None


def by_move(clashes: Iterable[Clash]) -> dict[WindowMove, list[Clash]]:
    """
    Return each move after which the change is in no conflict at all, with those it ends.

    A move that leads into another conflict is none of them: what that costs is known only where it would be.
    """
    found: dict[WindowMove, list[Clash]] = {}
    for clash in clashes:
        if clash.move is not None and clash.move.frees == ALL:
            found.setdefault(replace(clash.move, beside=()), []).append(clash)
    return {
        replace(move, beside=tuple(sorted({party for clash in ended for party in clash.beside}))): ended
        for move, ended in found.items()
    }


def with_clashes(effects: Mapping[str, Effect], clashes: Iterable[Clash]) -> dict[str, Effect]:
    """Return what a change with ``effects`` does to the services its conflicts stop, the conflicts included."""
    times: dict[str, list[tuple[datetime, datetime]]] = {}
    for clash in clashes:
        for start, end, services in clash.stretches:
            for service in services:
                times.setdefault(service, []).append((start, end))
    found = {}
    for service, intervals in times.items():
        alone = effects.get(service, UNTOUCHED)
        # While a conflict is on the change alone does not stop the service: their minutes do not meet.
        minutes = round(alone.down_minutes + _minutes(intervals), 1)
        found[service] = Effect(Outcome.DOWN, minutes, alone.points)
    return found


def _minutes(intervals: Iterable[tuple[datetime, datetime]]) -> float:
    """Return how many minutes are in any of the intervals."""
    total, done = timedelta(), None
    for start, end in sorted(intervals):
        begins = start if done is None else max(start, done)
        if begins < end:
            total += end - begins
            done = end
    return total / timedelta(minutes=1)

"""A window is not an outage: the phases of a window, in each of which the same CIs are out by plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cmdb.model.change import Target, Window


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a window, from ``start`` until before ``end``, in which the CIs ``failed`` (sorted) are out by plan."""

    start: datetime
    end: datetime
    failed: tuple[str, ...]

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def phases_of(window: Window, targets: Iterable[Target]) -> tuple[Phase, ...]:
    """
    Return the phases of the window in order: together they are the window, and neighbours differ in what is out.

    What an outage would have beyond the window does not count.
    """
    outages = [(t.ci, *outage) for t in targets if (outage := t.outage(window))]
    cuts = {window.start, window.end}
    cuts.update(moment for _, *ends in outages for moment in ends if window.start < moment < window.end)
    moments = sorted(cuts)
    phases: list[Phase] = []
    for start, end in pairwise(moments):
        failed = tuple(sorted({ci for ci, out, back in outages if out <= start and end <= back}))
        if phases and phases[-1].failed == failed:
            start = phases.pop().start
        phases.append(Phase(start, end, failed))
    return tuple(phases)


def minutes_of(phases: Sequence[Phase]) -> float:
    """Return how many minutes the phases last together, to one decimal."""
    return round(sum((phase.length for phase in phases), timedelta()) / timedelta(minutes=1), 1)

"""A window is not an outage: the phases of a window, in each of which the same CIs are out by plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cmdb.model.change import Target, Window


@dataclass(frozen=True, slots=True)
class Phase:
    """
    A part of a window, from ``start`` until before ``end``, in which the CIs ``failed`` (sorted) are out by plan.

    ``edited`` are the targets (sorted) whose edits of the graph hold in it.
    """

    start: datetime
    end: datetime
    failed: tuple[str, ...]
    edited: tuple[str, ...] = ()

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def phases_of(window: Window, targets: Iterable[Target]) -> tuple[Phase, ...]:
    """
    Return the phases of the window in order: together they are the window, and neighbours differ in what is out.

    What an outage would have beyond the window does not count, and neither do edits of the graph.
    """
    return _phases(window, targets, lambda _: None)


def edited_phases_of(window: Window, targets: Iterable[Target]) -> tuple[Phase, ...]:
    """Return the phases of the window so that neighbours differ in what is out, or in which edits hold."""
    return _phases(window, targets, lambda target: target.edited_from(window))


def _phases(
    window: Window, targets: Iterable[Target], edited_from: Callable[[Target], datetime | None]
) -> tuple[Phase, ...]:
    given = list(targets)
    outages = [(t.ci, *outage) for t in given if (outage := t.outage(window))]
    edits = [(t.ci, since) for t in given if (since := edited_from(t)) is not None]
    cuts = {window.start, window.end}
    cuts.update(moment for _, *ends in outages for moment in ends if window.start < moment < window.end)
    cuts.update(since for _, since in edits if window.start < since < window.end)
    moments = sorted(cuts)
    phases: list[Phase] = []
    for start, end in pairwise(moments):
        failed = tuple(sorted({ci for ci, out, back in outages if out <= start and end <= back}))
        edited = tuple(sorted({ci for ci, since in edits if since <= start}))
        if phases and (phases[-1].failed, phases[-1].edited) == (failed, edited):
            start = phases.pop().start
        phases.append(Phase(start, end, failed, edited))
    return tuple(phases)


def minutes_of(phases: Sequence[Phase]) -> float:
    """Return how many minutes the phases last together, to one decimal."""
    return round(sum((phase.length for phase in phases), timedelta()) / timedelta(minutes=1), 1)

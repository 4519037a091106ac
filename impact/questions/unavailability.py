"""How likely each component is down, from its incidents, the estate and its class, with the source of each number."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING

from cmdb.change.text_input import moment_at
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.ci import CIS
from impact.progress import told
from impact.questions.graphs import defaults_at, graph_of, names_nearest
from impact.reading.histories import histories_at, moment_of
from impact.reliability.unavailability import Prior, Source, Unavailability, Window, history_of, in_window, shrunk

if TYPE_CHECKING:
    from impact.graph import Graph

SCAN_SHARE = 0.3
"""Of more of the estate than this, what all CIs state is read in one walk; of fewer, theirs alone is sooner."""
_AT_ONCE = 1000
Stated = tuple[int, float | None, float | None]
"""The number of a CI in the graph, and the unavailability and mean time it states itself."""


@dataclass(frozen=True, slots=True)
class ComponentUnavailability:
    """
    One CI: its chance of being down (of the window, where ``window`` says that it is counted), and where it is from.

    ``failures``, ``down_hours`` and ``observed_hours`` are its own history, None where that is no source of a number.
    """

    id: str
    unavailability: float | None
    mtbf_hours: float | None
    unavailability_source: Source
    mtbf_source: Source
    window: Window
    failures: int | None
    down_hours: float | None
    observed_hours: float | None


@dataclass(frozen=True, slots=True)
class UnavailabilityAnswer:
    """Some CIs by id, at a revision, observed from ``since`` (None: no incident is there) to ``until``."""

    revision: int
    window_hours: float | None
    since: datetime | None
    until: datetime | None
    cis: tuple[ComponentUnavailability, ...]


def unavailabilities(
    context: Context,
    graph: Graph,
    cis: Iterable[int],
    *,
    window_hours: float | None = None,
    at: datetime | None = None,
) -> dict[int, Unavailability]:
    """
    Return (q, mtbf_hours, source) of each CI, by its number in the graph, ascending.

    Everything is read as of the graph's revision. ``window_hours`` asks for the chance of being out at some time of a
    window so long; left out, for the steady state. Observed is from when the first incident of the whole estate was
    opened until ``at``, an aware moment (no revision): incidents opened later do not count, and open ones last until
    then. Left out, it is the moment the graph's revision was made, so the same question has the same answer for ever.
    See :mod:`impact.reliability.unavailability` for the mathematics and the precedence of sources.

    Raises:
        NotAllowed: the actor may not read impact.
        InvalidInput: the window is no length, or the moment has no offset.
        HistoryGone: the revision, or without ``at`` its moment, is no longer kept.
    """
    context.allow("impact:read")
    refuse_window(window_hours, at)
    numbers = sorted(set(cis))
    histories = histories_at(context.store, graph.revision)
    since, until = histories.since, at
    failing = histories.by_ci
    if since is not None and until is None:
        until = moment_of(context.store, graph.revision)
    priors = _priors(context, graph, numbers)
    found = {}
    for place, number in enumerate(numbers):
        if not place % _AT_ONCE:
            told("unavailabilities", place, len(numbers))
        known = priors[number]
        failures = failing.get(graph.ids[number]) if failing else None
        if failures and since is not None and until is not None:
            known = shrunk(known, history_of(failures, since=since, until=until.astimezone(UTC)))
        found[number] = in_window(known, window_hours)
    return found


@names_nearest
def unavailability_of(
    context: Context,
    cis: Sequence[str],
    *,
    window_hours: float | None = None,
    until: datetime | None = None,
    at: int | None = None,
) -> UnavailabilityAnswer:
    """
    Return the same by id, of a revision (None: the newest), with what it was learnt from.

    ``until`` is the moment at which observation ends. Raises as :func:`unavailabilities`; also NotFound, which names
    all CIs that are unknown.
    """
    graph = graph_of(context, at=at)
    numbers = graph.indexes(cis)
    found = unavailabilities(context, graph, numbers, window_hours=window_hours, at=until)
    histories = histories_at(context.store, graph.revision)
    end = until
    if histories.since is not None and end is None:
        end = moment_of(context.store, graph.revision)
    rows = []
    for number, (q, mtbf, source) in found.items():
        failures = histories.by_ci.get(graph.ids[number], ())
        known = source.q is Source.HISTORY or source.mtbf_hours is Source.HISTORY
        seen = history_of(failures, since=histories.since, until=end) if known and histories.since and end else None
        rows.append(ComponentUnavailability(graph.ids[number], q, mtbf, *source, *(seen or (None, None, None))))
    return UnavailabilityAnswer(graph.revision, window_hours, histories.since, end, tuple(rows))


def refuse_window(window_hours: float | None, at: datetime | None) -> None:
    """Return if a window has a length and a moment an offset; raises InvalidInput with every problem."""
    _, problems = moment_at(at, "/at")
    if window_hours is not None and not 0 <= window_hours < inf:
        sentence = "a window has a length of 0 hours or more, not {hours}"
        problems.append(Problem("window.hours", sentence, {"hours": window_hours}, "/window"))
    if problems:
        raise InvalidInput(problems, what="the question", setting=True)


def _priors(context: Context, graph: Graph, numbers: list[int]) -> dict[int, Prior]:
    """
    Return what is known of each CI beside its incidents.

    The graph holds what the CI states, or else its class's default, in one number. Which of the two it is follows where
    it differs from the default, or there is none; where both are equal, the CI itself is asked. That costs no memory,
    and reading only where a CI states nothing, or just what its class says anyway.
    """
    defaults = defaults_at(context, graph.revision)
    of_class = [defaults.of_class(name)[:2] for name in graph.classes]
    qs, hours, codes = graph.unavailability.data, graph.mtbf_hours.data, graph.class_codes.data
    found: dict[int, Prior] = {}
    doubtful: list[int] = []
    for number in numbers:
        q, mtbf = qs[number], hours[number]
        default_q, default_mtbf = of_class[codes[number]]
        # NaN stands for a number that nobody gave, and is the only one that differs from itself.
        q_known, mtbf_known = q == q, mtbf == mtbf
        q_source = _source(q_known, q, default_q)
        mtbf_source = _source(mtbf_known, mtbf, default_mtbf)
        if q_source is Source.CLASS_DEFAULT or mtbf_source is Source.CLASS_DEFAULT:
            doubtful.append(number)
        found[number] = Prior(q if q_known else None, q_source, mtbf if mtbf_known else None, mtbf_source)
    _settle(context, graph, doubtful, found)
    return found


def _source(known: bool, figure: float, default: float | None) -> Source:
    if not known:
        return Source.UNSTATED
    return Source.CLASS_DEFAULT if figure == default else Source.STATED


def _settle(context: Context, graph: Graph, doubtful: list[int], found: dict[int, Prior]) -> None:
    """Tell those that state just what their class says from those that state nothing."""
    many = len(doubtful) > len(graph) * SCAN_SHARE
    for ci, q, mtbf in _all_stated(context, graph) if many else _stated(context, graph, doubtful):
        prior = found.get(ci)
        if prior is not None:
            q_source = Source.STATED if q is not None else prior.q_source
            mtbf_source = Source.STATED if mtbf is not None else prior.mtbf_source
            found[ci] = Prior(prior.q, q_source, prior.mtbf_hours, mtbf_source)


def _stated(context: Context, graph: Graph, numbers: list[int]) -> Iterator[Stated]:
    """Yield what some CIs state themselves."""
    for begin in range(0, len(numbers), _AT_ONCE):
        told("what CIs state", begin, len(numbers))
        some = {graph.ids[number]: number for number in numbers[begin : begin + _AT_ONCE]}
        for key, stored in context.store.get_many(CIS, list(some), at=graph.revision).items():
            yield some[key], stored.document.get("unavailability"), stored.document.get("mtbf_hours")


def _all_stated(context: Context, graph: Graph) -> Iterator[Stated]:
    """Yield what CIs state themselves, those that state nothing left out; both are sorted by id, so one walk does."""
    ids, place = graph.ids, 0
    with context.store.snapshot(at=graph.revision) as snapshot:
        for columns in snapshot.columns(CIS, "id", "unavailability", "mtbf_hours"):
            told("what CIs state", place, len(ids))
            for ci, q, mtbf in zip(*columns, strict=True):
                if q is not None or mtbf is not None:
                    place = bisect_left(ids, ci, place)
                    # A retired CI is in the store and not in the graph.
                    if place < len(ids) and ids[place] == ci:
                        yield place, q, mtbf

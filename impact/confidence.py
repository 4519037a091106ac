"""What is sure and what is not: impact over certain relations only, the relations that flip outcomes, and how probable.

Every question is asked once for all doubts together: the rules of states work on values that tell in which cases they
hold (:mod:`impact.presence`). A case for each doubt shows what it flips, a decision diagram over the presence of all of
them how probable each outcome is. So a doubt costs what the failure touches, not a graph of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from cmdb.model.confidence import CertainOutcome, Confidence, DoubtfulRelation, Flip, OutcomeChances
from cmdb.model.outcome import Outcome
from impact.errors import BudgetSpent
from impact.graph.blast import blast_of
from impact.graph.certainty import Doubt, doubts_of, without
from impact.graph.states import states_of
from impact.graph.structure import Graph
from impact.presence.algebra import NEVER, Cases, Functions
from impact.presence.services import Found, services_of
from impact.presence.spread import Doubts, Estate
from impact.reliability.outcomes import outcomes_of

MOST_DOUBTS = 4096
"""So many doubtful relations are looked at one by one; how many more there are is part of the answer."""

WORK = 1 << 20
"""So many effects and members of groups may be visited, for the cases and for the diagram each."""

MOST_LEFT_OUT = 1 << 17
"""So many relations may be left out of a graph at once, where the work did not suffice to look at cases."""

NODES = 1 << 16
"""So many nodes may the diagram of what exists have."""


def confidence_of(
    graph: Graph, failed_ids: Iterable[str], *, most: int = MOST_DOUBTS, work: int = WORK, nodes: int = NODES
) -> Confidence:
    """
    Return how the outcomes with ``failed_ids`` failed hang on relations that may not exist.

    Where ``work`` does not suffice, outcomes over certain relations are told all the same, and no doubt is examined.

    Raises:
        NotFound: it names all ids that are unknown.

    Cost: nothing where no relation is doubtful, else what the failures touch in any case.
    """
    failed = graph.indexes(failed_ids)
    if len(graph.confidences) == 0 or graph.confidences[0] >= 1.0:
        return _answer(graph, failed, most)
    doubts, cases = Doubts(graph), Cases(most)
    found = services_of(Estate(graph, cases, doubts, work), failed)
    if found.spent:
        return _at_large(graph, failed, most)
    if not cases.doubts:
        return _answer(graph, failed, most)
    functions, of_functions = _functions(graph, failed, cases, doubts, (work, nodes))
    chances = tuple(_chances(graph, functions, of_functions, _known(found)))
    known = len({*cases.doubts, *functions.doubts})
    return _answer(
        graph,
        failed,
        most,
        differences=tuple(_differences(graph, found)),
        flips=tuple(_flips(graph, cases, found)),
        chances=chances,
        doubts=known,
        unexamined=max(0, len(cases.doubts) - most),
        limits=(*(("doubts",) if len(cases.doubts) > most else ()), *(("nodes",) if of_functions.spent else ())),
    )


def _answer(
    graph: Graph,
    failed: list[int],
    most: int,
    *,
    differences: tuple[CertainOutcome, ...] = (),
    flips: tuple[Flip, ...] = (),
    chances: tuple[OutcomeChances, ...] = (),
    doubts: int = 0,
    unexamined: int = 0,
    limits: tuple[str, ...] = (),
) -> Confidence:
    return Confidence(
        revision=graph.revision,
        failed=graph.ids_of(failed),
        differences=differences,
        flips=flips,
        chances=chances,
        doubts=doubts,
        unexamined=unexamined,
        most=most,
        limits=limits,
    )


# case by case --------------------------------------------------------------------------------------------------------
def _classes(found: Found, service: int) -> list[tuple[Outcome, int]]:
    """Return in which cases a service has each outcome, the worst first; bits, and the last one all that is left."""
    left, classes = -1, []
    for outcome, values in (
        (Outcome.DOWN, found.down),
        (Outcome.DEGRADED, found.bad),
        (Outcome.REDUNDANCY_LOST, found.points),
        (Outcome.REDUCED, found.lost),
    ):
        here = left & (values or {}).get(service, NEVER)
        classes.append((outcome, here))
        left &= ~here
    return [*classes, (Outcome.UNAFFECTED, left)]


def _known(found: Found) -> list[int]:
    """Return the services that are touched in any case looked at."""
    return sorted({*(found.down or {}), *(found.bad or {}), *(found.lost or {})})


def _outcome(classes: Sequence[tuple[Outcome, int]], place: int) -> Outcome:
    return next(outcome for outcome, where in classes if where >> place & 1)


def _differences(graph: Graph, found: Found) -> Iterator[CertainOutcome]:
    for service in _known(found):
        classes = _classes(found, service)
        base, certain = _outcome(classes, 0), _outcome(classes, 1)
        if base is not certain:
            yield CertainOutcome(graph.ids[service], base, certain)


def _flips(graph: Graph, cases: Cases, found: Found) -> Iterator[Flip]:
    """Yield what single doubts flip, by service, then relation."""
    for service in _known(found):
        classes = _classes(found, service)
        base = _outcome(classes, 0)
        flips = [
            Flip(graph.ids[service], _relation(graph, doubt), base, outcome)
            for outcome, where in classes
            if outcome is not base
            for doubt in cases.without(where)
        ]
        yield from sorted(flips, key=lambda flip: _order(flip.relation))


def _order(relation: DoubtfulRelation) -> tuple[str, str, bool, str, float]:
    group = relation.group
    return relation.source, relation.target, group is not None, group or "", relation.confidence


def _relation(graph: Graph, doubt: Doubt) -> DoubtfulRelation:
    group = None if doubt.group is None else graph.group_names[graph.group_name_codes[doubt.group]]
    return DoubtfulRelation(graph.ids[doubt.source], graph.ids[doubt.target], group, doubt.confidence)


# all cases at once ---------------------------------------------------------------------------------------------------
def _functions(
    graph: Graph, failed: list[int], cases: Cases, doubts: Doubts, budgets: tuple[int, int]
) -> tuple[Functions, Found]:
    """Return what becomes of the services as functions of what exists; doubts met on the way become levels too."""
    work, nodes = budgets
    levels = list(cases.doubts)
    while True:
        try:
            functions = Functions(levels, nodes)
        except BudgetSpent:
            return Functions((), 0), Found(spent=True)
        found = services_of(Estate(graph, functions, doubts, work), failed)
        if not functions.unforeseen:
            return functions, found
        levels += functions.unforeseen


def _chances(graph: Graph, functions: Functions, found: Found, also: Iterable[int]) -> Iterator[OutcomeChances]:
    """Yield the chances of the services that may have more than one outcome, by id."""
    services = sorted({*(found.down or {}), *(found.bad or {}), *(found.lost or {}), *(also if found.spent else ())})
    rows = [_nested(functions, found, service) for service in services]
    known = iter(functions.probabilities([value for row in rows for value in row]))
    for service, row in zip(services, rows, strict=True):
        told: list[float | None] = [next(known) for _ in row]
        down, bad, touched, pointed = told + [None] * (_NESTED - len(row))
        chances = (down, _beyond(bad, down), _beyond(pointed, bad), _beyond(touched, pointed), _beyond(1.0, touched))
        if 1.0 not in chances:
            yield OutcomeChances(graph.ids[service], *chances)


_NESTED = 4


def _nested(functions: Functions, found: Found, service: int) -> list[int]:
    """Return where a service is down; bad; touched at all; bad or with a new single point: as far as that is known."""
    rows: list[int] = []
    for values, within in ((found.down, None), (found.bad, None), (found.lost, 1), (found.points, 1)):
        if values is None:
            break
        value = values.get(service, NEVER)
        try:
            rows.append(value if within is None else functions.either(rows[within], value))
        except BudgetSpent:
            found.spent = True
            break
    return rows


def _beyond(more: float | None, less: float | None) -> float | None:
    return None if more is None or less is None else max(0.0, more - less)


# where it is too much ------------------------------------------------------------------------------------------------
def _at_large(graph: Graph, failed: list[int], most: int) -> Confidence:
    """Return what is known without looking at doubts one by one: outcomes with all of them and with none."""
    reached = blast_of(graph, {*failed, *graph.failing, *graph.ailing}).cis
    certain = int(np.searchsorted(graph.confidences, 1.0))
    so_far = np.concatenate([[0], np.cumsum(graph.confidence_codes < certain)])
    some = so_far[graph.relation_starts[reached + 1]] > so_far[graph.relation_starts[reached]]
    doubts = doubts_of(graph, reached[some].tolist())
    told = int(so_far[-1]) <= MOST_LEFT_OUT
    return _answer(
        graph,
        failed,
        most,
        differences=tuple(_far_differences(graph, failed)) if doubts and told else (),
        doubts=len(doubts),
        unexamined=len(doubts),
        limits=(*(() if told else ("outcomes",)), "work") if doubts else (),
    )


def _far_differences(graph: Graph, failed: list[int]) -> Iterator[CertainOutcome]:
    certain = int(np.searchsorted(graph.confidences, 1.0))
    sources = np.searchsorted(graph.relation_starts, np.flatnonzero(graph.confidence_codes < certain), side="right") - 1
    less = without(graph, doubts_of(graph, np.unique(sources).tolist()))
    base, others = (
        {each.service: each.outcome for each in outcomes_of(one, states_of(one, failed))} for one in (graph, less)
    )
    for service in sorted({*base, *others}):
        outcome, other = (every.get(service, Outcome.UNAFFECTED) for every in (base, others))
        if outcome is not other:
            yield CertainOutcome(graph.ids[service], outcome, other)

"""What is sure and what is not: impact over certain relations only, the relations that flip outcomes, and how probable.

Every question is asked once for all doubts together: the rules of states work on values that tell in which cases they
hold (:mod:`impact.presence`). A case for each doubt shows what it flips, a decision diagram over the presence of all of
them how probable each outcome is. So a doubt costs what the failure touches, not a graph of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cmdb.model.confidence import CertainOutcome, Confidence, DoubtfulRelation, Flip, OutcomeChances
from cmdb.model.outcome import Outcome
from impact.errors import BudgetSpent
from impact.graph.blast import blast_of
from impact.graph.certainty import Doubt, doubts_of, relation_of, without
from impact.graph.cones import all_beneath
from impact.graph.states import states_of
from impact.graph.structure import Graph
from impact.presence.algebra import NEVER, Cases, Functions
from impact.presence.services import NODES as NODES_SPENT
from impact.presence.services import Found, services_of
from impact.presence.spread import Doubts, Estate
from impact.reliability.outcomes import outcomes_of

MOST_DOUBTS = 2048
"""So many doubtful relations are looked at one by one; how many more there are is part of the answer."""

WORK = 1 << 17
"""So many effects and members of groups may be visited, for the cases and for the diagram each."""

MOST_LEFT_OUT = 1 << 14
"""So many relations may be left out of a graph at once, where the work did not suffice to look at cases."""

NODES = 16_000
"""So many nodes may the diagram of what exists have."""


def confidence_of(
    graph: Graph, failed_ids: Iterable[str], *, most: int = MOST_DOUBTS, work: int = WORK, nodes: int = NODES
) -> Confidence:
    """
    Return how the outcomes with ``failed_ids`` failed hang on relations that may not exist.

    Where ``work`` does not suffice to see who has a new single point in which case, only flips between states (DOWN,
    DEGRADED, neither) are told, and every doubt counts as unexamined; outcomes over certain relations are told all the
    same.

    Raises:
        NotFound: it names all ids that are unknown.

    Cost: nothing where no relation is doubtful, else what the failures touch in any case.
    """
    failed = graph.indexes(failed_ids)
    if len(graph.confidences) == 0 or graph.confidences[0] >= 1.0:
        return _answer(graph, failed, most)
    doubts, cases = Doubts(graph), Cases(most)
    found = services_of(Estate(graph, cases, doubts, work), failed)
    if found.lost is None or (found.spent and not cases.doubts):
        # A doubt may as well lie where nobody came to look: in what decides whether a CI is a new single point.
        return _at_large(graph, failed, most)
    if not cases.doubts:
        return _answer(graph, failed, most)
    base, limits = dict[int, Outcome](), set[str]()
    if found.spent:
        limits.add(found.spent)
        base = _outcomes(graph, failed)
        differences, told = _left_out(graph, failed, base)
        limits.update(() if told else ("outcomes",))
    else:
        differences = tuple(_differences(graph, found))
    budgets = (work, nodes)
    functions, of_functions = _functions(graph, failed, cases, doubts, budgets, points=not found.spent)
    chances = tuple(_chances(graph, functions, of_functions, _known(found)))
    limits.update(() if of_functions.spent is None else (of_functions.spent,))
    if len(cases.doubts) > most:
        limits.add("doubts")
    known = len({*cases.doubts, *functions.doubts})
    return _answer(
        graph,
        failed,
        most,
        differences=differences,
        flips=tuple(_flips(graph, cases, found, base)),
        chances=chances,
        doubts=known,
        unexamined=known if found.spent else max(0, len(cases.doubts) - most),
        limits=tuple(sorted(limits)),
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
def _classes(found: Found, service: int) -> list[tuple[Outcome | None, int]]:
    """
    Return in which cases a service has each outcome, the worst first; bits, and the last one all that is left.

    None stands for "redundancy lost or reduced", where it is not known which.
    """
    left = -1
    classes: list[tuple[Outcome | None, int]] = []
    pointed = [] if found.points is None else [(Outcome.REDUNDANCY_LOST, found.points)]
    touched = None if found.points is None else Outcome.REDUCED
    for outcome, values in (
        (Outcome.DOWN, found.down),
        (Outcome.DEGRADED, found.bad),
        *pointed,
        (touched, found.lost),
    ):
        here = left & (values or {}).get(service, NEVER)
        classes.append((outcome, here))
        left &= ~here
    return [*classes, (Outcome.UNAFFECTED, left)]


def _known(found: Found) -> list[int]:
    """Return the services that are touched in any case looked at."""
    return sorted({*(found.down or {}), *(found.bad or {}), *(found.lost or {})})


def _outcome(classes: Sequence[tuple[Outcome | None, int]], place: int) -> Outcome | None:
    return next(outcome for outcome, where in classes if where >> place & 1)


def _differences(graph: Graph, found: Found) -> Iterator[CertainOutcome]:
    for service in _known(found):
        classes = _classes(found, service)
        base, certain = _outcome(classes, 0), _outcome(classes, 1)
        if base is not certain and base and certain:
            yield CertainOutcome(graph.ids[service], base, certain)


def _flips(graph: Graph, cases: Cases, found: Found, known: Mapping[int, Outcome]) -> Iterator[Flip]:
    """Yield what single doubts flip, by service, then relation; ``known`` are outcomes the cases do not tell."""
    for service in _known(found):
        classes = _classes(found, service)
        base = _outcome(classes, 0) or known[service]
        flips = [
            Flip(graph.ids[service], relation_of(graph, doubt), base, outcome)
            for outcome, where in classes
            if outcome is not None and outcome is not base
            for doubt in cases.without(where)
        ]
        yield from sorted(flips, key=lambda flip: _order(flip.relation))


def _order(relation: DoubtfulRelation) -> tuple[str, str, bool, str, str]:
    group = relation.group
    return relation.source, relation.target, group is not None, group or "", relation.strength or ""


# all cases at once ---------------------------------------------------------------------------------------------------
def _functions(
    graph: Graph, failed: list[int], cases: Cases, doubts: Doubts, budgets: tuple[int, int], *, points: bool
) -> tuple[Functions, Found]:
    """Return what becomes of the services as functions of what exists; doubts no case met become levels too."""
    work, nodes = budgets
    levels: Iterable[Doubt] = cases.doubts
    while True:
        spare = max(_SPARE, len(cases.doubts))
        try:
            functions = Functions(levels, spare, nodes)
        except BudgetSpent:
            return Functions((), 0, 0), Found(spent=NODES_SPENT)
        found = services_of(Estate(graph, functions, doubts, work), failed, points=points)
        if not functions.short:
            return functions, found
        levels = functions.doubts


def _chances(graph: Graph, functions: Functions, found: Found, also: Iterable[int]) -> Iterator[OutcomeChances]:
    """Yield the chances of the services that may have more than one outcome, by id."""
    if found.down is None:
        return
    services = sorted({*found.down, *(found.bad or {}), *(found.lost or {}), *(also if found.spent else ())})
    rows = [_nested(functions, found, service) for service in services]
    known = iter(functions.probabilities([value for row in rows for value in row]))
    for service, row in zip(services, rows, strict=True):
        told: list[float | None] = [next(known) for _ in row]
        down, bad, touched, pointed = told + [None] * (_NESTED - len(row))
        chances = (down, _beyond(bad, down), _beyond(pointed, bad), _beyond(touched, pointed), _beyond(1.0, touched))
        if 1.0 not in chances:
            yield OutcomeChances(graph.ids[service], *chances)


_NESTED, _SPARE = 4, 16


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
            found.spent = NODES_SPENT
            break
    return rows


def _beyond(more: float | None, less: float | None) -> float | None:
    return None if more is None or less is None else max(0.0, more - less)


# where it is too much ------------------------------------------------------------------------------------------------
def _at_large(graph: Graph, failed: list[int], most: int) -> Confidence:
    """Return what is known without looking at doubts one by one: outcomes with all of them and with none."""
    above = blast_of(graph, {*failed, *graph.failing, *graph.ailing}).cis
    # Whether a service has a new single point is decided beneath it, where the failure itself may change nothing.
    flags = np.frombuffer(graph.service_flags, np.uint8)
    beneath = all_beneath(graph, above[flags[above] != 0].tolist())
    reached = np.union1d(above, np.flatnonzero(np.asarray(beneath)))
    so_far = np.concatenate([[0], np.cumsum(_doubtful(graph))])
    some = so_far[graph.relation_starts[reached + 1]] > so_far[graph.relation_starts[reached]]
    doubts = len(doubts_of(graph, reached[some].tolist()))
    differences, told = _left_out(graph, failed, _outcomes(graph, failed)) if doubts else ((), True)
    limits = (*(() if told else ("outcomes",)), "work") if doubts else ()
    return _answer(graph, failed, most, differences=differences, doubts=doubts, unexamined=doubts, limits=limits)


def _left_out(graph: Graph, failed: list[int], base: Mapping[int, Outcome]) -> tuple[tuple[CertainOutcome, ...], bool]:
    """Return the differences from a graph without any doubtful relation, and whether that is not too much."""
    places = np.flatnonzero(_doubtful(graph))
    if len(places) > MOST_LEFT_OUT:
        return (), False
    sources = np.unique(np.searchsorted(graph.relation_starts, places, side="right") - 1)
    certain = _outcomes(without(graph, doubts_of(graph, sources.tolist())), failed)
    differences = [
        CertainOutcome(graph.ids[service], one, other)
        for service in sorted({*base, *certain})
        if (one := base.get(service, Outcome.UNAFFECTED)) is not (other := certain.get(service, Outcome.UNAFFECTED))
    ]
    return tuple(differences), True


def _doubtful(graph: Graph) -> NDArray[np.bool_]:
    """Return which relations are doubtful."""
    return graph.confidence_codes < np.searchsorted(graph.confidences, 1.0)


def _outcomes(graph: Graph, failed: list[int]) -> dict[int, Outcome]:
    return {each.service: each.outcome for each in outcomes_of(graph, states_of(graph, failed))}

"""What is sure and what is not: impact over certain relations only, and the doubtful ones that flip an outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cmdb.model.confidence import CertainOutcome, Confidence, DoubtfulRelation, Flip
from cmdb.model.outcome import Outcome
from impact.graph.blast import blast_rings
from impact.graph.certainty import Doubt, doubts_of, without
from impact.graph.states import States, states_of
from impact.graph.structure import Graph
from impact.reliability.outcomes import outcomes_of

MOST_DOUBTS = 200
"""So many doubtful relations are looked at one by one; how many more there are is part of the answer."""

WORK = 200_000
"""Fewer are, where the failure reaches so many CIs that looking at each would visit more than this."""


def confidence_of(graph: Graph, failed_ids: Iterable[str], *, most: int = MOST_DOUBTS) -> Confidence:
    """
    Return how the outcomes with ``failed_ids`` failed hang on relations that may not exist.

    Only services in the blast radius can change: leaving a relation out brings no other service into a failure's way,
    because no group ever needs more than it has left. What matters to them lies below them.

    Raises:
        NotFound: it names all ids that are unknown.
    """
    failed = graph.indexes(failed_ids)
    states = states_of(graph, failed)
    base = _outcomes(graph, states)
    reached = [ci for ring in blast_rings(graph, states.down | states.degraded) for ci in ring]
    doubts = doubts_of(graph, _below(graph, (ci for ci in reached if graph.service_flags[ci])))
    certain = _outcomes_without(graph, doubts, failed) if doubts else base
    affordable = min(most, WORK // (1 + len(reached)))
    examined = sorted(doubts, key=lambda doubt: (doubt.confidence, doubt.source, doubt.first))[:affordable]
    flips: list[Flip] = []
    for doubt in examined:
        others = _outcomes_without(graph, [doubt], failed)
        flips.extend(
            Flip(graph.ids[service], _relation(graph, doubt), outcome, other)
            for service, outcome, other in _differing(base, others)
        )
    return Confidence(
        revision=graph.revision,
        failed=graph.ids_of(failed),
        differences=tuple(
            CertainOutcome(graph.ids[service], outcome, other) for service, outcome, other in _differing(base, certain)
        ),
        flips=tuple(sorted(flips, key=lambda flip: (flip.service, flip.relation.source, flip.relation.target))),
        chances=(),
        doubts=len(doubts),
        unexamined=len(doubts) - len(examined),
        most=most,
        limits=(),
    )


def _differing(base: Mapping[int, Outcome], others: Mapping[int, Outcome]) -> Iterator[tuple[int, Outcome, Outcome]]:
    """Yield the services with different outcomes, by number, each with both."""
    for service in sorted({*base, *others}):
        outcome, other = (found.get(service, Outcome.UNAFFECTED) for found in (base, others))
        if outcome is not other:
            yield service, outcome, other


def _outcomes(graph: Graph, states: States) -> dict[int, Outcome]:
    return {found.service: found.outcome for found in outcomes_of(graph, states)}


def _outcomes_without(graph: Graph, doubts: Iterable[Doubt], failed: list[int]) -> dict[int, Outcome]:
    less = without(graph, doubts)
    return _outcomes(less, states_of(less, failed))


def _below(graph: Graph, services: Iterable[int]) -> list[int]:
    """Return what services rest on over any relation at all, themselves included."""
    reached = sorted(services)
    seen = set(reached)
    starts = graph.relation_starts.data
    for ci in reached:
        for target in graph.targets[starts[ci] : starts[ci + 1]].tolist():
            if target not in seen:
                seen.add(target)
                reached.append(target)
    return reached


def _relation(graph: Graph, doubt: Doubt) -> DoubtfulRelation:
    group = None if doubt.group is None else graph.group_names[graph.group_name_codes[doubt.group]]
    return DoubtfulRelation(graph.ids[doubt.source], graph.ids[doubt.target], group, doubt.confidence)

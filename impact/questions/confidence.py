"""How sure an impact answer is: what hangs on relations that may not exist, and how old the evidence for them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from cmdb.context import Context
from cmdb.model.confidence import CertainOutcome, DoubtfulRelation, Evidence, Flip, OutcomeChances
from cmdb.model.relation import RELATIONS, Relation
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import OneOf, Store
from cmdb.records import Held
from impact.questions.graphs import defaults_at, graph_of, names_nearest

if TYPE_CHECKING:  # The arrays take longer to import than a small command may take.
    from impact.graph import Graph

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ConfidenceAnswer:
    """
    How sure it is what happens when ``failed`` fail; see :class:`cmdb.model.confidence.Confidence`.

    ``evidence`` tells of every relation in ``flips``, by source, target and group, and ``names`` of every CI that is
    mentioned.
    """

    revision: int
    failed: tuple[str, ...]
    differences: tuple[CertainOutcome, ...]
    flips: tuple[Flip, ...]
    chances: tuple[OutcomeChances, ...]
    evidence: tuple[Evidence, ...]
    doubts: int
    unexamined: int
    most: int
    limits: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def matters(self) -> bool:
        """Whether any doubtful relation makes a difference, or could have and was not looked at."""
        return bool(self.differences or self.flips or self.chances or self.limits)


@names_nearest
def confidence_of(context: Context, cis: Sequence[str], *, at: int | None = None) -> ConfidenceAnswer:
    """
    Return how sure it is what happens when the CIs fail together, at a revision (None: the newest).

    It costs nothing where no relation of the estate is doubtful.

    Raises:
        NotAllowed: the actor may not read impact.
        NotFound: some CIs are not in the estate (all are named), or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    from impact import confidence

    graph = graph_of(context, at=at)
    found = confidence.confidence_of(graph, cis)
    relations = dict.fromkeys(flip.relation for flip in found.flips)
    evidence = tuple(evidence_of(context, list(relations), at=found.revision)) if relations else ()
    return ConfidenceAnswer(
        revision=found.revision,
        failed=found.failed,
        differences=found.differences,
        flips=found.flips,
        chances=found.chances,
        evidence=evidence,
        doubts=found.doubts,
        unexamined=found.unexamined,
        most=found.most,
        limits=found.limits,
        names=_names(graph, found.differences, found.flips, found.chances),
    )


def _names(graph: Graph, *told: Sequence[CertainOutcome | Flip | OutcomeChances]) -> dict[str, str]:
    ids = {each.service for some in told for each in some}
    for some in told:
        for each in some:
            if isinstance(each, Flip):
                ids.update((each.relation.source, each.relation.target))
    return {ci: graph.names[graph.index(ci)] for ci in sorted(ids)}


def evidence_of(context: Context, relations: Sequence[DoubtfulRelation], *, at: int) -> Iterator[Evidence]:
    """Yield what doubtful relations rest on as of a revision, by source, target and group; raises HistoryGone."""
    ordered = sorted(relations, key=lambda each: (each.source, each.target, each.group is not None, each.group or ""))
    moments, defaults = _Moments(context.store), defaults_at(context, at)
    now = moments.of(at)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        held = _held(context, some, at)
        for relation in some:
            records = [
                each
                for each in held.get((relation.source, relation.target, relation.group), [])
                if relation.strength in (None, each.record.strength or defaults.strength_of(each.record.type))
            ]
            revision = max((each.revision for each in records), default=0)
            recorded = moments.of(revision) if revision else None
            yield Evidence(
                relation=relation,
                types=tuple(sorted({each.record.type for each in records})),
                sources=tuple(sorted({source for each in records for source in each.record.sources})),
                revision=revision,
                recorded_at=recorded,
                age_seconds=None if now is None or recorded is None else int((now - recorded).total_seconds()),
            )


def _held(
    context: Context, relations: Sequence[DoubtfulRelation], at: int
) -> dict[tuple[str, str, str | None], list[Held[Relation]]]:
    """Return the records of relations, by source, target and group."""
    found: dict[tuple[str, str, str | None], list[Held[Relation]]] = {}
    ends = (tuple(sorted({each.source for each in relations})), tuple(sorted({each.target for each in relations})))
    where = [OneOf("source", ends[0]), OneOf("target", ends[1])]
    after = None
    while True:
        page = context.records.listing(RELATIONS, where, after=after, limit=1000, at=at)
        for held in page.rows:
            found.setdefault((held.record.source, held.record.target, held.record.group), []).append(held)
        after = page.after
        if after is None:
            return found


class _Moments:
    """When revisions were made; None for those whose history was let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, datetime | None] = {}

    def of(self, revision: int) -> datetime | None:
        """Return the moment of a revision."""
        if revision not in self._known:
            try:
                found = next(islice(self._store.changes(revision - 1, limit=1), 1), None)
            except HistoryGone:
                found = None
            self._known[revision] = found.at if found is not None and found.number == revision else None
        return self._known[revision]

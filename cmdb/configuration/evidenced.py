"""
What a relation rests on: each piece of evidence with who saw it, what, when, and what it is worth today.

A relation is seen from one of its ends, so the observations of both, and of the things they are parts of, hold all of
its evidence; nothing else is read. A server sees the address of a client and not its programme: such a connection
counts for the one part of the client that depends on the server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.configuration.discovered import DISCOVERED
from cmdb.configuration.discovery_rules import rules_in_force
from cmdb.configuration.ends import Ends
from cmdb.configuration.evidence import worth
from cmdb.configuration.provenance import moment, observations_of
from cmdb.configuration.reconcile import declared_observation
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.identity import RELATION_REJECTIONS, RelationRejection
from cmdb.model.observation import EvidenceKind, Identifier, Observation, ObservedRelation, Thing
from cmdb.model.relation import RELATIONS, Relation
from cmdb.ports.store import Equals
from cmdb.records import Held, from_document, to_json

SEEN_IN_USE = frozenset((EvidenceKind.TRAFFIC_OUT, EvidenceKind.TRAFFIC_IN, EvidenceKind.TRACE, EvidenceKind.SCAN))
"""Evidence that counts for whatever dependency a configuration or an inventory tells between the same two CIs."""


class Piece(NamedTuple):
    """
    One piece of evidence.

    ``source`` says that it saw it, of ``thing`` (its native id), in ``scope``; ``detail`` is what was seen in a few
    words. ``worth`` within [0, 1] is what it counts today. ``gone``: the thing was not there any more when its scope
    was read last.
    """

    source: str
    thing: str
    scope: str
    kind: EvidenceKind
    type: str
    detail: str
    seen_at: datetime | None
    worth: float
    gone: bool


@dataclass(frozen=True, slots=True)
class Evidenced:
    """
    A relation, the evidence for it with the best first, and who said that it does not exist.

    ``relation`` is None where there is none now; ``stated_by`` are those besides discovery that state it.
    """

    relation: Held[Relation] | None
    pieces: tuple[Piece, ...]
    stated_by: tuple[str, ...]
    rejection: RelationRejection | None


def evidenced(
    context: Context,
    source: str,
    type: str,  # noqa: A002 - the word of the document, as every door has it
    target: str,
    *,
    group: str | None = None,
) -> Evidenced:
    """
    Return what a relation rests on.

    Raises:
        NotAllowed: the actor may not read CIs.
        NotFound: there is no such relation, nobody has rejected it, and nothing was seen of it.
    """
    context.allow("ci:read")
    key = RELATIONS.key({"source": source, "type": type, "target": target, "group": group})
    stored, rejected = context.store.get(RELATIONS, key), context.store.get(RELATION_REJECTIONS, key)
    pieces = tuple(_Looking(context, source, target).pieces(type, group))
    if stored is None and rejected is None and not pieces:
        raise _not_there(context, source, type, target, group)
    held = context.records.held(RELATIONS, key) if stored is not None else None
    sources = held.record.sources if held is not None else ()
    return Evidenced(
        held,
        pieces,
        tuple(each for each in sources if not each.startswith(DISCOVERED)),
        None if rejected is None else from_document(RELATION_REJECTIONS, rejected.document),
    )


def _not_there(context: Context, source: str, type_: str, target: str, group: str | None) -> NotFound:
    """Return that there is no such relation, in the words it was asked for by, and the groups in which there is one."""
    words = f"{source} {type_} {target}"
    found = context.records.find(RELATIONS, [Equals("source", source), Equals("target", target)])
    groups = sorted({each.group for each in found if each.type == type_ and each.group is not None})
    asked = words if group is None else f"{words} in the group {group}"
    nearest = {asked: [f"that in the group {each}" for each in groups]}
    return NotFound(kind=RELATIONS.name, ids=(asked,), nearest=nearest if groups else None)


def told(
    context: Context,
    source: str,
    type: str,  # noqa: A002
    target: str,
    *,
    group: str | None = None,
) -> dict[str, Any]:
    """Return the same as JSON; raises as :func:`evidenced`."""
    found = evidenced(context, source, type, target, group=group)
    return {
        "source": source,
        "type": type,
        "target": target,
        "group": group,
        "relation": None if found.relation is None else to_json(RELATIONS, found.relation.record),
        "stated_by": list(found.stated_by),
        "rejection": None if found.rejection is None else to_json(RELATION_REJECTIONS, found.rejection),
        "evidence": [
            {**piece._asdict(), "kind": piece.kind.value, "seen_at": moment(piece.seen_at)} for piece in found.pieces
        ],
    }


class _Looking:
    """The two ends of a relation, and what is known of them and of what they are parts of."""

    def __init__(self, context: Context, source: str, target: str) -> None:
        self._context, self._source, self._target = context, source, target
        self._rules, self._now = rules_in_force(context), context.clock.now()
        self._ci_of: dict[Thing, str] = {}
        self._seen: list[tuple[str, Observation]] = []
        self._of_owners: list[tuple[str, Observation]] = []
        self._owners: set[str] = set()
        named: list[tuple[str, Iterable[Identifier]]] = []
        for ci in dict.fromkeys((source, target)):
            self._take(ci, named)
        parts = self._parts(named)
        self._ends = Ends(self._ci_of, named, self._rules, parts)
        sources = sorted({each.source for _, each in self._seen})
        read = context.store.get_many(COVERAGES, sources)
        self._coverages = {name: from_document(COVERAGES, stored.document) for name, stored in read.items()}

    def pieces(self, type_: str, group: str | None) -> Iterator[Piece]:
        """Yield the pieces of evidence, those worth most first."""
        found = [
            self._piece(observation, relation)
            for ci, observation in self._seen
            for relation in observation.relations
            if self._joins(ci, observation, relation)
        ]
        wanted = [(piece, named) for piece, named in found if piece.type == type_ and named in (group, None)]
        if any(piece.kind not in SEEN_IN_USE for piece, _ in wanted):
            # Traffic counts for what is told between the two, whatever it is called.
            wanted += [(piece, named) for piece, named in found if piece.type != type_ and piece.kind in SEEN_IN_USE]
        wanted += self._of_the_owner() if wanted else []
        alone = [piece for piece, _ in wanted]
        yield from sorted(alone, key=lambda each: (-each.worth, each.source, each.thing, each.kind, each.detail))

    def _take(self, ci: str, named: list[tuple[str, Iterable[Identifier]]]) -> None:
        stored = self._context.store.get(CIS, ci)
        document = {"id": ci, "class": ""} if stored is None else stored.document
        if stored is not None:
            named.append((ci, declared_observation(document).identifiers))
        for thing in (Thing(*each) for each in document.get("seen_as", ())):
            self._ci_of[thing] = ci
            for observation in observations_of(self._context, thing):
                self._seen.append((ci, observation))
                named.append((ci, observation.identifiers))

    def _parts(self, named: list[tuple[str, Iterable[Identifier]]]) -> Mapping[tuple[str, Identifier], str]:
        """Return which end is which part of what; the owners' identifiers are added to ``named``."""
        found: dict[tuple[str, Identifier], str] = {}
        read: set[Thing] = set()
        for ci, observation in self._seen:
            if observation.owner is None:
                continue
            thing = Thing(observation.source, observation.owner)
            owner = self._ci_of.get(thing) or self._owner(ci, thing)
            if owner not in (self._source, self._target) and thing not in read:
                read.add(thing)
                told = observations_of(self._context, thing)
                named += [(owner, each.identifiers) for each in told]
                self._of_owners += [(owner, each) for each in told]
            if ci == self._source and owner != ci:
                self._owners.add(owner)
            found |= {(owner, each): ci for each in observation.identifiers if each.kind == "part"}
        return found

    def _owner(self, ci: str, thing: Thing) -> str:
        """Return which CI a thing became that this one is a part of: among those it stands in relation to."""
        found = self._context.records.find(RELATIONS, [Equals("source", ci)])
        documents = self._context.store.get_many(CIS, sorted({each.target for each in found}))
        seen = (key for key, each in sorted(documents.items()) if list(thing) in each.document.get("seen_as", ()))
        owner = self._ci_of[thing] = next(seen, f"{thing.source}:{thing.native_id}")
        return owner

    def _of_the_owner(self) -> list[tuple[Piece, str | None]]:
        """Return the connections of what the source is a part of, where they can be no other part's."""
        found = [
            (owner, self._piece(observation, relation))
            for owner in sorted(self._owners)
            for ci, observation in (*self._seen, *self._of_owners)
            for relation in observation.relations
            if relation.type == "connects_to" and relation.evidence in SEEN_IN_USE
            if self._joins(ci, observation, relation, source=owner)
        ]
        return [told for _, told in found] if found and self._is_alone({owner for owner, _ in found}) else []

    def _is_alone(self, owners: Collection[str]) -> bool:
        """Tell whether of all parts of these owners, and of themselves, the source alone depends on the target."""
        found = self._context.records.find(RELATIONS, [Equals("target", self._target)])
        clients = {each.source for each in found if each.type != "part_of"} - {self._source}
        parts = {each.source for ci in owners for each in self._context.records.find(RELATIONS, [Equals("target", ci)])}
        return clients.isdisjoint(parts | {*owners})

    def _joins(self, ci: str, observation: Observation, relation: ObservedRelation, *, source: str = "") -> bool:
        one = ci if relation.source is None else self._ends.meant(relation.source, observation.source).ci
        other = ci if relation.target is None else self._ends.meant(relation.target, observation.source).ci
        return (one, other) == (source or self._source, self._target)

    def _piece(self, observation: Observation, relation: ObservedRelation) -> tuple[Piece, str | None]:
        at = self._seen_at(observation, relation)
        value = worth(relation.evidence, at, self._rules, self._now)
        return Piece(
            observation.source,
            observation.native_id,
            observation.scope,
            relation.evidence,
            relation.type,
            relation.detail,
            at,
            round(value, 2),
            observation.absent_since is not None,
        ), relation.group

    def _seen_at(self, observation: Observation, relation: ObservedRelation) -> datetime | None:
        if relation.seen_at is not None:
            return relation.seen_at
        if observation.absent_since is not None:
            return observation.absent_since
        coverage = self._coverages.get(observation.source, Coverage(observation.source, ""))
        seen = [each for each in (coverage.reading(observation.scope).at, observation.seen_at) if each is not None]
        return max(seen, default=None)

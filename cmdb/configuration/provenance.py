"""
Where a CI is from: whose each of its values is, whether it is fresh, and what others say that lost; who saw it, where
and when; which other ids lead to it; and what people decided about it.

What is known of this one CI is reconciled again, now and alone: the records it is seen as are held together by what
stands in it, so that nothing else has to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cmdb.configuration.believing import Believed
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.discovered import World
from cmdb.configuration.discovery_rules import rules_in_force
from cmdb.configuration.identify import DECLARED, Decided
from cmdb.configuration.observing import is_declared
from cmdb.configuration.reconcile import id_of, locks_of, reconcile
from cmdb.context import Context
from cmdb.model.ci import CI, CIS
from cmdb.model.ci_class import AttributeType
from cmdb.model.coverage import COVERAGES, Coverage
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS, IdentityDecision, RelationRejection
from cmdb.model.kind import Document
from cmdb.model.observation import OBSERVATIONS, Observation, Thing
from cmdb.ports.store import Equals
from cmdb.records import Held, from_document, to_json

_AT_ONCE = 1000


class Value(NamedTuple):
    """
    One value of a CI by its ``place`` ("/name", "/attributes/os").

    ``source`` says it, None: people or imports state it. ``fresh``: it was said within its time to live. ``locked``: a
    person holds it against every source. ``others`` are the fresh ones of other sources that differ and lost, and one
    that does not fit the class. ``untold_since`` is the first reading in which its source left it out.
    """

    place: str
    value: Any
    source: str | None
    fresh: bool
    locked: bool
    others: tuple[tuple[str | None, Any], ...] = ()
    untold_since: datetime | None = None


class Sighting(NamedTuple):
    """
    Where a source sees a CI, and as what: since when, when last, and from when on it did not any more (None: it does).
    """

    source: str
    native_id: str
    scope: str
    first_seen: datetime | None
    last_seen: datetime | None
    absent_since: datetime | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """
    A CI and where its values are from; ``observations`` are what its sources say of it, by source and native id.

    ``aliases`` are the ids of CIs that turned out to be this one, ``decisions`` those on who is who that are about it,
    taken back or not, and ``rejections`` the relations of it that somebody said do not exist.
    """

    ci: Held[CI]
    values: tuple[Value, ...]
    observations: tuple[Observation, ...]
    sightings: tuple[Sighting, ...] = ()
    aliases: tuple[str, ...] = ()
    decisions: tuple[IdentityDecision, ...] = ()
    rejections: tuple[RelationRejection, ...] = ()


def provenance(context: Context, ci: str) -> Provenance:
    """Return where the values of a CI are from; raises NotAllowed and NotFound."""
    context.allow("ci:read")
    held = context.records.held(CIS, ci)
    stored = context.store.get(CIS, ci)
    document: Document = {"id": ci} if stored is None else stored.document
    things = [Thing(*each) for each in held.record.seen_as]
    observed = tuple(each for thing in things for each in observations_of(context, thing))
    believed = _believed(context, document, things, observed) if observed else {}
    decisions, aliases = _decisions(context, held.record)
    values = tuple(_values(context, held.record, document, believed))
    rejections = _rejections(context, ci)
    return Provenance(held, values, observed, sightings_of(context, observed), aliases, decisions, rejections)


def sightings_of(context: Context, observed: Sequence[Observation], *, at: int | None = None) -> tuple[Sighting, ...]:
    """Return where and when the sources of observations saw what they are of, in their order, as of a revision."""
    return tuple(_sightings(observed, _coverages(context, observed, at)))


def _sightings(observed: Sequence[Observation], read: Mapping[str, Coverage]) -> Iterator[Sighting]:
    for each in observed:
        coverage = read.get(each.source)
        # What is as it was is not written again; that its scope was read to its end tells that it was there.
        at = coverage.reading(each.scope).at if coverage is not None and each.absent_since is None else None
        last = max((moment for moment in (at, each.seen_at) if moment is not None), default=None)
        yield Sighting(each.source, each.native_id, each.scope, each.first_seen, last, each.absent_since)


def _coverages(context: Context, observed: Sequence[Observation], at: int | None = None) -> dict[str, Coverage]:
    found = context.store.get_many(COVERAGES, sorted({each.source for each in observed}), at=at)
    return {name: from_document(COVERAGES, stored.document) for name, stored in found.items()}


def _decisions(context: Context, ci: CI) -> tuple[tuple[IdentityDecision, ...], tuple[str, ...]]:
    """Return the decisions that are about a CI, and the ids of those that turned out to be it."""
    things = {Thing(*each) for each in ci.seen_as} | {Thing(DECLARED, ci.id)}
    every = tuple(context.records.find(IDENTITY_DECISIONS))
    about = [each for each in every if {Thing(*each.one), Thing(*each.other)} & things]
    other = {Thing(*thing) for each in about for thing in (each.one, each.other)}
    ids = sorted({id_of(thing) for thing in things | other} - {ci.id})
    found = context.store.get_many(CIS, ids)
    aliases = tuple(key for key in ids if key in found and found[key].document.get("merged_into") == ci.id)
    # A decision on one of the other ids is about this CI as well.
    more = {Thing(DECLARED, key) for key in aliases}
    about += [each for each in every if each not in about and {Thing(*each.one), Thing(*each.other)} & more]
    return tuple(sorted(about, key=lambda each: (each.decided_at, each.id))), aliases


def _rejections(context: Context, ci: str) -> tuple[RelationRejection, ...]:
    found = {
        RELATION_REJECTIONS.key(to_json(RELATION_REJECTIONS, each)): each
        for side in ("source", "target")
        for each in context.records.find(RELATION_REJECTIONS, [Equals(side, ci)])
    }
    return tuple(found[key] for key in sorted(found))


def document_of(found: Provenance) -> dict[str, Any]:
    """Return the same as JSON, without the observations."""
    ci = found.ci.record
    return {
        "id": ci.id,
        "status": ci.status.value,
        "seen_as": [list(each) for each in ci.seen_as],
        "merged_into": ci.merged_into,
        "values": [
            {
                **each._asdict(),
                "others": [{"source": source, "value": value} for source, value in each.others],
                "untold_since": moment(each.untold_since),
            }
            for each in found.values
        ],
        "aliases": list(found.aliases),
        "sightings": [
            {
                **each._asdict(),
                "first_seen": moment(each.first_seen),
                "last_seen": moment(each.last_seen),
                "absent_since": moment(each.absent_since),
            }
            for each in found.sightings
        ],
        "decisions": [to_json(IDENTITY_DECISIONS, each) for each in found.decisions],
        "rejections": [to_json(RELATION_REJECTIONS, each) for each in found.rejections],
    }


def moment(at: datetime | None) -> str | None:
    """Return a moment as JSON has it, in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def told(context: Context, ci: str) -> dict[str, Any]:
    """Return where the values of a CI are from, as JSON; raises as :func:`provenance`."""
    return document_of(provenance(context, ci))


def observations_of(context: Context, thing: Thing, *, at: int | None = None) -> list[Observation]:
    """Return what is known of a thing of a source, by scope, as of a revision; raises NotAllowed."""
    context.allow("ci:read")
    found = []
    after = None
    while True:
        page = context.store.search(OBSERVATIONS, thing.native_id, after=after, limit=_AT_ONCE, at=at)
        observations = (from_document(OBSERVATIONS, stored.document) for stored in page.rows)
        found += [each for each in observations if each.thing == thing]
        after = page.after
        if after is None:
            return sorted(found, key=lambda each: each.scope)


def _believed(
    context: Context, document: Document, things: Sequence[Thing], observed: Sequence[Observation]
) -> Mapping[str, Believed]:
    """Return what is believed of a CI by attribute, reconciled by itself."""
    catalogue, ci = catalogue_of(context), document["id"]
    declared = {ci: document} if is_declared(document) else {}
    one = [*([Thing(DECLARED, ci)] if declared else []), *things]
    stubs = {each.thing: each for each in _referred(observed, catalogue.attributes_of(document["class"]))}
    world = World(
        observations=[*observed, *(each for thing, each in stubs.items() if thing not in things)],
        coverages=_coverages(context, observed),
        declared=declared,
        decided=[Decided(True, one[0], other) for other in one[1:]],
        rejected=frozenset(),
        catalogue=catalogue,
        rules=rules_in_force(context),
        now=context.clock.now(),
    )
    found = reconcile(world)
    wanted = {tuple(each.thing) for each in observed}
    for key, made in found.cis.items():
        if wanted & {tuple(each) for each in made.get("seen_as", ())} and key in found.beliefs:
            return found.beliefs[key]
    return {}


def _referred(observed: Sequence[Observation], known: Mapping[str, Any]) -> Iterator[Observation]:
    """Yield something for each thing the records refer to, so that the reference stands for a CI."""
    for each in observed:
        named = [each.owner] if each.owner is not None else []
        for name, attribute in known.items():
            if attribute.type is AttributeType.REFERENCE and name in each.attributes:
                named.append(str(each.attributes[name]))
        for native in named:
            yield Observation(
                each.source, each.scope, native, each.ci_class, first_seen=each.first_seen, seen_at=each.seen_at
            )


def _values(context: Context, ci: CI, document: Document, believed: Mapping[str, Believed]) -> Iterator[Value]:
    stated, held = is_declared(document) or not believed, locks_of(document)
    for place, word in (("/class", ci.ci_class), ("/name", ci.name)):
        known = believed.get(place)
        if stated or known is None:
            others = () if known is None else _others(known, word, with_winner=True)
            yield Value(place, word, None, True, stated, others)
        else:
            others = _others(known, word)
            yield Value(place, word, known.source or None, known.fresh, False, others, known.untold_since)
    references = {
        name
        for name, attribute in catalogue_of(context).attributes_of(ci.ci_class).items()
        if attribute.type is AttributeType.REFERENCE
    }
    for name in sorted({*ci.attributes, *(each for each in believed if not each.startswith("/"))}):
        known, value = believed.get(name), ci.attributes.get(name)
        if known is None:
            yield Value(f"/attributes/{name}", value, None, True, name in held)
            continue
        # What a source calls a thing it refers to is not what the CI is called, and is no other value.
        others = () if name in references else _others(known, value, with_winner=name not in ci.attributes)
        place, source = f"/attributes/{name}", known.source or None
        yield Value(place, value, source, known.fresh, name in held, others, known.untold_since)


def _others(known: Believed, value: Any, *, with_winner: bool = False) -> tuple[tuple[str | None, Any], ...]:
    said = [*([(known.source, known.value)] if with_winner else []), *known.others]
    return tuple((source or None, other) for source, other in said if other is not None and other != value)

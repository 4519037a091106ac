"""
The sides of a doubt about who is who: the things that a finding is about, each with all that its source says of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.configuration import findings
from cmdb.configuration.identify import DECLARED
from cmdb.configuration.provenance import moment, observations_of, sightings_of
from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.finding import Finding
from cmdb.model.kind import Document
from cmdb.model.observation import Identifier, Thing


class Side(NamedTuple):
    """
    One side of a doubt: the thing, the CI it is ("": none any more), and what is known of it.

    What people entered has no identifiers of its own, and was not seen.
    """

    thing: Thing
    ci: str
    name: str | None = None
    ci_class: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    attributes: Mapping[str, Any] = {}
    first_seen: datetime | None = None
    last_seen: datetime | None = None


def sides_of(context: Context, found: Finding) -> tuple[Side, ...]:
    """Return the sides of a finding, none where it is about no things; raises NotAllowed."""
    context.allow("finding:read")
    things = [Thing(*each) for each in found.facts.get("things", ())]
    stored = context.store.get_many(CIS, sorted({*found.cis, *(t.native_id for t in things if t.source == DECLARED)}))
    documents = {key: each.document for key, each in stored.items()}
    return tuple(
        _declared(thing, documents) if thing.source == DECLARED else _seen(context, thing, found.cis, documents)
        for thing in things
    )


def told(context: Context, finding: str) -> dict[str, Any]:
    """Return the sides of a finding as JSON; raises NotAllowed and NotFound."""
    sides = sides_of(context, findings.get(context, finding))
    return {"finding": finding, "sides": [document_of(side) for side in sides]}


def document_of(side: Side) -> dict[str, Any]:
    """Return a side as JSON."""
    return {
        "source": side.thing.source,
        "native_id": side.thing.native_id,
        "ci": side.ci,
        "name": side.name,
        "class": side.ci_class,
        "identifiers": [{"kind": each.kind, "value": each.value} for each in side.identifiers],
        "attributes": dict(side.attributes),
        "first_seen": moment(side.first_seen),
        "last_seen": moment(side.last_seen),
    }


def _declared(thing: Thing, documents: Mapping[str, Document]) -> Side:
    document = documents.get(thing.native_id, {})
    attributes = document.get("declared") or document.get("attributes", {})
    return Side(thing, thing.native_id, document.get("name"), document.get("class"), attributes=attributes)


def _seen(context: Context, thing: Thing, cis: Sequence[str], documents: Mapping[str, Document]) -> Side:
    ci = next((each for each in cis if [*thing] in map(list, documents.get(each, {}).get("seen_as", ()))), "")
    observations = observations_of(context, thing)
    if not observations:
        return Side(thing, ci)
    seen = sightings_of(context, observations)
    identifiers = {(each.kind, each.value) for one in observations for each in one.identifiers}
    return Side(
        thing,
        ci,
        observations[0].name,
        observations[0].ci_class,
        tuple(Identifier(*each) for each in sorted(identifiers)),
        {name: value for one in observations for name, value in one.attributes.items()},
        min((each.first_seen for each in seen if each.first_seen), default=None),
        max((each.last_seen for each in seen if each.last_seen), default=None),
    )

"""The records of an estate document as observations: items with their relations and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.observation import EvidenceKind, Observation, ObservedGroup, ObservedRelation
from cmdb.model.relation import Strength
from cmdb.model.run import Said
from discovery.connectors.files.shape.identity import end_of, identifiers_of

_NOT_CARRIED = ("unavailability", "mtbf_hours")


def of_records(file: str, records: Sequence[Any], notes: list[Said]) -> list[Observation]:
    """Return an observation for each item; a relation is its source's, a group its item's."""
    items = {document["id"]: document for kind, document in records if kind == "item"}
    relations: dict[str, list[ObservedRelation]] = {}
    groups: dict[str, list[ObservedGroup]] = {}
    lost = 0
    for kind, document in records:
        owner = document.get("source") if kind == "relation" else document.get("item")
        if kind == "item":
            continue
        if owner not in items:
            lost += 1
        elif kind == "relation":
            relations.setdefault(owner, []).append(_relation(file, document))
        else:
            groups.setdefault(owner, []).append(_group(file, document))
    if lost:
        notes.append(Said("files.without_item", {"file": file, "count": lost}))
    figures = sum(any(key in document for key in _NOT_CARRIED) for document in items.values())
    if figures:
        # What is seen has no figures of reliability; they come in by an import, whose word they are.
        notes.append(Said("files.figures_left_out", {"file": file, "count": figures}))
    return [
        _item(file, document, relations.get(key, ()), groups.get(key, ())) for key, document in sorted(items.items())
    ]


def _item(
    file: str,
    document: Mapping[str, Any],
    relations: Sequence[ObservedRelation],
    groups: Sequence[ObservedGroup],
) -> Observation:
    attributes = {name: value for name, value in document.get("attributes", {}).items() if value is not None}
    name = document.get("name", document["id"])
    return Observation(
        "",
        file,
        document["id"],
        document["class"],
        name,
        attributes=attributes,
        identifiers=identifiers_of(document["class"], name, attributes),
        relations=tuple(relations),
        groups=tuple(groups),
        evidence={"file": file},
    )


def _relation(file: str, document: Mapping[str, Any]) -> ObservedRelation:
    strength = document.get("strength")
    return ObservedRelation(
        document["type"],
        EvidenceKind.DECLARED,
        target=end_of(document["target"]),
        group=document.get("group"),
        strength=None if strength is None else Strength(strength),
        detail=file,
    )


def _group(file: str, document: Mapping[str, Any]) -> ObservedGroup:
    strength = Strength(document.get("strength", Strength.HARD.value))
    return ObservedGroup(document["name"], document["needs"], EvidenceKind.DECLARED, strength, file)

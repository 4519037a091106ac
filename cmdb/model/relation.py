"""A relation: its source depends on its target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind, json_array


class Strength(StrEnum):
    """What a target that is down does to the source: hard takes it down, soft degrades it, none leaves it alone."""

    HARD = "hard"
    SOFT = "soft"
    NONE = "none"


class RelationStatus(StrEnum):
    """Who says that a relation exists: a person, or evidence that is enough, or evidence that is not yet enough."""

    ASSERTED = "asserted"
    CONFIRMED = "confirmed"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Relation:
    """
    One dependency, identified by its source, type, target and group.

    ``strength`` left out means the default of the relation's type; in a group only the group's strength counts.
    ``confidence`` in (0, 1] says how sure we are that the relation exists. ``stated_as`` are the source and target that
    people stated, where one of them has turned out to be another CI since.
    """

    source: str
    type: str
    target: str
    group: str | None = None
    strength: Strength | None = None
    confidence: float = 1.0
    sources: tuple[str, ...] = ()
    status: RelationStatus = RelationStatus.ASSERTED
    stated_as: tuple[str, ...] = ()


def relation_key(document: Mapping[str, Any]) -> str:
    """Return the key of a relation: the compact JSON array of what identifies it."""
    return json_array(document["source"], document["type"], document["target"], document.get("group"))


RELATIONS = Kind(
    Relation,
    name="relation",
    key=relation_key,
    indexed=("source", "target", "type"),
    refers_to={"source": "ci", "target": "ci"},
    ends=("source", "target"),
)

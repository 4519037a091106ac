"""A relation type: how a dependency reads from both ends, which classes it may join and how strong it is by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.relation import Strength


@dataclass(frozen=True, slots=True)
class RelationType:
    """
    One type of relation; the source depends on the target.

    ``reading`` goes from source to target ("runs on"), ``reverse`` back ("hosts"). ``source_classes`` and
    ``target_classes`` name the classes allowed at either end, each with all classes below it; empty allows any.
    No new relation may be of a ``retired`` type.
    """

    name: str
    reading: str
    reverse: str
    reading_zh: str = ""
    reverse_zh: str = ""
    description: str = ""
    strength: Strength = Strength.HARD
    source_classes: tuple[str, ...] = ()
    target_classes: tuple[str, ...] = ()
    retired: bool = False


def relation_type_key(document: Mapping[str, Any]) -> str:
    """Return the key of a relation type: its name."""
    key: str = document["name"]
    return key


RELATION_TYPES = Kind(RelationType, name="relation_type", key=relation_type_key, indexed=("name",))

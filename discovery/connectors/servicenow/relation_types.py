"""
ServiceNow's relation types as ours, and which end depends on which.

A type is named by what the parent is to the child, two colons, and what the child is to the parent: of "Depends
on::Used by" the parent depends on the child, of "Contains::Contained by" the child is a part of the parent. A type that
is named the other way round is the same one with its ends exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# A minus says that the child is the source of our relation.
_TYPES: dict[str, str] = {
    "depends on::used by": "depends_on",
    "runs on::runs": "runs_on",
    "runs on::hosts": "runs_on",
    "hosted on::hosts": "runs_on",
    "virtualized by::virtualizes": "runs_on",
    "instantiates::instantiated by": "-runs_on",
    "impacted by::impacts": "depends_on",
    "provided by::provides": "depends_on",
    "uses::used by": "uses",
    "consumes::consumed by": "uses",
    "subscribes to::subscribed by": "uses",
    "supported by::supports": "uses",
    "receives data from::sends data to": "uses",
    "use end point to::use end point from": "uses",
    "applicative flow to::applicative flow from": "uses",
    "connects to::connected by": "connects_to",
    "ip connection::ip connection": "connects_to",
    "exchanges data with::exchanges data with": "connects_to",
    "powered by::powers": "powered_by",
    "fed by::feeds": "powered_by",
    "cooled by::cools": "cooled_by",
    "located in::houses": "located_in",
    "in rack::rack contains": "located_in",
    "stored on::provides storage for": "stores_data_on",
    "contains::contained by": "-part_of",
    "includes::included in": "-part_of",
    "members::member of": "-member_of",
    "managed by::manages": "managed_by",
    "monitored by::monitors": "-monitors",
    "backup done by::provides backup for": "-backs_up",
    "dr provided by::provides dr for": "replicates_to",
    "replicates to::replicated from": "replicates_to",
    "cluster of::cluster": "cluster_of",
}
CLUSTER_OF = "cluster_of"
"""No type of ours: the parent is a cluster and needs one of the nodes that are its children."""

KNOWN_TYPES = frozenset(type_.removeprefix("-") for type_ in _TYPES.values()) - {CLUSTER_OF} | {
    "authenticates_with",
    "resolves_names_with",
    "instance_of",
}


class Direction(NamedTuple):
    """Our type, and whether the child is its source."""

    type: str
    from_child: bool


def direction_of(name: str, own: Mapping[str, str]) -> Direction | None:
    """
    Return what a type of ServiceNow is here, None for one that nothing is known of; ``own`` are the settings' types.

    >>> direction_of("Depends on::Used by", {}), direction_of("Used by::Depends on", {})
    (Direction(type='depends_on', from_child=False), Direction(type='depends_on', from_child=True))
    >>> direction_of("Contains::Contained by", {})
    Direction(type='part_of', from_child=True)
    """
    parent, _, child = name.partition("::")
    as_is, turned = _folded(f"{parent}::{child}"), _folded(f"{child}::{parent}")
    known = {**_TYPES, **{_folded(each): type_ for each, type_ in own.items()}}
    for spelled, swapped in ((as_is, False), (turned, True)):
        if found := known.get(spelled):
            return Direction(found.removeprefix("-"), found.startswith("-") != swapped)
    return None


def _folded(name: str) -> str:
    return "::".join(" ".join(half.casefold().replace("-", " ").split()) for half in name.split("::"))

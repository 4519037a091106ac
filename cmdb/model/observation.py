"""An observation: what one source saw of one thing, the last time it looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from cmdb.model.kind import Kind, json_array
from cmdb.model.relation import Strength


class EvidenceKind(StrEnum):
    """
    How it became known that one thing depends on another; the rules give each kind its weight and how fast it fades.

    ``itself``: read on the host or device itself, of what it runs and is made of, so there is nothing to doubt.
    ``configuration``: a file or table that makes it so. ``inventory``: the system that runs it, or keeps the books of
    it, says so. ``neighbour``: the two ends heard each other (LLDP, a forwarding table). ``traffic_out`` and
    ``traffic_in``: a connection, as the client or the server had it. ``trace``: a call within a trace. ``scan``: only
    looked at from outside. ``declared``: a person said so.
    """

    ITSELF = "itself"
    CONFIGURATION = "configuration"
    INVENTORY = "inventory"
    NEIGHBOUR = "neighbour"
    TRAFFIC_OUT = "traffic_out"
    TRAFFIC_IN = "traffic_in"
    TRACE = "trace"
    SCAN = "scan"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Identifier:
    """
    One thing by which others may know the same CI again: its ``kind`` and its ``value``, as the source has it.

    What a kind is worth, and which values are junk, the rules of identification say.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class End:
    """
    The other end of an observed relation: a thing of the same source by its native id, or whoever has an identifier.

    With both, the native id counts where the source has it. Of several identifiers the first that somebody has counts.
    One of the kind ``part`` says that this part of whoever is meant, is meant, where anybody has seen it.
    """

    native_id: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class ObservedRelation:
    """
    A dependency that was seen: what is observed depends on ``target``, or, where that is None, ``source`` on it.

    ``detail`` says what was seen in a few words ("haproxy.cfg: backend shop, server web1"). ``seen_at`` left out means
    as of the reading; it is set where evidence that fades was seen before and not this time.
    """

    type: str
    evidence: EvidenceKind
    target: End | None = None
    source: End | None = None
    group: str | None = None
    strength: Strength | None = None
    detail: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObservedGroup:
    """A redundancy group of what is observed, as its source has it, as in :class:`~cmdb.model.group.Group`."""

    name: str
    needs: int | str
    evidence: EvidenceKind
    strength: Strength = Strength.HARD
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """
    What ``source`` saw of the thing it calls ``native_id``, in ``scope``.

    One source means one thing by a native id, also where it meets it in several scopes. ``owner`` is the native id of
    the thing of the same source that this one is a part of (the host of an interface); a part is known again by its
    owner and by an identifier of the kind ``part``. An attribute that was not seen is left out, never null.
    ``labels`` are the tags, labels and annotations people gave it there; rules make owner, tier and the like of them.
    ``evidence`` says in a few plain values where it was seen; neither it nor any other field holds a credential.
    ``first_seen`` is when this source saw it first, ``seen_at`` when what is written here was read. ``absent_since`` is
    the first time the scope was read to its end without it, and ``absent_reading`` the number of that reading; both are
    None while it is there. ``untold`` names the attributes ("/name": the name) that the source told once and tells no
    more, each with the first reading that left it out; what it told last stays in its place.
    """

    source: str
    scope: str
    native_id: str
    ci_class: str = field(metadata={"json": "class"})
    name: str | None = None
    owner: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    relations: tuple[ObservedRelation, ...] = ()
    groups: tuple[ObservedGroup, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    first_seen: datetime | None = None
    seen_at: datetime | None = None
    absent_since: datetime | None = None
    absent_reading: int | None = None
    untold: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def thing(self) -> Thing:
        """What it is an observation of, as its source has it."""
        return Thing(self.source, self.native_id)

    @property
    def told(self) -> Mapping[str, Any]:
        """
        The attributes that its source tells now. A last value is kept for who looks at the CI; what follows from
        attributes (who is who, which way leads where) follows from these.
        """
        if not self.untold:
            return self.attributes
        return {name: value for name, value in self.attributes.items() if name not in self.untold}


class Thing(NamedTuple):
    """Something as one source knows it."""

    source: str
    native_id: str


def observation_key(document: Mapping[str, Any]) -> str:
    """Return the key of an observation: the compact JSON array of source, native id and scope."""
    return json_array(document["source"], document["native_id"], document["scope"])


OBSERVATIONS = Kind(
    Observation,
    name="observation",
    key=observation_key,
    indexed=("source", "scope", "class"),
    text=("native_id", "name"),
)
OF_NAME = "/name"
"""What the name of a thing is called among what its source tells of it, beside the attributes."""

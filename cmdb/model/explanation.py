"""Why a service fares as it does: the facts of one sentence, and the small graph behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cmdb.model.outcome import Outcome
from cmdb.model.relation import Strength

Ids = tuple[str, ...]


class Because(StrEnum):
    """What decides: the CI itself, a group without enough members, one CI alone, or a group with too few left."""

    ITSELF = "itself"
    SHORT = "short"
    ALONE = "alone"
    GROUP = "group"
    LAST = "last"
    """A group that holds, until the point fails as well."""
    SPARE = "spare"
    """A group that holds, and lost a member."""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """
    The group ``name`` of the CI ``item`` during a failure: it needs ``needs`` of its members.

    ``gone`` are the members it can no longer count on, ``left`` the others, both by id; ``ci_class`` is the class of
    all members, empty where they have several.
    """

    item: str
    name: str
    needs: int
    strength: Strength
    ci_class: str
    gone: Ids
    left: Ids

    @property
    def members(self) -> int:
        return len(self.gone) + len(self.left)

    @property
    def spares(self) -> int:
        """How many more members it can lose; below zero it has failed."""
        return len(self.left) - self.needs


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What one sentence says of a service.

    ``via`` are the CIs on the way from the service down to what decides, each needing the next: to the owner of
    ``group``, which is the last of them (the service itself where there are none), or to the CI ``roots`` names.
    ``soft`` is the place in ``via`` (the root after it) of what is used and not needed, None where all is needed.
    ``failed`` are the members of the group that failed by themselves, ``hanging`` those that the graph shows as gone
    because of others; ``roots`` are the CIs that failed and that these, or the service, hang on. ``point`` is the CI
    whose failure now stops the service alone, ``carried`` the members of the group that fall with it.
    """

    because: Because
    via: Ids = ()
    soft: int | None = None
    group: GroupFacts | None = None
    failed: Ids = ()
    hanging: Ids = ()
    roots: Ids = ()
    point: str | None = None
    carried: Ids = ()


class NodeKind(StrEnum):
    CI = "ci"
    GATE = "gate"
    MIXED = "mixed"


class NodeState(StrEnum):
    """``FAILED`` by itself; a gate is ``DOWN`` or ``DEGRADED`` with too few members left, and ``UP`` while it holds."""

    FAILED = "failed"
    DOWN = "down"
    DEGRADED = "degraded"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Node:
    """
    One CI, or some that are alike; one group as a gate, or some; or CIs and gates of all kinds (mixed).

    ``ids`` are the CIs, or the owners of the gates, ``groups`` the names of the gates (one for each owner, or those
    that are mixed in). All of a node have the state, the class and (gates) ``needs``, ``members`` and ``lost`` in
    common; a mixed one has the worst state of its CIs. ``points`` counts the CIs whose single failure now stops the
    service.
    """

    kind: NodeKind
    ids: Ids
    state: NodeState
    ci_class: str = ""
    groups: Ids = ()
    needs: int = 0
    members: int = 0
    lost: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """
    The graph behind an outcome, the service first and what failed last.

    ``edges`` are pairs of places in ``nodes``, what depends before what it depends on; each stands for at least one
    relation of the estate. ``left`` counts the CIs that are down or run with less, anywhere, and that no node shows.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    left: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one service has its outcome."""

    service: str
    outcome: Outcome
    facts: Facts
    story: Story


@dataclass(frozen=True, slots=True)
class Label:
    """What a CI class is called, in English and in Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Explanations:
    """Explanations, with the names of the CIs and the labels of the classes that occur in them."""

    explanations: tuple[Explanation, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)

"""A redundancy group as it stands during a failure: who holds, who is down and by what, and whether that is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmdb.model.explanation import Explanations
from cmdb.model.relation import Strength

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateMember:
    """
    One member of a group during a failure.

    ``path`` leads from a CI that failed to the member, which stands last; it is empty while the member is up.
    ``down`` tells a member that is down from one that only runs with less.
    """

    id: str
    path: Ids
    down: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """The group ``name`` of the CI ``item``, which needs ``needs`` of its ``members`` (by id) to be up."""

    item: str
    name: str
    needs: int
    strength: Strength
    members: tuple[GateMember, ...]

    @property
    def down(self) -> tuple[GateMember, ...]:
        return tuple(member for member in self.members if member.down)

    @property
    def spares(self) -> int:
        """How many more members it can lose; below zero it has failed already."""
        return len(self.members) - len(self.down) - self.needs


@dataclass(frozen=True, slots=True)
class Alone:
    """
    Why one CI now stops a service alone: ``carrier`` falls with it (or is it), a member of ``gate``.

    The gate stands as the failure leaves it, before the CI fails as well: what is down in it are the twins it lacks.
    """

    ci: str
    service: str
    carrier: str
    gate: Gate


@dataclass(frozen=True, slots=True)
class Why:
    """
    What stands behind the outcomes of services.

    ``gates`` holds for each service by id one entry for each step of its reason: the group the failure had to pass
    there, or None where the relation stands alone. ``alone`` holds for each new single point asked for why it is one,
    for each service it stops. ``names`` are the names of all CIs that occur. ``explained`` has why each of the services
    that were to be explained has its outcome, in one sentence's facts and a small graph, with names of its own.
    """

    gates: Mapping[str, tuple[Gate | None, ...]]
    alone: Mapping[str, tuple[Alone, ...]]
    names: Mapping[str, str]
    explained: Explanations = field(default_factory=Explanations)

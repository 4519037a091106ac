"""Minimal risk groups: components that take a service down together and of which none can be spared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmdb.model.common_cause import CommonCause
from cmdb.model.explanation import Label

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """
    Components that take a service down together and of which none can be spared, by id.

    ``probability`` is the product of their unavailabilities, None where one is unknown; ``added`` tells that without
    the failed CIs the members were no risk group.
    """

    members: Ids
    probability: float | None
    added: bool


@dataclass(frozen=True, slots=True)
class RiskGroups:
    """
    The minimal risk groups of ``service`` while ``failed`` have failed; its own component is in none of them.

    ``count_method`` is "exact", or "budget_spent": all diagrams together would have taken more than ``budget`` nodes;
    then ``count``, ``by_size`` and ``added`` are None. ``smallest`` is the size of the smallest group, None where there
    is none. ``by_size`` counts those of 1, 2, 3 and 4 components, ``added`` those that were none without the failed
    CIs. ``groups`` are the most probable, in order. A service that is down has one: the empty one.

    ``common_causes`` are those of :class:`cmdb.model.common_cause.CommonCauses` with their fields ``count`` and
    ``unexamined``; ``names`` and ``labels`` those of all CIs and classes that occur.
    """

    revision: int
    service: str
    failed: Ids
    count: int | None
    count_method: str
    budget: int
    smallest: int | None
    by_size: tuple[int, ...] | None
    added: int | None
    groups: tuple[RiskGroup, ...]
    common_causes: tuple[CommonCause, ...] = ()
    common_cause_count: int = 0
    unexamined: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)

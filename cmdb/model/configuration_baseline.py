"""A configuration baseline: a named and approved state of a part of the estate, which later states are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.drift import DriftDifference
from cmdb.model.kind import Kind


class BaselineState(StrEnum):
    """Where a baseline is: drawn up, approved, or no longer held against anything."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class BaselineScope:
    """
    Which CIs a baseline covers: those of ``ci_class`` or below that have each of these ``attributes``.

    The environment and the owner are attributes. With neither it is the whole estate. Relations and groups belong to
    the CI that depends.
    """

    ci_class: str | None = field(default=None, metadata={"json": "class"})
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A difference that was accepted, by which the baseline moved on; it counts unless its change was refused."""

    difference: DriftDifference
    change: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ConfigurationBaseline:
    """
    One baseline: what stood at ``revision`` of the store, as of ``taken_at``, in its scope.

    ``id`` is its name. Revision and scope never change; what is accepted later stands in ``amendments``, oldest first.
    Who draws it up does not approve it.
    """

    id: str
    state: BaselineState
    revision: int
    taken_at: datetime
    scope: BaselineScope
    created_by: str
    created_at: datetime
    note: str = ""
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    amendments: tuple[Amendment, ...] = ()


CONFIGURATION_BASELINES = Kind(
    ConfigurationBaseline,
    name="configuration_baseline",
    indexed=("state", "revision", "created_at"),
    text=("id", "note"),
)

"""A configuration item (CI): one thing the organisation must control to deliver its services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind


class CIStatus(StrEnum):
    """Where a CI is in its life; only an active one takes part in impact."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class CI:
    """
    One configuration item.

    ``ci_class`` is the name of its class in the catalogue ("class" in every document). ``unavailability`` is the
    steady-state chance of being down, within [0, 1]; ``mtbf_hours`` the mean time between failures, above 0; left out,
    the class's default holds. ``sources`` names the imports that brought it, sorted.
    """

    id: str
    ci_class: str = field(metadata={"json": "class"})
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    unavailability: float | None = None
    mtbf_hours: float | None = None
    status: CIStatus = CIStatus.ACTIVE
    sources: tuple[str, ...] = ()


CIS = Kind(CI, name="ci", indexed=("class", "name", "status"), text=("id", "name", "attributes"))

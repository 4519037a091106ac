"""A configuration item (CI): one thing the organisation must control to deliver its services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind


class CIStatus(StrEnum):
    """
    Where a CI is in its life; all but a retired one take part in impact.

    ``proposed``: only seen by a source whose word alone is not enough. ``missing``: its sources no longer see it, and
    not for long enough to retire it.
    """

    PROPOSED = "proposed"
    ACTIVE = "active"
    MISSING = "missing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class CI:
    """
    One configuration item.

    ``ci_class`` is the name of its class in the catalogue ("class" in every document). ``unavailability`` is the
    steady-state chance of being down, within [0, 1]; ``mtbf_hours`` the mean time between failures, above 0; left out,
    the class's default holds. ``sources`` names the imports and discovery sources that brought it, sorted.

    ``seen_as`` lists the [source, native id] under which discovery sees it, sorted; empty where it does not. Of a CI
    that it sees, ``declared`` are the attributes that people or imports stated, whatever stands in ``attributes`` now;
    ``locked`` names those that discovery leaves alone ("status": it stays retired). ``merged_into`` is the CI that a
    retired one turned out to be.
    """

    id: str
    ci_class: str = field(metadata={"json": "class"})
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    unavailability: float | None = None
    mtbf_hours: float | None = None
    status: CIStatus = CIStatus.ACTIVE
    sources: tuple[str, ...] = ()
    seen_as: tuple[tuple[str, ...], ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    locked: tuple[str, ...] = ()
    merged_into: str | None = None


CIS = Kind(CI, name="ci", indexed=("class", "name", "status"), text=("id", "name", "attributes"))

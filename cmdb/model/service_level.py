"""A service level: what was agreed of one service, and what a minute without it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.sla import Period


class RateUnit(StrEnum):
    """What a rate is per."""

    MINUTE = "minute"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Rate:
    """What it costs that a service is down inside its hours; ``currency`` by ISO 4217, such as EUR."""

    amount: Decimal
    per: RateUnit
    currency: str

    @property
    def per_minute(self) -> Decimal:
        return self.amount / 60 if self.per is RateUnit.HOUR else self.amount


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """
    The level agreed of one service.

    ``availability`` is the target in percent of its service hours over each ``period``, by the calendar of ``zone``.
    ``hours`` is the id of its calendar of service hours, None around the clock. ``maintenance_minutes`` of each period
    are agreed for maintenance that is notified; they are never charged. ``longest_interruption`` is the most minutes of
    service hours that a single interruption may last, None where nothing is agreed of that.
    """

    service: str
    availability: float
    period: Period
    zone: str = "UTC"
    hours: str | None = None
    maintenance_minutes: int = 0
    longest_interruption: int | None = None
    rate: Rate | None = None


def _by_service(document: Mapping[str, Any]) -> str:
    service: str = document["service"]
    return service


SERVICE_LEVELS = Kind(
    ServiceLevel,
    name="service_level",
    key=_by_service,
    indexed=("hours",),
    refers_to={"service": "ci", "hours": "service_hours"},
    text=("service",),
)

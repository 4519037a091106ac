"""The scale of losses: what a minute of a service counts for, so that all losses are one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from cmdb.model.kind import Kind
from cmdb.model.service_level import Rate

NO_TIER = "none"
"""The key of services whose tier nobody stated: by default they count as the highest."""


def _by_tier() -> dict[str, float]:
    return {"1": 1.0, "2": 0.3, "3": 0.1, "4": 0.03, NO_TIER: 1.0}


@dataclass(frozen=True, slots=True)
class LossScale:
    """
    How losses are measured: in *tier 1 minutes*, one being a minute of a tier 1 service inside its hours.

    ``weights`` has what a minute of a service counts for by its tier, and :data:`NO_TIER`. ``minute_values`` has by
    currency what a tier 1 minute is worth; a service with a rate in one of them counts by it instead of by its tier.
    ``half_at`` is the expected loss, in tier 1 minutes, that scores 50 of 100.
    """

    weights: Mapping[str, float] = field(default_factory=_by_tier)
    minute_values: Mapping[str, Decimal] = field(default_factory=dict)
    half_at: float = 60.0

    def weight_of(self, tier: int | None, rate: Rate | None) -> float:
        """Return what a minute of a service counts for, in tier 1 minutes."""
        if rate is not None and rate.currency in self.minute_values:
            return float(rate.per_minute / self.minute_values[rate.currency])
        if tier is None:
            return self.weights[NO_TIER]
        # What lies outside of the four tiers counts as the nearest of them.
        return self.weights[str(min(max(tier, 1), 4))]


@dataclass(frozen=True, slots=True)
class LossScaleVersion:
    """One version of the scale, as somebody set it; 0 is the one that comes with Foreshock and is no record."""

    id: str
    version: int
    scale: LossScale
    set_at: datetime
    set_by: str


LOSS_SCALES = Kind(LossScaleVersion, name="loss_scale", indexed=("version",))

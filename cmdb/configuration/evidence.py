"""
How sure a relation is: one minus the product, over the kinds of evidence, of what each leaves open.

Of every kind only the best evidence counts, for two sightings of one sort are not two reasons; kinds are taken as
independent. Evidence of a kind that fades is halved in every half-life since it was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cmdb.model.discovery_rules import DiscoveryRules, Fading
from cmdb.model.observation import EvidenceKind

DIGITS = 2
"""So many decimals of a confidence are kept: a finer one would only rewrite relations as they fade."""
_DAY = 86_400.0


def worth(kind: EvidenceKind, seen_at: datetime | None, rules: DiscoveryRules, now: datetime) -> float:
    """Return what one piece of evidence is worth at ``now``, within [0, 1]; seen in the future counts as now."""
    fading = rules.fading.get(kind, Fading(0.0))
    if fading.half_life_days is None or seen_at is None:
        return fading.weight
    days = max(0.0, (now - seen_at).total_seconds() / _DAY)
    return float(fading.weight * 0.5 ** (days / fading.half_life_days))


def confidence_of(best: Mapping[EvidenceKind, float]) -> float:
    """
    Return the confidence from the best worth of each kind, above 0 and at most 1.

    >>> confidence_of({EvidenceKind.CONFIGURATION: 0.9, EvidenceKind.TRAFFIC_OUT: 0.8})
    0.98
    """
    open_ = 1.0
    for kind in sorted(best):
        open_ *= 1.0 - best[kind]
    return max(10.0**-DIGITS, round(1.0 - open_, DIGITS))

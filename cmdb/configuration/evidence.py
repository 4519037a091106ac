"""
How sure a relation is: one minus the product, over the kinds of evidence, of what each leaves open.

Of every kind only the best evidence counts, for two sightings of one sort are not two reasons; kinds are taken as
independent. Evidence of a kind that fades is halved in every half-life since it was seen, day by day: what was seen
within a day counts in full, so that a source that looks every hour does not rewrite the relations of one that looks
every night.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from cmdb.model.coverage import Reading
from cmdb.model.discovery_rules import DiscoveryRules, Fading
from cmdb.model.observation import EvidenceKind, Observation, ObservedRelation

DIGITS = 2
"""So many decimals of a confidence are kept: a finer one would only rewrite relations as they fade."""
_DAY, _LEAST = timedelta(days=1), timedelta(minutes=1)


def worth(kind: EvidenceKind, seen_at: datetime | None, rules: DiscoveryRules, now: datetime) -> float:
    """Return what one piece of evidence is worth at ``now``, within [0, 1]; seen in the future counts as now."""
    fading = rules.fading.get(kind, Fading(0.0))
    if fading.half_life_days is None or seen_at is None:
        return fading.weight
    step = _step(fading.half_life_days)
    faded = max(0, (now - seen_at) // step) * step
    return float(fading.weight * 0.5 ** (faded / timedelta(days=fading.half_life_days)))


def worth_until(kind: EvidenceKind, seen_at: datetime | None, rules: DiscoveryRules, now: datetime) -> datetime | None:
    """Return the moment from which this evidence is worth less than at ``now``, None if it never is."""
    fading = rules.fading.get(kind, Fading(0.0))
    if fading.half_life_days is None or seen_at is None:
        return None
    step = _step(fading.half_life_days)
    return seen_at + (max(0, (now - seen_at) // step) + 1) * step


def last_seen(observation: Observation, relation: ObservedRelation, reading: Reading) -> datetime | None:
    """Return when a relation was seen last, given the last reading of its scope."""
    if relation.seen_at is not None:
        return relation.seen_at
    if observation.absent_since is not None:
        return observation.absent_since
    return max((moment for moment in (reading.at, observation.seen_at) if moment is not None), default=None)


def _step(half_life_days: float) -> timedelta:
    return max(_LEAST, min(_DAY, timedelta(days=half_life_days)))


def confidence_of(best: Mapping[EvidenceKind, float]) -> float:
    """
    Return the confidence from the best worth of each kind, above 0 and at most 1.

    It is 1 only where one kind leaves nothing open: what is nearly sure is a doubt all the same, and not rounded away.

    >>> confidence_of({EvidenceKind.CONFIGURATION: 0.9, EvidenceKind.TRAFFIC_OUT: 0.8})
    0.98
    >>> confidence_of({EvidenceKind.CONFIGURATION: 0.9, EvidenceKind.TRAFFIC_OUT: 0.8, EvidenceKind.TRACE: 0.8})
    0.99
    >>> confidence_of({EvidenceKind.ITSELF: 1.0})
    1.0
    """
    open_ = 1.0
    for kind in sorted(best):
        open_ *= 1.0 - best[kind]
    least = 10.0**-DIGITS
    return max(least, min(1.0 - least if open_ else 1.0, round(1.0 - open_, DIGITS)))

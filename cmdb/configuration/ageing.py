"""
The life of a discovered CI: proposed, active, missing, retired.

Presence needs one sighting; absence needs a scope that was read to its end. A part that its owner no longer lists is
missing at once; what has no owner ages, by days and by completed readings, before it is missing, and again before it is
retired. What people stated is never retired by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from cmdb.model.ci import CIStatus
from cmdb.model.coverage import Coverage
from cmdb.model.discovery_rules import Age, DiscoveryRules
from cmdb.model.observation import Observation


class Sight(NamedTuple):
    """One observation of a CI, and how its scope has been read."""

    observation: Observation
    coverage: Coverage


def status_of(sights: Iterable[Sight], rules: DiscoveryRules, now: datetime, *, declared: bool) -> CIStatus:
    """Return the status of a CI that is observed; ``declared``: people stated it as well."""
    sights = list(sights)
    present = [sight for sight in sights if sight.observation.absent_since is None]
    if present:
        proposed = all(_proposes(sight.coverage, rules) for sight in present)
        return CIStatus.PROPOSED if proposed and not declared else CIStatus.ACTIVE
    ageing = rules.part if all(sight.observation.owner is not None for sight in sights) else rules.whole
    if not declared and all(older(sight, ageing.retired, now) for sight in sights):
        return CIStatus.RETIRED
    return CIStatus.MISSING if all(older(sight, ageing.missing, now) for sight in sights) else CIStatus.ACTIVE


def older(sight: Sight, age: Age, now: datetime) -> bool:
    """Tell whether it has been absent for so long, both in days and in readings."""
    since, reading = sight.observation.absent_since, sight.observation.absent_reading
    if since is None or reading is None:
        return False
    # The reading that found it absent counts as the first without it.
    without = sight.coverage.reading(sight.observation.scope).number - reading + 1
    return now - since >= timedelta(days=age.days) and without >= age.readings


def _proposes(coverage: Coverage, rules: DiscoveryRules) -> bool:
    return coverage.source in rules.proposing or coverage.connector in rules.proposing

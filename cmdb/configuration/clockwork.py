"""
What the moment makes of observations, and until when. Pure.

A reconciliation looks at the clock for three things alone: whether what a source says is still fresh, whether what is
absent has been so for long enough, and what evidence that fades is still worth. While none of these is another one,
the same observations make the same CIs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cmdb.configuration.ageing import Sight, older
from cmdb.configuration.believing import time_to_live
from cmdb.configuration.evidence import last_seen, worth, worth_until
from cmdb.model.coverage import Coverage, Reading
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.observation import EvidenceKind, Observation


class Clockwork:
    """Answers, for the observations of one source as it had been read, for one set of rules and one moment."""

    def __init__(self, coverage: Coverage, rules: DiscoveryRules, now: datetime) -> None:
        self._coverage = coverage
        self._rules = rules
        self._now = now
        self._live = time_to_live(coverage.source, coverage.connector, rules)
        self._ages = (rules.part.missing, rules.part.retired, rules.whole.missing, rules.whole.retired)
        self._readings: dict[str, Reading] = {}
        self._worth: dict[tuple[EvidenceKind, datetime | None], float] = {}
        self._fading = {kind for kind, fading in rules.fading.items() if fading.half_life_days is not None}

    def told(self, observation: Observation) -> tuple[Any, ...]:
        """Return all that a reconciliation learns from the clock about an observation, to be compared."""
        return (
            self._fresh(observation),
            self._old(observation),
            tuple(value for _, _, value in self._worths(observation)),
        )

    def due(self, observation: Observation) -> datetime | None:
        """Return a moment before which this stays what it is if nothing is read, None if it always does."""
        return min(self._transitions(observation), default=None)

    def _reading(self, scope: str) -> Reading:
        found = self._readings.get(scope)
        if found is None:
            found = self._readings[scope] = self._coverage.reading(scope)
        return found

    def _read_at(self, observation: Observation) -> datetime | None:
        return self._reading(observation.scope).at or observation.seen_at

    def _fresh(self, observation: Observation) -> bool:
        read_at = self._read_at(observation)
        if observation.absent_since is not None or read_at is None:
            return False
        return self._live is None or self._now - read_at <= self._live

    def _old(self, observation: Observation) -> tuple[bool, ...]:
        if observation.absent_since is None:
            return ()
        sight = Sight(observation, self._coverage)
        return tuple(older(sight, age, self._now) for age in self._ages)

    def _worths(self, observation: Observation) -> Iterable[tuple[EvidenceKind, datetime | None, float]]:
        """Yield kind, moment and worth of all evidence that fades; what would be let go of is worth nothing."""
        for relation in observation.relations:
            if relation.evidence not in self._fading:
                continue
            seen_at = last_seen(observation, relation, self._reading(observation.scope))
            value = self._worth.get((relation.evidence, seen_at))
            if value is None:
                value = worth(relation.evidence, seen_at, self._rules, self._now)
                value = value if value >= self._rules.forgotten else 0.0
                self._worth[relation.evidence, seen_at] = value
            yield relation.evidence, seen_at, value

    def _transitions(self, observation: Observation) -> Iterable[datetime]:
        absent, read_at = observation.absent_since, self._read_at(observation)
        moments = []
        if absent is not None:
            moments += [_later(absent, timedelta(days=age.days)) for age in self._ages]
        elif read_at is not None and self._live is not None:
            moments.append(_later(read_at, self._live))
        # At the very moment it may be so or so.
        yield from (moment for moment in moments if moment is not None and moment >= self._now)
        for kind, seen_at, value in self._worths(observation):
            until = worth_until(kind, seen_at, self._rules, self._now) if value else None
            if until is not None:
                yield until


def due_of(
    observations: Iterable[Observation], coverages: Mapping[str, Coverage], rules: DiscoveryRules, now: datetime
) -> dict[str, datetime | None]:
    """Return for every source that was ever read a moment before which time alone changes nothing of it."""
    works = {source: Clockwork(coverage, rules, now) for source, coverage in coverages.items()}
    found: dict[str, datetime | None] = dict.fromkeys(sorted(coverages))
    for observation in observations:
        due, known = works[observation.source].due(observation), found[observation.source]
        if due is not None and (known is None or due < known):
            found[observation.source] = due
    return found


def _later(moment: datetime, by: timedelta) -> datetime | None:
    """Return a later moment, None where the calendar ends before it."""
    try:
        return moment + by
    except OverflowError:
        return None

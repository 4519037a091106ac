"""What is gained by a measure: the effects on each service with it and without it, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cmdb.model.mitigation import Gain, Mitigation, ServiceGain
from impact.graph.structure import Graph
from impact.risk.effects import UNTOUCHED, Effect

NO_TIER = "none"


class Gains:
    """Compares effects with those of the change as it is; ``graph`` tells names and tiers."""

    def __init__(self, graph: Graph, before: Mapping[str, Effect]) -> None:
        self._graph = graph
        self.before = before

    def of(self, after: Mapping[str, Effect]) -> Gain | None:
        """Return the gain of what has ``after`` for its effects, None where it does not help or makes one worse."""
        services, added = [], False
        for ci in sorted({*self.before, *after}):
            was, now = self.before.get(ci, UNTOUCHED), after.get(ci, UNTOUCHED)
            if now.outcome.is_worse_than(was.outcome):
                return None
            gain = self._service(ci, was, now)
            added = added or (not gain.better and bool(now.points - was.points))
            if gain.better or gain.down_minutes or gain.single_points:
                services.append(gain)
        found = gain_of(services)
        helps = bool(found.better) or found.down_minutes > 0 or (not found.down_minutes and found.single_points)
        return found if helps and (found.better or not added) else None

    def _service(self, ci: str, was: Effect, now: Effect) -> ServiceGain:
        number = self._graph.index(ci)
        return ServiceGain(
            id=ci,
            name=self._graph.names[number],
            tier=self._graph.tier(number),
            from_=was.outcome,
            to=now.outcome,
            down_minutes=round(was.down_minutes - now.down_minutes, 1),
            single_points=tuple(sorted(was.points - now.points)),
        )

    def in_order(self, measures: Iterable[Mitigation]) -> list[Mitigation]:
        """Return measures from the cheapest on; of those as cheap what gains most, then by what it is about."""
        found = list(measures)
        tiers = sorted({tier for each in found for tier in each.gain.better}, key=_tier_order)

        def rank(each: Mitigation) -> tuple[Any, ...]:
            better = [-each.gain.better.get(tier, 0) for tier in tiers]
            gain = (*better, -each.gain.down_minutes, -len(each.gain.single_points))
            return (each.kind.rank, each.size, *gain, subject_of(each))

        return sorted(found, key=rank)


def gain_of(services: Iterable[ServiceGain]) -> Gain:
    """Return the gain of these services together."""
    found = sorted(services, key=lambda service: (service.tier is None, service.tier or 0, service.id))
    better = Counter(str(service.tier) if service.tier is not None else NO_TIER for service in found if service.better)
    return Gain(
        services=tuple(found),
        better={tier: better[tier] for tier in sorted(better, key=_tier_order)},
        down_minutes=round(sum(service.down_minutes for service in found), 1),
        single_points=tuple(sorted({ci for service in found for ci in service.single_points})),
    )


def worth(gain: Gain) -> tuple[int, float, int]:
    """Return by what a gain is greater than another of the same services: better outcomes, minutes, single points."""
    return sum(gain.better.values()), gain.down_minutes, len(gain.single_points)


def subject_of(measure: Mitigation) -> tuple[str, ...]:
    """Return the ids a measure is about, by which those of the same gain are put in order."""
    if measure.relation is not None:
        return measure.relation.source, measure.relation.target, measure.relation.group or ""
    if measure.move is not None:
        return measure.move.from_.isoformat(), *measure.move.beside
    if measure.roll is not None:
        return tuple(target for wave in measure.roll.waves for target in wave.targets)
    if measure.spare is not None:
        return measure.spare.item, measure.spare.group or ""
    return (measure.left_out or "",)


def _tier_order(tier: str) -> tuple[bool, int]:
    return tier == NO_TIER, 0 if tier == NO_TIER else int(tier)

"""
From what a run saw to the observations that are kept: who came, who stayed, who is no longer there. Pure.

A thing that a scope read to its end does not list is absent from that moment on; one that was not looked for stays as
it was, and so do the relations and groups of one that came while its scope was not read to its end. Evidence that
fades is kept for as long as it is worth something, with the moment it was seen last; a value that is told no more is
kept for as long as no person takes it away. A reading that would lose more of
a scope than the rules allow, or all of it, is held: its scope counts as not read to its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cmdb.configuration.evidence import worth
from cmdb.configuration.untold import with_last_values
from cmdb.model.coverage import Coverage
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.observation import Observation, ObservedRelation

Place = tuple[str, str]
"""A native id and the scope it was seen in."""
_SEEN_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HeldScope:
    """A scope whose reading waits for a person: how many it had, and the native ids it would lose, sorted."""

    scope: str
    had: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sightings:
    """All observations of a source after a run, the coverage it then has, and the scopes that are held."""

    observations: tuple[Observation, ...]
    coverage: Coverage
    held: tuple[HeldScope, ...]


def seen(
    known: Iterable[Observation],
    came: Iterable[Observation],
    complete: Collection[str],
    coverage: Coverage,
    rules: DiscoveryRules,
    *,
    at: datetime,
    run: str,
    whole: bool,
    may_lose: Collection[str] = (),
) -> Sightings:
    """
    Return what is kept after a run of the source.

    ``known`` are its observations so far, ``came`` those of the run (of two of one place the last counts), ``complete``
    the scopes it read to their end; ``whole`` tells that it was over all targets. ``may_lose`` are the scopes for which
    a person allowed the loss.
    """
    before = {place_of(each): each for each in known}
    now = {place_of(each): each for each in came}
    lost = _lost(before, now, complete)
    held = _held(before, lost, rules, may_lose, nothing=not now)
    stopped = {each.scope for each in held}
    read = {scope for scope in complete if scope not in stopped}
    after = coverage.after(read, {scope for _, scope in before}, at=at, run=run, whole=whole)
    kept = dict(before)
    for place, observation in now.items():
        kept[place] = _came(observation, before.get(place), coverage, rules, at, complete=place[1] in read)
    for scope in sorted(read):
        number = after.reading(scope).number
        for place in lost.get(scope, ()):
            if before[place].absent_since is None:
                kept[place] = replace(before[place], absent_since=at, absent_reading=number)
    ordered = tuple(kept[place] for place in sorted(kept))
    return Sightings(ordered, after, tuple(held))


def place_of(observation: Observation) -> Place:
    """Return where a source saw it."""
    return observation.native_id, observation.scope


def _lost(
    before: Mapping[Place, Observation], now: Mapping[Place, Observation], complete: Collection[str]
) -> Mapping[str, Sequence[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for place in before:
        if place[1] in complete and place not in now:
            found[place[1]].append(place)
    return found


def _held(
    before: Mapping[Place, Observation],
    lost: Mapping[str, Sequence[Place]],
    rules: DiscoveryRules,
    may_lose: Collection[str],
    *,
    nothing: bool,
) -> list[HeldScope]:
    present: dict[str, int] = defaultdict(int)
    for (_, scope), observation in before.items():
        present[scope] += observation.absent_since is None
    found = []
    for scope, places in sorted(lost.items()):
        newly = sorted(native_id for native_id, _ in places if before[native_id, scope].absent_since is None)
        too_many = len(newly) > rules.sweep_least and len(newly) > rules.sweep_share * present[scope]
        # One thing may be all there was in a scope, and go; but not where the source lists nothing at all.
        nothing_left = (nothing or len(newly) > 1) and len(newly) == present[scope]
        if newly and scope not in may_lose and (too_many or nothing_left):
            found.append(HeldScope(scope, present[scope], tuple(newly)))
    return found


def _came(
    came: Observation,
    before: Observation | None,
    coverage: Coverage,
    rules: DiscoveryRules,
    at: datetime,
    *,
    complete: bool,
) -> Observation:
    came = with_last_values(before, came, rules, at)
    if before is None:
        return replace(came, first_seen=at, seen_at=at, absent_since=None, absent_reading=None)
    last = max((moment for moment in (coverage.reading(before.scope).at, before.seen_at) if moment), default=at)
    kept = _carried(before, came, last, rules, at, complete=complete)
    names = {group.name for group in came.groups}
    after = replace(
        came,
        relations=(*came.relations, *kept),
        groups=came.groups if complete else (*came.groups, *(g for g in before.groups if g.name not in names)),
        first_seen=before.first_seen,
        seen_at=before.seen_at,
        absent_since=None,
        absent_reading=None,
    )
    if after == before:
        # Where its scope is not read to the end, nothing else tells that it was seen again; once a day is enough.
        fresh = complete or before.seen_at is None or at - before.seen_at < _SEEN_AGAIN
        return before if fresh else replace(before, seen_at=at)
    return replace(after, seen_at=at)


def _carried(
    before: Observation, came: Observation, last: datetime, rules: DiscoveryRules, at: datetime, *, complete: bool
) -> Iterable[ObservedRelation]:
    """
    Yield what was seen before, is not seen now, and still counts.

    That is what fades, as of the moment it was seen last, and all else where the scope was not read to its end.
    """
    here = {replace(relation, seen_at=None, detail="") for relation in came.relations}
    for relation in before.relations:
        if replace(relation, seen_at=None, detail="") in here:
            continue
        fading = rules.fading.get(relation.evidence)
        if fading is None or fading.half_life_days is None:
            if not complete:
                yield relation
            continue
        seen_at = relation.seen_at or last
        if worth(relation.evidence, seen_at, rules, at) >= rules.forgotten:
            yield replace(relation, seen_at=seen_at)

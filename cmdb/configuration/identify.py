"""
Identification: which things of which sources are one CI. Pure: same observations, decisions and rules, same answer.

Every way to know a thing again (:attr:`~cmdb.model.discovery_rules.DiscoveryRules.identifications`) gives a thing
keys. What people decided comes first, then the keys from the strongest to the weakest, within one by their text; two
clusters that share a key become one unless that is vetoed: one source says they are two, a person says so, or a
stronger identifier differs, be it a serial number that identifies nothing for want of a vendor. A part is known by its
owner, so parts follow when what owns them is settled, and what they own themselves after them. It is Kruskal's way of
growing a forest, with vetoes; each veto is kept as a doubt for a person.

Cost: n log n in the keys, times how deep parts own parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import NamedTuple

from cmdb.configuration.identifiers import bare_serial, normalised
from cmdb.model.discovery_rules import DiscoveryRules
from cmdb.model.observation import Identifier, Observation, Thing

DECLARED = ""
"""The source of what people entered: the CMDB itself."""
MOST_KEYS = 1_000
"""So many keys one thing has in one way to be known; a hostile one would have the product of its lists."""
PART = "part"
CLOUD_ID = "cloud_id"
KEPT_APART = "decided_different"
SERIAL, SERIAL_NUMBER = "serial", "serial_number"


class Key(NamedTuple):
    """One way in which a thing may be known again: its rank (0 is the strongest), the way, and the values."""

    rank: int
    way: str
    values: tuple[str, ...]


class Doubt(NamedTuple):
    """
    What identification could not settle, as a stable code with its facts and the things it is about.

    ``identity.not_unique``: a key stands on too many records of one source to be one. ``identity.vetoed``: two clusters
    share a key and were kept apart, ``because`` of what. ``identity.contradiction``: what people decided can not all
    hold. ``identity.too_many``: a thing has more keys than are looked at. That addresses repeat in the networks of one
    cloud is no doubt.
    """

    code: str
    key: Key | None
    things: tuple[Thing, ...]
    because: str = ""
    left: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided about two things: that they are the same, or that they are not."""

    same: bool
    one: Thing
    other: Thing


@dataclass(frozen=True, slots=True)
class Cluster:
    """Things that are one CI, sorted; ``lead`` is the one seen first, whose id the CI has."""

    lead: Thing
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """Every thing in exactly one cluster, clusters by their lead; and what is in doubt, sorted."""

    clusters: tuple[Cluster, ...]
    doubts: tuple[Doubt, ...]


def identify(observations: Iterable[Observation], decided: Sequence[Decided], rules: DiscoveryRules) -> Identified:
    """
    Return which things are one.

    What people entered takes part as observations of the source :data:`DECLARED`. A decision about a thing that nobody
    has seen is left aside until somebody does.
    """
    return _Identification(_things(observations), decided, rules).run()


class _Seen(NamedTuple):
    """A thing with all that its observations say together."""

    ci_class: str
    owner: Thing | None
    identifiers: frozenset[Identifier]
    serials: frozenset[str]
    first_seen: datetime | None


def _things(observations: Iterable[Observation]) -> dict[Thing, _Seen]:
    found: dict[Thing, list[Observation]] = defaultdict(list)
    for observation in observations:
        found[observation.thing].append(observation)
    return {thing: _together(thing, several) for thing, several in found.items()}


def _together(thing: Thing, several: list[Observation]) -> _Seen:
    several.sort(key=lambda each: (each.absent_since is not None, each.scope))
    owners = [each.owner for each in several if each.owner is not None]
    firsts = [each.first_seen for each in several if each.first_seen is not None]
    return _Seen(
        several[0].ci_class,
        Thing(thing.source, owners[0]) if owners else None,
        frozenset(identifier for each in several for identifier in each.identifiers),
        frozenset(text for each in several for text in _serials_of(each)),
        min(firsts, default=None),
    )


def _serials_of(observation: Observation) -> Iterator[str]:
    yield from (each.value for each in observation.identifiers if each.kind == SERIAL)
    if observation.told.get(SERIAL_NUMBER):
        yield str(observation.told[SERIAL_NUMBER])


class _Identification:
    """The forest while it grows: for each root its things, its sources, and the values it has in each way."""

    def __init__(self, things: Mapping[Thing, _Seen], decided: Sequence[Decided], rules: DiscoveryRules) -> None:
        self._things = things
        self._decided = sorted(decided, key=lambda each: (each.same, each.one, each.other))
        self._rules = rules
        self._parent = {thing: thing for thing in things}
        self._members: dict[Thing, set[Thing]] = {thing: {thing} for thing in things}
        self._named: dict[Thing, dict[str, str]] = {thing: {thing.source: thing.native_id} for thing in things}
        self._values: dict[Thing, dict[int, set[tuple[str, ...]]]] = {}
        self._serials = {thing: self._serials_told(seen) for thing, seen in things.items() if seen.serials}
        self._apart: dict[Thing, set[Thing]] = defaultdict(set)
        self._doubts: set[Doubt] = set()
        self._parts = [(thing, part) for thing, seen in things.items() for part in self._parts_of(seen)]

    def run(self) -> Identified:
        keys = self._keys()
        self._decisions()
        for key in sorted(keys):
            self._join(key, keys[key])
        whole, left = set(self._doubts), 0
        while left != len(self._members):
            left, self._doubts = len(self._members), set(whole)
            parts = self._part_keys()
            for key in sorted(parts):
                self._join(key, parts[key])
        clusters = (tuple(sorted(members)) for root, members in self._members.items() if self._find(root) == root)
        found = sorted((Cluster(min(things, key=self._age), things) for things in clusters), key=lambda each: each.lead)
        # What was vetoed by one key may have been settled by another since.
        open_doubts = (each for each in self._doubts if each.code != "identity.vetoed" or not self._one(each.things))
        return Identified(tuple(found), tuple(sorted(open_doubts, key=_order)))

    def _one(self, things: tuple[Thing, ...]) -> bool:
        return len({self._find(thing) for thing in things}) == 1

    def _age(self, thing: Thing) -> tuple[bool, bool, str, Thing]:
        first = self._things[thing].first_seen
        return thing.source != DECLARED, first is None, first.isoformat() if first else "", thing

    # keys ------------------------------------------------------------------------------------------------------------
    def _keys(self) -> dict[Key, list[Thing]]:
        found: dict[Key, list[Thing]] = defaultdict(list)
        for thing, seen in self._things.items():
            values: dict[int, set[tuple[str, ...]]] = {}
            for key in self._keys_of(thing, seen):
                found[key].append(thing)
                values.setdefault(key.rank, set()).add(key.values)
            self._values[thing] = values
        return found

    def _keys_of(self, thing: Thing, seen: _Seen) -> Iterator[Key]:
        by_kind: dict[str, set[str]] = defaultdict(set)
        for identifier in seen.identifiers:
            spelled = normalised(identifier, self._rules)
            if spelled is not None:
                by_kind[spelled.kind].add(spelled.value)
        for rank, kinds in enumerate(self._rules.identifications):
            if not all(kind in by_kind for kind in kinds):
                continue
            way = "+".join(kinds)
            # What people named is the same only among its own kind.
            more = (seen.ci_class,) if kinds == ("name",) else ()
            for n, values in enumerate(product(*(sorted(by_kind[kind]) for kind in kinds))):
                if n == MOST_KEYS:
                    self._doubts.add(Doubt("identity.too_many", Key(rank, way, ()), (thing,)))
                    break
                yield Key(rank, way, (*values, *more))

    def _parts_of(self, seen: _Seen) -> set[str]:
        if seen.owner is None:
            return set()
        spelled = (normalised(each, self._rules) for each in seen.identifiers if each.kind == PART)
        return {each.value for each in spelled if each is not None}

    def _part_keys(self) -> dict[Key, list[Thing]]:
        found: dict[Key, list[Thing]] = defaultdict(list)
        rank = len(self._rules.identifications)
        for thing, spelled in self._parts:
            owner = self._things[thing].owner or thing
            # An owner nobody has seen is still one thing to its source.
            root = self._find(owner) if owner in self._things else owner
            found[Key(rank, PART, (root.source, root.native_id, spelled))].append(thing)
        return found

    # joining ---------------------------------------------------------------------------------------------------------
    def _decisions(self) -> None:
        known = [each for each in self._decided if each.one in self._things and each.other in self._things]
        for each in known:
            if not each.same:
                self._apart[each.one].add(each.other)
                self._apart[each.other].add(each.one)
        for each in known:
            one, other = self._find(each.one), self._find(each.other)
            if each.same and one != other:
                because = self._same_source(one, other) or self._kept_apart(one, other)
                if because:
                    self._doubts.add(Doubt("identity.contradiction", None, (each.one, each.other), *because))
                else:
                    self._unite(one, other)

    def _join(self, key: Key, things: list[Thing]) -> None:
        if len(things) < 2:
            return
        things = sorted(things)
        counts: dict[str, int] = defaultdict(int)
        for thing in things:
            counts[thing.source] += 1
        if max(counts.values()) >= self._rules.not_unique_from:
            many = [source for source, count in counts.items() if count >= self._rules.not_unique_from]
            if not all(self._cloud_tells(key, [each for each in things if each.source == source]) for source in many):
                self._doubts.add(Doubt("identity.not_unique", key, tuple(things)))
            return
        # Each is tried with every cluster there is so far, so that a veto between two does not hide a third.
        for n, thing in enumerate(things):
            tried: set[Thing] = set()
            for earlier in things[:n]:
                one, other = self._find(earlier), self._find(thing)
                if one == other:
                    break
                if one in tried:
                    continue
                tried.add(one)
                because = self._veto(one, other, key.rank)
                if because is None:
                    self._unite(one, other)
                    break
                # What a person decided is no doubt any more.
                if because[0] != KEPT_APART and not self._in_two_networks(key, one, other):
                    self._doubts.add(Doubt("identity.vetoed", key, (earlier, thing), *because))

    def _veto(self, one: Thing, other: Thing, rank: int) -> tuple[str, str, str] | None:
        return (
            self._kept_apart(one, other)
            or self._same_source(one, other)
            or self._stronger(one, other, rank)
            or self._other_serial(one, other, rank)
        )

    def _same_source(self, one: Thing, other: Thing) -> tuple[str, str, str] | None:
        small, large = sorted((self._named[one], self._named[other]), key=len)
        for source in sorted(small.keys() & large.keys()):
            return "same_source", f"{source}:{self._named[one][source]}", f"{source}:{self._named[other][source]}"
        return None

    def _in_two_networks(self, key: Key, one: Thing, other: Thing) -> bool:
        """Tell whether two clusters share an address alone, and a cloud that both are in calls them two."""
        named = self._named[one], self._named[other]
        shared = named[0].keys() & named[1].keys()
        return any(self._cloud_tells(key, [Thing(source, each[source]) for each in named]) for source in shared)

    def _cloud_tells(self, key: Key, things: Sequence[Thing]) -> bool:
        """Tell whether a key is an address, as it repeats from network to network, and each thing has its cloud id."""
        if "ip" not in key.way.split("+"):
            return False
        ids = [self._cloud_ids(thing) for thing in things]
        return all(ids) and len(set().union(*ids)) == sum(map(len, ids))

    def _cloud_ids(self, thing: Thing) -> set[str]:
        spelled = (normalised(each, self._rules) for each in self._things[thing].identifiers if each.kind == CLOUD_ID)
        return {each.value for each in spelled if each is not None}

    def _kept_apart(self, one: Thing, other: Thing) -> tuple[str, str, str] | None:
        for member in sorted(self._members[one]):
            for enemy in sorted(self._apart.get(member, ())):
                if enemy in self._members[other]:
                    return (
                        KEPT_APART,
                        f"{member.source}:{member.native_id}",
                        f"{enemy.source}:{enemy.native_id}",
                    )
        return None

    def _stronger(self, one: Thing, other: Thing, rank: int) -> tuple[str, str, str] | None:
        mine, theirs = self._values.get(one, {}), self._values.get(other, {})
        for stronger in sorted(mine.keys() & theirs.keys()):
            if stronger < rank and mine[stronger].isdisjoint(theirs[stronger]):
                way = "+".join(self._rules.identifications[stronger])
                return f"stronger:{way}", _text(mine[stronger]), _text(theirs[stronger])
        return None

    def _serials_told(self, seen: _Seen) -> dict[str, set[str]]:
        """Return the serial numbers of a thing without their vendors, by its class."""
        told = {bare_serial(text, self._rules) for text in seen.serials}
        return {seen.ci_class: {each for each in told if each is not None}}

    def _other_serial(self, one: Thing, other: Thing, rank: int) -> tuple[str, str, str] | None:
        """
        Veto where two of one class have serial numbers that differ, and no identifier that says more has them as one.

        A host and the chassis it stands in each have their own, so classes are not compared with each other.
        """
        ways = self._rules.identifications
        if (SERIAL,) not in ways or rank <= ways.index((SERIAL,)):
            return None
        mine, theirs = self._serials.get(one, {}), self._serials.get(other, {})
        for ci_class in sorted(mine.keys() & theirs.keys()):
            left, right = mine[ci_class], theirs[ci_class]
            if left and right and left.isdisjoint(right):
                return SERIAL_NUMBER, ", ".join(sorted(left)), ", ".join(sorted(right))
        return None

    def _unite(self, one: Thing, other: Thing) -> None:
        if len(self._members[one]) < len(self._members[other]):
            one, other = other, one
        self._parent[other] = one
        self._members[one] |= self._members.pop(other)
        self._named[one].update(self._named.pop(other))
        for rank, values in self._values.pop(other, {}).items():
            self._values.setdefault(one, {}).setdefault(rank, set()).update(values)
        for ci_class, serials in self._serials.pop(other, {}).items():
            self._serials.setdefault(one, {}).setdefault(ci_class, set()).update(serials)

    def _find(self, thing: Thing) -> Thing:
        while self._parent[thing] != thing:
            self._parent[thing] = self._parent[self._parent[thing]]
            thing = self._parent[thing]
        return thing


def _text(values: set[tuple[str, ...]]) -> str:
    return ", ".join(sorted("|".join(each) for each in values))


def _order(doubt: Doubt) -> tuple[str, Key, tuple[Thing, ...], str]:
    return doubt.code, doubt.key or Key(-1, "", ()), doubt.things, doubt.because

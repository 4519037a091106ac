"""
What lies between those who talk to each other: paths of the network as CIs, which depend on what they lead over.

A client that needs a server in another place of the network needs a way there: switches, cables between them, a router.
One path stands for all who talk between the same two places, and is made only where somebody does. Of servers that
stand in for each other each is as good as the way to it: a second group, beside that of the pool, says so.

Known are the cables that were heard, the networks and gateways of interfaces, and the first router of a way. Frames are
taken to pass every cable between two switches, whatever VLANs it carries; answers, to come back as requests went.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cmdb.configuration.discovered import DISCOVERED, World
from cmdb.configuration.ends import Ends
from cmdb.configuration.gathering import Gathered, Groups, Pair
from cmdb.configuration.terrain import Address, Spot, Terrain, address_of, survey
from cmdb.model.kind import Document, json_array
from cmdb.model.observation import EvidenceKind, Observation, ObservedGroup
from cmdb.model.relation import RELATIONS, Strength

PATH = "path:"
"""What the ids of paths begin with."""
OVER = "{group}, over the network"
_NO_TALK = frozenset((EvidenceKind.ITSELF, EvidenceKind.INVENTORY, EvidenceKind.NEIGHBOUR, EvidenceKind.SCAN))


class _Need(NamedTuple):
    """The path that is needed to reach something; ``whole``: the path depends on what it leads to as well."""

    path: str
    whole: bool = False


def with_paths(
    world: World,
    living: Iterable[tuple[str, Observation]],
    ends: Ends,
    classes: dict[str, str],
    gathered: dict[Pair, Gathered],
    groups: Groups,
    names: Mapping[str, str],
) -> Mapping[str, Document]:
    """
    Add what those who talk need of the network to ``gathered``, ``groups`` and ``classes``; return the paths.

    ``names`` are those of the CIs, by which paths are called.
    """
    cabled = (pair for pair in gathered if pair.type == "connects_to" and classes.get(pair.target) == "interface")
    if not any(classes.get(pair.source) == "interface" for pair in cabled):
        return {}
    terrain = survey(living, ends, classes, gathered, world.catalogue, names)
    deriving = _Deriving(world, terrain, classes, gathered, groups)
    deriving.run()
    return deriving.paths


class _Deriving:
    def __init__(
        self,
        world: World,
        terrain: Terrain,
        classes: dict[str, str],
        gathered: dict[Pair, Gathered],
        groups: Groups,
    ) -> None:
        self._world, self._terrain, self._classes = world, terrain, classes
        self._gathered, self._groups = gathered, groups
        self.paths: dict[str, Document] = {}
        self._sources = frozenset(terrain.sources)
        neighbour = world.rules.fading.get(EvidenceKind.NEIGHBOUR)
        self._seen = {EvidenceKind.NEIGHBOUR: neighbour.weight if neighbour else 0.0}
        self._entered: set[str] = set()
        self._between: dict[tuple[tuple[str, ...], tuple[str, ...]], str | None] = {}
        self._members: dict[str, list[Pair]] = defaultdict(list)
        for pair in gathered:
            if classes.get(pair.source) == "vip":
                self._members[pair.source].append(pair)

    def run(self) -> None:
        pooled: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        for pair in sorted(self._gathered, key=_order):
            gathered = self._gathered[pair]
            spot = self._spot(pair.source)
            if spot is None or gathered.best.keys() <= _NO_TALK or self._strength(pair, gathered) is Strength.NONE:
                continue
            if pair.group is not None:
                pooled[pair.source, pair.group].append(pair)
            elif need := self._need(spot, pair.target, gathered.addresses):
                self._require(pair.source, need.path, gathered, self._strength(pair, gathered))
        for (source, group), pairs in sorted(pooled.items()):
            self._pool(source, group, pairs)
        self._stated()

    # who talks -------------------------------------------------------------------------------------------------------
    def _spot(self, ci: str) -> Spot | None:
        """Return from where a programme talks."""
        if ci not in self._terrain.owners or self._terrain.is_interface(ci):
            return None
        host = self._terrain.host_of(ci)
        return None if host is None else self._terrain.spot_of(host)

    def _strength(self, pair: Pair, gathered: Gathered) -> Strength:
        if gathered.strengths:
            return min(gathered.strengths)[1]
        known = self._world.catalogue.relation_type(pair.type)
        return known.strength if known is not None else Strength.HARD

    def _stated(self) -> None:
        """Let what people stated to talk from an interface, need the way from there as well."""
        by_source: dict[str, list[Document]] = defaultdict(list)
        for document in self._world.stated:
            if document["source"] in self._classes and document["target"] in self._classes:
                by_source[document["source"]].append(document)
        for source, documents in sorted(by_source.items()):
            at = [each["target"] for each in documents if self._terrain.is_interface(each["target"])]
            spot = self._terrain.entry(at[0]) if len(at) == 1 else self._spot(source)
            if spot is None:
                continue
            for document in documents:
                pair = Pair(source, document["type"], document["target"], None)
                strengths = {("", Strength(document["strength"]))} if document.get("strength") else set()
                gathered = Gathered({EvidenceKind.DECLARED: document.get("confidence", 1.0)}, set(), strengths)
                strength = self._strength(pair, gathered)
                if document.get("group") is None and strength is not Strength.NONE:
                    need = self._need(spot, document["target"], ())
                    if need is not None:
                        self._require(source, need.path, gathered, strength)

    def _require(self, source: str, path: str, gathered: Gathered, strength: Strength) -> None:
        sources = set(gathered.sources) or set(self._sources)
        strengths = {(each, strength) for each in sources}
        self._add(Pair(source, "routes_through", path, None), Gathered(dict(gathered.best), sources, strengths))

    def _add(self, pair: Pair, gathered: Gathered) -> None:
        if RELATIONS.key(pair._asdict()) not in self._world.rejected:
            self._gathered.setdefault(pair, Gathered()).take(gathered)

    # pools -----------------------------------------------------------------------------------------------------------
    def _pool(self, source: str, group: str, pairs: Sequence[Pair]) -> None:
        spot = self._spot(source)
        told = self._groups.get((source, group))
        if spot is None or not told:
            return
        needs = {pair: self._need(spot, pair.target, self._gathered[pair].addresses) for pair in pairs}
        self._reached(source, group, told, needs)

    def _reached(
        self,
        source: str,
        group: str,
        told: Sequence[tuple[str, ObservedGroup]],
        needs: Mapping[Pair, _Need | None],
    ) -> None:
        """Say by what ways a CI reaches the members of its group: all by the same, or each by its own."""
        ways = set(needs.values())
        if ways == {None}:
            return
        only = ways.pop() if len(ways) == 1 else None
        if only is not None and not only.whole:
            gathered = Gathered()
            for pair in needs:
                gathered.take(self._gathered[pair])
            self._require(source, only.path, gathered, told[0][1].strength)
            return
        name = OVER.format(group=group)
        self._groups[source, name] = [(each, replace(said, name=name)) for each, said in told]
        for pair, need in needs.items():
            target = pair.target if need is None else need.path if need.whole else self._thing(pair.target, need.path)
            seen = self._gathered[pair]
            self._add(Pair(source, "depends_on", target, name), Gathered(dict(seen.best), set(seen.sources)))

    def _thing(self, target: str, path: str) -> str:
        """Return the CI that is something by the way to it."""
        made = self._path(f"{self._name(target)} by {self._name(path)}", "thing", target, path)
        self._leads(made, target, "depends_on")
        self._leads(made, path)
        return made

    # ways ------------------------------------------------------------------------------------------------------------
    def _need(self, spot: Spot, target: str, addresses: Iterable[str]) -> _Need | None:
        """Return what is needed to reach something from a spot; None where it is near, or nothing is known."""
        if self._classes.get(target) == "vip":
            return self._to_virtual(spot, target)
        host = self._terrain.host_of(target)
        if host is None or self._terrain.is_interface(target):
            return None
        mine = self._terrain.interfaces[host]
        if set(mine) & set(spot.interfaces):
            return None
        named = {each for text in addresses for each in address_of(text)}
        own = [(each, at) for each in mine for at in sorted(self._terrain.addresses.get(each, ()), key=str)]
        chosen = next((each for each in own if each[1] in named), own[0] if own else None)
        return None if chosen is None else self._way(spot, *chosen)

    def _to_virtual(self, spot: Spot, vip: str) -> _Need | None:
        """Return what is needed to reach a virtual address: it, held by one to whom there is a way."""
        address = next(iter(sorted(self._terrain.addresses.get(vip, ()), key=str)), None)
        needs: dict[str, dict[Pair, _Need | None]] = defaultdict(dict)
        for pair in sorted(self._members[vip], key=_order):
            host = self._terrain.host_of(pair.target)
            at = self._terrain.reaching(self._terrain.interfaces[host], address) if host and address else None
            if pair.group is not None and (vip, pair.group) in self._groups:
                needs[pair.group][pair] = self._way(spot, at, address) if at and address else None
        every = {need for group in needs.values() for need in group.values()}
        if every <= {None}:
            return None
        if len(every) == 1:
            return every.pop()
        key = [[pair.target, need.path if need else ""] for group in needs.values() for pair, need in group.items()]
        made = self._path(f"{self._name(vip)} from {self._from(spot)}", "vip", vip, json_array(*map(str, key)))
        self._leads(made, vip, "depends_on")
        for group, members in needs.items():
            self._reached(made, group, self._groups[vip, group], members)
        return _Need(made, whole=True)

    def _way(self, spot: Spot, at: str, address: Address) -> _Need | None:
        """Return the path from a spot to the interface that has an address."""
        mine = spot.interfaces[0] if spot.at_switch else self._terrain.reaching(spot.interfaces, address)
        if mine is not None:
            return _need(self._wires(mine, at))
        gateway = next((gateway for network, gateway in spot.gateways if address in network), None)
        mine = None if gateway is None else self._terrain.reaching(spot.interfaces, gateway)
        if gateway is None or mine is None:
            return None
        ways = [self._over(mine, door, at, address) for door in self._doors(gateway)]
        if len(ways) < 2:
            return _need(ways[0] if ways else None)
        made = self._path(f"{self._name(mine)} to {self._name(at)}", "doors", *ways)
        self._choice(made, "routers", [(way,) for way in ways])
        return _Need(made)

    def _doors(self, gateway: Address) -> Sequence[str]:
        """Return the interfaces that take what is sent to a gateway: its own, or those that share its address."""
        having = self._terrain.having.get(gateway, ())
        own = [each for each in having if self._terrain.is_interface(each)]
        if own:
            return own[:1] if len(own) == 1 else ()
        found = set()
        for vip in having:
            for pair in self._members.get(vip, ()):
                host = self._terrain.host_of(pair.target)
                door = self._terrain.reaching(self._terrain.interfaces[host], gateway) if host else None
                found |= {door} if door else set()
        return sorted(found)

    def _over(self, mine: str, door: str, at: str, address: Address) -> str:
        """Return the path over a router, of which the interface that is the gateway is known."""
        near = self._wires(mine, door)
        others = [each for each in self._terrain.interfaces[self._terrain.owners[door]] if each != door]
        out = self._terrain.reaching(others, address)
        far = self._wires(out, at) if out else None
        steps = [each for each in (near, door, out, far) if each is not None]
        ends = [self._places(mine), self._places(at)] if out else [self._places(mine), "elsewhere"]
        name = f"{' to '.join(ends)} by {self._name(self._terrain.owners[door])}"
        made = self._path(name, "router", *steps)
        for each in steps:
            self._leads(made, each)
        return made

    def _wires(self, one: str, other: str) -> str | None:
        """Return the path between the places of two interfaces; None where it is one place, or none is known."""
        here, there = sorted((self._terrain.cabling.place(one), self._terrain.cabling.place(other)))
        if not here or not there or set(here) & set(there):
            return None
        if (here, there) not in self._between:
            self._between[here, there] = self._cabled(here, there)
        return self._between[here, there]

    def _cabled(self, here: tuple[str, ...], there: tuple[str, ...]) -> str | None:
        if len(here) == 1 and len(there) == 1:
            return self._switched(here[0], there[0])
        ways = [way for one in here for other in there if (way := self._wires_of(one, other))]
        if not ways:
            return None
        made = self._path(f"{self._called(here)} to {self._called(there)}", "places", *ways)
        self._choice(made, "switches", [(way,) for way in ways])
        return made

    def _wires_of(self, one: str, other: str) -> str | None:
        here, there = sorted(((one,), (other,)))
        if (here, there) not in self._between:
            self._between[here, there] = self._switched(here[0], there[0])
        return self._between[here, there]

    def _switched(self, one: str, other: str) -> str | None:
        """Return the path between two switches."""
        between = self._terrain.cabling.between(one, other)
        if between is None:
            return None
        made = self._path(" to ".join(sorted((self._name(one), self._name(other)))), "switches", one, other)
        for each in between.needed:
            self._leads(made, each)
        for number, ways in enumerate(between.choices, 1):
            self._choice(made, f"ways {number}", ways)
        for node, ways in between.entries:
            self._leads(made, self._entry(node, ways))
        return made

    def _entry(self, node: str, ways: Sequence[Sequence[str]]) -> str:
        """Return the path from a switch into a large part of the network, whoever lies beyond."""
        made = self._path(f"{self._name(node)} into the network", "entry", node, *(way[0] for way in ways))
        if made not in self._entered:
            self._entered.add(made)
            self._choice(made, "ways", ways)
        return made

    # what is made ----------------------------------------------------------------------------------------------------
    def _choice(self, path: str, group: str, ways: Iterable[Sequence[str]]) -> None:
        """Let a path need one of several ways."""
        for way in ways:
            target = way[0]
            if len(way) > 1:
                target = self._path(f"{self._name(way[0])} to {self._name(way[-1])}", "way", *way)
                for each in way:
                    self._leads(target, each)
            self._leads(path, target, group=group)
        said = ObservedGroup(group, 1, EvidenceKind.NEIGHBOUR)
        self._groups[path, group] = [(source, said) for source in sorted(self._sources)]

    def _leads(self, path: str, to: str, type_: str = "routes_through", group: str | None = None) -> None:
        self._add(Pair(path, type_, to, group), Gathered(dict(self._seen), set(self._sources)))

    def _path(self, name: str, *key: str) -> str:
        ci = PATH + hashlib.sha256(json_array(*key).encode()).hexdigest()[:20]
        if ci not in self.paths:
            self._classes[ci] = "network_path"
            self._terrain.names[ci] = name
            self.paths[ci] = {
                "id": ci,
                "class": "network_path",
                "name": name,
                "sources": sorted(DISCOVERED + source for source in self._sources),
                "seen_as": [["", ci]],
            }
        return ci

    def _name(self, ci: str) -> str:
        return self._terrain.names.get(ci, ci)

    def _called(self, places: Iterable[str]) -> str:
        return " or ".join(map(self._name, places))

    def _places(self, interface: str) -> str:
        return self._called(self._terrain.cabling.place(interface)) or self._name(interface)

    def _from(self, spot: Spot) -> str:
        return self._places(spot.interfaces[0])


def _need(path: str | None) -> _Need | None:
    return None if path is None else _Need(path)


def _order(pair: Pair) -> tuple[str, str, str, str]:
    return pair.source, pair.type, pair.target, pair.group or ""

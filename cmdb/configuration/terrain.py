"""Where things stand in the network, as observations tell: interfaces, addresses, gateways, cables."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from cmdb.configuration.cabling import Cabling
from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.ends import Ends
from cmdb.configuration.gathering import Gathered, Pair
from cmdb.model.observation import Observation

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Spot:
    """
    From where something talks: the interfaces it can use, and by which gateway it reaches which network.

    Who comes in ``at_switch`` is on the link to whatever is asked for.
    """

    interfaces: tuple[str, ...]
    gateways: tuple[tuple[Network, Address], ...] = ()
    at_switch: bool = False


@dataclass
class Terrain:
    """
    What is known of where things stand, by CI.

    ``owners`` tell whose part each CI is; ``networks`` and ``addresses`` are those of interfaces and virtual addresses.
    """

    classes: Mapping[str, str]
    catalogue: Catalogue
    names: dict[str, str]
    owners: dict[str, str] = field(default_factory=dict)
    networks: dict[str, set[Network]] = field(default_factory=lambda: defaultdict(set))
    addresses: dict[str, set[Address]] = field(default_factory=lambda: defaultdict(set))
    routes: dict[str, set[tuple[Network, Address]]] = field(default_factory=lambda: defaultdict(set))
    cables: list[tuple[str, str]] = field(default_factory=list)
    below: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    sources: set[str] = field(default_factory=set)
    spots: dict[str, Spot] = field(default_factory=dict)

    @cached_property
    def cabling(self) -> Cabling:
        """The wires between switches."""
        switches = frozenset(ci for ci, each in self.classes.items() if self.catalogue.is_below(each, "switch"))
        return Cabling(self.cables, self.owners, switches, self.below)

    @cached_property
    def interfaces(self) -> Mapping[str, Sequence[str]]:
        """The interfaces of every CI that has some, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for ci, owner in self.owners.items():
            if self.is_interface(ci):
                found[owner].append(ci)
        return {owner: sorted(several) for owner, several in found.items()}

    @cached_property
    def having(self) -> Mapping[Address, Sequence[str]]:
        """The interfaces and virtual addresses that have an address, in order."""
        found: dict[Address, list[str]] = defaultdict(list)
        for ci in sorted(self.addresses):
            for address in self.addresses[ci]:
                found[address].append(ci)
        return found

    def is_interface(self, ci: str) -> bool:
        """Tell whether a CI is an interface."""
        return self.classes.get(ci) == "interface"

    def is_switch(self, ci: str) -> bool:
        """Tell whether a CI passes frames on from port to port."""
        return ci in self.classes and self.catalogue.is_below(self.classes[ci], "switch")

    def host_of(self, ci: str) -> str | None:
        """Return the CI with interfaces that something is or is a part of; None where it has none."""
        owner = self.owners.get(ci, ci)
        return owner if owner in self.interfaces and not self.is_interface(ci) else None

    def spot_of(self, host: str) -> Spot:
        """Return from where a CI with interfaces talks."""
        if host not in self.spots:
            self.spots[host] = Spot(tuple(self.interfaces[host]), tuple(sorted(self.routes[host], key=_exact)))
        return self.spots[host]

    def entry(self, interface: str) -> Spot:
        """Return from where those talk who come in by an interface."""
        owner = self.owners.get(interface)
        if owner is not None and self.is_switch(owner):
            return Spot((interface,), at_switch=True)
        return Spot((interface,), tuple(sorted(self.routes[owner], key=_exact)) if owner is not None else ())

    def reaching(self, interfaces: Iterable[str], address: Address) -> str | None:
        """Return the interface that is in one network with an address, if one of them is."""
        return next((each for each in interfaces if self.is_on(each, address)), None)

    def is_on(self, interface: str, address: Address) -> bool:
        """Tell whether an address is in a network of an interface."""
        return any(address in network for network in self.networks.get(interface, ()))


def survey(
    living: Iterable[tuple[str, Observation]],
    ends: Ends,
    classes: Mapping[str, str],
    gathered: Mapping[Pair, Gathered],
    catalogue: Catalogue,
    names: Mapping[str, str],
) -> Terrain:
    """Return where things stand; ``names`` are those of the CIs, whoever of their sources is believed."""
    terrain = Terrain(classes, catalogue, dict(names))
    for ci, seen in living:
        owner = ends.ci_of(seen.source, seen.owner)
        if owner is not None:
            terrain.owners[ci] = owner
        if seen.name is not None:
            terrain.names.setdefault(ci, seen.name)
        for text in seen.told.get("networks", ()):
            terrain.networks[ci].update(network_of(str(text)))
        if seen.ci_class in ("interface", "vip"):
            texts = [*seen.told.get("ip_addresses", ()), seen.told.get("address", "")]
            terrain.addresses[ci].update(each for text in texts for each in address_of(str(text)))
        for text in seen.told.get("gateways", ()):
            network, _, gateway = str(text).partition(" via ")
            terrain.routes[ci].update((n, a) for n in network_of(network) for a in address_of(gateway))
    for pair, seen_for in gathered.items():
        if terrain.is_interface(pair.source) and terrain.is_interface(pair.target):
            if pair.type == "connects_to":
                terrain.cables.append((pair.source, pair.target))
                terrain.sources |= seen_for.sources
            elif terrain.owners.get(pair.source) == terrain.owners.get(pair.target):
                terrain.below[pair.source].append(pair.target)
    return terrain


@lru_cache(maxsize=65_536)
def network_of(text: str) -> tuple[Network, ...]:
    """Return the network that a text is, if it is one."""
    try:
        return (ipaddress.ip_network(text, strict=False),)
    except ValueError:
        return ()


@lru_cache(maxsize=65_536)
def address_of(text: str) -> tuple[Address, ...]:
    """Return the address that a text is, if it is one."""
    try:
        return (ipaddress.ip_address(text),)
    except ValueError:
        return ()


def _exact(route: tuple[Network, Address]) -> tuple[int, int, str, str]:
    return route[0].version, -route[0].prefixlen, str(route[0]), str(route[1])

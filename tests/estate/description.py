"""
What there is in the estate, as data: the one place where its hosts, links, processes and dependencies are said.

The fixture is built from this, and what discovery finds is compared with it. Nothing here looks at a running system.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_interface

DOMAIN = "estate.example"
VENDOR = "Estate Works"


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class Process:
    """
    A programme that runs on a host: ``name`` is what the estate calls it, ``program`` what ``ps`` and ``ss`` show.

    ``port`` is where it listens, None where it does not; ``transport`` is tcp or udp. One that listens on the
    ``loopback`` address only is not reached from outside.
    """

    name: str
    program: str
    port: int | None = None
    transport: str = "tcp"
    loopback: bool = False


SSHD = Process("sshd", "sshd", 22)
SNMPD = Process("snmpd", "snmpd", 161, "udp")
LLDPD = Process("lldpd", "lldpd")
HAPROXY = Process("haproxy", "haproxy", 80)
KEEPALIVED = Process("keepalived", "keepalived")
NGINX = Process("nginx", "nginx", 80)
SHOP = Process("shop", "shop", 8080, loopback=True)
POSTGRESQL = Process("postgresql", "postgres", 5432)
MARIADB = Process("mariadb", "mariadbd", 3306)
REDIS = Process("redis", "redis-server", 6379)

# A server is seen by SSH, SNMP and LLDP; a device of the network, as often, by the latter two only.
SERVER = (SSHD, SNMPD, LLDPD)
DEVICE = (SNMPD, LLDPD)


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface: its name, its MAC address and its address with the length of the prefix, if it has one."""

    name: str
    mac: str
    address: str | None = None

    @property
    def ip(self) -> str | None:
        """Its address alone."""
        return str(ip_interface(self.address).ip) if self.address else None


@dataclass(frozen=True)
class Host:
    """
    A host: a server, a switch or the router, as ``role`` says.

    ``processes`` are started in their order. The probe, from which one looks at the rest, is not a part of the estate:
    it has no process, and discovery is not to find it.
    """

    name: str
    role: str
    interfaces: tuple[Interface, ...]
    processes: tuple[Process, ...] = ()
    gateway: str | None = None

    @cached_property
    def fqdn(self) -> str:
        """Its fully qualified name, which is also its name in SNMP and LLDP."""
        return f"{self.name}.{DOMAIN}"

    @cached_property
    def machine_id(self) -> str:
        """What stands in /etc/machine-id."""
        return _digest(f"machine-id of {self.fqdn}", 32)

    @cached_property
    def serial(self) -> str:
        """The serial number that SMBIOS and ENTITY-MIB tell; the vendor is ``VENDOR``."""
        return f"EW{_digest(f'serial of {self.fqdn}', 8).upper()}"

    @cached_property
    def uuid(self) -> str:
        """The UUID of SMBIOS."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self.fqdn))

    @cached_property
    def model(self) -> str:
        """The name of the product."""
        return {"switch": "ES-24", "router": "ER-2"}.get(self.role, "EV-1")

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Its own addresses; a virtual one is none of them."""
        return tuple(interface.ip for interface in self.interfaces if interface.ip)

    @property
    def chassis(self) -> Interface:
        """The interface by whose MAC address LLDP calls it; of a switch it is also the address of its bridge."""
        return self.interface("swp1" if self.role == "switch" else "eth0")

    @property
    def has_sshd(self) -> bool:
        """Tell whether one can sign in; the router and the switches, as many real ones, are closed."""
        return SSHD in self.processes

    @property
    def is_network(self) -> bool:
        """Tell whether it is a switch or the router."""
        return self.role in ("switch", "router")

    def interface(self, name: str) -> Interface:
        """Return the interface of that name."""
        return next(interface for interface in self.interfaces if interface.name == name)


@dataclass(frozen=True, slots=True)
class Link:
    """
    A cable between two interfaces, named by host and interface. Its own name is that of the two hosts.

    ``lan`` is the bridge it belongs to at a switch's end.
    """

    left: tuple[str, str]
    right: tuple[str, str]
    lan: str

    @property
    def name(self) -> str:
        """Its name, for example ``web1-sw1``."""
        return f"{self.left[0]}-{self.right[0]}"


@dataclass(frozen=True, slots=True)
class Flow:
    """A programme that needs another over the network or the loopback address; both named ``host/process``."""

    client: str
    server: str
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """
    Redundancy: what it is called where it is configured, how many of the ``members`` are needed, and by whom.

    ``kind`` is ``pool`` for servers behind a load balancer, ``vrrp`` for those that share a virtual address.
    """

    name: str
    kind: str
    owners: tuple[str, ...]
    members: tuple[str, ...]
    needs: int


def _nic(host: str, name: str, address: str | None = None) -> Interface:
    # The prefix is one that belongs to a vendor: an address that is only locally administered tells nobody apart.
    digits = _digest(f"mac of {host} {name}", 6)
    return Interface(name, "00:16:3e:" + ":".join(digits[i : i + 2] for i in (0, 2, 4)), address)


def _server(name: str, role: str, address: str, *processes: Process) -> Host:
    gateway = ".".join((*address.split(".")[:3], "1"))
    return Host(name, role, (_nic(name, "eth0", f"{address}/24"),), (*SERVER, *processes), gateway)


def _switch(name: str, address: str, ports: int, lans: tuple[str, ...]) -> Host:
    swps = tuple(_nic(name, f"swp{n}") for n in range(1, ports + 1))
    # As the kernel does of itself, the first bridge takes the address of its first port.
    bridges = [Interface(lan, swp.mac) for lan, swp in zip(lans, swps, strict=False)]
    bridges[0] = replace(bridges[0], address=f"{address}/24")
    return Host(name, "switch", (*bridges, *swps), DEVICE, ROUTER)


APP_LAN, DATA_LAN = "br0", "br1"
NETWORKS = {APP_LAN: "10.77.1.0/24", DATA_LAN: "10.77.2.0/24"}
ROUTER = "10.77.1.1"
VIP = "10.77.1.100"
VRRP_ID = 51
VIP_HOLDERS = ("lb1", "lb2")  # In the order of their priority: the first holds the address while it can.

HOSTS: tuple[Host, ...] = (
    _switch("sw1", "10.77.1.251", 5, (APP_LAN,)),
    _switch("sw2", "10.77.1.252", 7, (APP_LAN, DATA_LAN)),
    Host("rtr1", "router", (_nic("rtr1", "eth0", f"{ROUTER}/24"), _nic("rtr1", "eth1", "10.77.2.1/24")), DEVICE),
    _server("lb1", "load balancer", "10.77.1.11", HAPROXY, KEEPALIVED),
    _server("lb2", "load balancer", "10.77.1.12", HAPROXY, KEEPALIVED),
    _server("web1", "web server", "10.77.1.21", NGINX, SHOP),
    _server("web2", "web server", "10.77.1.22", NGINX, SHOP),
    _server("db1", "database server", "10.77.2.31", POSTGRESQL),
    _server("db2", "database server", "10.77.2.32", MARIADB),
    _server("cache1", "cache server", "10.77.2.41", REDIS),
)
PROBE = Host("probe", "probe", (_nic("probe", "eth0", "10.77.1.5/24"),), (), ROUTER)
BY_NAME: dict[str, Host] = {host.name: host for host in HOSTS}

PROBE_LINK = Link(("probe", "eth0"), ("sw1", "swp5"), APP_LAN)
LINKS: tuple[Link, ...] = (
    Link(("sw1", "swp1"), ("sw2", "swp1"), APP_LAN),
    Link(("rtr1", "eth0"), ("sw1", "swp2"), APP_LAN),
    Link(("rtr1", "eth1"), ("sw2", "swp2"), DATA_LAN),
    Link(("lb1", "eth0"), ("sw1", "swp3"), APP_LAN),
    Link(("lb2", "eth0"), ("sw2", "swp3"), APP_LAN),
    Link(("web1", "eth0"), ("sw1", "swp4"), APP_LAN),
    Link(("web2", "eth0"), ("sw2", "swp4"), APP_LAN),
    Link(("db1", "eth0"), ("sw2", "swp5"), DATA_LAN),
    Link(("db2", "eth0"), ("sw2", "swp6"), DATA_LAN),
    Link(("cache1", "eth0"), ("sw2", "swp7"), DATA_LAN),
)

_PAIRS = [(lb, web) for lb in ("lb1", "lb2") for web in ("web1", "web2")]
FLOWS: tuple[Flow, ...] = (
    *(Flow(f"{lb}/haproxy", f"{web}/nginx") for lb, web in _PAIRS),
    *(
        flow
        for web in ("web1", "web2")
        for flow in (
            Flow(f"{web}/nginx", f"{web}/shop"),
            Flow(f"{web}/shop", "db1/postgresql"),
            Flow(f"{web}/shop", "db2/mariadb"),
            Flow(f"{web}/shop", "cache1/redis", hard=False),
        )
    ),
)
GROUPS: tuple[Group, ...] = (
    Group("shop_web", "pool", ("lb1/haproxy", "lb2/haproxy"), ("web1/nginx", "web2/nginx"), 1),
    Group("SHOP", "vrrp", (VIP,), ("lb1/keepalived", "lb2/keepalived"), 1),
)


def components() -> tuple[str, ...]:
    """Return whatever can be stopped alone: ``host:web1``, ``link:web1-sw1``, ``process:web1/nginx``, sorted."""
    hosts = [f"host:{host.name}" for host in HOSTS]
    links = [f"link:{link.name}" for link in LINKS]
    processes = [f"process:{host.name}/{process.name}" for host in HOSTS for process in host.processes]
    return tuple(sorted(hosts + links + processes))


def neighbours(host: str) -> dict[str, tuple[str, str]]:
    """Return whom LLDP shows to a host: its own interface > the other's fully qualified name and interface."""
    seen = {}
    for link in LINKS:
        for (here, mine), (there, theirs) in ((link.left, link.right), (link.right, link.left)):
            if here == host:
                seen[mine] = (BY_NAME[there].fqdn, theirs)
    return seen


@dataclass(frozen=True, slots=True)
class NetworkPath:
    """
    What lies between two places of the network, for those who talk over it: interfaces, or other paths by their names.

    ``thing`` is what it leads to, where it stands for one member of a group by the way to it.
    """

    name: str
    over: tuple[str, ...]
    thing: str | None = None


_TRUNK = "sw1 to sw2"
PATHS: tuple[NetworkPath, ...] = (
    NetworkPath(_TRUNK, ("sw1/swp1", "sw2/swp1")),
    # Both web servers reach the data stores over the router, web2 over the trunk first.
    NetworkPath("sw1 to sw2 by rtr1", ("rtr1/eth0", "rtr1/eth1")),
    NetworkPath("sw2 to sw2 by rtr1", (_TRUNK, "rtr1/eth0", "rtr1/eth1")),
    NetworkPath(f"web1/nginx by {_TRUNK}", (_TRUNK,), "web1/nginx"),
    NetworkPath(f"web2/nginx by {_TRUNK}", (_TRUNK,), "web2/nginx"),
)
PATH_OF: dict[str, str] = {"web1/shop": "sw1 to sw2 by rtr1", "web2/shop": "sw2 to sw2 by rtr1"}
"""By which path a programme reaches all that it needs elsewhere."""
POOL_BY_PATH: dict[str, tuple[str, ...]] = {
    "lb1/haproxy": ("web1/nginx", f"web2/nginx by {_TRUNK}"),
    "lb2/haproxy": (f"web1/nginx by {_TRUNK}", "web2/nginx"),
}
"""The members of a load balancer's pool by the way to each, where there is one."""
WATCHES: dict[str, str] = {f"{lb}/keepalived": f"{lb}/haproxy" for lb in VIP_HOLDERS}
"""Without whom keepalived gives up the virtual address."""

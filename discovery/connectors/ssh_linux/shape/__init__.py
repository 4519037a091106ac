"""From what the commands said to observations: pure, so the same parts always give the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.connectors.ssh_linux.shape.addresses import read_interfaces, read_routes
from discovery.connectors.ssh_linux.shape.draft import Draft, made
from discovery.connectors.ssh_linux.shape.host import read_host
from discovery.connectors.ssh_linux.shape.keepalived import read_keepalived
from discovery.connectors.ssh_linux.shape.packages import read_packages
from discovery.connectors.ssh_linux.shape.pools import Finder, read_pools
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.replication import read_replication, read_titles, receiving
from discovery.connectors.ssh_linux.shape.sockets import read_connections, read_listeners, read_paths
from discovery.connectors.ssh_linux.shape.software import Programs
from discovery.connectors.ssh_linux.shape.traffic import Traffic
from discovery.connectors.ssh_linux.shape.virtual import read_virtual
from discovery.ports import Part, Shaped, Target

CLASSES = (
    "server",
    "virtual_machine",
    "interface",
    "application_component",
    "load_balancer",
    "database_instance",
    "database_cluster",
    "cache",
    "message_broker",
    "vip",
    "software",
)


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """
    Return the host, its interfaces and programmes, who talks to whom, pools and virtual addresses.

    The scopes are the target's id (host and interfaces), and below it ``sockets``, ``pools``, ``vrrp``,
    ``replication`` and ``packages``; each is complete where all that it rests on was read to its end.
    """
    reading = Reading(target.id, parts)
    if not reading.is_whole("identity"):
        # Without it there is no saying which host this is, and half an identity would be another host.
        return Shaped((), frozenset(), reading.notes)
    interfaces, routes = read_interfaces(reading), read_routes(reading)
    node = (reading.lines("names") or [""])[0].strip().split(".")[0]
    keepalived = read_keepalived(reading, node)
    host, drafts = read_host(reading, interfaces, keepalived, routes)
    programs = Programs(reading, host, settings.get("ignore") or ())
    programs.add_listeners(read_listeners(reading))
    paths = read_paths(reading)
    programs.add_paths(paths)
    finder = Finder(reading, host, programs, paths)
    connections = read_connections(reading)
    pools = read_pools(reading, programs, finder)
    virtual, virtual_whole = read_virtual(reading, host, keepalived, programs, finder)
    titles = read_titles(reading, programs)
    traffic = Traffic(reading, host, programs, connections, receiving(titles))
    traffic.read()
    seen = Draft(f"{target.id}/sockets", host.native_id, drafts[0].ci_class, host.name)
    traffic.tell(seen, pools.reached, routes)
    clusters = read_replication(f"{target.id}/replication", connections, titles, traffic.replicating)
    packages = read_packages(reading, host, drafts[0]) if settings.get("packages") else []
    every = [*drafts, *pools.drafts, *virtual, *clusters, *packages, *(each.draft for each in programs.all)]
    every += [seen] if seen.relations else []
    complete = _complete(reading, settings, pools_whole=pools.whole, virtual_whole=virtual_whole)
    return Shaped(made(every), complete, reading.notes)


def _complete(
    reading: Reading, settings: Mapping[str, Any], *, pools_whole: bool, virtual_whole: bool
) -> frozenset[str]:
    """Return the scopes that were read to their end."""
    host = reading.is_whole("session", "kernel", "os", "names", "hardware", "virtualization", "capacity", "routes")
    addresses = reading.is_whole("addresses")
    sockets = addresses and reading.is_whole(
        "kernel", "listeners", "paths", "connections", "programs", "versions", "routes"
    )
    whole = {
        "": host and addresses and virtual_whole,
        "/sockets": sockets,
        "/pools": addresses and pools_whole and reading.is_whole("listeners", "paths", "hosts"),
        "/vrrp": addresses and virtual_whole and reading.is_whole("listeners"),
        "/replication": sockets and reading.is_whole("postgresql"),
        "/packages": bool(settings.get("packages")) and reading.is_whole("packages", "os"),
    }
    return frozenset(f"{reading.target}{name}" for name, is_whole in whole.items() if is_whole)

"""The cabling: namespaces, virtual cables and bridges; pulling a plug and putting it back."""

from __future__ import annotations

from collections.abc import Collection

from tests.estate import netns
from tests.estate.description import APP_LAN, HOSTS, LINKS, NETWORKS, PROBE, PROBE_LINK, Host, Link
from tests.estate.place import Place

EVERYONE = (*HOSTS, PROBE)
CABLES = (*LINKS, PROBE_LINK)
_NICS = {(host.name, nic.name): nic for host in EVERYONE for nic in host.interfaces}


def build(place: Place) -> None:
    """Make every namespace and cable and give the probe its address; the hosts do the rest when they start."""
    netns.ip(f"netns add {place.namespace(host.name)}" for host in EVERYONE)
    netns.ip(_cable(place, link) for link in CABLES)
    for host in EVERYONE:
        if host.role == "switch":
            netns.ip(_bridges(host), place.namespace(host.name))
    netns.ip(power_on(PROBE), place.namespace(PROBE.name))


def remove(place: Place) -> None:
    """Remove every namespace of this estate; cables and bridges go with them."""
    found = netns.names(place.namespace(""))
    if found:
        netns.ip((f"netns delete {name}" for name in found), anyway=True)


def power_on(host: Host, unplugged: Collection[str] = ()) -> list[str]:
    """Return what brings a host's interfaces to life, also after :func:`power_off`; not those that are unplugged."""
    lines = ["link set lo up"]
    for interface in host.interfaces:
        if interface.address:
            lines.append(f"address replace {interface.address} dev {interface.name}")
        if interface.name not in unplugged:
            lines.append(f"link set {interface.name} up")
    if host.gateway:
        # The switches are told the way to the other network alone, so that their own table stays a switch's.
        ways = [net for lan, net in NETWORKS.items() if lan != APP_LAN] if host.role == "switch" else ["default"]
        lines += [f"route replace {way} via {host.gateway}" for way in ways]
    return lines


def power_off(host: Host) -> list[str]:
    """Return what a power cut does to a host's interfaces: whoever is at the other end has no carrier."""
    return [f"link set {interface.name} down" for interface in host.interfaces]


def pull(place: Place, link: Link) -> None:
    """Pull the plug at the switch's end, so that the other end has no carrier and keeps its settings."""
    host, interface = link.right
    netns.ip([f"link set {interface} down"], place.namespace(host))


def plug(place: Place, link: Link) -> None:
    """Put the plug back."""
    host, interface = link.right
    netns.ip([f"link set {interface} up"], place.namespace(host))


def _cable(place: Place, link: Link) -> str:
    ends = []
    for host, name in (link.left, link.right):
        mac = _NICS[host, name].mac
        ends.append(f"name {name} netns {place.namespace(host)} address {mac}")
    return f"link add {ends[0]} type veth peer {ends[1]}"


def _bridges(switch: Host) -> list[str]:
    """Return the lines that make a switch's bridges and put its ports into them."""
    bridges = [nic for nic in switch.interfaces if nic.name in NETWORKS]
    lines = [f"link add {nic.name} address {nic.mac} type bridge forward_delay 0 stp_state 0" for nic in bridges]
    for link in CABLES:
        for host, port in (link.left, link.right):
            if host == switch.name:
                lines.append(f"link set {port} master {link.lan}")
    return lines

"""What "up" means: every process, port and neighbour is there, the address is in its place, and the shop answers."""

from __future__ import annotations

import csv
import socket
import subprocess
from collections.abc import Callable, Collection

from tests.estate import hosts, probe
from tests.estate.description import BY_NAME, HOSTS, PROBE, VIP, VIP_HOLDERS, Host, Process, neighbours
from tests.estate.netns import EstateFault
from tests.estate.place import Access, Place
from tests.estate.probe import State

Check = Callable[[Place, Access], list[str]]


def standing(place: Place, stopped: Collection[str]) -> list[str]:
    """Whatever is not stopped runs, and takes connections on its own host."""
    faults = []
    for host in (host for host in HOSTS if f"host:{host.name}" not in stopped):
        try:
            running = hosts.order(place, host.name, seconds=2)
        except EstateFault as fault:
            faults.append(f"{fault} ({hosts.last_words(place, host.name)})")
            continue
        for process in (each for each in host.processes if f"process:{host.name}/{each.name}" not in stopped):
            if process.name not in running:
                said = hosts.last_words(place, host.name, process.name)
                faults.append(f"{host.name}/{process.name} does not run ({said})")
            else:
                faults += port(place, host, process, place.namespace(host.name))
    return faults


def ports(place: Place, access: Access) -> list[str]:
    """Every port that is for others takes connections from the probe."""
    seen_from = place.namespace(PROBE.name)
    open_to_all = [(host, process) for host in HOSTS for process in host.processes if not process.loopback]
    return [fault for host, process in open_to_all for fault in port(place, host, process, seen_from)]


def port(place: Place, host: Host, process: Process, seen_from: str) -> list[str]:
    """The port of one process, if it has one, takes connections from a namespace."""
    if process.port is None or process.transport != "tcp":
        return []
    address = "127.0.0.1" if process.loopback else host.addresses[0]
    if probe.is_open(seen_from, address, process.port):
        return []
    said = hosts.last_words(place, host.name, process.name)
    return [f"{host.name}/{process.name} takes no connection at {address}:{process.port} ({said})"]


def told(place: Place, access: Access) -> list[str]:
    """Every device answers by SNMP, and tells the neighbours it has by the description."""
    seen = probe.told_neighbours(place, access, BY_NAME)
    faults = []
    for host in HOSTS:
        wanted = sorted(name for name, _ in neighbours(host.name).values())
        if host.name not in seen:
            faults.append(f"{host.name} does not answer by SNMP ({hosts.last_words(place, host.name, 'snmpd')})")
        elif seen[host.name] != wanted:
            faults.append(f"{host.name} tells the neighbours {seen[host.name]}, and has {wanted}")
    return faults


def virtual_address(place: Place, access: Access) -> list[str]:
    """The first load balancer holds the virtual address, and it alone."""
    holders = [host for host in VIP_HOLDERS if holds_address(place, host)]
    return [] if holders == [VIP_HOLDERS[0]] else [f"{VIP} is held by {holders}, not by {VIP_HOLDERS[0]} alone"]


def holds_address(place: Place, host: str) -> bool:
    """Tell whether a host holds the virtual address just now."""
    command = ["ip", "-n", place.namespace(host), "-o", "address", "show", "to", VIP]
    return bool(subprocess.run(command, capture_output=True, check=True).stdout.strip())


def pools(place: Place, access: Access) -> list[str]:
    """Both load balancers send requests to both web servers."""
    faults = []
    for host in VIP_HOLDERS:
        try:
            rows = _statistics(place, host)
        except OSError as error:
            faults.append(f"haproxy of {host} tells nothing: {error}")
            continue
        servers = [row for row in rows if row["# pxname"] == "shop_web" and row["svname"].startswith("web")]
        faults += [f"{host} has {row['svname']} {row['status']}" for row in servers if row["status"] != "UP"]
    return faults


def _statistics(place: Place, host: str) -> list[dict[str, str]]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(place.root(host) / "run/haproxy/admin.sock"))
        connection.sendall(b"show stat\n")
        return list(csv.DictReader(connection.makefile(encoding="ascii")))


def shop(place: Place, access: Access) -> list[str]:
    """The shop is up, by each web server and over its virtual address."""
    faults = []
    for address in (*(host.addresses[0] for host in HOSTS if host.role == "web server"), VIP):
        answer = probe.ask(place, address)
        if answer.state is not State.UP:
            faults.append(f"the shop at {address} is {answer.state}: {answer.text}")
    return faults


CHECKS: tuple[Check, ...] = (ports, pools, shop, virtual_address, told)

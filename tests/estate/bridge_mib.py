"""
BRIDGE-MIB of this host, for net-snmp's ``pass_persist``: ports and forwarding table, as the kernel has them.

A switch with several bridges (a network each) numbers its ports through, in the order of their interfaces.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

BRIDGE = (1, 3, 6, 1, 2, 1, 17)
KEPT = 1.0  # Seconds for which a table is not read anew, so that a walk sees one table.
LEARNED, SELF = 3, 4

Oid = tuple[int, ...]
Table = dict[Oid, tuple[str, str]]


def _read(*command: str) -> list[dict[str, Any]]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    rows: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return rows


def _octets(mac: str) -> tuple[str, str]:
    return "octet", mac.replace(":", " ")


def table() -> Table:
    """Return every value by its object identifier."""
    links = _read("ip", "-j", "-d", "link", "show")
    bridges = [link for link in links if link.get("linkinfo", {}).get("info_kind") == "bridge"]
    ports = [link for link in links if link.get("linkinfo", {}).get("info_slave_kind") == "bridge"]
    numbers = {link["ifname"]: n for n, link in enumerate(sorted(ports, key=lambda link: link["ifindex"]), 1)}
    if not bridges:
        return {}
    values: Table = {
        (*BRIDGE, 1, 1, 0): _octets(min(bridges, key=lambda link: link["ifname"])["address"]),
        (*BRIDGE, 1, 2, 0): ("integer", str(len(ports))),
        (*BRIDGE, 1, 3, 0): ("integer", "2"),  # transparent-only
    }
    for link in ports:
        number = numbers[link["ifname"]]
        values[(*BRIDGE, 1, 4, 1, 1, number)] = ("integer", str(number))
        values[(*BRIDGE, 1, 4, 1, 2, number)] = ("integer", str(link["ifindex"]))
    for entry in _read("bridge", "-j", "fdb", "show"):
        values.update(_learned(entry, numbers))
    return values


def _learned(entry: dict[str, Any], numbers: dict[str, int]) -> Table:
    """Return the row of one address of the forwarding table; groups and the ports' own filters are none."""
    mac, number = entry["mac"], numbers.get(entry.get("ifname", ""))
    octets = tuple(int(part, 16) for part in mac.split(":"))
    if number is None or octets[0] & 1 or "self" in entry.get("flags", ()):
        return {}
    status = SELF if entry.get("state") == "permanent" else LEARNED
    row = (*BRIDGE, 4, 3, 1)
    return {
        (*row, 1, *octets): _octets(mac),
        (*row, 2, *octets): ("integer", str(number)),
        (*row, 3, *octets): ("integer", str(status)),
    }


def say(oid: Oid | None, values: Table) -> None:
    """Print one value, as the agent wants it."""
    lines = ("." + ".".join(map(str, oid)), *values[oid]) if oid in values else ("NONE",)
    print("\n".join(lines), flush=True)


def main() -> None:
    """Answer the agent until it is gone."""
    values, read = {}, 0.0
    for command in iter(lambda: sys.stdin.readline().strip(), ""):
        if command == "PING":
            print("PONG", flush=True)
            continue
        oid = tuple(int(part) for part in sys.stdin.readline().strip().strip(".").split("."))
        if time.monotonic() - read > KEPT:
            values, read = table(), time.monotonic()
        if command == "set":
            sys.stdin.readline()
            print("not-writable", flush=True)
        else:
            say(oid if command == "get" else min((key for key in values if key > oid), default=None), values)


if __name__ == "__main__":
    main()

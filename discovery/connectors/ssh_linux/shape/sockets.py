"""The sockets of a host as ``ss`` tells them: what listens, and which connections there are over several looks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.values import IP, ip_of

MOST_SOCKETS = 60_000
"""So many lines of one look are taken."""
EPHEMERAL = 32_768
"""Ports from here on are given to clients (net.ipv4.ip_local_port_range)."""
_USER = re.compile(r'\("([^"]{1,64})",pid=(\d{1,9}),fd=\d+\)')
_UNSAFE = re.compile(r"[^\w.+:@-]")
# Asked for but not answered is no connection.
_JOINED = frozenset(("ESTAB", "CLOSE-WAIT", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSING", "LAST-ACK"))


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that holds a socket."""

    pid: int
    program: str


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that listens; ``address`` is None for all addresses, of both families where ``both``."""

    address: IP | None
    port: int
    transport: str
    version: int
    both: bool
    owners: tuple[Owner, ...]

    def takes(self, address: IP) -> bool:
        """Tell whether what is sent to an address of this host arrives here."""
        if self.address is not None:
            return self.address == address
        return self.both or self.version == address.version


@dataclass(frozen=True, slots=True)
class Connection:
    """A TCP connection, its ends as this host has them; ``looks`` are those in which it was seen, from 0."""

    local: IP
    local_port: int
    remote: IP
    remote_port: int
    owners: tuple[Owner, ...]
    looks: frozenset[int]


def read_listeners(reading: Reading) -> list[Listener]:
    """Return what listens, in order; of UDP what is bound to a port below those of clients and to no peer."""
    found = set()
    for line in _limited(reading, "listeners", reading.text("listeners")):
        fields = line.split(None, 6)
        if len(fields) < 6 or fields[0] not in ("tcp", "udp") or fields[1] not in ("LISTEN", "UNCONN"):
            continue
        local = _end(fields[4])
        if local is None or (fields[0] == "udp" and local[1] >= EPHEMERAL):
            continue
        address, port, wild = local
        found.add(
            Listener(
                None if wild else address,
                port,
                fields[0],
                address.version if address else 6,
                # `[::]` takes both families unless a socket of its own takes the other; `*` is how ss says so.
                wild and fields[4].startswith("*"),
                _owners(fields[6] if len(fields) > 6 else ""),
            )
        )
    return sorted(found, key=_order)


def _order(listener: Listener) -> tuple[str, int, str, int, bool, list[tuple[int, str]]]:
    owners = [_by_pid(owner) for owner in listener.owners]
    return listener.transport, listener.port, str(listener.address), listener.version, listener.both, owners


def read_paths(reading: Reading) -> dict[str, tuple[Owner, ...]]:
    """Return who listens at a path of the file system; nobody where the processes of others are hidden."""
    found: dict[str, tuple[Owner, ...]] = {}
    for line in _limited(reading, "paths", reading.text("paths")):
        fields = line.split(None, 8)
        if len(fields) > 7 and fields[4].startswith("/"):
            found[fields[4]] = _owners(fields[8] if len(fields) > 8 else "")
    return found


def read_connections(reading: Reading) -> list[Connection]:
    """Return the connections of all looks, each once, in order."""
    looks: dict[tuple[IP, int, IP, int], set[int]] = {}
    owners: dict[tuple[IP, int, IP, int], set[Owner]] = {}
    for look, page in enumerate(reading.pages("connections")):
        for line in _limited(reading, "connections", page):
            fields = line.split(None, 5)
            if len(fields) < 5 or fields[0] not in _JOINED:
                continue
            local, remote = _end(fields[3]), _end(fields[4])
            if local is None or remote is None or local[0] is None or remote[0] is None:
                continue
            key = (local[0], local[1], remote[0], remote[1])
            looks.setdefault(key, set()).add(look)
            owners.setdefault(key, set()).update(_owners(fields[5] if len(fields) > 5 else ""))
    return [
        Connection(*key, tuple(sorted(owners[key], key=_by_pid)), frozenset(looks[key]))
        for key in sorted(looks, key=lambda each: (str(each[0]), each[1], str(each[2]), each[3]))
    ]


def _limited(reading: Reading, name: str, text: str) -> Iterable[str]:
    lines = text.splitlines()
    if len(lines) > MOST_SOCKETS:
        reading.note("ssh.limit_reached", what=name, limit=MOST_SOCKETS)
        reading.doubt(name)
    return lines[:MOST_SOCKETS]


def _owners(text: str) -> tuple[Owner, ...]:
    found = {Owner(int(pid), _UNSAFE.sub("_", name)) for name, pid in _USER.findall(text)}
    return tuple(sorted(found, key=_by_pid))


def _by_pid(owner: Owner) -> tuple[int, str]:
    return owner.pid, owner.program


def _end(text: str) -> tuple[IP | None, int, bool] | None:
    """Return address, port and whether the address stands for all; None where there is no port."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
        return None
    if host == "*":
        return None, int(port), True
    address = ip_of(host.partition("%")[0].strip("[]"))
    if address is None:
        return None
    return address, int(port), address.is_unspecified

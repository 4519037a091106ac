"""What is seen from the probe: which ports are open, what neighbours a device tells of, and what the shop answers."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tests.estate import netns
from tests.estate.description import HOSTS, PROBE, VIP
from tests.estate.place import Access, Place

LLDP_NAMES = "1.0.8802.1.1.2.1.4.1.1.9"


class State(StrEnum):
    """What the shop is for who asks it: all there, without its cache, or not there."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop answered: its state, and what it or the network said in words."""

    state: State
    text: str


def ask(place: Place, address: str = VIP, seconds: float = 4.0) -> Answer:
    """Ask the shop once, over its virtual address or that of one web server; no answer within ``seconds`` is down."""
    with netns.within(place.namespace(PROBE.name)):
        connection = http.client.HTTPConnection(address, 80, timeout=seconds)
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            text = response.read(10_000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return Answer(State.DOWN, repr(error))
        finally:
            connection.close()
    if response.status != 200:
        return Answer(State.DOWN, f"{response.status} {text.strip()[:200]}")
    return Answer(State(json.loads(text)["state"]), text)


def is_open(namespace: str, address: str, port: int, seconds: float = 0.5) -> bool:
    """Tell whether somebody takes a TCP connection, seen from a namespace."""
    with netns.within(namespace):
        try:
            socket.create_connection((address, port), seconds).close()
        except OSError:
            return False
    return True


def told_neighbours(place: Place, access: Access, hosts: Iterable[str], seconds: float = 3.0) -> dict[str, list[str]]:
    """
    Return whom each of the hosts tells over SNMP to have heard by LLDP, sorted; one that does not answer is absent.

    All are asked at once. An empty list is an answer too.
    """
    wanted = set(hosts)
    asked = {}
    # The community stands in a file, as everybody can read the list of processes.
    env = {"PATH": "/usr/sbin:/usr/bin", "MIBS": "", "SNMPCONFPATH": str(place.keys), "SNMP_PERSISTENT_DIR": "/nowhere"}
    with netns.within(place.namespace(PROBE.name)):
        for host in (host for host in HOSTS if host.name in wanted):
            command = ["snmpbulkwalk", "-v", "2c", "-t", "1", "-r", "1", "-On", "-OQ", host.addresses[0], LLDP_NAMES]
            asked[host.name] = subprocess.Popen(
                command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
    end = time.monotonic() + seconds
    return {name: names for name, process in asked.items() if (names := _names(process, end)) is not None}


def _names(process: subprocess.Popen[str], end: float) -> list[str] | None:
    try:
        text, _ = process.communicate(timeout=max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    if process.returncode:
        return None
    values = (line.partition(" = ")[2].strip().strip('"') for line in text.splitlines())
    return sorted(value for value in values if value and not value.startswith("No Such"))

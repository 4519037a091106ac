"""Asks a device for who it is, then for table after table."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from discovery.connectors.snmp_network.agent import Agent, Silent, TooMuch
from discovery.connectors.snmp_network.tables import FIRST_ADDRESSES, SCALARS, SYSTEM, TABLES
from discovery.connectors.snmp_network.values import Value, mac
from discovery.connectors.snmp_network.walk import walk
from discovery.ports import CredentialsRefused, Line, Part, Target, TimedOut, Unreachable

_MOST_SILENT = 3
_LEAST_SECONDS = 3.0  # What is left of the time when no further table is begun.


def targets(settings: Mapping[str, Any], line: Line) -> Iterator[Target]:
    """Yield a target for each device; nobody is asked for that."""
    for device in dict.fromkeys(device.strip() for device in settings["devices"]):
        line.check()
        yield Target(device)


def fetch(target: Target, settings: Mapping[str, Any], line: Line) -> Iterator[Part]:
    """
    Yield the single values of a device, then a part for each table.

    A table that could not be read to its end is a part that is not whole and says why; the others are read all the
    same. After three tables without an answer, or when the time runs out, the rest is not asked for any more.

    Raises:
        Unreachable: nobody answers; with version 2c a wrong community looks the same.
        CredentialsRefused: it answers, and not to this credential; it was tried once.
        TimedOut: it answered, and fell silent before it had said who it is.
        Unreadable: what answers is not SNMP as it should be.
    """
    with Agent(target.id, settings, line, target=target.id) as agent:
        yield Part(SYSTEM, {**_system(agent, target, settings), "address": _spelled(target.id)})
        silent = 0
        for table in TABLES:
            gone = "silent" if silent >= _MOST_SILENT else "time" if line.left() < _LEAST_SECONDS else ""
            if gone:
                yield Part(table.name, {"columns": {}, "because": gone}, whole=False)
                continue
            part = walk(agent, table, settings)
            silent = silent + 1 if part.body.get("because") == "silent" else 0
            yield part


def _system(agent: Agent, target: Target, settings: Mapping[str, Any]) -> dict[str, Value]:
    try:
        values = _values(agent)
    except Silent:
        raise _why_silent(agent, target, settings) from None
    try:
        return {**values, **_base_mac(agent)}
    except Silent:
        raise TimedOut(target=target.id, reason="it fell silent before it had said who it is") from None


def _values(agent: Agent) -> dict[str, Value]:
    try:
        found = dict(agent.get(list(SCALARS.values())))
    except TooMuch:
        found = {}
    if all(value is None for value in found.values()):
        # Some agents refuse a request as a whole for one value they do not have.
        found = {}
        for oid in SCALARS.values():
            try:
                found.update(agent.get([oid]))
            except TooMuch:
                continue
    named = {name: found.get(oid) for name, oid in SCALARS.items()}
    return {name: value for name, value in named.items() if value is not None}


def _base_mac(agent: Agent) -> dict[str, Value]:
    """Return the address of its first interface that has one: what tells a copy of a device from the original."""
    try:
        found = agent.next(FIRST_ADDRESSES, 40)
    except TooMuch:
        return {}
    end = (*FIRST_ADDRESSES[:-1], FIRST_ADDRESSES[-1] + 1)
    known = [mac(value) for oid, value in found if FIRST_ADDRESSES < oid < end]
    return {"base_mac": next(each for each in known if each)} if any(known) else {}


def _why_silent(agent: Agent, target: Target, settings: Mapping[str, Any]) -> Exception:
    if settings["version"] == "2c":
        return Unreachable(target=target.id, reason="no answer; nobody is there, or the community is wrong")
    if agent.alive():
        return CredentialsRefused(target=target.id, reason="it answers, but not what this user signs and encrypts")
    return Unreachable(target=target.id, reason="no answer")


def _spelled(device: str) -> str:
    """Return the address, or "" where the device is listed by its name."""
    try:
        return str(ipaddress.ip_address(device))
    except ValueError:
        return ""

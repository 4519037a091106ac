"""A pool as a configuration has it, before it is known who its members are."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Member:
    """One server of a pool: its name there, and its address as it is written, a path where it begins with a slash."""

    name: str
    address: str
    port: int | None = None


@dataclass(slots=True)
class Pool:
    """
    Servers of which ``needs`` must be up; with ``single`` it is no pool but one address that is passed to.

    ``soft``: only a part of what comes in goes there, so whoever uses it works on without it. ``unknown`` are members
    whose number or address the configuration leaves to be found out while it runs.
    """

    name: str
    members: list[Member] = field(default_factory=list)
    needs: int = 1
    soft: bool = False
    single: bool = False
    where: str = ""
    unknown: list[str] = field(default_factory=list)


def address_of(text: str, port: int | None = None) -> Member | None:
    """
    Return address and port of ``10.0.0.1:80``, ``[::1]:80``, ``web1:80`` or ``unix:/run/x``; None where it has none.

    ``port`` is the one that holds where none is written.

    >>> address_of("10.0.0.1:80")
    Member(name='', address='10.0.0.1', port=80)
    """
    bare = text
    for prefix in ("unix@", "unix:"):
        if text.startswith(prefix):
            return Member("", text.removeprefix(prefix)) if text.removeprefix(prefix).startswith("/") else None
    for prefix in ("ipv4@", "ipv6@", "tcp@", "tcp4@", "tcp6@"):
        bare = bare.removeprefix(prefix)
    if bare.startswith("/"):
        return Member("", bare)
    if bare.startswith("["):
        host, _, rest = bare[1:].partition("]")
        number = rest.removeprefix(":")
    elif bare.count(":") > 1:
        host, _, number = bare.rpartition(":")
    else:
        host, _, number = bare.partition(":")
    if not host or any(mark in host for mark in "$%*@") or (number and not _is_port(number)):
        return None
    return Member("", host, int(number) if number else port)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65_536

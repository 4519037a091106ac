"""What a CI is called among people: its name, and of a part of something what it is a part of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PORT = re.compile(r"(?:(?P<host>.+):)?(?P<port>\d{1,5})/(?P<protocol>tcp|udp|sctp)", re.ASCII)
"""The name of an endpoint as discovery gives it: ``443/tcp``, ``10.0.0.1:443/tcp``."""


@dataclass(frozen=True, slots=True)
class Called:
    """
    A CI by what people know it by.

    ``relation`` is the type of the relation ("runs_on", "part_of") to the one CI it is a part of, ``whole`` the id of
    this CI; both None where it stands for itself. ``own``: people gave it a name that is enough without its whole.
    ``path``: it is a path of the network that was made of what lies on it, so its name says where it leads.
    """

    id: str
    ci_class: str
    name: str
    relation: str | None = None
    whole: str | None = None
    own: bool = False
    path: bool = False


@dataclass(frozen=True, slots=True)
class Namesake:
    """A CI that has a name which was given for an id; ``of`` is the name of what it is a part of."""

    id: str
    ci_class: str
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Namesakes:
    """The first CIs of a name, by id, and how many there are."""

    cis: tuple[Namesake, ...]
    count: int


def own_name(part: Called, whole: str) -> str:
    """
    Return the name of a part without that of its whole, which sources put before or after it; as it is without.

    >>> own_name(Called("1", "application_component", "sshd@db1", "runs_on"), "db1")
    'sshd'
    >>> own_name(Called("2", "interface", "db1 eth0", "part_of"), "db1")
    'eth0'
    >>> own_name(Called("3", "endpoint", "db1:443/tcp", "runs_on"), "db1")
    '443/tcp'
    """
    # A programme may be called by words that begin as its host does; what is joined by a sign alone is put together.
    joints = (":", "/", " ") if part.relation == "part_of" else (":", "/")
    for joint in joints:
        own = part.name.removeprefix(f"{whole}{joint}")
        if own != part.name and own:
            return own
    return part.name.removesuffix(f"@{whole}") or part.name


def names_behind(text: str) -> Mapping[str, str | None]:
    """
    Return what a text may be the name of, each with the name of the whole where that must be another CI's.

    A text stands for itself, and for the part of something that words call so: "sshd on db1", "db1 的 eth0".

    >>> names_behind("sshd on db1")
    {'sshd on db1': None, 'sshd': 'db1', 'db1 sshd': None, 'db1:sshd': None, 'sshd@db1': None}
    >>> names_behind("port 80 of lb1")["80/tcp"]
    'lb1'
    """
    found: dict[str, str | None] = {text: None}
    for path in ("the path ", "网络路径 "):
        found |= {text.removeprefix(path): None} if text.startswith(path) else {}
    for own, whole in _divided(text):
        port = _PORT_WORDS.fullmatch(own)
        meant = [own]
        if port:
            meant.append(f"{port['en'] or port['zh']}/{(port['of'] or port['zh_of'] or 'tcp').lower()}")
        meant += [own.removeprefix(word) for word in ("interface ", "接口 ") if own.startswith(word)]
        found |= dict.fromkeys(meant, whole)
        found |= {f"{whole}{joint}{each}": None for each in meant for joint in (" ", ":")}
        found[f"{own}@{whole}"] = None
    return found


_PORT_WORDS = re.compile(r"(?:(?P<of>UDP|SCTP) )?port (?P<en>\d+)|(?:(?P<zh_of>UDP|SCTP) )?(?P<zh>\d+) 端口", re.ASCII)


def _divided(text: str) -> Iterator[tuple[str, str]]:
    """Yield the part and the whole that a text may name."""
    for between in (" on ", " of ", " 上的 ", " 的 "):
        before, found, after = text.rpartition(between)
        if found and before and after:
            yield (before, after) if between.isascii() else (after, before)

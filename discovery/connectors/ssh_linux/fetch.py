"""Reads a host: signs in, runs the published commands one after the other, and looks at the sockets several times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from discovery.connectors.ssh_linux.commands import CONNECTIONS, KERNEL, ONCE, PACKAGES, Command
from discovery.connectors.ssh_linux.redact import KEEPERS
from discovery.connectors.ssh_linux.session import Answer, Session, plain
from discovery.ports import Line, Part, Target, TimedOut, Unreadable

MOST_SLOW = 3
"""After so many commands that took too long a host is given up, rather than to wait for each of the rest."""


def targets(settings: Any, line: Line) -> Iterator[Target]:
    """Yield a target for each host of the settings, each once; nobody is asked for that."""
    seen: set[str] = set()
    for host in settings["hosts"]:
        line.check()
        port = host.get("port") or settings["port"]
        name = host.get("name") or (host["address"] if port == settings["port"] else f"{host['address']}:{port}")
        if name not in seen:
            seen.add(name)
            user = host.get("user") or settings["user"]
            yield Target(name, {"address": host["address"], "port": port, "user": user})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield what each command said, a part a command, and a part a look for the sockets.

    The body is the output as text; where a command failed it is ``{"status", "error", "out"}`` and the part is not
    whole. Of configurations only what ``redact`` keeps goes on: they hold credentials.

    Raises:
        TargetError: the host can not be read at all; the kind says whether to try again.
    """
    session = Session(target, settings, line)
    try:
        session.open()
        yield Part("session", {"address": target.facts["address"], "host_key": session.host_key})
        slow = 0
        for command in _commands(settings):
            if command is CONNECTIONS:
                line.wait(settings["sample_seconds"])
            answer = session.run(command)
            if command is KERNEL:
                _check_linux(answer, target)
            slow += answer.cut == "too slow"
            if slow >= MOST_SLOW:
                raise TimedOut(target=target.id, reason=f"{slow} commands took too long")
            yield _part(command, answer)
    finally:
        session.close()


def _commands(settings: Mapping[str, Any]) -> Iterator[Command]:
    yield from ONCE
    yield from [CONNECTIONS] * settings["samples"]
    if settings["packages"]:
        yield PACKAGES


def _check_linux(answer: Answer, target: Target) -> None:
    if answer.cut == "too slow":
        raise TimedOut(target=target.id, reason="it does not answer the first command")
    if not answer.out.startswith("Linux "):
        said = plain(answer.out or answer.error, 60)
        raise Unreadable(target=target.id, reason=f"it does not say that it runs Linux, but: {said}")


def _part(command: Command, answer: Answer) -> Part:
    keep = KEEPERS.get(command.name)
    if keep is not None:
        answer = replace(answer, out=keep(answer.out))
    if answer.cut or answer.status not in command.right:
        error = answer.cut or answer.error or f"exit status {answer.status}"
        return Part(command.name, {"status": answer.status, "error": error, "out": answer.out}, whole=False)
    return Part(command.name, answer.out)

"""The programmes of a host that listen, or talk to others, as parts of the host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.observation import EvidenceKind
from discovery.connectors.ssh_linux.shape.draft import Draft, here
from discovery.connectors.ssh_linux.shape.host import Host
from discovery.connectors.ssh_linux.shape.known import ENGINES, LOAD_BALANCERS, SOCKETS, Engine, program_name
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.sockets import Listener, Owner
from discovery.connectors.ssh_linux.shape.values import IP, endpoint

MOST_PROGRAMS = 2_000
_LINE = re.compile(r"(\d{1,9}) (\S{1,64}(?: \S+)*) u=(\S{0,256}) s=([\w.-]{0,128})")
_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+)")


@dataclass(slots=True)
class Program:
    """One programme: its part of the host, the processes it is made of, where it listens, and its observation."""

    part: str
    draft: Draft
    process: str
    engine: Engine | None
    pids: set[int] = field(default_factory=set)
    listeners: list[Listener] = field(default_factory=list)

    @property
    def native_id(self) -> str:
        """What this source calls it."""
        return self.draft.native_id


class Programs:
    """All programmes of a host, found by process, by port, or by path."""

    def __init__(self, reading: Reading, host: Host, ignored: Iterable[str]) -> None:
        self._reading, self._host = reading, host
        self._ignored = frozenset(ignored)
        self._named = _names(reading)
        self._versions = _versions(reading)
        self._by_part: dict[str, Program] = {}
        self._by_pid: dict[int, Program] = {}
        self._by_process: dict[str, list[Program]] = {}
        self._by_port: dict[tuple[int, str], list[tuple[Listener, Program]]] = {}
        self.scope = f"{reading.target}/sockets"

    @property
    def all(self) -> list[Program]:
        """Every programme, by part."""
        return [self._by_part[part] for part in sorted(self._by_part)]

    def add_listeners(self, listeners: Sequence[Listener]) -> None:
        """Take in what listens; a socket that nobody is told to hold is counted."""
        hidden = sorted({f"{each.port}/{each.transport}" for each in listeners if not each.owners})
        if hidden:
            # Root sees every process; what it does not see is the kernel's own, or within another container.
            self._reading.note("ssh.processes_hidden", ports=hidden[:20], count=len(hidden), root=self._host.is_root)
            if not self._host.is_root:
                self._reading.doubt("listeners")
        for name, held in self._by_name(listeners).items():
            engine = ENGINES.get(name) or ENGINES.get(held[0].owners[0].program)
            for instance in _instances(held) if engine else [held]:
                self._listening(name, engine, instance)

    def add_paths(self, paths: Mapping[str, Sequence[Owner]]) -> None:
        """Take in what is known to listen at a path of the file system alone."""
        for path, owners in sorted(paths.items()):
            program = SOCKETS.get(path.rpartition("/")[2])
            if program is not None:
                self.add(next((owner for owner in owners if owner.program == program), Owner(0, program)))

    def of(self, owners: Sequence[Owner]) -> Program | None:
        """Return the programme that one of these processes belongs to, if it is known."""
        for owner in owners:
            if owner.pid in self._by_pid:
                return self._by_pid[owner.pid]
        for owner in owners:
            alike = self._by_process.get(self.name_of(owner), ())
            if len(alike) == 1:
                return alike[0]
        return None

    def with_pid(self, pid: int) -> Program | None:
        """Return the programme that a process is known to belong to."""
        return self._by_pid.get(pid)

    def named(self, process: str) -> Program | None:
        """Return the programme of that name, if there is one."""
        return self._by_part.get(f"process:{process}")

    def at(self, address: IP, port: int, transport: str = "tcp") -> Program | None:
        """Return the programme that takes what is sent to an address of this host."""
        takers = self._by_port.get((port, transport), ())
        return next((program for listener, program in takers if listener.takes(address)), None)

    def add(self, owner: Owner) -> Program | None:
        """Return the programme of a process that listens nowhere, made known as a part of the host."""
        name = self.name_of(owner)
        program = None if name in self._ignored else self._program(name, f"process:{name}", None)
        if program is not None:
            program.pids.add(owner.pid)
            self._by_pid.setdefault(owner.pid, program)
        return program

    def name_of(self, owner: Owner) -> str:
        """Return what the programme of a process is called."""
        unit, script = self._named.get(owner.pid, ("", ""))
        return program_name(owner.program, unit, script)

    def _by_name(self, listeners: Sequence[Listener]) -> Mapping[str, list[Listener]]:
        found: dict[str, list[Listener]] = {}
        for listener in listeners:
            names = sorted({self.name_of(owner) for owner in listener.owners} - self._ignored)
            # Of several that hold a socket the first is as good as any: it was handed on by one that started them.
            if names:
                found.setdefault(names[0], []).append(listener)
        return dict(sorted(found.items()))

    def _listening(self, name: str, engine: Engine | None, listeners: list[Listener]) -> None:
        part = f"process:{name}"
        if engine is not None:
            ports = sorted({each.port for each in listeners if each.transport == "tcp"})
            port = engine.port if engine.port in ports else (ports[0] if ports else 0)
            if engine.name == "rabbitmq" and port != engine.port:
                engine = None  # Any programme in Erlang is called beam.smp.
            else:
                part = f"{engine.ci_class}:{engine.name}:{port}"
        program = self._program(name, part, engine)
        if program is None:
            return
        program.listeners += listeners
        for each in listeners:
            # One that is bound to an address is asked before one that is bound to all.
            takers = self._by_port.setdefault((each.port, each.transport), [])
            takers.insert(0 if each.address is not None else len(takers), (each, program))
        program.pids |= {owner.pid for each in listeners for owner in each.owners}
        self._by_pid.update((pid, program) for pid in program.pids)
        program.draft.known_by("endpoint", *self._endpoints(listeners))
        ports_seen = sorted({(each.port, each.transport) for each in program.listeners})
        program.draft.evidence["ports"] = ", ".join(f"{port}/{transport}" for port, transport in ports_seen[:40])

    def _endpoints(self, listeners: Sequence[Listener]) -> list[str]:
        return sorted(
            endpoint(address, listener.port, listener.transport)
            for listener in listeners
            for address in self._host.own
            if listener.takes(address)
        )

    def _program(self, name: str, part: str, engine: Engine | None) -> Program | None:
        if part not in self._by_part:
            if len(self._by_part) >= MOST_PROGRAMS:
                self._reading.note("ssh.limit_reached", what="programs", limit=MOST_PROGRAMS)
                self._reading.doubt("listeners")
                return None
            program = self._by_part[part] = Program(part, self._draft(name, part, engine), name, engine)
            self._by_process.setdefault(name, []).append(program)
        return self._by_part[part]

    def _draft(self, name: str, part: str, engine: Engine | None) -> Draft:
        host = self._host
        ci_class = engine.ci_class if engine else class_of(name)
        port = int(part.rpartition(":")[2]) if engine else 0
        title = name if engine is None else engine.name if port == engine.port else f"{engine.name}:{port}"
        draft = Draft(self.scope, host.part(part), ci_class, host.at(title), host.native_id)
        draft.known_by("part", part)
        draft.relate("runs_on", EvidenceKind.ITSELF, target=here(host.native_id))
        draft.evidence["program"] = name
        version = self._versions.get(name)
        if engine is not None:
            draft.put(engine=engine.name, version=version, port=port or None)
        elif ci_class == "application_component":
            draft.put(version=version)
        return draft

    def pool_draft(self, program: Program, scope: str, **attributes: Any) -> Draft:
        """Return another observation of a programme, for what its configuration says."""
        seen = program.draft
        draft = Draft(scope, seen.native_id, seen.ci_class, seen.name, seen.owner)
        draft.known_by("part", program.part)
        draft.put(**attributes)
        draft.evidence["program"] = program.process
        return draft


def class_of(program: str) -> str:
    """Return the class of a programme that keeps no data."""
    return "load_balancer" if program in LOAD_BALANCERS else "application_component"


def _instances(listeners: Sequence[Listener]) -> list[list[Listener]]:
    """Return the sockets of an engine apart for each of its instances, which share no process."""
    instances: list[tuple[set[int], list[Listener]]] = []
    for listener in listeners:
        pids = {owner.pid for owner in listener.owners}
        mine = [each for each in instances if each[0] & pids]
        rest = [each for each in instances if not each[0] & pids]
        joined = (pids.union(*(each[0] for each in mine)), [*(one for each in mine for one in each[1]), listener])
        instances = [*rest, joined]
    return [each[1] for each in instances]


def _names(reading: Reading) -> dict[int, tuple[str, str]]:
    found = {}
    for line in reading.lines("programs"):
        match = _LINE.fullmatch(line)
        if match:
            found[int(match[1])] = (match[3], match[4])
    return found


def _versions(reading: Reading) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for line in reading.lines("versions"):
        name, _, said = line.partition(": ")
        match = _VERSION.search(said)
        if match:
            found.setdefault(name, set()).add(match[1])
    # Of two versions that are installed it is not known which one runs.
    return {name: min(versions) for name, versions in found.items() if len(versions) == 1}

"""Pools become groups of the programme that spreads its requests over them, with the members as they are known here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cmdb.model.observation import End, EvidenceKind, Identifier
from cmdb.model.relation import Strength
from discovery.connectors.ssh_linux.shape.draft import Draft, here, there
from discovery.connectors.ssh_linux.shape.haproxy import haproxy_pools
from discovery.connectors.ssh_linux.shape.host import Host
from discovery.connectors.ssh_linux.shape.known import DEPENDS
from discovery.connectors.ssh_linux.shape.nginx import nginx_pools
from discovery.connectors.ssh_linux.shape.pool import Member, Pool
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.sockets import Owner
from discovery.connectors.ssh_linux.shape.software import Program, Programs
from discovery.connectors.ssh_linux.shape.values import IP, fqdn_of, ip_of
from discovery.connectors.ssh_linux.texts import File, files_in

CONFIGURATION = EvidenceKind.CONFIGURATION


@dataclass(slots=True)
class Reached:
    """What a programme is configured to reach outside: an address, whether it can do without, and its pool."""

    address: IP
    port: int
    soft: bool
    pool: str | None


@dataclass(slots=True)
class Pools:
    """The observations, whether all configurations were read, and what each programme reaches, by its native id."""

    drafts: list[Draft] = field(default_factory=list)
    whole: bool = True
    reached: dict[str, list[Reached]] = field(default_factory=dict)


class Finder:
    """Finds who is meant by an address in a configuration of this host."""

    def __init__(self, reading: Reading, host: Host, programs: Programs, paths: dict[str, tuple[Owner, ...]]) -> None:
        self._host, self._programs, self._paths = host, programs, paths
        self._names = _host_names(reading)

    def address(self, text: str) -> IP | None:
        """Return the address that is written, or that a name has on this host."""
        return ip_of(text) or self._names.get(text.lower())

    def end(self, member: Member) -> End | None:
        """Return the end of a relation to a member, None where it is not known who that is."""
        if member.address.startswith("/"):
            owners = self._paths.get(member.address, ())
            program = self._programs.of(owners) or (self._programs.add(owners[0]) if owners else None)
            return here(program.native_id) if program else None
        address = self.address(member.address)
        if address is None:
            name = fqdn_of(member.address)
            return End(identifiers=(Identifier("fqdn", name),)) if name else None
        if self.is_here(address):
            program = self._programs.at(address, member.port or 0)
            return here(program.native_id) if program else None
        return there(address, member.port)

    def is_here(self, address: IP) -> bool:
        """Tell whether an address is this host."""
        return address.is_loopback or address.is_unspecified or address in self._host.own


def read_pools(reading: Reading, programs: Programs, finder: Finder) -> Pools:
    """Return what the configurations of the running haproxy and nginx say."""
    found = Pools(whole=reading.is_whole("haproxy", "nginx"))
    for program, files in _of_running(reading, programs, "haproxy", found):
        pools, method = haproxy_pools("\n".join(file.text or "" for file in files))
        _add(found, reading, programs, finder, program, pools, method)
    for program, files in _of_running(reading, programs, "nginx", found):
        texts = {file.path: file.text or "" for file in files}
        pools, missing = nginx_pools(texts, files[0].path)
        for pattern in missing:
            found.whole = False
            reading.note("ssh.file_not_read", file=pattern)
        _add(found, reading, programs, finder, program, pools, None)
    return found


def _of_running(reading: Reading, programs: Programs, name: str, found: Pools) -> Iterator[tuple[Program, list[File]]]:
    """Yield each programme of that name with the files it was started with, each file once."""
    by_program: dict[str, tuple[Program, dict[str, File]]] = {}
    files = [file for file in files_in(reading.text(name)) if file.text is not None or "*" not in file.path]
    known = [file for file in files if programs.with_pid(file.pid) is not None]
    for file in known or files:
        owner = Owner(file.pid, name)
        program = programs.of((owner,))
        # A process that holds no socket here is one of a container, unless it could not be seen who holds which.
        if program is None and not reading.is_whole("listeners"):
            program = programs.add(owner)
        if program is None:
            continue
        if file.text is None:
            found.whole = False
            reading.note("ssh.file_not_read", file=file.path)
            continue
        by_program.setdefault(program.native_id, (program, {}))[1].setdefault(file.path, file)
    for key in sorted(by_program):
        yield by_program[key][0], list(by_program[key][1].values())


def _add(
    found: Pools,
    reading: Reading,
    programs: Programs,
    finder: Finder,
    program: Program,
    pools: Iterable[Pool],
    method: str | None,
) -> None:
    scope = f"{reading.target}/pools"
    is_balancer = program.draft.ci_class == "load_balancer"
    draft = programs.pool_draft(program, scope, **({"method": method} if is_balancer else {}))
    for pool in pools:
        _pool(draft, found, reading, finder, pool)
    found.drafts.append(draft)


def _pool(draft: Draft, found: Pools, reading: Reading, finder: Finder, pool: Pool) -> None:
    ends: list[tuple[Member, End]] = []
    for member in pool.members:
        end = finder.end(member)
        if end is None:
            reading.note("ssh.pool_member_unknown", pool=pool.name, member=member.name or member.address)
        elif end.native_id != draft.native_id:
            ends.append((member, end))
    for name in pool.unknown:
        reading.note("ssh.pool_member_unknown", pool=pool.name, member=name)
    if not ends:
        return
    # Of one server there is nothing to spare: it is needed, and that is no group.
    group = None if pool.single or (len({end for _, end in ends}) == 1 and not pool.unknown) else pool.name
    strength = Strength.SOFT if pool.soft and group is None else None
    for member, end in ends:
        detail = pool.where if pool.single else f"{pool.where}, server {member.name}"
        draft.relate(DEPENDS, CONFIGURATION, target=end, group=group, strength=strength, detail=detail)
        address = finder.address(member.address)
        if address is not None and not finder.is_here(address) and member.port:
            reached = Reached(address, member.port, pool.soft, group)
            found.reached.setdefault(draft.native_id, []).append(reached)
    if group:
        needs = min(pool.needs, len({end for _, end in ends}))
        draft.group(group, needs, CONFIGURATION, soft=pool.soft, detail=pool.where)


def _host_names(reading: Reading) -> dict[str, IP]:
    found: dict[str, IP] = {}
    for line in reading.lines("hosts"):
        words = line.partition("#")[0].split()
        address = ip_of(words[0]) if words else None
        if address is not None:
            for name in words[1:]:
                found.setdefault(name.lower(), address)
    return found

"""
Virtual addresses: a CI of its own, the same from every host that may hold it, which needs one of them.

A virtual address moves when keepalived, or its host, goes; and with what keepalived watches. A programme behind it that
is not watched moves nothing: the address then also needs one of these programmes, and a note says so, for its failure
on the host that holds the address stops what is reached there although the other host is well.
"""

from __future__ import annotations

from cmdb.model.observation import EvidenceKind
from discovery.connectors.ssh_linux.shape.draft import Draft, here, there
from discovery.connectors.ssh_linux.shape.host import Host
from discovery.connectors.ssh_linux.shape.keepalived import Keepalived, Router, VirtualServer
from discovery.connectors.ssh_linux.shape.known import LOAD_BALANCERS
from discovery.connectors.ssh_linux.shape.pools import Finder
from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.sockets import Owner
from discovery.connectors.ssh_linux.shape.software import Program, Programs
from discovery.connectors.ssh_linux.shape.values import IP

CONFIGURATION, INVENTORY = EvidenceKind.CONFIGURATION, EvidenceKind.INVENTORY
BEHIND = "listeners"


def read_virtual(
    reading: Reading, host: Host, keepalived: Keepalived, programs: Programs, finder: Finder
) -> tuple[list[Draft], bool]:
    """Return the observations of virtual addresses and of keepalived, and whether all that is configured was read."""
    for path in keepalived.unread:
        reading.note("ssh.file_not_read", file=path)
    scope = f"{reading.target}/vrrp"
    drafts: dict[str, Draft] = {}
    if keepalived.runs:
        program = programs.named("keepalived") or programs.add(Owner(0, "keepalived"))
        if program is not None:
            _configured(reading, scope, program, keepalived, programs, finder, drafts)
    for address in sorted(host.visiting - keepalived.addresses, key=lambda each: (each.version, int(each))):
        if not keepalived.runs:
            draft = drafts[f"vip:{address}"] = _address(scope, f"vip:{address}", address)
            draft.relate("depends_on", INVENTORY, target=here(host.native_id), detail="is on the host")
    return list(drafts.values()), keepalived.whole


def _configured(
    reading: Reading,
    scope: str,
    program: Program,
    keepalived: Keepalived,
    programs: Programs,
    finder: Finder,
    drafts: dict[str, Draft],
) -> None:
    mine = drafts[program.native_id] = programs.pool_draft(program, scope)
    mine.relate("runs_on", EvidenceKind.ITSELF, target=here(str(mine.owner)))
    by_address: dict[IP, Draft] = {}
    for router in keepalived.routers:
        watched = _watched(router, programs)
        for other in watched:
            names = ", ".join(sorted(router.checks))
            mine.relate("depends_on", CONFIGURATION, target=here(other.native_id), detail=f"watched by {names}")
        for address in router.addresses:
            native_id = f"vrrp:{router.number}/{address}"
            draft = drafts.setdefault(native_id, _address(scope, native_id, address))
            by_address[address] = draft
            _holder(draft, router, program)
            _behind(reading, draft, address, watched, programs, unknown=router.watches_unknown)
    for server in keepalived.servers:
        _server(by_address.get(server.address, mine), server, finder, reading)


def _address(scope: str, native_id: str, address: IP) -> Draft:
    draft = Draft(scope, native_id, "vip", str(address))
    draft.put(address=str(address))
    draft.known_by("vip", str(address))
    draft.known_by("ip", str(address))
    return draft


def _holder(draft: Draft, router: Router, program: Program) -> None:
    detail = f"keepalived: {router.name}, virtual router {router.number}"
    # As SNMP calls it too, so that what a router and a host say of one address is one group.
    holders = f"vrrp {router.number}"
    draft.group(holders, 1, CONFIGURATION, detail=f"virtual router {router.number}")
    draft.relate(
        "depends_on",
        CONFIGURATION,
        target=here(program.native_id),
        group=holders,
        detail=f"{detail}, priority {router.priority}",
    )
    draft.evidence["virtual_router"] = router.number


def _watched(router: Router, programs: Programs) -> list[Program]:
    found = [programs.named(name) for name in sorted(router.watched - {"keepalived"})]
    found += [each for each in programs.all if each.engine is not None and each.process in router.watched]
    unique = {each.native_id: each for each in found if each is not None}
    return [unique[key] for key in sorted(unique)]


def _behind(
    reading: Reading, draft: Draft, address: IP, watched: list[Program], programs: Programs, *, unknown: bool
) -> None:
    """Name the programmes that answer at a virtual address and that keepalived does not watch."""
    bound = [each for each in programs.all if any(one.address == address for one in each.listeners)]
    spreading = [each for each in programs.all if each.process in LOAD_BALANCERS and each.listeners]
    for each in bound or spreading:
        if each in watched:
            continue
        reading.note("ssh.not_watched", vip=str(address), program=each.process, checks_unknown=unknown)
        draft.group(BEHIND, 1, INVENTORY, detail="listen at the address and are not watched")
        target = here(each.native_id)
        draft.relate("depends_on", INVENTORY, target=target, group=BEHIND, detail=f"{each.process} listens")


def _server(draft: Draft, server: VirtualServer, finder: Finder, reading: Reading) -> None:
    group = f"virtual_server:{server.address}:{server.port}"
    ends = set()
    for address, port in sorted(set(server.members), key=lambda each: (each[0].version, int(each[0]), each[1])):
        port = port or server.port
        if finder.is_here(address):
            reading.note("ssh.pool_member_unknown", pool=group, member=str(address))
            continue
        end = there(address, port or None, server.transport)
        ends.add(end)
        detail = f"keepalived: virtual_server {server.address} {server.port}"
        draft.relate("depends_on", CONFIGURATION, target=end, group=group, detail=detail)
    if ends:
        draft.group(group, min(server.needs, len(ends)), CONFIGURATION, detail="keepalived: virtual_server")

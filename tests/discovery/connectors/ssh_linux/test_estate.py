"""The test estate, read whole over its own network: what is found is what its description says."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cmdb.model.observation import End, Observation
from discovery.connectors.ssh_linux import CONNECTOR
from discovery.ports import Part, Shaped, Target
from tests.discovery.connectors.ssh_linux.helpers import Line, settings

description = pytest.importorskip("tests.estate.description", reason="needs the test estate")
pytest.importorskip("asyncssh", reason="needs asyncssh (foreshock[ssh])")

SERVERS = [host for host in description.HOSTS if host.has_sshd]
PARTS = {
    "postgresql": "database_instance:postgresql:5432",
    "mariadb": "database_instance:mariadb:3306",
    "redis": "cache:redis:6379",
}
Reading = tuple[list[Part], Shaped]


def reader(estate: Any, user: str = "root", **given: Any) -> Callable[[Any], Reading]:
    """Return what reads one host of the estate."""
    key = Path(estate.access.ssh_key).read_text()

    def read(host: Any) -> Reading:
        hosts = [{"address": host.addresses[0], "name": host.name, "user": user}]
        loaded = settings(**{"hosts": hosts, "known_hosts": str(estate.access.known_hosts), "samples": 3, **given})
        line = Line(secrets={"file:key": key})
        (target,) = CONNECTOR.targets(loaded, line)
        parts = list(CONNECTOR.fetch(target, loaded, line))
        return parts, CONNECTOR.shape(target, loaded, parts)

    return read


@pytest.fixture(scope="module")
def read_estate(running_estate: Any) -> dict[str, Reading]:
    """Every server of the estate, read as root."""
    read = reader(running_estate)
    # Threads that are started within the estate's network stay there.
    with running_estate.within(), ThreadPoolExecutor(4) as pool:
        return dict(zip([host.name for host in SERVERS], pool.map(read, SERVERS), strict=True))


class Found:
    """All observations of the estate, and who is meant by the end of a relation."""

    def __init__(self, readings: dict[str, Reading]) -> None:
        self.every = [o for _, found in readings.values() for o in found.observations]
        self._having: dict[Any, set[str]] = {}
        self.short: dict[str, str] = {}
        for observation in self.every:
            for identifier in observation.identifiers:
                self._having.setdefault(identifier, set()).add(observation.native_id)
        hosts = {o.native_id: o.name for o in self.every if o.ci_class in ("server", "virtual_machine")}
        parts = {f"process:{p.program}": p.name for host in SERVERS for p in host.processes}
        parts |= {part: name for name, part in PARTS.items()}
        for native_id in {o.native_id for o in self.every}:
            owner, _, part = native_id.partition("/")
            name = f"{hosts[owner]}/{parts.get(part, part)}" if owner in hosts and part else hosts.get(owner)
            self.short[native_id] = name or native_id

    def end(self, end: End) -> str:
        """Return the name of whom a relation means."""
        if end.native_id is not None:
            return self.short[end.native_id]
        met = next((self._having[i] for i in end.identifiers if i in self._having), {"?"})
        return self.short.get(next(iter(met)), "?") if len(met) == 1 else "several"

    def related(self, observation: Observation) -> set[tuple[str, str, str, str | None]]:
        """Return type, source, target and group of what an observation relates."""
        me = self.short[observation.native_id]
        return {
            (r.type, self.end(r.source) if r.source else me, self.end(r.target) if r.target else me, r.group)
            for r in observation.relations
        }


def test_every_scope_is_complete_and_nothing_is_left_to_say(read_estate):
    """As root nothing is hidden: each host, its sockets, pools, virtual addresses and replication."""
    for name, (_, found) in read_estate.items():
        assert found.complete == {name, *(f"{name}/{s}" for s in ("sockets", "pools", "vrrp", "replication"))}
        assert found.notes == ()


def test_every_server_is_found_as_it_is_described(read_estate):
    """With names, addresses and all by which others know it; the virtual address is nobody's own."""
    for host in SERVERS:
        found = read_estate[host.name][1].observations
        (seen,) = [o for o in found if o.scope == host.name and o.ci_class in ("server", "virtual_machine")]
        assert seen.attributes["fqdn"] == host.fqdn
        assert seen.attributes["ip_addresses"] == list(host.addresses)
        assert {(i.kind, i.value) for i in seen.identifiers} >= {
            ("machine_id", host.machine_id),
            ("uuid", host.uuid),
            ("serial", f"{description.VENDOR}|{host.serial}"),
            *(("mac", interface.mac) for interface in host.interfaces),
        }
        interfaces = {o.attributes["if_name"] for o in found if o.ci_class == "interface"}
        assert interfaces == {interface.name for interface in host.interfaces}


def test_every_process_that_can_be_seen_is_found(read_estate):
    """All that listen, keepalived, and lldpd by the path it listens at. Nothing else is found."""
    found = Found(read_estate)
    programs = {found.short[o.native_id] for o in found.every if o.owner and o.ci_class != "interface"}
    described = {f"{host.name}/{process.name}" for host in SERVERS for process in host.processes}
    assert programs == described


def test_who_talks_to_whom_is_what_the_description_says(read_estate):
    """Programme to programme exactly the described flows, the cache softly; with no more and no less."""
    found = Found(read_estate)
    programs = {f"{host.name}/{p.name}" for host in SERVERS for p in host.processes if p.name != "keepalived"}
    flows: dict[tuple[str, str], bool] = {}
    for observation in found.every:
        for type_, source, target, group in found.related(observation):
            if source in programs and target in programs and type_ in ("depends_on", "uses"):
                flows[source, target] = type_ == "depends_on" and (
                    flows.get((source, target), True) or group is not None
                )
    assert flows == {(flow.client, flow.server): flow.hard for flow in description.FLOWS}


def test_clients_are_seen_from_the_servers_side_too(read_estate):
    """The database has the web servers as hosts that are connected to it."""
    found = Found(read_estate)
    inbound = {
        (source, target) for o in found.every for type_, source, target, _ in found.related(o) if type_ == "connects_to"
    }
    assert {("web1", "db1/postgresql"), ("web2", "db1/postgresql"), ("web1", "cache1/redis")} <= inbound


def test_redundancy_is_what_the_description_says(read_estate):
    """The pool of each load balancer and the virtual address both may hold: members, and how many are needed."""
    found = Found(read_estate)
    groups: dict[tuple[str, str], tuple[set[str], int]] = {}
    for observation in found.every:
        for group in observation.groups:
            members = {target for _, _, target, name in found.related(observation) if name == group.name}
            owner = observation.name if observation.ci_class == "vip" else found.short[observation.native_id]
            kind = "vrrp" if observation.ci_class == "vip" else "pool"
            before, _ = groups.get((str(owner), kind), (set(), 0))
            groups[str(owner), kind] = (before | members, int(group.needs))
    described = {
        (owner, group.kind): (set(group.members), group.needs) for group in description.GROUPS for owner in group.owners
    }
    assert groups == described
    watched = {r for o in found.every for r in found.related(o) if "keepalived" in r[1] and r[0] == "depends_on"}
    assert watched == {("depends_on", f"{lb}/keepalived", f"{lb}/haproxy", None) for lb in description.VIP_HOLDERS}


def test_what_lies_behind_the_router_needs_it(read_estate):
    """The application reaches its databases over the router; the load balancers reach all on the link."""
    found = Found(read_estate)
    over_router = {
        found.short[o.native_id]
        for o in found.every
        for r in o.relations
        if r.target is not None and any(i.value == description.ROUTER for i in r.target.identifiers)
    }
    assert over_router == {"web1/shop", "web2/shop"}


def test_no_credential_leaves_the_hosts(read_estate, running_estate):
    """Passwords stand in files that are read; they are in no part, no observation and no note."""
    told = repr(read_estate)
    assert running_estate.access.secrets
    assert not [secret for secret in running_estate.access.secrets if secret in told]


def test_an_account_without_rights_tells_what_it_may(running_estate):
    """The host is complete; what it is not allowed to see stays open, with a note that says so."""
    (web,) = [host for host in SERVERS if host.name == "web1"]
    with running_estate.within():
        _, found = reader(running_estate, "discovery")(web)
    assert "web1" in found.complete
    assert "web1/sockets" not in found.complete
    assert "ssh.processes_hidden" in {said.code for said in found.notes}


@pytest.mark.promises
def test_a_virtual_address_that_moved_changes_no_host(estate, read_estate, promise):
    """After the holder's keepalived was stopped the other one holds the address, and every host is what it was."""
    kept = promise(
        "a virtual address moves between two readings by SSH", "no host changed, one virtual address", "none"
    )
    read = reader(estate)
    holders = [description.BY_NAME[name] for name in description.VIP_HOLDERS]
    estate.stop("process:lb1/keepalived")
    estate.ask_after()
    with estate.within():
        after = {host.name: read(host) for host in holders}
    assert description.VIP in str([part.body for part in after["lb2"][0] if part.name == "addresses"])
    for host in holders:
        before, now = ([o for o in r[host.name][1].observations if o.scope == host.name] for r in (read_estate, after))
        assert before == now
    vips = {o.native_id for name in ("lb1", "lb2") for o in after[name][1].observations if o.ci_class == "vip"}
    assert vips == {f"vrrp:{description.VRRP_ID}/{description.VIP}"}
    kept.seen(f"no host changed, {len(vips)} virtual address")


def test_a_host_under_another_target_is_the_same_host(estate, read_estate):
    """Renamed in the settings and asked at another address it has the native id it had."""
    parts, before = read_estate["lb1"]
    after = CONNECTOR.shape(Target("elsewhere"), {}, parts)
    assert {o.native_id for o in after.observations} == {o.native_id for o in before.observations}

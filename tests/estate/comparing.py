"""
What discovery found in the estate against what there is: both as sets of the same words, so that nothing is weighed.

| the description's | is expected as |
|---|---|
| host (``Host``) | a CI by its full name: switch, router, or server (virtual machine where this machine is one) |
| interface | a CI, a part of its host, hard |
| process of a server | a CI of the class of its role, that runs on its host |
| process of a switch or the router | nothing: they let nobody in, and SNMP lists no processes there (``UNSEEN``) |
| link | `connects_to` between the two interfaces, both ways, hard |
| address of a server | `routes_through` the interface that has it |
| flow | a relation from programme to programme; in a pool, within its group |
| flow to another network | `depends_on` the router that is the gateway |
| group | a group with that many needed; the virtual address is a CI that has one |
| path (``PATHS``) | a CI that leads over interfaces and other paths |

Everything in the store counts: a CI, relation or group that is not described costs precision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cmdb.context import Context
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from tests.estate import description
from tests.estate.description import BY_NAME, DEVICE, FLOWS, HOSTS, LINKS, PATH_OF, PATHS, POOL_BY_PATH, VIP, WATCHES

UNSEEN: tuple[str, ...] = tuple(
    f"{host.name}/{process.name}" for host in HOSTS if host.is_network for process in DEVICE
)
CLASSES = {
    "haproxy": "load_balancer",
    "postgresql": "database_instance",
    "mariadb": "database_instance",
    "redis": "cache",
}
_TITLES = {process.program: process.name for host in HOSTS for process in host.processes}
_POOL = next(group for group in description.GROUPS if group.kind == "pool")
_VRRP = next(group for group in description.GROUPS if group.kind == "vrrp")
_OVER = ", over the network"


class Fact(NamedTuple):
    """A CI (its class and name), a relation (source, type, target, group, strength) or a group with its members."""

    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was described and found: in all, and what is only in one of the two."""

    kind: str
    described: frozenset[Fact]
    found: frozenset[Fact]

    @property
    def precision(self) -> float:
        """The share of what was found that there is."""
        return len(self.described & self.found) / len(self.found) if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of what there is that was found."""
        return len(self.described & self.found) / len(self.described)

    def __str__(self) -> str:
        return f"{len(self.found)} {self.kind}s: precision {self.precision:.3f}, recall {self.recall:.3f}"

    @property
    def differences(self) -> list[str]:
        """Return what is missing and what is too much, in words."""
        missing = [f"missing {' '.join(fact.words)}" for fact in sorted(self.described - self.found)]
        return missing + [f"too much {' '.join(fact.words)}" for fact in sorted(self.found - self.described)]


def compared(context: Context) -> tuple[Comparison, ...]:
    """Return how CIs, relations and groups of a store compare with the description."""
    there, seen = frozenset(described()), frozenset(found(context))
    return tuple(
        Comparison(kind, *(frozenset(fact for fact in facts if fact.kind == kind) for facts in (there, seen)))
        for kind in ("CI", "relation", "group")
    )


# what there is -------------------------------------------------------------------------------------------------------
def described() -> Iterable[Fact]:
    """Yield what discovery is expected to find."""
    yield Fact("CI", ("vip", VIP))
    for host in HOSTS:
        yield Fact("CI", (host.role if host.is_network else "host", host.name))
        for interface in host.interfaces:
            yield Fact("CI", ("interface", f"{host.name}/{interface.name}"))
            yield _relation(f"{host.name}/{interface.name}", "part_of", host.name)
            if interface.address and not host.is_network:
                yield _relation(host.name, "routes_through", f"{host.name}/{interface.name}")
        for process in () if host.is_network else host.processes:
            yield Fact("CI", (CLASSES.get(process.name, "application_component"), f"{host.name}/{process.name}"))
            yield _relation(f"{host.name}/{process.name}", "runs_on", host.name)
    for link in LINKS:
        for one, other in ((link.left, link.right), (link.right, link.left)):
            yield _relation("/".join(one), "connects_to", "/".join(other))
    yield from _flows()
    yield from _redundancy()
    yield from _paths()


def _relation(source: str, type_: str, target: str, group: str = "", strength: str = "hard") -> Fact:
    return Fact("relation", (source, type_, target, group, strength))


def _group(item: str, name: str, needs: int, members: Iterable[str]) -> Fact:
    return Fact("group", (item, name, str(needs), *sorted(members)))


def _flows() -> Iterable[Fact]:
    for flow in FLOWS:
        if flow.client not in _POOL.owners:
            type_, strength = ("depends_on", "hard") if flow.hard else ("uses", "soft")
            yield _relation(flow.client, type_, flow.server, strength=strength)
    for client in {flow.client for flow in FLOWS if flow.client not in _POOL.owners}:
        host = BY_NAME[client.partition("/")[0]]
        servers = [BY_NAME[flow.server.partition("/")[0]] for flow in FLOWS if flow.client == client]
        if any(server is not host for server in servers):
            yield _relation(client, "depends_on", "rtr1")
    for keeper, watched in WATCHES.items():
        yield _relation(keeper, "depends_on", watched)


def _redundancy() -> Iterable[Fact]:
    """Yield the groups, each with its members as relations."""
    groups = [(owner, _POOL.name, _POOL.needs, _POOL.members) for owner in _POOL.owners]
    groups += [(owner, _POOL.name + _OVER, _POOL.needs, POOL_BY_PATH[owner]) for owner in _POOL.owners]
    groups += [(VIP, f"vrrp {description.VRRP_ID}", _VRRP.needs, _VRRP.members)]
    for owner, name, needs, members in groups:
        yield _group(owner, name, needs, members)
        for member in members:
            yield _relation(owner, "depends_on", member, name)


def _paths() -> Iterable[Fact]:
    for path in PATHS:
        yield Fact("CI", ("network_path", path.name))
        for over in path.over:
            yield _relation(path.name, "routes_through", over)
        if path.thing is not None:
            yield _relation(path.name, "depends_on", path.thing)
    for client, name in PATH_OF.items():
        yield _relation(client, "routes_through", name)


# what was found ------------------------------------------------------------------------------------------------------
def found(context: Context) -> Iterable[Fact]:
    """Yield all CIs, relations and groups of a store in the words of the description."""
    cis = list(context.records.find(CIS))
    names = names_of(cis)
    strengths: dict[tuple[str, str], str] = {}
    for group in context.records.find(GROUPS):
        strengths[group.item, group.name] = group.strength.value
    members: dict[tuple[str, str], list[str]] = {place: [] for place in strengths}
    for ci in cis:
        ci_class = "host" if ci.ci_class in ("server", "virtual_machine") else ci.ci_class
        state = () if ci.status is CIStatus.ACTIVE else (ci.status.value,)
        yield Fact("CI", (ci_class, names[ci.id], *state))
    for relation in context.records.find(RELATIONS):
        group = relation.group or ""
        strength = strengths.get((relation.source, group)) or _strength(context, relation.type, relation.strength)
        yield _relation(names[relation.source], relation.type, names[relation.target], group, strength)
        members.get((relation.source, group), []).append(names[relation.target])
    for group in context.records.find(GROUPS):
        yield _group(names[group.item], group.name, int(group.needs), members[group.item, group.name])


def _strength(context: Context, type_: str, stated: str | None) -> str:
    from cmdb.configuration.classes import catalogue_of

    return str(stated or catalogue_of(context).relation_types[type_].strength)


def names_of(cis: Iterable[CI]) -> dict[str, str]:
    """Return what the description calls each CI: ``web1``, ``web1/eth0``, ``web1/nginx``; else its id."""
    cis = list(cis)
    hosts = {host.fqdn: host.name for host in HOSTS}
    names = {ci.id: hosts[name] for ci in cis if (name := str(ci.attributes.get("fqdn"))) in hosts}
    for ci in cis:
        device = names.get(str(ci.attributes.get("device")))
        if ci.ci_class == "interface" and device is not None:
            names[ci.id] = f"{device}/{ci.attributes['if_name']}"
        elif ci.ci_class in ("vip", "service"):
            names[ci.id] = ci.name
        elif "@" in ci.name and ci.ci_class != "network_path":
            program, _, host = ci.name.partition("@")
            names[ci.id] = f"{host}/{_TITLES.get(program, program)}"
    for ci in cis:
        if ci.ci_class == "network_path":
            names[ci.id] = _path_name(ci.name)
    return {ci.id: names.get(ci.id, ci.id) for ci in cis}


def _path_name(name: str) -> str:
    """Return a path's name with the short names of hosts and programmes."""
    words = []
    for word in name.split(" "):
        program, at, host = word.partition("@")
        words.append(f"{host}/{_TITLES.get(program, program)}" if at else word.removesuffix(f".{description.DOMAIN}"))
    return " ".join(words)

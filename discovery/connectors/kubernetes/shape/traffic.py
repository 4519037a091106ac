"""
Services and ingresses: which workloads stand behind a name.

A service needs one of the workloads it selects; how many replicas a workload needs is that one's to say. An ingress
depends on its service where it has just one, and merely uses each where it has several: without one of them it still
answers for the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from discovery.connectors.kubernetes.shape.cluster import NAMED, Cluster, relation, seen
from discovery.connectors.kubernetes.shape.values import address, domain, inner, number, records, text, texts, words
from discovery.connectors.kubernetes.shape.workloads import Work

GROUP = "backends"
TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")


class _Backends:
    """What can stand behind a service, found by a label it must have rather than by looking at everything."""

    def __init__(self, work: Work) -> None:
        self._labels: dict[str, Mapping[str, str]] = {}
        self._ends: dict[str, End] = {}
        self._having: dict[tuple[str | None, str, str], set[str]] = defaultdict(set)
        for ident, item in work.workloads.items():
            labels = words(inner(work.template(ident), "metadata"), "labels")
            self._add(ident, item, labels, work.end(ident, item, work.kinds[ident]))
        for ident, pod in work.lone.items():
            if ident in work.as_ci:
                self._add(ident, pod, words(inner(pod, "metadata"), "labels"), work.end(ident, pod, "Pod"))

    def _add(self, ident: str, item: Mapping[str, Any], labels: Mapping[str, str], end: End) -> None:
        self._labels[ident], self._ends[ident] = labels, end
        for pair in labels.items():
            self._having[text(inner(item, "metadata"), "namespace"), *pair].add(ident)

    def behind(self, namespace: str | None, selector: Mapping[str, str]) -> list[End]:
        """Return what a selector selects in a namespace, sorted; one that asks for nothing selects nothing."""
        found = [self._having.get((namespace, *pair), set()) for pair in selector.items()]
        idents = set.intersection(*found) if found else set()
        return [self._ends[ident] for ident in sorted(idents)]


def observe(cluster: Cluster, work: Work) -> Iterator[Observation]:
    """Yield the services and ingresses."""
    backends = _Backends(work)
    bare: list[str] = []
    for ident, service in cluster.items("services"):
        found = _service(cluster, service, backends)
        if words(inner(service, "spec"), "selector") and not found.groups and not _behind(found):
            bare.append(ident)
        yield found
    if bare:
        cluster.say("kubernetes.services_without_backend", services=bare[:NAMED], count=len(bare))
    for ident, ingress in cluster.items("ingresses"):
        yield _ingress(cluster, ident, ingress)


def _behind(service: Observation) -> bool:
    return any(each.type == "depends_on" for each in service.relations)


def _service(cluster: Cluster, service: Mapping[str, Any], backends: _Backends) -> Observation:
    spec, namespace = inner(service, "spec"), text(inner(service, "metadata"), "namespace")
    ends = backends.behind(namespace, words(spec, "selector"))
    several = len(ends) > 1
    how = {"evidence": EvidenceKind.CONFIGURATION, "detail": "its selector", "group": GROUP if several else None}
    kind = text(spec, "type")
    return cluster.observation(
        "services",
        service,
        "kubernetes_service",
        attributes=cluster.common(service)
        | seen({"type": kind if kind in TYPES else None, "cluster_ip": address(text(spec, "clusterIP"))}),
        identifiers=_outside(service),
        relations=[*(relation("depends_on", end, **how) for end in ends), _elsewhere(spec)],
        groups=[ObservedGroup(GROUP, 1, EvidenceKind.CONFIGURATION, detail="its selector")] if several else [],
    )


def _outside(service: Mapping[str, Any]) -> Iterator[Identifier]:
    """Yield where a service listens for those outside; addresses inside a cluster mean nothing anywhere else."""
    spec = inner(service, "spec")
    given = records(inner(service, "status", "loadBalancer"), "ingress")
    hosts = [address(text(each, "ip")) or domain(text(each, "hostname")) for each in given]
    hosts += [address(each) for each in texts(spec, "externalIPs")]
    for host in dict.fromkeys(each for each in hosts if each):
        for port in records(spec, "ports"):
            if (at := number(port, "port")) and at <= 65_535:
                protocol = (text(port, "protocol") or "TCP").lower()
                yield Identifier("endpoint", f"[{host}]:{at}/{protocol}" if ":" in host else f"{host}:{at}/{protocol}")


def _elsewhere(spec: Mapping[str, Any]) -> ObservedRelation | None:
    """Return what a service that is only another name stands for."""
    name = domain(text(spec, "externalName"))
    if spec.get("type") != "ExternalName" or name is None:
        return None
    end = End(identifiers=(Identifier("fqdn", name),))
    return relation("depends_on", end, evidence=EvidenceKind.CONFIGURATION, detail=f"another name for {name}")


def _ingress(cluster: Cluster, ident: str, ingress: Mapping[str, Any]) -> Observation:
    spec, namespace = inner(ingress, "spec"), text(inner(ingress, "metadata"), "namespace")
    rules = records(spec, "rules")
    hosts = sorted({host for rule in rules if (host := text(rule, "host"))})
    sealed = {host for each in records(spec, "tls") for host in texts(each, "hosts")}
    names = {text(inner(spec, "defaultBackend", "service"), "name")}
    for rule in rules:
        names |= {text(inner(path, "backend", "service"), "name") for path in records(inner(rule, "http"), "paths")}
    services = sorted(name for name in names if name)
    kind = "depends_on" if len(services) == 1 else "uses"
    return cluster.observation(
        "ingresses",
        ingress,
        "kubernetes_ingress",
        attributes=cluster.common(ingress) | seen({"hosts": cluster.listed(hosts, "hosts", ident)}),
        identifiers=[
            Identifier("endpoint", f"{host}:{443 if host in sealed else 80}/tcp") for host in hosts if domain(host)
        ],
        relations=[
            relation(
                kind, cluster.end("Service", name, namespace), evidence=EvidenceKind.CONFIGURATION, detail="a rule"
            )
            for name in services
        ],
    )

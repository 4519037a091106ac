"""The cluster itself, its nodes, the zones these are in, and its namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup
from discovery.connectors.kubernetes.shape.cluster import Cluster, controller, relation, seen
from discovery.connectors.kubernetes.shape.values import address, domain, inner, records, text, words

ZONE = "topology.kubernetes.io/zone"
ZONE_ID = "topology.k8s.aws/zone-id"
REGION = "topology.kubernetes.io/region"
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
GROUP = "control_plane"
CLOUDS = ("aws", "azure", "digitalocean", "gce", "openstack")


def observe(cluster: Cluster) -> Iterator[Observation]:
    """Yield the cluster, its nodes, their zones and the namespaces."""
    yield _cluster(cluster)
    zones: dict[str, Observation] = {}
    for _, node in cluster.items("nodes"):
        if zone := _zone(cluster, node):
            zones.setdefault(zone.native_id, zone)
        yield _node(cluster, node, zone)
    yield from zones.values()
    for _, namespace in cluster.items("namespaces"):
        yield cluster.observation(
            "namespaces",
            namespace,
            "kubernetes_namespace",
            attributes=cluster.common(namespace),
            relations=[relation("part_of", _end(cluster))],
        )


def _end(cluster: Cluster) -> End:
    return cluster.end("Cluster", cluster.name)


def _cluster(cluster: Cluster) -> Observation:
    members = [str(inner(node, "metadata")["name"]) for _, node in cluster.items("nodes") if _controls(node)]
    voting = _keepers_of_state(cluster)
    needs, detail = 1, "an API server on each of them"
    if voting:
        # More than half of those that keep its state have to agree on every change of it.
        members, needs, detail = sorted(voting), len(voting) // 2 + 1, f"etcd on {len(voting)} of them"
    return Observation(
        source="",
        scope=cluster.target,
        native_id=f"Cluster/{cluster.name}",
        ci_class="kubernetes_cluster",
        name=cluster.name,
        attributes=seen({"version": cluster.version, "uid": cluster.uid}),
        identifiers=(
            *([Identifier("kubernetes_uid", f"{cluster.uid}/cluster")] if cluster.uid else []),
            cluster.by_name("Cluster", cluster.name),
        ),
        relations=tuple(
            relation("runs_on", cluster.end("Node", name), group=GROUP, detail="a node of the control plane")
            for name in members
        ),
        groups=(ObservedGroup(GROUP, needs, EvidenceKind.INVENTORY, detail=detail),) if members else (),
    )


def _controls(node: Mapping[str, Any]) -> bool:
    return any(label in inner(node, "metadata", "labels") for label in CONTROL_PLANE)


def _keepers_of_state(cluster: Cluster) -> set[str]:
    """Return the nodes on which the cluster itself runs etcd, as far as its own pods show that."""
    return {
        node
        for _, pod in cluster.items("pods")
        if inner(pod, "metadata", "labels").get("component") == "etcd"
        and inner(pod, "metadata").get("namespace") == "kube-system"
        and (controller(pod) or ("", ""))[0] == "Node"
        and (node := text(inner(pod, "spec"), "nodeName"))
    }


def _zone(cluster: Cluster, node: Mapping[str, Any]) -> Observation | None:
    """
    Return the zone that the labels of a node name.

    A cloud's zone is known by its id there, or by its name where that is all there is; what a cluster of one's own
    calls a zone is known within that cluster alone.
    """
    labels = words(inner(node, "metadata"), "labels")
    name = labels.get(ZONE)
    if not name:
        return None
    provider = _provider(node)
    ident = labels.get(ZONE_ID) or name
    known = Identifier("cloud_id", ident) if provider else cluster.by_name("Zone", name)
    return Observation(
        source="",
        scope=cluster.scope("nodes"),
        native_id=f"Zone/{name}",
        ci_class="availability_zone",
        name=ident if provider else name,
        attributes=seen({"provider": provider, "cloud_id": ident if provider else None, "region": labels.get(REGION)}),
        identifiers=(known,),
        evidence={"label": ZONE},
    )


def _provider(node: Mapping[str, Any]) -> str | None:
    """Return which cloud's machine a node is, as its provider id says: ``aws:///eu-central-1a/i-0abc``."""
    provider = (text(inner(node, "spec"), "providerID") or "").partition("://")[0].lower()
    return provider if provider in CLOUDS else None


def _node(cluster: Cluster, node: Mapping[str, Any], zone: Observation | None) -> Observation:
    name, info = str(inner(node, "metadata")["name"]), inner(node, "status", "nodeInfo")
    machine = _machine(node, info)
    ready = [
        text(each, "status") for each in records(inner(node, "status"), "conditions") if each.get("type") == "Ready"
    ]
    return cluster.observation(
        "nodes",
        node,
        "kubernetes_node",
        attributes=cluster.common(node)
        | seen({"kubelet_version": text(info, "kubeletVersion"), "zone": zone.name if zone else None}),
        relations=[
            relation("member_of", _end(cluster)),
            relation("located_in", End(zone.native_id, zone.identifiers), detail=ZONE) if zone else None,
            relation("runs_on", machine, detail=f"the machine that joined as {name}") if machine else None,
        ],
        evidence={"ready": ready[0] if ready else None, "unschedulable": inner(node, "spec").get("unschedulable")},
    )


def _machine(node: Mapping[str, Any], info: Mapping[str, Any]) -> End | None:
    """Return the machine a node runs on, as whoever manages machines may know it."""
    found: list[Identifier] = []
    provider_id = text(inner(node, "spec"), "providerID") or ""
    if _provider(node) is not None:
        # AWS puts the zone before the id of the machine; with the others all of it is the id.
        own = provider_id.rpartition("/")[2] if provider_id.startswith("aws:") else provider_id.partition("://")[2]
        found += [Identifier("cloud_id", own)] if own else []
    found += [
        Identifier(kind, value)
        for kind, key in (("uuid", "systemUUID"), ("machine_id", "machineID"))
        if (value := text(info, key))
    ]
    for each in records(inner(node, "status"), "addresses"):
        kind, value = text(each, "type"), text(each, "address")
        if kind == "InternalIP" and (ip := address(value)):
            found.append(Identifier("ip", ip))
        elif kind in ("Hostname", "InternalDNS") and (fqdn := domain(value)):
            found.append(Identifier("fqdn", fqdn))
    return End(identifiers=tuple(dict.fromkeys(found))) if found else None

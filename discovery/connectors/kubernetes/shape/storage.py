"""Claims and volumes: where the data of pods lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.observation import End, Identifier, Observation, ObservedRelation
from discovery.connectors.kubernetes.shape.cluster import Cluster, relation
from discovery.connectors.kubernetes.shape.values import address, domain, gigabytes, inner, records, text, texts

# With these drivers the handle of a volume is what the cloud itself calls the disk.
CLOUD_DRIVERS = ("ebs.csi.aws.com", "disk.csi.azure.com", "pd.csi.storage.gke.io")


def observe(cluster: Cluster) -> Iterator[Observation]:
    """Yield claims and volumes."""
    for _, claim in cluster.items("persistentvolumeclaims"):
        spec, status = inner(claim, "spec"), inner(claim, "status")
        asked = text(inner(spec, "resources", "requests"), "storage")
        bound = text(spec, "volumeName")
        yield cluster.observation(
            "persistentvolumeclaims",
            claim,
            "volume",
            attributes=_sized(text(inner(status, "capacity"), "storage") or asked),
            relations=[_lies_on(cluster, bound)] if bound else [],
            evidence={"kind": "PersistentVolumeClaim", "phase": text(status, "phase")},
        )
    for _, volume in cluster.items("persistentvolumes"):
        yield _volume(cluster, volume)


def _lies_on(cluster: Cluster, name: str) -> ObservedRelation:
    return relation("stores_data_on", cluster.end("PersistentVolume", name), detail="bound to it")


def _volume(cluster: Cluster, volume: Mapping[str, Any]) -> Observation:
    spec = inner(volume, "spec")
    disk = _disk(spec)
    return cluster.observation(
        "persistentvolumes",
        volume,
        "volume",
        attributes=_sized(text(inner(spec, "capacity"), "storage")) | ({"cloud_id": disk} if disk else {}),
        identifiers=[Identifier("cloud_id", disk)] if disk else [],
        relations=[*_of_one_node(cluster, spec), _shared(spec)],
        evidence={
            "kind": "PersistentVolume",
            "phase": text(inner(volume, "status"), "phase"),
            "driver": text(inner(spec, "csi"), "driver"),
        },
    )


def _sized(quantity: str | None) -> dict[str, Any]:
    size = gigabytes(quantity)
    return {} if size is None else {"capacity_gb": size}


def _disk(spec: Mapping[str, Any]) -> str | None:
    """Return what a cloud calls the disk that a volume is."""
    csi = inner(spec, "csi")
    if text(csi, "driver") in CLOUD_DRIVERS:
        return text(csi, "volumeHandle")
    return (text(inner(spec, "awsElasticBlockStore"), "volumeID") or "").rpartition("/")[2] or None


def _of_one_node(cluster: Cluster, spec: Mapping[str, Any]) -> Iterator[ObservedRelation]:
    """Yield the node a local volume is on: its data is nowhere else."""
    if not inner(spec, "local"):
        return
    for term in records(inner(spec, "nodeAffinity", "required"), "nodeSelectorTerms"):
        for each in records(term, "matchExpressions"):
            names = texts(each, "values")
            if each.get("key") == "kubernetes.io/hostname" and each.get("operator") == "In" and len(names) == 1:
                yield relation("depends_on", cluster.end("Node", names[0]), detail="a local volume")


def _shared(spec: Mapping[str, Any]) -> ObservedRelation | None:
    """Return the server that a volume over NFS is on."""
    nfs = inner(spec, "nfs")
    server = text(nfs, "server")
    own = address(server)
    if own is None and domain(server) is None:
        return None
    known = Identifier("ip", own) if own else Identifier("fqdn", str(server))
    return relation("stores_data_on", End(identifiers=(known,)), detail=f"NFS {text(nfs, 'path') or ''}".strip())

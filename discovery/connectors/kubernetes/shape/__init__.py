"""Makes observations of what was read of one cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.connectors.kubernetes.shape import infrastructure, storage, traffic, workloads
from discovery.connectors.kubernetes.shape.cluster import Cluster
from discovery.ports import Part, Shaped, Target

CLASSES = (
    "availability_zone",
    "kubernetes_cluster",
    "kubernetes_ingress",
    "kubernetes_namespace",
    "kubernetes_node",
    "kubernetes_pod",
    "kubernetes_service",
    "kubernetes_workload",
    "volume",
)


def shape(target: Target, settings: Mapping[str, Any], parts: Sequence[Part]) -> Shaped:
    """Return the observations of one cluster; a scope is complete when all it rests on was read whole."""
    cluster = Cluster(target, settings, parts)
    work = workloads.Work(cluster)
    found = [
        *infrastructure.observe(cluster),
        *workloads.observe(cluster, work),
        *traffic.observe(cluster, work),
        *storage.observe(cluster),
    ]
    cluster.tell_what_was_cut()
    kept = {(each.native_id, each.scope): each for each in found}
    return Shaped(tuple(kept[key] for key in sorted(kept)), cluster.complete(), tuple(cluster.notes))

"""What is asked of the API, as a table: a row for each resource, and what of its objects is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Kept = Any
"""A pattern of what is kept: True for all, a mapping for some keys of an object, a list of one for each entry."""

_VOLUMES = [{"name": True, "persistentVolumeClaim": {"claimName": True}}]
_TEMPLATE = {
    "metadata": {"labels": True},
    "spec": {"containers": [{"image": True}], "volumes": _VOLUMES},
}
_CONDITIONS = [{"type": True, "status": True}]
_BACKEND = {"service": {"name": True}}
_BALANCED = {"loadBalancer": {"ingress": [{"ip": True, "hostname": True}]}}
METADATA = {
    "name": True,
    "namespace": True,
    "uid": True,
    "labels": True,
    "annotations": True,
    "deletionTimestamp": True,
    "ownerReferences": [{"kind": True, "name": True, "uid": True, "controller": True}],
}
DROPPED_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration",)
"""They repeat the whole object, with whatever its environment holds."""


@dataclass(frozen=True, slots=True)
class Resource:
    """
    One resource: its plural ``name``, the ``kind`` of its objects, the ``group`` of the API that lists it.

    ``keeps`` is what is kept of an object besides its metadata. What may hold a credential (the environment, arguments
    and commands of containers) is in none of them, so it never leaves the reading.
    """

    name: str
    kind: str
    group: str
    keeps: Mapping[str, Kept]
    namespaced: bool = True

    def path(self, namespace: str | None) -> str:
        """Return the path of the listing, in one namespace or everywhere."""
        root = "/api/v1" if "/" not in self.group else f"/apis/{self.group}"
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{within}/{self.name}"

    @property
    def permission(self) -> str:
        """What the token has to be allowed, as a role says it."""
        group = self.group.partition("/")[0] if "/" in self.group else ""
        return f'list {self.name} in the API group "{group}"'


RESOURCES = (
    Resource("namespaces", "Namespace", "v1", {"status": {"phase": True}}, namespaced=False),
    Resource(
        "nodes",
        "Node",
        "v1",
        {
            "spec": {"providerID": True, "unschedulable": True},
            "status": {
                "addresses": [{"type": True, "address": True}],
                "nodeInfo": {"machineID": True, "systemUUID": True, "kubeletVersion": True},
                "conditions": _CONDITIONS,
            },
        },
        namespaced=False,
    ),
    Resource(
        "persistentvolumes",
        "PersistentVolume",
        "v1",
        {
            "spec": {
                "capacity": {"storage": True},
                "csi": {"driver": True, "volumeHandle": True},
                "awsElasticBlockStore": {"volumeID": True},
                "nfs": {"server": True, "path": True},
                "local": {"path": True},
                "nodeAffinity": True,
                "storageClassName": True,
            },
            "status": {"phase": True},
        },
        namespaced=False,
    ),
    Resource(
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        "v1",
        {
            "spec": {"volumeName": True, "storageClassName": True, "resources": {"requests": {"storage": True}}},
            "status": {"phase": True, "capacity": {"storage": True}},
        },
    ),
    Resource(
        "pods",
        "Pod",
        "v1",
        {
            "spec": {"nodeName": True, "volumes": _VOLUMES},
            "status": {"phase": True, "podIP": True, "conditions": _CONDITIONS},
        },
    ),
    Resource(
        "services",
        "Service",
        "v1",
        {
            "spec": {
                "type": True,
                "clusterIP": True,
                "selector": True,
                "externalName": True,
                "externalIPs": True,
                "ports": [{"port": True, "protocol": True}],
            },
            "status": _BALANCED,
        },
    ),
    Resource("replicasets", "ReplicaSet", "apps/v1", {"spec": {"replicas": True, "template": _TEMPLATE}}),
    Resource("deployments", "Deployment", "apps/v1", {"spec": {"replicas": True, "template": _TEMPLATE}}),
    Resource("statefulsets", "StatefulSet", "apps/v1", {"spec": {"replicas": True, "template": _TEMPLATE}}),
    Resource("daemonsets", "DaemonSet", "apps/v1", {"spec": {"template": _TEMPLATE}}),
    Resource("jobs", "Job", "batch/v1", {"spec": {"parallelism": True, "template": _TEMPLATE}}),
    Resource(
        "cronjobs",
        "CronJob",
        "batch/v1",
        {"spec": {"schedule": True, "suspend": True, "jobTemplate": {"spec": {"template": _TEMPLATE}}}},
    ),
    Resource(
        "ingresses",
        "Ingress",
        "networking.k8s.io/v1",
        {
            "spec": {
                "defaultBackend": _BACKEND,
                "rules": [{"host": True, "http": {"paths": [{"path": True, "backend": _BACKEND}]}}],
                "tls": [{"hosts": True}],
            },
            "status": _BALANCED,
        },
    ),
    Resource(
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        "policy/v1",
        {"spec": {"minAvailable": True, "maxUnavailable": True, "selector": True}},
    ),
)
BY_KIND = {each.kind: each for each in RESOURCES}

RESTS_ON = {
    "namespaces": ("namespaces",),
    "nodes": ("nodes",),
    "persistentvolumes": ("persistentvolumes",),
    "persistentvolumeclaims": ("persistentvolumeclaims",),
    "pods": ("pods",),
    "services": ("services",),
    "deployments": ("deployments", "replicasets", "poddisruptionbudgets"),
    "replicasets": ("replicasets", "poddisruptionbudgets"),
    "statefulsets": ("statefulsets", "poddisruptionbudgets"),
    "daemonsets": ("daemonsets",),
    "jobs": ("jobs",),
    "cronjobs": ("cronjobs",),
    "ingresses": ("ingresses",),
}
"""The scopes of a target by their name below it, and the listings each of them rests on."""


def kept(resource: Resource, item: Any) -> dict[str, Any]:
    """Return what is kept of an object; of something else than an object nothing."""
    found = picked(item, {"metadata": METADATA, **resource.keeps})
    if not isinstance(found, dict):
        return {}
    metadata = found.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(notes, dict):
        found["metadata"]["annotations"] = {key: notes[key] for key in notes if key not in DROPPED_ANNOTATIONS}
    return found


def picked(value: Any, pattern: Kept) -> Any:
    """
    Return what a pattern keeps of a value; None where the value is not of its form.

    >>> picked({"a": 1, "b": [{"c": 2, "d": 3}]}, {"b": [{"c": True}]})
    {'b': [{'c': 2}]}
    """
    if pattern is True:
        return value
    if isinstance(pattern, list) and isinstance(value, list):
        return [picked(each, pattern[0]) for each in value if isinstance(each, dict)]
    if isinstance(pattern, list) or not isinstance(value, dict):
        return None
    return {key: picked(value[key], inner) for key, inner in pattern.items() if value.get(key) is not None}

"""Makes the objects of a cluster of any size as the API has them: the same numbers give the same bytes."""

from __future__ import annotations

from typing import Any

UID = "11111111-2222-4333-8444-555555555555"
SECRET = "planted-environment-value"
PATHS = {
    "namespaces": "/api/v1/namespaces",
    "nodes": "/api/v1/nodes",
    "persistentvolumes": "/api/v1/persistentvolumes",
    "persistentvolumeclaims": "/api/v1/persistentvolumeclaims",
    "pods": "/api/v1/pods",
    "services": "/api/v1/services",
    "replicasets": "/apis/apps/v1/replicasets",
    "deployments": "/apis/apps/v1/deployments",
    "statefulsets": "/apis/apps/v1/statefulsets",
    "daemonsets": "/apis/apps/v1/daemonsets",
    "jobs": "/apis/batch/v1/jobs",
    "cronjobs": "/apis/batch/v1/cronjobs",
    "ingresses": "/apis/networking.k8s.io/v1/ingresses",
    "poddisruptionbudgets": "/apis/policy/v1/poddisruptionbudgets",
}
"""The path under which the API lists each resource everywhere."""

Object = dict[str, Any]


class Bodies:
    """A cluster in the making: ``lists`` are its objects by resource."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Object]] = {name: [] for name in PATHS}
        self._count = 0

    def add(self, resource: str, name: str, namespace: str | None = None, **more: Any) -> Object:
        """Add an object; ``owner`` is what controls it."""
        self._count += 1
        owner = more.pop("owner", None)
        metadata = {
            "name": name,
            "uid": more.pop("uid", f"00000000-0000-4000-8000-{self._count:012d}"),
            "resourceVersion": str(self._count),
            "labels": more.pop("labels", {}),
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": SECRET, **more.pop("annotations", {})},
            "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:metadata": {}}}],
        }
        if namespace:
            metadata["namespace"] = namespace
        if owner:
            kind, above = owner
            metadata["ownerReferences"] = [
                {"kind": kind, "name": above["metadata"]["name"], "uid": above["metadata"]["uid"], "controller": True}
            ]
        made = {"metadata": metadata, **more}
        self.lists[resource].append(made)
        return made

    def node(self, at: int, zones: int = 3) -> Object:
        """Add a node; the first three are the control plane."""
        labels = {"kubernetes.io/hostname": f"node{at}", "topology.kubernetes.io/region": "eu-central-1"}
        labels["topology.kubernetes.io/zone"] = "eu-central-1" + "abc"[at % zones]
        labels["topology.k8s.aws/zone-id"] = f"euc1-az{at % zones + 1}"
        if at < 3:
            labels["node-role.kubernetes.io/control-plane"] = ""
        return self.add(
            "nodes",
            f"node{at}",
            labels=labels,
            spec={"providerID": f"aws:///eu-central-1a/i-{at:017x}"},
            status={
                "addresses": [{"type": "InternalIP", "address": f"10.0.{at // 250}.{at % 250 + 1}"}],
                "nodeInfo": {
                    "machineID": f"{at:032x}",
                    "systemUUID": f"ec2{at:05x}-0000-4000-8000-000000000000",
                    "kubeletVersion": "v1.32.4",
                },
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        )

    def pod(self, name: str, namespace: str, node: str, *, ready: bool = True, **more: Any) -> Object:
        """Add a running pod, with an environment that must never be read."""
        containers = [{"name": "main", "image": "shop:1", "env": [{"name": "PASSWORD", "value": SECRET}]}]
        return self.add(
            "pods",
            name,
            namespace,
            spec={"nodeName": node, "containers": containers, "volumes": more.pop("volumes", [])},
            status={
                "phase": more.pop("phase", "Running"),
                "podIP": "10.244.0.9",
                "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            },
            **more,
        )

    def workload(self, resource: str, name: str, namespace: str, replicas: int | None, **more: Any) -> Object:
        """Add a workload whose pods are labelled ``app=NAME``."""
        template = {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "containers": [{"name": "main", "image": f"{name}:1", "args": [f"--password={SECRET}"]}],
                "volumes": more.pop("volumes", []),
            },
        }
        spec = {"template": template, "selector": {"matchLabels": {"app": name}}}
        return self.add(
            resource, name, namespace, spec=spec | ({} if replicas is None else {"replicas": replicas}), **more
        )

    def deployment(self, name: str, namespace: str, nodes: list[str], **more: Any) -> Object:
        """Add a Deployment with its ReplicaSet and a pod on each of the nodes."""
        made = self.workload("deployments", name, namespace, len(nodes), **more)
        edition = self.workload("replicasets", f"{name}-7d9f8c", namespace, len(nodes), owner=("Deployment", made))
        for at, node in enumerate(nodes):
            labels = {"app": name, "pod-template-hash": "7d9f8c"}
            self.pod(f"{name}-7d9f8c-{at:05d}", namespace, node, labels=labels, owner=("ReplicaSet", edition))
        return made

    def stateful(self, name: str, namespace: str, nodes: list[str]) -> Object:
        """Add a StatefulSet with its pods, each with a claim and a volume of its own."""
        made = self.workload("statefulsets", name, namespace, len(nodes))
        for at, node in enumerate(nodes):
            claim = f"data-{name}-{at}"
            self.pod(
                f"{name}-{at}",
                namespace,
                node,
                labels={"app": name},
                owner=("StatefulSet", made),
                volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
            )
            self.add(
                "persistentvolumeclaims",
                claim,
                namespace,
                spec={"volumeName": f"pv-{name}-{at}", "resources": {"requests": {"storage": "10Gi"}}},
                status={"phase": "Bound", "capacity": {"storage": "10Gi"}},
            )
            self.add(
                "persistentvolumes",
                f"pv-{name}-{at}",
                spec={
                    "capacity": {"storage": "10Gi"},
                    "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{name}{at}"},
                },
                status={"phase": "Bound"},
            )
        return made

    def service(self, name: str, namespace: str, selector: dict[str, str], **more: Any) -> Object:
        """Add a service on port 80."""
        spec = {"type": "ClusterIP", "clusterIP": "10.96.0.7", "selector": selector, "ports": [{"port": 80}]}
        return self.add("services", name, namespace, spec=spec | more.pop("spec", {}), **more)

    def ingress(self, name: str, namespace: str, services: list[str]) -> Object:
        """Add an ingress with a rule for each service."""
        paths = [{"path": f"/{each}", "backend": {"service": {"name": each}}} for each in services]
        host = f"{name}.example.org"
        spec = {"rules": [{"host": host, "http": {"paths": paths}}], "tls": [{"hosts": [host]}]}
        return self.add("ingresses", name, namespace, spec=spec)

    def budget(self, name: str, namespace: str, app: str, **said: int | str) -> Object:
        """Add a disruption budget of what is labelled ``app=APP``."""
        return self.add(
            "poddisruptionbudgets", name, namespace, spec={"selector": {"matchLabels": {"app": app}}, **said}
        )


def shop(pods: int = 24, nodes: int = 6) -> Bodies:
    """
    Return a cluster with a shop in it: ``pods`` pods of Deployments on ``nodes`` nodes, and a few of every other kind.

    Besides these there are 3 pods of a StatefulSet, one of a DaemonSet on each node, 3 of etcd, 1 without a controller
    and 1 that has ended.
    """
    made = Bodies()
    made.add("namespaces", "kube-system", uid=UID)
    made.add("namespaces", "shop", labels={"team": "shop"}, annotations={"contact": "shop@example.org"})
    names = [made.node(at)["metadata"]["name"] for at in range(nodes)]
    for at, name in enumerate(names[:3]):
        made.pod(
            f"etcd-{name}", "kube-system", name, labels={"component": "etcd"}, owner=("Node", made.lists["nodes"][at])
        )
    for at in range(pods // 6):
        app = f"web{at}"
        made.deployment(app, "shop", [names[(at + each) % nodes] for each in range(6)])
        made.service(app, "shop", {"app": app})
    made.budget("web0", "shop", "web0", minAvailable=2)
    made.stateful("db", "shop", names[:3])
    made.budget("db", "shop", "db", maxUnavailable=1)
    made.service("db", "shop", {"app": "db"})
    agent = made.workload("daemonsets", "agent", "kube-system", None)
    for name in names:
        made.pod(f"agent-{name}", "kube-system", name, labels={"app": "agent"}, owner=("DaemonSet", agent))
    nightly = made.add("cronjobs", "nightly", "shop", spec={"schedule": "0 3 * * *"})
    run = made.workload("jobs", "nightly-29", "shop", None, owner=("CronJob", nightly))
    made.pod("nightly-29-abcde", "shop", names[0], phase="Succeeded", owner=("Job", run))
    made.pod("debug", "shop", names[0], labels={"app": "debug"})
    made.ingress("shop", "shop", ["web0"])
    made.ingress("shared", "shop", ["web0", "web1"])
    return made

"""
Workloads and pods: what is to run, how much of it is enough, and on which nodes it runs now.

Most pods are no CIs. A pod of a Deployment lives until the next rollout, and its name dies with it: as a CI it would be
a tombstone within days, and nobody ever speaks of it. So a workload runs on the nodes that its pods are on, as a group.
Pods whose names last are CIs: those of a StatefulSet, and those that no workload controls. The setting ``pods`` makes
CIs of all of them, or of none.

How many replicas are enough is what a disruption budget says. Without one: one, where all replicas are alike; all of
them for a StatefulSet, each of which has a name and data of its own, as nothing says that the others can do without it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.group import members_needed
from cmdb.model.observation import End, EvidenceKind, Observation, ObservedGroup, ObservedRelation
from discovery.connectors.kubernetes.resources import BY_KIND
from discovery.connectors.kubernetes.shape.cluster import NAMED, Cluster, controller, native_id, relation, seen
from discovery.connectors.kubernetes.shape.selecting import selects
from discovery.connectors.kubernetes.shape.values import address, inner, number, records, text, words

LISTINGS = ("deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs")
GROUP = "replicas"


class Work:
    """The workloads of a cluster by native id, their pods, and which pods are CIs."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.workloads: dict[str, Mapping[str, Any]] = {}
        self.kinds: dict[str, str] = {}
        for listing in LISTINGS:
            for ident, item in cluster.items(listing):
                if (controller(item) or ("", ""))[0] in BY_KIND:
                    continue  # One edition of a Deployment, or one run of a CronJob: that one is the workload.
                self.workloads[ident], self.kinds[ident] = item, cluster.kind_of(listing)
        self.pods: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.lone: dict[str, Mapping[str, Any]] = {}
        self.as_ci: dict[str, Mapping[str, Any]] = {}
        self.owner_of: dict[str, str] = {}
        self.budgets: dict[str | None, list[Mapping[str, Any]]] = defaultdict(list)
        for _, budget in cluster.items("poddisruptionbudgets"):
            self.budgets[text(inner(budget, "metadata"), "namespace")].append(budget)
        self._assign()

    def _above(self, item: Mapping[str, Any]) -> str | None:
        """Return the native id of the listed workload that controls an object, or None."""
        owner, namespace = controller(item), text(inner(item, "metadata"), "namespace")
        if owner is None or owner[0] not in BY_KIND:
            return None
        ident = f"{namespace}/{owner[0]}/{owner[1]}"
        return ident if self.cluster.find(BY_KIND[owner[0]].name, ident) is not None else None

    def _assign(self) -> None:
        strange: Counter[str] = Counter()
        mode = self.cluster.settings.get("pods", "lasting")
        for ident, pod in self.cluster.items("pods"):
            if _over(pod):
                continue
            owner, above = controller(pod), self._workload_of(pod)
            if above is not None:
                self.pods[above].append(pod)
                self.owner_of[ident] = above
            elif owner is None or owner[0] == "Node":
                self.lone[ident] = pod
            else:
                strange[owner[0]] += 1
            lasting = ident in self.lone or (above is not None and self.kinds.get(above) == "StatefulSet")
            if mode == "all" or (mode == "lasting" and lasting):
                self.as_ci[ident] = pod
        if strange:
            self.cluster.say("kubernetes.unknown_controllers", kinds=dict(sorted(strange.items())[:NAMED]))

    def _workload_of(self, pod: Mapping[str, Any]) -> str | None:
        """Return the workload that keeps a pod running: what controls it, or what controls that."""
        owner, ident = controller(pod), self._above(pod)
        if owner is not None and ident is not None and ident not in self.workloads:
            item = self.cluster.find(BY_KIND[owner[0]].name, ident)
            ident = self._above(item) if item is not None else None
        return ident if ident in self.workloads else self._by_hash(pod)

    def _by_hash(self, pod: Mapping[str, Any]) -> str | None:
        """Return the Deployment of a pod whose ReplicaSet is not known: that is named for it, with a hash behind."""
        owner, metadata = controller(pod), inner(pod, "metadata")
        code = words(metadata, "labels").get("pod-template-hash")
        if owner is None or owner[0] != "ReplicaSet" or not code or not owner[1].endswith(f"-{code}"):
            return None
        ident = f"{text(metadata, 'namespace')}/Deployment/{owner[1].removesuffix(f'-{code}')}"
        return ident if ident in self.workloads else None

    def template(self, ident: str) -> Mapping[str, Any]:
        """Return the template that a workload makes pods from."""
        spec = inner(self.workloads[ident], "spec")
        return inner(spec, "template") or inner(spec, "jobTemplate", "spec", "template")

    def end(self, ident: str, item: Mapping[str, Any], kind: str) -> End:
        """Return a workload or pod as an end."""
        metadata = inner(item, "metadata")
        return End(ident, (self.cluster.by_name(kind, str(metadata["name"]), text(metadata, "namespace")),))


def observe(cluster: Cluster, work: Work) -> Iterator[Observation]:
    """Yield the workloads, and the pods that are CIs."""
    for ident, item in work.workloads.items():
        yield _workload(cluster, work, ident, item)
    for ident, pod in work.as_ci.items():
        yield _pod(cluster, work, ident, pod)


def _over(pod: Mapping[str, Any]) -> bool:
    return inner(pod, "status").get("phase") in ("Succeeded", "Failed")


def _ready(pod: Mapping[str, Any]) -> bool:
    """Tell whether a pod does its work: it is ready, and nobody has asked it to leave."""
    conditions = records(inner(pod, "status"), "conditions")
    ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)
    return ready and text(inner(pod, "metadata"), "deletionTimestamp") is None


def _pod(cluster: Cluster, work: Work, ident: str, pod: Mapping[str, Any]) -> Observation:
    node, above = text(inner(pod, "spec"), "nodeName"), work.owner_of.get(ident)
    return cluster.observation(
        "pods",
        pod,
        "kubernetes_pod",
        attributes=cluster.common(pod) | seen({"ip": address(text(inner(pod, "status"), "podIP"))}),
        relations=[
            relation("runs_on", cluster.end("Node", node), detail="scheduled there") if node else None,
            relation("member_of", work.end(above, work.workloads[above], work.kinds[above])) if above else None,
            *claims(cluster, pod, inner(pod, "spec")),
        ],
        evidence={"phase": text(inner(pod, "status"), "phase"), "ready": _ready(pod)},
    )


def claims(cluster: Cluster, item: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[ObservedRelation]:
    """Yield a relation for each claim that the volumes of a pod or a template name."""
    namespace = text(inner(item, "metadata"), "namespace")
    for volume in records(spec, "volumes"):
        if name := text(inner(volume, "persistentVolumeClaim"), "claimName"):
            end = cluster.end("PersistentVolumeClaim", name, namespace)
            detail = f"volume {text(volume, 'name') or name}"
            yield relation("stores_data_on", end, evidence=EvidenceKind.CONFIGURATION, detail=detail)


def _workload(cluster: Cluster, work: Work, ident: str, item: Mapping[str, Any]) -> Observation:
    template, spec, kind = work.template(ident), inner(item, "spec"), work.kinds[ident]
    images = [image for each in records(inner(template, "spec"), "containers") if (image := text(each, "image"))]
    running, groups = _running(cluster, work, ident)
    listing = BY_KIND[kind].name
    return cluster.observation(
        listing,
        item,
        "kubernetes_workload",
        attributes=cluster.common(item)
        | seen({"kind": kind, "replicas": number(spec, "replicas"), "images": cluster.listed(images, "images", ident)}),
        relations=[*running, *claims(cluster, item, inner(template, "spec")), *_claims_of_pods(cluster, work, ident)],
        groups=groups,
        evidence=seen({"schedule": text(spec, "schedule"), "suspended": spec.get("suspend")}),
    )


def _claims_of_pods(cluster: Cluster, work: Work, ident: str) -> Iterator[ObservedRelation]:
    """Yield the claims of pods that are no CIs and so can not name them."""
    for pod in work.pods.get(ident, ()):
        if native_id("Pod", inner(pod, "metadata")) not in work.as_ci:
            yield from claims(cluster, pod, inner(pod, "spec"))


def _running(cluster: Cluster, work: Work, ident: str) -> tuple[list[ObservedRelation], list[ObservedGroup]]:
    """Return what a workload runs on, its pods or their nodes, and how many of these are enough."""
    pods = work.pods.get(ident, [])
    ready = [pod for pod in pods if _ready(pod)]
    working = ready or pods
    if not working:
        return [], []  # Scaled to nothing, between two runs, or only written down: there is nothing it runs on.
    needs, evidence, detail = _needs(work, ident, len(working))
    if len(ready) < needs:
        cluster.say("kubernetes.too_few_ready", workload=ident, ready=len(ready), needs=needs)
    needs = max(1, min(needs, len(working)))
    own = {native_id("Pod", inner(pod, "metadata")): pod for pod in working}
    if all(each in work.as_ci for each in own):
        found = [relation("depends_on", work.end(each, pod, "Pod"), group=GROUP) for each, pod in own.items()]
        return found, [ObservedGroup(GROUP, needs, evidence, detail=detail)]
    placed = Counter(node for pod in working if (node := text(inner(pod, "spec"), "nodeName")))
    if not placed:
        return [], []
    found = [
        relation("runs_on", cluster.end("Node", node), group=GROUP, detail=f"{count} of its pods")
        for node, count in placed.items()
    ]
    return found, [ObservedGroup(GROUP, _nodes_needed(placed, needs), evidence, detail=detail)]


def _nodes_needed(placed: Mapping[str, int], pods: int) -> int:
    """
    Return of how many nodes any so many hold enough pods.

    Where nodes hold different numbers, the emptiest are counted: what is said to be enough always is.

    >>> _nodes_needed({"n1": 3, "n2": 1, "n3": 1}, 2)
    2
    """
    held = 0
    for nodes, count in enumerate(sorted(placed.values()), start=1):
        held += count
        if held >= pods:
            return nodes
    return len(placed)


def _needs(work: Work, ident: str, running: int) -> tuple[int, EvidenceKind, str]:
    """Return how many replicas of a workload are enough, how that is known, and in words."""
    item, kind = work.workloads[ident], work.kinds[ident]
    wanted = number(inner(item, "spec"), "replicas") or running
    labels = words(inner(work.template(ident), "metadata"), "labels")
    budgets = []
    for budget in work.budgets.get(text(inner(item, "metadata"), "namespace"), ()):
        spec = inner(budget, "spec")
        if selects(inner(spec, "selector"), labels) and (said := _budget(spec, wanted)) is not None:
            budgets.append((said[0], f"PodDisruptionBudget {inner(budget, 'metadata')['name']}: {said[1]}"))
    if budgets:
        needs, detail = max(budgets)
        return needs, EvidenceKind.CONFIGURATION, detail
    if kind == "StatefulSet" and wanted > 1:
        return wanted, EvidenceKind.INVENTORY, f"{wanted} replicas that are not alike, no PodDisruptionBudget"
    alike = "a pod on each node" if kind == "DaemonSet" else f"{wanted} replicas alike"
    return 1, EvidenceKind.INVENTORY, f"{alike}, no PodDisruptionBudget"


def _budget(spec: Mapping[str, Any], wanted: int) -> tuple[int, str] | None:
    """Return how many of the wanted pods a budget keeps, and its words; shares are rounded up, as the cluster does."""
    for key, keeps in (("minAvailable", True), ("maxUnavailable", False)):
        value = spec.get(key)
        count = _count(value, wanted)
        if count is not None:
            return max(0, count if keeps else wanted - count), f"{key} {value}"
    return None


def _count(value: Any, of: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if value == "0%":
        return 0
    try:
        return members_needed(value, of) if isinstance(value, str) else None
    except ValueError:
        return None

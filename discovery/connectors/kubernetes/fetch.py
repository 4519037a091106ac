"""Reads one cluster: every listing of the table, page by page, from its API or from its manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from discovery.connectors.kubernetes.api import Api, Expired, Withheld
from discovery.connectors.kubernetes.disk import MAX_FILES, Unusable, files, objects
from discovery.connectors.kubernetes.resources import BY_KIND, RESOURCES, Resource, kept
from discovery.ports import Line, Part, Target, Unreadable

RESTARTS = 3  # so often a listing begins again when its rest expired meanwhile


def targets(settings: Mapping[str, Any], line: Line) -> Iterator[Target]:
    """Yield the one target: the cluster."""
    line.check()
    yield Target(settings["cluster"])


def fetch(target: Target, settings: Mapping[str, Any], line: Line) -> Iterator[Part]:
    """
    Yield what the cluster is, then the pages of all listings.

    The body of a page is ``{"items": [...]}``, with its ``namespace`` where only some are read, and with ``began`` 2 or
    more where the listing had to begin again: earlier pages of it then count no more.

    Raises:
        TargetError: nothing more can be read; the kind says whether to try again.
    """
    line.check()
    if "manifests" in settings:
        yield from _from_disk(settings, line)
        return
    api = Api(target, settings, line)
    try:
        yield Part("cluster", _cluster(api, target, settings))
        for resource in RESOURCES:
            for namespace in settings.get("namespaces", [None]) if resource.namespaced else [None]:
                yield from _listing(api, resource, namespace, settings)
    finally:
        api.close()


def _cluster(api: Api, target: Target, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return version and uid; a cluster has no uid of its own, so that of its oldest namespace stands for it."""
    found: dict[str, Any] = {}
    try:
        found["version"] = str(api.get("/version").get("gitVersion", ""))[:100]
    except Withheld as no:
        # Its version is nice to have, and whoever may not ask for it may still list; but every cluster serves it.
        if not no.denied:
            raise Unreadable(target=target.id, reason="what answers does not say that it is Kubernetes") from None
    except Expired:
        pass
    if "cluster_uid" in settings:
        return found | {"uid": settings["cluster_uid"]}
    try:
        metadata = api.get("/api/v1/namespaces/kube-system").get("metadata")
        uid = metadata.get("uid") if isinstance(metadata, dict) else None
    except (Withheld, Expired):
        uid = None
    return found | ({"uid": uid} if isinstance(uid, str) else {})


def _listing(api: Api, resource: Resource, namespace: str | None, settings: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the pages of one listing, the last one not whole where it could not be read to its end."""
    within = {"namespace": namespace} if namespace else {}
    began, count, token = 1, 0, ""
    seen: set[str] = set()
    while True:
        try:
            page = api.get(resource.path(namespace), limit=settings["page"], **{"continue": token})
        except Expired:
            if not token or began >= RESTARTS:
                yield Part(resource.name, {**within, "withheld": "it changes faster than it can be read"}, whole=False)
                return
            began, count, token = began + 1, 0, ""
            continue
        except Withheld as no:
            missing = {"permission": resource.permission} if no.denied else {}
            yield Part(resource.name, {**within, "withheld": no.reason, **missing}, whole=False)
            return
        items = page.get("items")
        found = [kept(resource, each) for each in items] if isinstance(items, list) else []
        yield Part(resource.name, {**within, "items": found, **({"began": began} if began > 1 else {})})
        count += max(1, len(found))  # A page without objects counts too: there is an end to everything.
        metadata = page.get("metadata")
        token = str(metadata.get("continue") or "") if isinstance(metadata, dict) else ""
        if not token and isinstance(items, list):
            return
        if token in seen or count >= settings["most"] or not isinstance(items, list):
            reason = {"most": settings["most"]} if count >= settings["most"] else {"withheld": "its pages do not end"}
            yield Part(resource.name, {**within, **reason}, whole=False)
            return
        seen.add(token)


def _from_disk(settings: Mapping[str, Any], line: Line) -> Iterator[Part]:
    """Yield the objects of manifests as if the API had listed them; a file that can not be read spoils all listings."""
    uid = {"uid": settings["cluster_uid"]} if "cluster_uid" in settings else {}
    yield Part("cluster", {"manifests": True, **uid})
    found: dict[str, list[dict[str, Any]]] = {resource.name: [] for resource in RESOURCES}
    faults: list[dict[str, Any]] = []
    paths, all_of_them = files(settings["manifests"])
    if not all_of_them:
        faults.append({"most": MAX_FILES})
    left_out: dict[str, int] = {}
    wanted = set(settings.get("namespaces", ()))
    for path in paths:
        line.check()
        try:
            read = list(objects(path))
        except Unusable as no:
            faults.append({"withheld": str(no), "file": str(path)})
            continue
        for each in read:
            resource = BY_KIND.get(str(each.get("kind")))
            if resource is None:
                left_out[str(each.get("kind"))[:60]] = left_out.get(str(each.get("kind"))[:60], 0) + 1
                continue
            item = kept(resource, each)
            metadata = item.get("metadata")
            if resource.namespaced and isinstance(metadata, dict):
                metadata.setdefault("namespace", "default")
                if wanted and metadata["namespace"] not in wanted:
                    continue
            found[resource.name].append(item)
    if left_out:
        yield Part("left_out", {"kinds": dict(sorted(left_out.items())[:100])})
    for name, items in found.items():
        yield Part(name, {"items": items}, whole=not faults)
    for fault in faults:
        yield Part("manifests", fault, whole=False)

"""Clusters, the hosts that carry them, and virtual machines."""

from __future__ import annotations

from collections import defaultdict

from discovery.connectors.netbox.shape.book import Book, native_id
from discovery.connectors.netbox.shape.devices import DEVICE, host_facts
from discovery.connectors.netbox.shape.places import at_site, site_of
from discovery.connectors.netbox.shape.rows import Row
from discovery.ports.drafting import text, whole_number

CLASSES = ("hypervisor_cluster", "kubernetes_cluster", "virtual_machine")
CLUSTER, MACHINE = "virtualization.cluster", "virtualization.virtualmachine"


def clusters(book: Book) -> None:
    """Take clusters; one works while a host of it does, as far as NetBox knows."""
    rows = book.rows
    hosts: dict[object, list[str]] = defaultdict(list)
    for id_, row in rows.of(DEVICE).items():
        if device := book.there(DEVICE, id_):
            hosts[row.get("cluster")].append(device)
    for row in rows.of(CLUSTER).values():
        if not book.skipped(CLUSTER, row):
            _cluster(book, row, hosts[row["id"]])
    for model, words in (("clustertype", "attribute of its clusters"), ("clustergroup", "label of its clusters")):
        book.taken_as[f"virtualization.{model}", words] += len(rows.of(f"virtualization.{model}"))


def _cluster(book: Book, row: Row, hosts: list[str]) -> None:
    rows = book.rows
    kind = rows.name("virtualization.clustertype", row.get("type"))
    kubernetes = "kubernetes" in kind.lower() or "openshift" in kind.lower()
    draft = book.draft(CLUSTER, row, "kubernetes_cluster" if kubernetes else "hypervisor_cluster", row.get("name"))
    draft.put(**{"distribution" if kubernetes else "hypervisor": kind})
    draft.label(type=kind, group=rows.name("virtualization.clustergroup", row.get("group")))
    place = site_of(row)
    if place and place.model == "dcim.site":
        at_site(book, draft, place.id)
    if place and (native := book.there(*place)) and place.model in ("dcim.site", "dcim.location", "dcim.region"):
        draft.relate("located_in", native, "its place")
    if len(hosts) > 1:
        draft.group("hosts", 1, f"{len(hosts)} hosts; NetBox does not say how many it needs, so one is taken")
    for host in hosts:
        draft.relate("runs_on", host, "a host of the cluster", group="hosts" if len(hosts) > 1 else None)
        book.drafts[host].relate("member_of", draft.native_id, "its cluster")


def machines(book: Book) -> None:
    """Take virtual machines on their cluster and, where one is named, on their host."""
    for row in book.rows.of(MACHINE).values():
        if not book.skipped(MACHINE, row):
            _machine(book, row)


def _machine(book: Book, row: Row) -> None:
    rows = book.rows
    draft = book.draft(MACHINE, row, "virtual_machine", row.get("name"))
    memory, disk = whole_number(row.get("memory")), whole_number(row.get("disk"))
    # Until NetBox 4.0 disks are counted in GB, then in MB; a dump does not say which NetBox wrote it.
    per_gb = None if rows.version is None else 1 if rows.version < (4, 1) else 1_000
    draft.put(
        cpu_cores=whole_number(row.get("vcpus")),
        memory_mb=memory,
        disk_gb=disk / per_gb if disk is not None and per_gb else None,
    )
    cluster = rows.find(CLUSTER, row.get("cluster"))
    place = site_of(row) or (site_of(cluster) if cluster else None)
    if place and place.model == "dcim.site":
        at_site(book, draft, place.id)
    role = rows.find("dcim.devicerole", row.get("role"))
    draft.label(role=text(role.get("slug")))
    host_facts(book, draft, row, roles=role.get("name"))
    on_cluster = book.there(CLUSTER, row.get("cluster"))
    on_host = book.there(DEVICE, row.get("device"))
    if on_cluster:
        draft.relate("runs_on", on_cluster, "its cluster")
    if on_host:
        draft.relate("runs_on", on_host, "the host it runs on")
    if not on_cluster and not on_host and place and place.model == "dcim.site" and book.there(*place):
        draft.relate("located_in", native_id(*place), "its site")

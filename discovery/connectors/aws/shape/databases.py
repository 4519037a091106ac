"""
Rented databases: instances with their standby, clusters with their members, and who copies to whom.

An instance with a standby is in two zones of which one is enough. A cluster answers as long as one of its instances
does, for the provider makes any of them the writer. A read replica is no spare of its primary: nobody but a person puts
it in its place; so the two are joined by the copying alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.observation import (
    End,
    EvidenceKind,
    Identifier,
    Observation,
    ObservedGroup,
    ObservedRelation,
)
from discovery.connectors.aws.shape.region import (
    Region,
    domain,
    inner,
    known,
    labels,
    number,
    port,
    records,
    relation,
    seen,
    text,
    texts,
)

SCOPE, ZONES, INSTANCES = "databases", "zones", "instances"


def observe(region: Region) -> Iterator[Observation]:
    """Yield the database instances and clusters."""
    instances = list(region.items("db_instances", "DBInstances", SCOPE, "DBInstanceArn"))
    clusters = list(region.items("db_clusters", "DBClusters", SCOPE, "DBClusterArn"))
    arns = {name: str(each["DBInstanceArn"]) for each in instances if (name := text(each, "DBInstanceIdentifier"))}
    writers = {
        name: bool(member.get("IsClusterWriter"))
        for cluster in clusters
        for member in records(cluster, "DBClusterMembers")
        if (name := text(member, "DBInstanceIdentifier"))
    }
    for instance in instances:
        yield _instance(region, instance, arns, writers)
    for cluster in clusters:
        yield _cluster(region, cluster, arns)


def _instance(
    region: Region, instance: Mapping[str, Any], arns: Mapping[str, str], writers: Mapping[str, bool]
) -> Observation:
    ident, endpoint = str(instance["DBInstanceArn"]), inner(instance, "Endpoint")
    fqdn, listening = domain(text(endpoint, "Address")), port(endpoint)
    zones, groups = _zones(region, instance)
    return region.observation(
        region.scope(SCOPE),
        ident,
        "database_instance",
        text(instance, "DBInstanceIdentifier"),
        attributes={
            "cloud_id": ident,
            "engine": text(instance, "Engine"),
            "version": text(instance, "EngineVersion"),
            "port": listening,
            "role": _role(instance, writers),
        },
        identifiers=[
            *([Identifier("fqdn", fqdn)] if fqdn else []),
            *([Identifier("endpoint", f"{fqdn}:{listening}/tcp")] if fqdn and listening else []),
        ],
        relations=[
            *zones,
            relation("routes_through", text(inner(instance, "DBSubnetGroup"), "VpcId"), detail="its network"),
            *(
                relation("depends_on", text(each, "VpcSecurityGroupId"), detail="lets its traffic through")
                for each in records(instance, "VpcSecurityGroups")
            ),
            _copied_from(region, text(instance, "ReadReplicaSourceDBInstanceIdentifier"), arns),
        ],
        groups=groups,
        labels=labels(instance, "TagList"),
        evidence=seen({"state": text(instance, "DBInstanceStatus"), "flavor": text(instance, "DBInstanceClass")})
        | {"storage_gb": number(instance, "AllocatedStorage")},
    )


def _role(instance: Mapping[str, Any], writers: Mapping[str, bool]) -> str:
    name = text(instance, "DBInstanceIdentifier") or ""
    if name in writers:
        return "primary" if writers[name] else "replica"
    if text(instance, "ReadReplicaSourceDBInstanceIdentifier"):
        return "replica"
    return "primary" if texts(instance, "ReadReplicaDBInstanceIdentifiers") else "standalone"


def _zones(region: Region, instance: Mapping[str, Any]) -> tuple[list[ObservedRelation | None], list[ObservedGroup]]:
    """Return where an instance runs: with a standby in another zone, either zone is enough."""
    first, second = text(instance, "AvailabilityZone"), text(instance, "SecondaryAvailabilityZone")
    here = region.zone(first, SCOPE)
    if instance.get("MultiAZ") is not True:
        return [relation("located_in", here)], []
    there = region.zone(second or _other_zone(instance, first), SCOPE)
    if there is None or there == here or here is None:
        # Which zone the standby is in nobody says, so its redundancy is not counted on.
        region.say("aws.standby_zone_unknown", database=text(instance, "DBInstanceIdentifier"))
        return [relation("located_in", here)], []
    found = [relation("located_in", end, group=ZONES) for end in (here, there)]
    return found, [ObservedGroup(ZONES, 1, EvidenceKind.INVENTORY, detail="MultiAZ: a standby takes over")]


def _other_zone(instance: Mapping[str, Any], first: str | None) -> str | None:
    """Return the only zone of its subnets that is not the first one, for there the standby must be."""
    subnets = records(inner(instance, "DBSubnetGroup"), "Subnets")
    zones = {text(inner(each, "SubnetAvailabilityZone"), "Name") for each in subnets} - {first, None}
    return zones.pop() if len(zones) == 1 else None


def _copied_from(region: Region, source: str | None, arns: Mapping[str, str]) -> ObservedRelation | None:
    """Return that the instance a replica copies from sends to it; in another region it is named by its ARN."""
    if source is None:
        return None
    ident = source if source.startswith("arn:") else arns.get(source, _arn(region, source))
    return ObservedRelation(
        "replicates_to", EvidenceKind.INVENTORY, source=known(ident), detail="a read replica of this instance"
    )


def _arn(region: Region, name: str) -> str:
    return f"arn:aws:rds:{region.name}:{region.account}:db:{name}"


def _cluster(region: Region, cluster: Mapping[str, Any], arns: Mapping[str, str]) -> Observation:
    ident, listening = str(cluster["DBClusterArn"]), port(cluster)
    names = [name for key in ("Endpoint", "ReaderEndpoint") if (name := domain(text(cluster, key)))]
    members = sorted(
        arns.get(name, _arn(region, name))
        for each in records(cluster, "DBClusterMembers")
        if (name := text(each, "DBInstanceIdentifier"))
    )
    ends: list[End] = [known(each) for each in members]
    return region.observation(
        region.scope(SCOPE),
        ident,
        "database_cluster",
        text(cluster, "DBClusterIdentifier"),
        attributes={
            "cloud_id": ident,
            "engine": text(cluster, "Engine"),
            "version": text(cluster, "EngineVersion"),
            "port": listening,
        },
        identifiers=[
            *(Identifier("fqdn", name) for name in names),
            *(Identifier("endpoint", f"{name}:{listening}/tcp") for name in names if listening),
        ],
        relations=[relation("depends_on", end, group=INSTANCES, detail="an instance of the cluster") for end in ends],
        groups=[ObservedGroup(INSTANCES, 1, EvidenceKind.INVENTORY, detail="any instance may become the writer")]
        if ends
        else [],
        labels=labels(cluster, "TagList"),
        evidence={"state": text(cluster, "Status")},
    )

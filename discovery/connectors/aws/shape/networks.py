"""The account, its region, zones, networks, subnets and security groups."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.model.observation import Identifier, Observation
from discovery.connectors.aws.shape.region import PROVIDER, Region, labels, network, relation, seen, text


def observe(region: Region) -> Iterator[Observation]:
    """Yield what everything else lies in."""
    if region.identified:
        yield from _around(region)
    yield from _zones(region)
    yield from _vpcs(region)
    yield from _subnets(region)
    yield from _security_groups(region)


def _around(region: Region) -> Iterator[Observation]:
    name = text(region.target.facts, "name")
    yield region.observation(
        region.target.id,
        region.account,
        "cloud_account",
        name,
        # The account is the same in every region, so it has none.
        attributes={"provider": PROVIDER, "cloud_id": region.account, "resource_type": "account"},
        identifiers=(Identifier("cloud_id", f"arn:aws:iam::{region.account}:root"),),
    )
    yield region.observation(
        region.target.id, region.name, "cloud_region", None, attributes=region.resource("region", region.name)
    )


def _zones(region: Region) -> Iterator[Observation]:
    for zone in region.items("zones", "AvailabilityZones", "zones", "ZoneId"):
        ident = str(zone["ZoneId"])
        yield region.observation(
            region.scope("zones"),
            ident,
            "availability_zone",
            None,
            attributes=region.resource("availability-zone", ident),
            relations=[relation("located_in", region.name)],
            evidence={"zone_name": text(zone, "ZoneName")},
        )


def _vpcs(region: Region) -> Iterator[Observation]:
    for vpc in region.items("vpcs", "Vpcs", "vpcs", "VpcId"):
        ident, tags = str(vpc["VpcId"]), labels(vpc)
        yield region.observation(
            region.scope("vpcs"),
            ident,
            "virtual_network",
            tags.get("Name"),
            attributes=region.resource("AWS::EC2::VPC", ident) | seen({"cidr": network(text(vpc, "CidrBlock"))}),
            relations=[relation("located_in", region.name), relation("part_of", text(vpc, "OwnerId"))],
            labels=tags,
        )


def _subnets(region: Region) -> Iterator[Observation]:
    for subnet in region.items("subnets", "Subnets", "subnets", "SubnetId"):
        ident, tags = str(subnet["SubnetId"]), labels(subnet)
        arn = text(subnet, "SubnetArn")
        yield region.observation(
            region.scope("subnets"),
            ident,
            "subnet",
            tags.get("Name"),
            attributes={"cidr": network(text(subnet, "CidrBlock")), "vrf": text(subnet, "VpcId")},
            identifiers=[Identifier("cloud_id", arn)] if arn else [],
            relations=[
                relation("located_in", region.zone(text(subnet, "AvailabilityZone"), "subnets")),
                relation("routes_through", text(subnet, "VpcId"), detail="a subnet of this network"),
            ],
            labels=tags,
        )


def _security_groups(region: Region) -> Iterator[Observation]:
    for group in region.items("security_groups", "SecurityGroups", "security_groups", "GroupId"):
        ident = str(group["GroupId"])
        yield region.observation(
            region.scope("security_groups"),
            ident,
            "security_group",
            text(group, "GroupName"),
            attributes=region.resource("AWS::EC2::SecurityGroup", ident)
            | seen({"description": text(group, "Description")}),
            relations=[relation("part_of", text(group, "VpcId"))],
            labels=labels(group),
        )

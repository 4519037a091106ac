"""The rented machines and their disks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.observation import Identifier, Observation
from discovery.connectors.aws.shape.region import (
    Region,
    address,
    domain,
    hardware_address,
    inner,
    labels,
    number,
    records,
    relation,
    text,
)

GONE = ("terminated", "shutting-down")  # AWS goes on listing what is no more for about an hour.


def observe(region: Region) -> Iterator[Observation]:
    """Yield the machines that still exist, running or not, and the disks."""
    lost = 0
    for reservation in (each for body in region.bodies("instances") for each in records(body, "Reservations")):
        for instance in records(reservation, "Instances"):
            if text(instance, "InstanceId") is None:
                lost += 1
            elif inner(instance, "State").get("Name") not in GONE:
                yield _machine(region, instance)
    if lost:
        region.doubt("instances", lost)
    for volume in region.items("volumes", "Volumes", "volumes", "VolumeId"):
        yield _volume(region, volume)


def _machine(region: Region, instance: Mapping[str, Any]) -> Observation:
    ident, tags = str(instance["InstanceId"]), labels(instance)
    interfaces = records(instance, "NetworkInterfaces")
    addresses, macs = _addresses(instance, interfaces), _macs(interfaces)
    fqdn = domain(text(instance, "PrivateDnsName"))
    return region.observation(
        region.scope("instances"),
        ident,
        "virtual_machine",
        tags.get("Name"),
        attributes={
            "cloud_id": ident,
            "flavor": text(instance, "InstanceType"),
            "os": text(instance, "PlatformDetails"),
            "fqdn": fqdn,
            "ip_addresses": addresses,
            "mac_addresses": macs,
            "cpu_cores": number(inner(instance, "CpuOptions"), "CoreCount"),
        },
        identifiers=[
            Identifier("cloud_id", f"arn:aws:ec2:{region.name}:{region.account}:instance/{ident}"),
            *(Identifier("mac", mac) for mac in macs),
            *([Identifier("fqdn", fqdn)] if fqdn else []),
            *(Identifier("ip", each) for each in addresses),
        ],
        relations=[
            relation("located_in", region.zone(text(inner(instance, "Placement"), "AvailabilityZone"), "instances")),
            relation("routes_through", text(instance, "SubnetId"), detail="the subnet of its first interface"),
            *(
                relation("stores_data_on", text(inner(disk, "Ebs"), "VolumeId"), detail=text(disk, "DeviceName") or "")
                for disk in records(instance, "BlockDeviceMappings")
            ),
            *(
                relation("depends_on", ident, detail="lets its traffic through")
                for ident in _security_groups(instance, interfaces)
            ),
        ],
        labels=tags,
        evidence={"state": text(inner(instance, "State"), "Name")},
    )


def _addresses(instance: Mapping[str, Any], interfaces: list[Mapping[str, Any]]) -> list[str]:
    """Return all addresses of the machine, its first private one first."""
    found = [address(text(instance, "PrivateIpAddress"))]
    for interface in interfaces:
        for private in records(interface, "PrivateIpAddresses"):
            found += [
                address(text(private, "PrivateIpAddress")),
                address(text(inner(private, "Association"), "PublicIp")),
            ]
        found += [address(text(each, "Ipv6Address")) for each in records(interface, "Ipv6Addresses")]
    found.append(address(text(instance, "PublicIpAddress")))
    return list(dict.fromkeys(each for each in found if each))


def _macs(interfaces: list[Mapping[str, Any]]) -> list[str]:
    found = (hardware_address(text(interface, "MacAddress")) for interface in interfaces)
    return list(dict.fromkeys(each for each in found if each))


def _security_groups(instance: Mapping[str, Any], interfaces: list[Mapping[str, Any]]) -> list[str]:
    groups = [*records(instance, "SecurityGroups"), *(each for one in interfaces for each in records(one, "Groups"))]
    return sorted({ident for group in groups if (ident := text(group, "GroupId"))})


def _volume(region: Region, volume: Mapping[str, Any]) -> Observation:
    ident, tags = str(volume["VolumeId"]), labels(volume)
    return region.observation(
        region.scope("volumes"),
        ident,
        "volume",
        tags.get("Name"),
        attributes={"cloud_id": ident, "capacity_gb": _gigabytes(number(volume, "Size"))},
        identifiers=[Identifier("cloud_id", f"arn:aws:ec2:{region.name}:{region.account}:volume/{ident}")],
        relations=[relation("located_in", region.zone(text(volume, "AvailabilityZone"), "volumes"))],
        labels=tags,
        evidence={"state": text(volume, "State"), "type": text(volume, "VolumeType")},
    )


def _gigabytes(gibibytes: int | None) -> float | None:
    """Return in units of 10^9 bytes what AWS gives in units of 2^30."""
    return None if gibibytes is None else round(gibibytes * 1.073741824, 3)

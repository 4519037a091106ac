"""
Auto-scaling groups: so many like machines, of which some are enough.

The group needs its ``MinSize``: that is the number its owner declared it may run with, and the provider itself goes
down to it. The desired number is only what it runs with now, raised and lowered with the load; were it needed, losing
any one machine would read as losing the group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.model.observation import EvidenceKind, Observation, ObservedGroup
from discovery.connectors.aws.shape.region import Region, labels, number, records, relation, text

GROUP = "instances"
LEAVING = ("Terminating", "Terminated", "Detaching", "Detached")


def observe(region: Region) -> Iterator[Observation]:
    """Yield the auto-scaling groups with what they need of their machines."""
    scope = "auto_scaling_groups"
    for group in region.items(scope, "AutoScalingGroups", scope, "AutoScalingGroupARN"):
        ident, name = str(group["AutoScalingGroupARN"]), text(group, "AutoScalingGroupName")
        minimum = number(group, "MinSize")
        working, all_of_them = _working(group), _staying(group)
        if len(working) < min(minimum or 0, len(all_of_them)):
            region.say("aws.group_short", group=name, minimum=minimum, in_service=len(working))
        members = working or all_of_them
        needs = max(1, min(minimum or 0, len(members)))
        detail = f"MinSize {minimum}, {len(working)} in service"
        yield region.observation(
            region.scope(scope),
            ident,
            "auto_scaling_group",
            name,
            attributes=region.resource("AWS::AutoScaling::AutoScalingGroup", ident)
            | {
                attribute: value
                for attribute, key in (("minimum", "MinSize"), ("maximum", "MaxSize"), ("desired", "DesiredCapacity"))
                if (value := number(group, key)) is not None
            },
            relations=[
                relation("depends_on", member, group=GROUP, detail="in service in the group") for member in members
            ],
            # A group that has no machine now needs none now: it is scaled to zero.
            groups=[ObservedGroup(GROUP, needs, EvidenceKind.INVENTORY, detail=detail)] if members else [],
            labels=labels(group),
        )


def _working(group: Mapping[str, Any]) -> list[str]:
    """Return the machines that do the work: one that is unhealthy or stands by is no spare."""
    healthy = [
        each
        for each in records(group, "Instances")
        if (text(each, "HealthStatus") or "").lower() != "unhealthy"
        and not (text(each, "LifecycleState") or "").startswith(("Standby", "EnteringStandby"))
    ]
    return _ids(healthy)


def _staying(group: Mapping[str, Any]) -> list[str]:
    return _ids(records(group, "Instances"))


def _ids(instances: list[Mapping[str, Any]]) -> list[str]:
    staying = (each for each in instances if not (text(each, "LifecycleState") or "").startswith(LEAVING))
    return sorted({ident for each in staying if (ident := text(each, "InstanceId"))})

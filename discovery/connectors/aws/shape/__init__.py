"""Makes observations of what was read of one account in one region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.connectors.aws.shape import balancing, databases, machines, networks, scaling
from discovery.connectors.aws.shape.region import Region
from discovery.ports import Part, Shaped, Target

CLASSES = (
    "auto_scaling_group",
    "availability_zone",
    "cloud_account",
    "cloud_region",
    "cloud_resource",
    "database_cluster",
    "database_instance",
    "load_balancer",
    "security_group",
    "subnet",
    "virtual_machine",
    "virtual_network",
    "volume",
)


def shape(target: Target, settings: Mapping[str, Any], parts: Sequence[Part]) -> Shaped:  # noqa: ARG001
    """Return the observations of one region of an account; a scope is complete when all it rests on was read whole."""
    region = Region(target, parts)
    found = []
    for family in (networks, machines, scaling, balancing, databases):
        found += family.observe(region)
    kept = {(each.native_id, each.scope): each for each in found}
    return Shaped(
        tuple(kept[key] for key in sorted(kept)),
        region.complete(),
        tuple(region.notes),
    )

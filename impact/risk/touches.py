"""What a change touches of capacity, continuity and security, pure: facts that the records state, and no judgement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cmdb.model.consequence import Aspect, TouchedFact

CLASS = "class"
"""The name of the fact that a CI is of a class that is there for the aspect itself."""

ATTRIBUTES: Mapping[str, Aspect] = {
    **dict.fromkeys(
        (
            *("cpu_cores", "memory_mb", "disk_gb", "capacity_gb", "size_gb", "bandwidth_mbps", "speed_mbps"),
            *("capacity_kva", "capacity_kw", "power_limit_kw", "desired", "replicas", "partitions", "seats"),
        ),
        Aspect.CAPACITY,
    ),
    **dict.fromkeys(("runtime_minutes", "fuel_hours"), Aspect.CONTINUITY),
    **dict.fromkeys(("sensitivity",), Aspect.SECURITY),
}
CLASSES: Mapping[str, Aspect] = {
    **dict.fromkeys(("auto_scaling_group", "load_balancer"), Aspect.CAPACITY),
    **dict.fromkeys(("ups", "generator"), Aspect.CONTINUITY),
    **dict.fromkeys(("firewall", "security_group", "certificate", "vpn_tunnel"), Aspect.SECURITY),
}
RELATIONS: Mapping[str, Aspect] = {
    **dict.fromkeys(("backs_up", "replicates_to"), Aspect.CONTINUITY),
    **dict.fromkeys(("authenticates_with", "secured_by"), Aspect.SECURITY),
}


class Recorded(NamedTuple):
    """
    What the records say of a target: its class with all above it, its attributes, and its relations.

    Of a relation stand its type and the CI at the other end, whichever of the two the target is.
    """

    ci: str
    lineage: tuple[str, ...]
    attributes: Mapping[str, Any]
    relations: tuple[tuple[str, str], ...]


def touched(records: Iterable[Recorded]) -> tuple[TouchedFact, ...]:
    """Return the facts of capacity, continuity and security, in this order, then by CI, fact and value."""
    order = tuple(Aspect)
    found = {fact for record in records for fact in _of(record)}
    return tuple(sorted(found, key=lambda each: (order.index(each.aspect), each.ci, each.fact, each.value)))


def _of(record: Recorded) -> Iterator[TouchedFact]:
    for name in record.lineage:
        if name in CLASSES:
            yield TouchedFact(CLASSES[name], record.ci, CLASS, name)
    for name, value in record.attributes.items():
        if name in ATTRIBUTES and value is not None:
            yield TouchedFact(ATTRIBUTES[name], record.ci, name, str(value))
    for kind, other in record.relations:
        if kind in RELATIONS:
            yield TouchedFact(RELATIONS[kind], record.ci, kind, other)

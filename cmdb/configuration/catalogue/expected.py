"""
What a CI of a class should have to be of use, beyond what its class requires: attributes, a relation, a source.

Described data, nearest entry up the lineage: an organisation's own class expects what its built-in ancestor does, and
what it declares as required. The measures of :mod:`cmdb.configuration.health` ask for what stands here and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from cmdb.configuration.catalogue import Catalogue


class Joined(StrEnum):
    """Which relation a CI should have: none in particular, one in either direction, or one to what it rests on."""

    NO = "no"
    EITHER = "either"
    OUT = "out"


class Expected(NamedTuple):
    """
    What is expected of the CIs of a class.

    ``attributes`` are wanted beside those the class requires; ``joined`` says which relation a CI should have;
    ``seen`` that a source of discovery can see such a thing, so that one which none has seen is a matter of trust.
    """

    attributes: tuple[str, ...] = ()
    joined: Joined = Joined.EITHER
    seen: bool = False


_WHOSE = ("owner", "environment")
_DEVICE = ("owner", "vendor", "model", "serial_number")

EXPECTED: Mapping[str, Expected] = {
    "ci": Expected(("owner",)),
    # Equipment: owner and environment, and what tells one device from the next when it has to be fetched or replaced.
    "hardware": Expected(_DEVICE),
    "network_device": Expected(_DEVICE, seen=True),
    "storage_array": Expected(_DEVICE, seen=True),
    "server": Expected((*_WHOSE, "vendor", "model", "serial_number", "os"), seen=True),
    "facility": Expected(("owner",)),
    "region": Expected((), Joined.NO),
    # What is a part or a setting of something else is owned with that, so only its place is asked for.
    "network_element": Expected(),
    "interface": Expected(("device",), Joined.NO, seen=True),
    "vip": Expected(("owner",), Joined.OUT, seen=True),
    "wan_link": Expected(("owner",)),
    "storage_space": Expected((), Joined.EITHER),
    "virtual_machine": Expected((*_WHOSE, "os"), seen=True),
    "hypervisor_cluster": Expected(_WHOSE),
    "container": Expected((), Joined.OUT, seen=True),
    "container_image": Expected(),
    "data_service": Expected((*_WHOSE, "engine", "version"), seen=True),
    "database": Expected(_WHOSE, Joined.OUT, seen=True),
    "message_queue": Expected(_WHOSE, Joined.OUT),
    "application": Expected(_WHOSE),
    "application_component": Expected(_WHOSE, Joined.OUT, seen=True),
    "software": Expected(("version",)),
    "licence": Expected(("owner", "valid_until")),
    "certificate": Expected(("owner", "not_after")),
    "endpoint": Expected(),
    # An impact answer is about services: one without a tier, or that rests on nothing, makes every answer doubtful.
    "service": Expected(("owner", "tier"), Joined.OUT),
    "service_instance": Expected(_WHOSE, Joined.OUT),
    "external_service": Expected(("owner", "provider")),
    "logical_gate": Expected(),
    "basic_event": Expected(),
    "kubernetes_cluster": Expected((*_WHOSE, "version"), seen=True),
    "kubernetes_object": Expected(seen=True),
    "kubernetes_namespace": Expected(("owner",), Joined.EITHER, seen=True),
    "kubernetes_workload": Expected(_WHOSE, Joined.OUT, seen=True),
    "kubernetes_pod": Expected((), Joined.OUT, seen=True),
    "cloud_resource": Expected(_WHOSE, seen=True),
    "cloud_account": Expected(("owner",), Joined.NO, seen=True),
    "cloud_region": Expected((), Joined.NO),
    "availability_zone": Expected((), Joined.NO),
    "party": Expected((), Joined.NO),
    "contract": Expected(("owner", "ends_on")),
    "document": Expected(("owner",)),
}


def expected_of(catalogue: Catalogue, ci_class: str) -> Expected:
    """
    Return what is expected of the CIs of a class, with what the class itself requires; a class nobody has, nothing.

    An attribute that the class does not have is not asked for.
    """
    line = catalogue.lineage(ci_class)
    nearest = next((EXPECTED[each] for each in line if each in EXPECTED), Expected((), Joined.NO))
    known = catalogue.attributes_of(ci_class)
    required = (name for name, attribute in known.items() if attribute.required)
    wanted = dict.fromkeys([*required, *(name for name in nearest.attributes if name in known)])
    return nearest._replace(attributes=tuple(wanted))

"""What may fail without harm: links that are bonded to one, and addresses that several routers stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from discovery.connectors.snmp_network.shape.addresses import Virtual
from discovery.connectors.snmp_network.shape.interfaces import (
    AGGREGATED,
    ETHERNET,
    Interface,
    Interfaces,
    identifier_of,
    part_of,
)
from discovery.connectors.snmp_network.shape.reading import Reading
from discovery.connectors.snmp_network.tables import LAG, STACK
from discovery.connectors.snmp_network.values import number, numbers

LINKS = "links"
KEEPALIVED = Identifier("part", "process:keepalived")
_ACTIVE = 1


def aggregates(reading: Reading, known: Interfaces, native_id: str, scope: str) -> Iterator[Observation]:
    """Yield each aggregated interface with its links as a group of which one is needed."""
    for index, members in sorted(_members(reading, known).items()):
        group = LINKS if len(members) > 1 else None
        yield Observation(
            source="",
            scope=scope,
            native_id=part_of(native_id, known.by_index[index]),
            ci_class="interface",
            owner=native_id,
            identifiers=(identifier_of(known.by_index[index].name),),
            relations=tuple(
                ObservedRelation(
                    "depends_on",
                    EvidenceKind.ITSELF,
                    target=End(part_of(native_id, each)),
                    group=group,
                    detail=f"aggregation: {known.by_index[index].name} of {each.name}",
                )
                for each in members
            ),
            groups=(ObservedGroup(LINKS, 1, EvidenceKind.ITSELF, detail=f"{len(members)} bonded links"),)
            if group
            else (),
        )


def _members(reading: Reading, known: Interfaces) -> dict[int, list[Interface]]:
    """Return the Ethernet ports below each aggregated interface, as LACP tells it, else the stack of interfaces."""
    found: dict[int, dict[int, Interface]] = defaultdict(dict)
    for index, attached in reading.by_number(LAG, 13):
        upper, lower = known.by_index.get(number(attached) or -1), known.by_index.get(index)
        if upper is not None and lower is not None and upper is not lower and lower.kind in ETHERNET:
            found[upper.index][lower.index] = lower
    for pair in reading.column(STACK, 3):
        parts = numbers(pair)
        upper, lower = (known.by_index.get(part) for part in parts) if len(parts) == 2 else (None, None)
        told = reading.column(STACK, 3)[pair] == _ACTIVE
        if upper and lower and told and upper.kind in AGGREGATED and lower.kind in ETHERNET:
            found[upper.index][lower.index] = lower
    return {upper: [lowers[index] for index in sorted(lowers)] for upper, lowers in found.items()}


def virtuals(virtual: tuple[Virtual, ...], native_id: str, scope: str) -> Iterator[Observation]:
    """Yield each virtual address, which needs one of the routers that stand for it; this device is one of them."""
    by_address: dict[str, list[Virtual]] = defaultdict(list)
    for each in virtual:
        by_address[each.address].append(each)
    for address, several in sorted(by_address.items()):
        first = several[0]
        group = f"{first.protocol} {first.group}"
        # Of a host on which another source sees the programme, it is the programme that holds the address.
        holder = End(native_id, (KEEPALIVED,) if first.protocol == "vrrp" else ())
        yield Observation(
            source="",
            scope=scope,
            native_id=f"vip:{address}",
            ci_class="vip",
            name=address,
            attributes={"address": address},
            identifiers=(Identifier("vip", address), Identifier("ip", address)),
            relations=(
                ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=holder, group=group, detail=group),
            ),
            groups=(ObservedGroup(group, 1, EvidenceKind.CONFIGURATION, detail=group),),
        )

"""Relations between records: their type, which end depends on which, and what the type may join here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from discovery.connectors.servicenow.relation_types import CLUSTER_OF, direction_of
from discovery.connectors.servicenow.shape.rows import Record
from discovery.connectors.servicenow.tables import FACILITY, HARDWARE, KEEPS_DATA, PLACES, POWER
from discovery.ports.drafting import Draft

LEFT_OUT = "servicenow.relation_left_out"


def relate(
    drafts: Mapping[str, Draft], records: Sequence[Record], own: Mapping[str, str], counted: Counter[tuple[str, ...]]
) -> None:
    """Relate drafts as the records of cmdb_rel_ci say; what can not be taken is counted by its type and why."""
    names = unique_names(drafts)
    nodes: dict[str, list[Draft]] = defaultdict(list)
    directions = {name: direction_of(name, own) for name in {record.shown("type.name") for record in records}}
    for record in records:
        name = record.shown("type.name")
        parent, child = _end(record, "parent", drafts, names), _end(record, "child", drafts, names)
        direction = directions[name]
        if parent is None or child is None:
            counted[LEFT_OUT, name, "an end of it is not taken, or its name is not unique"] += 1
        elif direction is None:
            counted[LEFT_OUT, name, "nothing is known of its type"] += 1
        elif parent is child:
            counted[LEFT_OUT, name, "both its ends are one record"] += 1
        elif direction.type == CLUSTER_OF:
            cluster, node = (child, parent) if direction.from_child else (parent, child)
            nodes[cluster.native_id].append(node)
        else:
            source, target = (child, parent) if direction.from_child else (parent, child)
            type_ = _fitting(direction.type, source.ci_class, target.ci_class)
            source.relate(type_, target.native_id, f"cmdb_rel_ci: {name}")
    for native, members in sorted(nodes.items()):
        _cluster(drafts[native], members)


def _cluster(cluster: Draft, members: Sequence[Draft]) -> None:
    several = len({member.native_id for member in members}) > 1
    if several:
        cluster.group("nodes", 1, "a cluster; ServiceNow does not say how many nodes it needs, so one is taken")
    for member in members:
        cluster.relate(
            "depends_on", member.native_id, "cmdb_rel_ci: Cluster of::Cluster", group="nodes" if several else None
        )
        member.relate("member_of", cluster.native_id, "cmdb_rel_ci: Cluster of::Cluster")


def _fitting(type_: str, source: str, target: str) -> str:
    """Return the type, or where it may not join CIs of these classes the general one of its strength."""
    if type_ == "powered_by" and not (source in HARDWARE | FACILITY and target in POWER):
        return "depends_on"
    if type_ == "located_in" and target not in PLACES:
        return "depends_on"
    if type_ == "stores_data_on" and target not in KEEPS_DATA:
        return "depends_on"
    if type_ == "cooled_by" and not (source in HARDWARE | FACILITY and target == "cooling_unit"):
        return "uses"
    return type_


def _end(record: Record, field: str, drafts: Mapping[str, Draft], names: Mapping[str, Draft | None]) -> Draft | None:
    return drafts.get(record.text(field)) or names.get(record.shown(field))


def unique_names(drafts: Mapping[str, Draft]) -> dict[str, Draft | None]:
    """Return drafts by name, None where several have it: an export may name the ends of a relation so."""
    found: dict[str, Draft | None] = {}
    for draft in drafts.values():
        if draft.name:
            found[draft.name] = None if draft.name in found else draft
    return found

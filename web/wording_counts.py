"""How a relation counts when one end fails: by its group, its own strength or its type's; the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cmdb.context import Context
from cmdb.model.group import GROUPS, Group, members_needed
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.ports.store import Direction, Equals
from cmdb.records import from_document

Pools = Mapping[tuple[str, str], tuple[Group, int]]
"""By item and name: a group and the number of its members."""

_MEANS: dict[Direction, dict[Strength, str]] = {
    "out": {Strength.HARD: "hard: without it, this goes down", Strength.SOFT: "soft: without it, this runs with less"},
    "in": {Strength.HARD: "hard: without this, it goes down", Strength.SOFT: "soft: without this, it runs with less"},
}


def pools_of(context: Context, relations: Iterable[Relation], at: int | None) -> Pools:
    """Return the groups the relations name, each with the number of its members."""
    wanted = {(each.source, each.group) for each in relations if each.group is not None}
    keys = [GROUPS.key({"item": item, "name": name}) for item, name in sorted(wanted)]
    pools = {}
    for stored in context.store.get_many(GROUPS, keys, at=at).values():
        group = from_document(GROUPS, stored.document)
        members = [Equals("source", group.item), Equals("group", group.name)]
        pools[group.item, group.name] = (group, context.store.count(RELATIONS, members, at=at))
    return pools


def counts_words(relation: Relation, default: Strength, pools: Pools, way: Direction) -> str:
    """
    Return how a relation counts, seen from its source ("out") or its target ("in").

    ``default`` is the strength of its type, which holds where the relation itself says nothing.
    """
    if relation.group is None:
        return _MEANS[way].get(relation.strength or default, "no impact")
    found = pools.get((relation.source, relation.group))
    if found is None:
        return f"in group {relation.group}, which is not described"
    group, members = found
    needs = f"{members_needed(group.needs, members)} of {members}"
    share = f" ({group.needs})" if isinstance(group.needs, str) else ""
    return f"{group.strength.value}, {needs}{share} in {group.name}"

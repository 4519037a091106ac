"""An estate as plain dicts and lists, the form in which oracles think; shares no code with the impact core."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class PlainEstate:
    """
    ``items``: id to {"class", "name", "unavailability", "tier", "service"}; ``relations``: dicts with "source",
    "target", "group" (or None), "strength", "confidence"; ``groups``: dicts with "item", "name", "needs", "strength".
    """

    items: dict = field(default_factory=dict)
    relations: list = field(default_factory=list)
    groups: list = field(default_factory=list)

    def requirements(self) -> dict:
        """
        Return id to the list of its requirements, each a dict with "strength", "members" (a set of ids) and "needs".

        A relation outside any group is a requirement of one member; a named group without a row is one such hard
        requirement for each of its relations.
        """
        rows = {(group["item"], group["name"]): group for group in self.groups}
        found: dict = {item: [] for item in self.items}
        grouped: dict = {key: set() for key in rows}
        for relation in self.relations:
            key = (relation["source"], relation["group"])
            if relation["group"] is None:
                found[relation["source"]].append(
                    {"strength": relation["strength"], "members": {relation["target"]}, "needs": 1, "group": None}
                )
            elif key in rows:
                grouped[key].add(relation["target"])
            else:
                found[relation["source"]].append(
                    {"strength": "hard", "members": {relation["target"]}, "needs": 1, "group": None}
                )
        for (item, name), members in grouped.items():
            row = rows[item, name]
            found[item].append(
                {
                    "strength": row["strength"],
                    "members": members,
                    "needs": how_many(row["needs"], len(members)),
                    "group": name,
                }
            )
        return found


def how_many(needs: int | str, members: int) -> int:
    """Return the smallest whole number that is at least the share, by counting up."""
    if isinstance(needs, int):
        return needs
    share = Fraction(needs.removesuffix("%")) * members / 100
    return next(count for count in range(members + 1) if count >= share)


def rows_of(estate: PlainEstate) -> dict:
    """Return the keyword arguments of ``impact.graph.build`` but the revision, each with one batch."""
    return {
        "items": [
            [
                (
                    item,
                    facts["class"],
                    facts["name"],
                    facts.get("unavailability"),
                    facts.get("mtbf_hours"),
                    facts.get("tier"),
                    facts["service"],
                )
                for item, facts in estate.items.items()
            ]
        ],
        "relations": [
            [(r["source"], r["target"], r["group"], r["strength"], r.get("confidence", 1.0)) for r in estate.relations]
        ],
        "groups": [[(g["item"], g["name"], g["needs"], g["strength"]) for g in estate.groups]],
    }


def estate_of(rules: dict, chances: dict | None = None) -> PlainEstate:
    """
    Return an estate in which ``rules`` maps a CI to its requirements: an id, or (needs, members) for a group.

    Every CI's unavailability is a tenth unless ``chances`` says otherwise; ``shop`` is the service, and its is 0.
    """
    estate = PlainEstate()
    for ci, requirements in rules.items():
        for number, requirement in enumerate(requirements):
            group = None if isinstance(requirement, str) else f"g{number}"
            members = [requirement] if group is None else requirement[1]
            if group:
                estate.groups.append({"item": ci, "name": group, "needs": requirement[0], "strength": "hard"})
            for member in members:
                relation = {"source": ci, "target": member, "group": group, "strength": "hard", "confidence": 1.0}
                estate.relations.append(relation)
    ids = {*rules, *(relation["target"] for relation in estate.relations)}
    for ci in sorted(ids):
        chance = (chances or {}).get(ci, 0 if ci == "shop" else Fraction(1, 10))
        facts = {"class": "server", "name": ci, "tier": None, "service": ci == "shop", "unavailability": chance}
        estate.items[ci] = facts
    return estate

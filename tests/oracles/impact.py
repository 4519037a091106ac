"""Brute force for the impact core: rounds until nothing changes, one CI tried after the other, subsets by size.

Everything here follows the words of the definitions, on ids and sets, without counters, numbering or arrays.
"""

from __future__ import annotations

from itertools import combinations


def down_of(needs: dict, failed: set) -> set:
    """Return the CIs that are down: rounds over all CIs until a round changes nothing."""
    down = set(failed)
    while True:
        fallen = {
            ci
            for ci, requirements in needs.items()
            if requirements
            and ci not in down
            and any(
                requirement["strength"] == "hard" and len(requirement["members"] - down) < requirement["needs"]
                for requirement in requirements
            )
        }
        if not fallen:
            return down
        down |= fallen


def degraded_of(needs: dict, down: set) -> set:
    """Return the CIs that are degraded among those not down: again rounds until nothing changes."""
    degraded: set = set()
    while True:
        worse = {
            ci
            for ci, requirements in needs.items()
            if requirements
            and ci not in down
            and ci not in degraded
            and any(_harms(each, down, degraded) for each in requirements)
        }
        if not worse:
            return degraded
        degraded |= worse


def _harms(requirement: dict, down: set, degraded: set) -> bool:
    if requirement["strength"] == "soft":
        return len(requirement["members"] - down) < requirement["needs"]
    return requirement["strength"] == "hard" and len(requirement["members"] - down - degraded) < requirement["needs"]


def hard_cone(needs: dict, ci: str) -> set:
    """Return what ``ci`` reaches over hard relations and hard groups, itself included."""
    cone, edge = {ci}, {ci}
    while edge:
        edge = {
            member
            for reached in edge
            for requirement in needs[reached]
            if requirement["strength"] == "hard"
            for member in requirement["members"]
        } - cone
        cone |= edge
    return cone


def can_fail(items: dict, ci: str) -> bool:
    return items[ci].get("unavailability") != 0


def single_points(items: dict, needs: dict, service: str, failed: set) -> set:
    """Return the CIs that stop ``service`` when they fail on top of ``failed``; none when it is down already."""
    if service in down_of(needs, failed):
        return set()
    return {
        ci
        for ci in hard_cone(needs, service) - {service} - failed
        if can_fail(items, ci) and service in down_of(needs, failed | {ci})
    }


def new_single_points(items: dict, needs: dict, service: str, failed: set) -> set:
    """Return the single points of ``service`` now that did not stop it when they alone failed."""
    return {ci for ci in single_points(items, needs, service, failed) if service not in down_of(needs, {ci})}


def outcome(items: dict, needs: dict, service: str, failed: set) -> str:
    """Return the outcome of ``service``: the first line of the table that holds."""
    down = down_of(needs, failed)
    if service in down:
        return "DOWN"
    if service in degraded_of(needs, down):
        return "DEGRADED"
    if new_single_points(items, needs, service, failed):
        return "REDUNDANCY_LOST"
    if hard_cone(needs, service) & down:
        return "REDUCED"
    return "UNAFFECTED"


def margin(items: dict, needs: dict, service: str, failed: set) -> int | None:
    """Return the size of the smallest set of further failures that stops ``service``, by trying all sets by size."""
    down = down_of(needs, failed)
    if service in down:
        return 0
    candidates = sorted(ci for ci in hard_cone(needs, service) - {service} - down if can_fail(items, ci))
    if service not in down_of(needs, failed | set(candidates)):
        return None
    return next(
        size
        for size in range(1, len(candidates) + 1)
        if any(service in down_of(needs, failed | set(chosen)) for chosen in combinations(candidates, size))
    )


def blast_radius(relations: list, group_strengths: dict, roots: set) -> dict:
    """Return id to the fewest hard or soft relations to one of ``roots``, by growing rings."""
    depths = dict.fromkeys(roots, 0)
    depth = 0
    while True:
        depth += 1
        ring = {
            relation["source"]
            for relation in relations
            if relation["target"] in depths and _follows(relation, group_strengths)
        } - depths.keys()
        if not ring:
            return depths
        depths.update(dict.fromkeys(ring, depth))


def _follows(relation: dict, group_strengths: dict) -> bool:
    if relation["group"] is None:
        return relation["strength"] != "none"
    return group_strengths.get((relation["source"], relation["group"]), "hard") != "none"


def state_reasons(needs: dict, failed: set) -> dict:
    """Return for each CI that is down or degraded its reason, a tuple of ids."""
    down = down_of(needs, failed)
    degraded = degraded_of(needs, down)
    by_itself = _unmet(needs, "hard") | (_unmet(needs, "soft") - down)

    def causes(ci: str) -> set:
        found: set = set()
        for requirement in needs[ci]:
            members = requirement["members"]
            if ci in down:
                if requirement["strength"] == "hard" and len(members - down) < requirement["needs"]:
                    found |= members & down
            elif ci in degraded and _harms(requirement, down, degraded):
                found |= members & down if requirement["strength"] == "soft" else members & (down | degraded)
        return found

    return _smallest_shortest(needs, failed | by_itself, causes)


def loss_reasons(needs: dict, failed: set) -> dict:
    """Return for each CI with a down CI in its hard cone the path the loss takes to it, a tuple of ids."""
    down = down_of(needs, failed)

    def carriers(ci: str) -> set:
        found: set = set()
        for requirement in needs[ci]:
            if requirement["strength"] != "hard":
                continue
            if ci not in down:
                found |= requirement["members"]
            elif len(requirement["members"] - down) < requirement["needs"]:
                found |= requirement["members"] & down
        return found

    return _smallest_shortest(needs, failed | _unmet(needs, "hard"), carriers)


def _unmet(needs: dict, strength: str) -> set:
    """Return the CIs with a group of that strength that needs more members than it has."""
    return {
        ci
        for ci, requirements in needs.items()
        if requirements
        and any(each["strength"] == strength and len(each["members"]) < each["needs"] for each in requirements)
    }


def _smallest_shortest(needs: dict, first: set, before) -> dict:
    """
    Return for each CI the smallest of its shortest rows of ids from ``first``, comparing whole rows.

    Length by length: a row of n ids ends at a CI that no shorter row reaches and extends a row of n - 1 ids; to extend
    the smallest row of each CI is enough, because rows of one length compare by their beginnings first.
    """
    rows = {ci: (ci,) for ci in first}
    earlier = {ci: steps for ci in needs if ci not in first and (steps := before(ci))}
    while True:
        longer = {}
        for ci, steps in earlier.items():
            if ci not in rows:
                offers = [(*rows[step], ci) for step in steps if step in rows]
                if offers:
                    longer[ci] = min(offers)
        if not longer:
            return rows
        rows.update(longer)

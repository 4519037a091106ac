"""What measures do to a planned change, by editing plain estates and asking the brute force of every phase again."""

from __future__ import annotations

from copy import deepcopy

from tests.oracles.estate import PlainEstate
from tests.oracles.impact import margin, new_single_points, outcome


def effects(estate: PlainEstate, needs: dict, services: list, length: int, outages: dict) -> dict:
    """
    Return service to (worst outcome, minutes of DOWN, new single points) of a window of ``length`` minutes.

    ``outages`` has for each CI that is out the minute it goes out and the minute it is back. Every minute is asked by
    itself. A service that is as well off as with nothing failed counts as unaffected.
    """
    known: dict = {}

    def ask(service: str, failed: frozenset) -> tuple:
        if (service, failed) not in known:
            facts = estate.items, needs, service, set(failed)
            known[service, failed] = (outcome(*facts), frozenset(new_single_points(*facts)), margin(*facts))
        return known[service, failed]

    found = {}
    order = ["DOWN", "DEGRADED", "REDUNDANCY_LOST", "REDUCED", "UNAFFECTED"]
    for service in services:
        worst, minutes, points = "UNAFFECTED", 0, set()
        for minute in range(length):
            failed = frozenset(ci for ci, (out, back) in outages.items() if out <= minute < back)
            now = ask(service, failed)
            if now == ask(service, frozenset()):
                continue
            worst = min(worst, now[0], key=order.index)
            minutes += now[0] == "DOWN"
            points |= now[1]
        found[service] = (worst, minutes, points)
    return found


def spares(estate: PlainEstate) -> dict:
    """Return (item, group or None) to the estate with that one CI more, for every group and every CI."""
    found = {}
    for group in estate.groups:
        more = deepcopy(estate)
        _add(more, "spare", unavailability=None)
        more.relations.append(_relation(group["item"], "spare", group["name"], group["strength"]))
        found[group["item"], group["name"]] = more
    for ci, facts in estate.items.items():
        if facts["service"] or facts.get("unavailability") == 0:
            continue
        more = deepcopy(estate)
        _add(more, "spare", unavailability=None)
        _add(more, "pair", unavailability=0)
        for relation in more.relations:
            if relation["target"] == ci:
                relation["target"] = "pair"
        more.groups.append({"item": "pair", "name": "pair", "needs": 1, "strength": "hard"})
        more.relations += [_relation("pair", ci, "pair", "hard"), _relation("pair", "spare", "pair", "hard")]
        found[ci, None] = more
    return found


def _add(estate: PlainEstate, ci: str, *, unavailability: float | None) -> None:
    estate.items[ci] = {"class": "server", "name": ci, "tier": None, "service": False, "unavailability": unavailability}


def _relation(source: str, target: str, group: str, strength: str) -> dict:
    return {"source": source, "target": target, "group": group, "strength": strength, "confidence": 1.0}

"""Random gate graphs: small estates with everything that is legal in them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from tests.oracles.conflicts import PlainChange, PlainIncident
from tests.oracles.estate import PlainEstate
from tests.oracles.impact import hard_cone, single_points
from tests.oracles.risk_groups import risk_groups

STRENGTHS = ("hard", "hard", "hard", "soft", "none")
CHANCES = (None, None, None, 0, 0.0, 0.25, 1.0)
UNAVAILABILITIES = (0, 1e-6, 0.001, 0.01, 0.02, 0.1, 0.25, 0.5, 0.9, 1.0)
LIKELY = (0.001, 0.01, 0.02, 0.1)
CONFIDENCES = (0.05, 0.5, 0.6, 0.9, 0.99)


@st.composite
def estates(draw, most: int = 10, least: int = 1) -> PlainEstate:
    """
    Estates of up to ``most`` CIs: cycles, self-relations, parallel relations, nested and shared groups, k of n, shares,
    groups that can not be met, groups without a row, unavailability 0, and services that rest on services.

    Of those drawn without a rule few have a spare to lose, so most are drawn *redundant*: a service, groups that can
    spare a member, and few relations that must hold alone.
    """
    redundant = draw(st.integers(0, 3)) > 0
    count = draw(st.integers(least, most))
    ids = [f"c{number}" for number in range(count)]
    ends = st.sampled_from(ids)
    estate = PlainEstate()
    for item in ids:
        service = (redundant and item == ids[0]) or draw(st.booleans())
        estate.items[item] = {
            "class": "service" if service else "server",
            "name": item.upper(),
            "unavailability": draw(st.sampled_from(CHANCES)),
            "tier": draw(st.sampled_from((None, 1, 2))) if service else None,
            "service": service,
        }
    for number in range(draw(st.integers(min(count // 2, 3) if redundant else 0, count))):
        owner = ids[0] if redundant and number == 0 else draw(ends)
        name = f"g{number % 3}"
        if any((row["item"], row["name"]) == (owner, name) for row in estate.groups):
            continue
        members = draw(st.lists(ends, min_size=1 + redundant, max_size=5))
        distinct = len(set(members))
        shares = st.sampled_from(("50%", "34%", "100%", "0.5%"))
        spared = st.integers(1, max(1, distinct - 1))
        needs = draw(st.one_of(spared if redundant else st.integers(1, distinct + 1), st.integers(1, distinct), shares))
        recorded = redundant or draw(st.integers(0, 4)) > 0
        strength = draw(st.sampled_from(("hard", *STRENGTHS) if redundant else STRENGTHS))
        if recorded:
            estate.groups.append({"item": owner, "name": name, "needs": needs, "strength": strength})
        for member in members:
            estate.relations.append(_relation(owner, member, name, draw(st.sampled_from(STRENGTHS))))
    for _ in range(draw(st.integers(0, count // 3 if redundant else count + 3))):
        estate.relations.append(_relation(draw(ends), draw(ends), None, draw(st.sampled_from(STRENGTHS))))
    return estate


@st.composite
def logic(draw) -> PlainEstate:
    """A service over gates that can not fail by themselves, over gates and shared leaves that can; cycles too."""
    leaves = [f"leaf{number}" for number in range(draw(st.integers(3, 8)))]
    gates = [f"gate{number}" for number in range(draw(st.integers(1, 5)))]
    estate = PlainEstate()
    for item in [*leaves, *gates, "service"]:
        fixed = item in gates or (item in leaves and draw(st.integers(0, 9)) == 0)
        estate.items[item] = {
            "class": "logical_gate",
            "name": item,
            "unavailability": 0 if fixed else None,
            "tier": None,
            "service": item == "service",
        }
    for item in [*gates, "service"]:
        ends = list(estate.items) if draw(st.integers(0, 3)) == 0 else [*leaves, *gates[: _rank(item, gates)]]
        for number in range(draw(st.sampled_from((1, 1, 2)))):
            members = draw(st.lists(st.sampled_from(ends), min_size=2, max_size=6, unique=True))
            needs = draw(st.integers(1, len(members)))
            estate.groups.append({"item": item, "name": f"g{number}", "needs": needs, "strength": "hard"})
            estate.relations.extend(_relation(item, member, f"g{number}", "hard") for member in members)
        if draw(st.integers(0, 4)) == 0:
            estate.relations.append(_relation(item, draw(st.sampled_from(ends)), None, "hard"))
    return estate


def _rank(item: str, gates: list[str]) -> int:
    return gates.index(item) if item in gates else len(gates)


def _relation(source: str, target: str, group: str | None, strength: str) -> dict:
    return {"source": source, "target": target, "group": group, "strength": strength, "confidence": 1.0}


@st.composite
def pools(draw, most: int = 10, least: int = 4) -> PlainEstate:
    """
    A service ``c0`` over layers of pools that share members and can spare one mostly, now and then with a cycle.

    Most of these have risk groups of two and more, which those drawn with fewer rules seldom have.
    """
    count = draw(st.integers(least, most))
    ids = [f"c{number}" for number in range(count)]
    estate = PlainEstate()
    for item in ids:
        service = item == ids[0] or draw(st.integers(0, 5)) == 0
        tier = draw(st.sampled_from((None, 1, 2))) if service else None
        facts = {"class": "service" if service else "server", "name": item.upper(), "tier": tier, "service": service}
        estate.items[item] = facts | {"unavailability": draw(st.sampled_from((*CHANCES, *LIKELY)))}
    for number, owner in enumerate(ids[: count // 2]):
        for place in range(draw(st.sampled_from((1, 1, 2) if number == 0 else (0, 1, 1)))):
            top = number == place == 0
            around = ids[1:] if draw(st.integers(0, 7)) == 0 else ids[number + 1 :]
            members = draw(st.lists(st.sampled_from(around), min_size=2, max_size=4, unique=True))
            spared = st.integers(1, len(members) - 1)
            needs = draw(spared if top else st.one_of(spared, spared, spared, st.sampled_from((len(members), "50%"))))
            strength = "hard" if top else draw(st.sampled_from(("hard", "hard", "hard", "soft")))
            estate.groups.append({"item": owner, "name": f"g{place}", "needs": needs, "strength": strength})
            estate.relations.extend(_relation(owner, member, f"g{place}", strength) for member in members)
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        owner = draw(st.integers(1, count - 2))
        target, strength = draw(st.sampled_from(ids[owner + 1 :])), draw(st.sampled_from(STRENGTHS))
        estate.relations.append(_relation(ids[owner], target, None, strength))
    return estate


def small_logic(most: int) -> st.SearchStrategy[PlainEstate]:
    """Estates of ``logic`` with at most ``most`` CIs; its smallest have five."""
    return logic().filter(lambda estate: len(estate.items) <= most)


def all_kinds(most: int = 10, least: int = 1) -> st.SearchStrategy[PlainEstate]:
    """Estates of every kind above, most of them ``pools``; those of ``logic`` where ``least`` leaves room for them."""
    if most < 4:
        return estates(most, least)
    kinds = [estates(most, least), *[pools(most, max(4, least))] * 3]
    return st.sampled_from(kinds + [small_logic(most)] * (least <= 9 and most >= 10)).flatmap(lambda kind: kind)


@st.composite
def estates_with_chances(draw, most: int = 10, least: int = 1, doubts: int = 0) -> PlainEstate:
    """
    Estates whose CIs nearly all have an unavailability, and up to ``doubts`` of whose relations are uncertain.

    The values repeat, so that products tie. Gates of ``logic`` that can not fail stay so.
    """
    estate = draw(all_kinds(most, least))
    chance = st.one_of(st.sampled_from(UNAVAILABILITIES), st.sampled_from(LIKELY), st.floats(1e-9, 1), st.none())
    for facts in estate.items.values():
        if facts["class"] != "logical_gate" or facts["unavailability"] is None:
            facts["unavailability"] = draw(chance)
    if doubts and estate.relations:
        places = st.lists(st.integers(0, len(estate.relations) - 1), min_size=1, max_size=doubts, unique=True)
        for place in draw(places):
            estate.relations[place]["confidence"] = draw(st.sampled_from(CONFIDENCES))
    return estate


def services_of(estate: PlainEstate) -> list[str]:
    return sorted(item for item, facts in estate.items.items() if facts["service"])


class Calendar(NamedTuple):
    """``services`` of ``estate`` that are asked about; ``standing`` failures; every time in minutes."""

    estate: PlainEstate
    services: list[str]
    changes: list[PlainChange]
    incidents: list[PlainIncident]
    standing: set[str]


@st.composite
def calendars(draw, most: int = 10, changes: int = 5) -> Calendar:
    """
    Two to ``changes`` changes with windows on an estate, incidents and standing failures now and then.

    Targets are in the hard cone of one service; mostly the members of one of its risk groups are shared out among the
    changes, so that many calendars hold a joint conflict. Windows begin within the first hour and meet end to end
    often; every outage begins within its window, and ends there unless it is for good.
    """
    estate = draw(all_kinds(most, min(3, most)).filter(services_of))
    services = services_of(estate)
    first = services[0] if draw(st.integers(0, 3)) else draw(st.sampled_from(services))
    ends, group = draw(_targets(estate, first, services))
    found = []
    for number in range(draw(st.integers(2, changes))):
        start, length = 10 * draw(st.integers(0, 4)), draw(st.sampled_from((1, 10, 20, 30, 60)))
        members = group[number % len(group) :][:1] if group else []
        targets = {*members, *draw(st.lists(ends, min_size=not members, max_size=draw(st.sampled_from((1, 1, 3)))))}
        outages = {target: draw(_outages(length)) for target in sorted(targets)}
        found.append(PlainChange(f"CHG-{number}", start, start + length, outages))
    incidents = [
        PlainIncident(f"INC-{number}", draw(st.integers(-20, 50)), frozenset({draw(ends)}))
        for number in range(draw(st.sampled_from((0, 0, 1, 2))))
    ]
    standing = draw(st.sets(ends, max_size=draw(st.sampled_from((0, 0, 0, 1)))))
    return Calendar(estate, services, found, incidents, standing)


@st.composite
def _targets(draw, estate: PlainEstate, service: str, services: list[str]) -> tuple:
    """
    Draw whom to take targets from: a strategy over CIs of the hard cone, and a risk group of two or more, mostly.

    Mostly those that stop the service alone are left out, and the services, where others are left.
    """
    needs = estate.requirements()
    cone = hard_cone(needs, service)
    alone = single_points(estate.items, needs, service, set()) if draw(st.integers(0, 3)) else set()
    ends = st.sampled_from(sorted(cone - alone - set(services)) or sorted(cone - set(services)) or sorted(cone))
    able = {ci: {"unavailability": None} for ci in estate.items}  # A change may take down what can not fail by itself.
    groups = sorted(sorted(group) for group in risk_groups(able, needs, service) if len(group) > 1)
    return ends, draw(st.sampled_from(groups)) if groups and draw(st.integers(0, 3)) else []


@st.composite
def _outages(draw, length: int) -> tuple[int, int | None] | None:
    """Draw the outage of one target in a window of ``length`` minutes: of all of it, of a part, none, or for good."""
    kind = draw(st.sampled_from(("whole", "whole", "whole", "part", "part", "part", "part", "none", "for good")))
    if kind == "none":
        return None
    offset = 0 if kind == "whole" else draw(st.integers(0, length - 1))
    if kind == "for good":
        return offset, None
    return offset, length if kind == "whole" else draw(st.integers(1, length - offset))


class Rollout(NamedTuple):
    """The ``targets`` of a change that the ``services`` shall outlive, with ``standing`` failures."""

    estate: PlainEstate
    services: list[str]
    targets: list[str]
    standing: set[str]


@st.composite
def rollouts(draw, most: int = 10, targets: int = 8) -> Rollout:
    """Up to ``targets`` targets, mostly members of what one or two services can spare, which are seldom targets."""
    estate = draw(all_kinds(most, min(3, most)).filter(services_of))
    services = services_of(estate)
    named = sorted({services[0] if draw(st.booleans()) else draw(st.sampled_from(services)) for _ in range(2)})
    ends, group = draw(_targets(estate, named[0], named if draw(st.integers(0, 9)) else []))
    chosen = sorted({*group, *draw(st.lists(ends, min_size=not group, max_size=targets))})[:targets]
    standing = draw(st.sets(ends, max_size=draw(st.sampled_from((0, 0, 0, 1)))))
    return Rollout(estate, named, chosen, standing)


@st.composite
def tangles(draw, most: int = 9) -> PlainEstate:
    """A service over CIs that need each other any way round, alone and in groups: rings within rings, shared by all."""
    ids = ["shop", *(f"c{number}" for number in range(draw(st.integers(3, most - 1))))]
    estate = PlainEstate()
    for item in ids:
        chance = draw(st.sampled_from((0, 0, 0.001, 0.1, 0.25, 0.5)))
        facts = {"class": "server", "name": item, "tier": None, "service": item == "shop", "unavailability": chance}
        estate.items[item] = facts
    for item in ids:
        for number in range(draw(st.integers(item == "shop", 3))):
            members = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))
            if draw(st.booleans()):
                estate.relations.append(_relation(item, members[0], None, "hard"))
                continue
            needs = draw(st.integers(1, len(members)))
            estate.groups.append({"item": item, "name": f"g{number}", "needs": needs, "strength": "hard"})
            estate.relations.extend(_relation(item, member, f"g{number}", "hard") for member in members)
    return estate

"""Random gate graphs: small estates with everything that is legal in them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from tests.oracles.conflicts import PlainChange, PlainIncident
from tests.oracles.estate import PlainEstate
from tests.oracles.impact import hard_cone

STRENGTHS = ("hard", "hard", "hard", "soft", "none")
CHANCES = (None, None, None, 0, 0.0, 0.25, 1.0)
UNAVAILABILITIES = (0, 1e-6, 0.001, 0.01, 0.02, 0.1, 0.25, 0.5, 0.9, 1.0)
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
def estates_with_chances(draw, most: int = 10, least: int = 1, doubts: int = 0) -> PlainEstate:
    """
    Estates whose CIs nearly all have an unavailability, and up to ``doubts`` of whose relations are uncertain.

    Drawn from ``estates`` and, where there is room for it, from ``logic``; values repeat, so that products tie.
    """
    nested = least <= 5 and most >= 10 and draw(st.integers(0, 3)) == 0
    estate = draw(small_logic(most) if nested else estates(most, least))
    chance = st.one_of(st.sampled_from(UNAVAILABILITIES), st.floats(1e-9, 1), st.none())
    for facts in estate.items.values():
        if facts["class"] != "logical_gate" or facts["unavailability"] is None:
            facts["unavailability"] = draw(chance)
    if doubts and estate.relations:
        places = st.lists(st.integers(0, len(estate.relations) - 1), min_size=1, max_size=doubts, unique=True)
        for place in draw(places):
            estate.relations[place]["confidence"] = draw(st.sampled_from(CONFIDENCES))
    return estate


def small_logic(most: int) -> st.SearchStrategy[PlainEstate]:
    """Estates of ``logic`` with at most ``most`` CIs; its smallest have five."""
    return logic().filter(lambda estate: len(estate.items) <= most)


def services_of(estate: PlainEstate) -> list[str]:
    return sorted(item for item, facts in estate.items.items() if facts["service"])


def with_a_service(most: int) -> st.SearchStrategy[PlainEstate]:
    """Estates of all kinds with at least one service."""
    plain = estates(most, min(3, most)).filter(services_of)
    return st.one_of(plain, small_logic(most)) if most >= 10 else plain


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

    Targets are in the hard cone of one service, mostly of what can spare a member, so that many calendars hold a joint
    conflict. Windows begin within two hours and meet end to end often; every outage ends within its window.
    """
    estate = draw(with_a_service(most))
    services = services_of(estate)
    needs = estate.requirements()
    cone = sorted(hard_cone(needs, draw(st.sampled_from(services))))
    ends = st.sampled_from([ci for ci in cone if ci not in services] or cone)
    found = []
    for number in range(draw(st.integers(2, changes))):
        start, length = 10 * draw(st.integers(0, 6)), draw(st.sampled_from((1, 10, 20, 30, 60)))
        targets = draw(st.lists(ends, min_size=1, max_size=3, unique=True))
        outages = {target: draw(_outages(length)) for target in targets}
        found.append(PlainChange(f"CHG-{number}", start, start + length, outages))
    incidents = [
        PlainIncident(f"INC-{number}", draw(st.integers(-20, 70)), frozenset({draw(ends)}))
        for number in range(draw(st.sampled_from((0, 0, 1, 2))))
    ]
    standing = draw(st.sets(ends, max_size=draw(st.sampled_from((0, 0, 1)))))
    return Calendar(estate, services, found, incidents, standing)


@st.composite
def _outages(draw, length: int) -> tuple[int, int | None] | None:
    """Draw the outage of one target in a window of ``length`` minutes: of all of it, of a part, none, or for good."""
    kind = draw(st.sampled_from(("whole", "whole", "part", "part", "none", "for good")))
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
    """Up to ``targets`` targets in the hard cones of one or more services, which are mostly no targets themselves."""
    estate = draw(with_a_service(most))
    services = services_of(estate)
    named = sorted(draw(st.sets(st.sampled_from(services), min_size=1, max_size=2)))
    needs = estate.requirements()
    cone = sorted(set().union(*(hard_cone(needs, service) for service in named)))
    others = [ci for ci in cone if ci not in named]
    ends = st.sampled_from(cone if not others or draw(st.integers(0, 9)) == 0 else others)
    chosen = draw(st.sets(ends, min_size=1, max_size=targets))
    standing = draw(st.sets(ends, max_size=draw(st.sampled_from((0, 0, 1)))))
    return Rollout(estate, named, sorted(chosen), standing)

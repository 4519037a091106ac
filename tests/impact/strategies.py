"""Random gate graphs: small estates with everything that is legal in them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracles.estate import PlainEstate

STRENGTHS = ("hard", "hard", "hard", "soft", "none")
CHANCES = (None, None, None, 0, 0.0, 0.25, 1.0)


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

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
    """
    count = draw(st.integers(least, most))
    ids = [f"c{number}" for number in range(count)]
    ends = st.sampled_from(ids)
    estate = PlainEstate()
    for item in ids:
        service = draw(st.booleans())
        estate.items[item] = {
            "class": "service" if service else "server",
            "name": item.upper(),
            "unavailability": draw(st.sampled_from(CHANCES)),
            "tier": draw(st.sampled_from((None, 1, 2))) if service else None,
            "service": service,
        }
    for number in range(draw(st.integers(0, count))):
        owner, name = draw(ends), f"g{number % 3}"
        if any((row["item"], row["name"]) == (owner, name) for row in estate.groups):
            continue
        members = draw(st.lists(ends, min_size=1, max_size=5))
        distinct = len(set(members))
        needs = draw(
            st.one_of(
                st.integers(1, distinct), st.integers(1, distinct + 1), st.sampled_from(("50%", "34%", "100%", "0.5%"))
            )
        )
        recorded = draw(st.sampled_from((True, True, True, True, False)))
        strength = draw(st.sampled_from(STRENGTHS))
        if recorded:
            estate.groups.append({"item": owner, "name": name, "needs": needs, "strength": strength})
        for member in members:
            estate.relations.append(_relation(owner, member, name, draw(st.sampled_from(STRENGTHS))))
    for _ in range(draw(st.integers(0, count + 3))):
        estate.relations.append(_relation(draw(ends), draw(ends), None, draw(st.sampled_from(STRENGTHS))))
    return estate


def _relation(source: str, target: str, group: str | None, strength: str) -> dict:
    return {"source": source, "target": target, "group": group, "strength": strength, "confidence": 1.0}

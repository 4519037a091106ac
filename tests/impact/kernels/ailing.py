"""Random estates in which some things are wrong from the start, which few of those drawn without a rule have."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.impact.strategies import estates
from tests.oracles.estate import PlainEstate


@st.composite
def ailing_estates(draw) -> PlainEstate:
    """Estates of which every other one has CIs that are down or degraded with nothing failed at all."""
    estate = draw(estates())
    ids = list(estate.items)
    for ci in draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)) if draw(st.booleans()) else ():
        strength, member = draw(st.sampled_from(("soft", "soft", "hard"))), draw(st.sampled_from(ids))
        estate.groups.append({"item": ci, "name": "unmet", "needs": 2, "strength": strength})
        estate.relations.append(
            {"source": ci, "target": member, "group": "unmet", "strength": "hard", "confidence": 1.0}
        )
    return estate

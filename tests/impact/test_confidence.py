"""Doubtful relations: what leaving them out does equals an estate that does not have them."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from impact.confidence import confidence_of
from impact.graph import build
from tests.impact.strategies import estates_with_chances, services_of
from tests.oracles.estate import PlainEstate, how_many, rows_of
from tests.oracles.impact import outcome
from tests.oracles.probability import needs_without

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def units(estate: PlainEstate) -> list[set[int]]:
    """Return the positions of doubtful relations, parallel ones together, where none beside them is certain."""
    recorded = {(group["item"], group["name"]) for group in estate.groups}
    cells: dict = {}
    for place, relation in enumerate(estate.relations):
        key = (relation["source"], relation["target"], relation["group"])
        grouped = relation["group"] is not None and (relation["source"], relation["group"]) in recorded
        strength = "any" if relation["group"] is not None else relation["strength"]
        cells.setdefault((*key, strength, grouped), set()).add(place)
    return [places for places in cells.values() if all(estate.relations[place]["confidence"] < 1 for place in places)]


def met(estate: PlainEstate) -> bool:
    """Return whether every group has as many members as it needs."""
    return all(
        how_many(group["needs"], len(members)) <= len(members)
        for group in estate.groups
        for members in [
            {r["target"] for r in estate.relations if (r["source"], r["group"]) == (group["item"], group["name"])}
        ]
    )


@given(estates_with_chances(doubts=4), st.data())
@EXAMPLES
def test_flips_and_certain_outcomes_are_those_of_the_estate_without_them(estate, data):
    """Each doubt alone and all of them at once, for every service."""
    assume(met(estate))
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    graph = build(revision=7, **rows_of(estate))
    items, services, doubts = estate.items, services_of(estate), units(estate)

    def outcomes(absent: set[int]) -> dict:
        needs = needs_without(estate, absent, "capped")
        return {service: outcome(items, needs, service, failed) for service in services}

    found = confidence_of(graph, failed)
    base, certain = outcomes(set()), outcomes(set().union(*doubts))
    assert {each.service: each.certain for each in found.differences} == {
        service: certain[service] for service in services if certain[service] != base[service]
    }
    expected = set()
    for places in doubts:
        relation = estate.relations[min(places)]
        for service, other in outcomes(places).items():
            if other != base[service]:
                expected.add((service, relation["source"], relation["target"], relation["group"], other))
    assert {
        (flip.service, flip.relation.source, flip.relation.target, flip.relation.group, flip.without_it)
        for flip in found.flips
    } == expected
    assert found.unexamined == 0


@given(estates_with_chances(doubts=4), st.data())
@settings(EXAMPLES, max_examples=50)
def test_a_limit_that_was_reached_is_told(estate, data):
    """With none looked at one by one, all are unexamined, and certain outcomes are told all the same."""
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    graph = build(revision=7, **rows_of(estate))
    found, none = confidence_of(graph, failed), confidence_of(graph, failed, most=0)

    assert (none.flips, none.unexamined, none.differences) == ((), found.doubts, found.differences)

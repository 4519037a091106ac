"""Doubtful relations: what leaving them out does equals an estate that does not have them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cmdb.model.confidence import OutcomeChances
from cmdb.model.outcome import Outcome
from impact.confidence import confidence_of
from impact.graph import build
from tests.impact.strategies import estates_with_chances, services_of
from tests.oracles.estate import PlainEstate, estate_of, how_many, rows_of
from tests.oracles.impact import outcome
from tests.oracles.probability import needs_without, uncertain_outcomes

NAMES = ("down", "degraded", "redundancy_lost", "reduced", "unaffected")
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


@given(estates_with_chances(doubts=6), st.data())
@settings(EXAMPLES, max_examples=1000)
def test_the_chance_of_each_outcome_is_that_of_all_cases_weighed(estate, data):
    """Every subset of the doubtful relations, each with its probability; a service that is not told of is certain."""
    assume(met(estate))
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    graph = build(revision=7, **rows_of(estate))

    found = {each.service: each for each in confidence_of(graph, failed).chances}

    for service in services_of(estate):
        expected = uncertain_outcomes(estate, service, failed, "capped")
        if service in found:
            told = found[service]
            shares = (told.down, told.degraded, told.redundancy_lost, told.reduced, told.unaffected)
            assert shares == pytest.approx([float(share) for share in expected.values()], abs=1e-12)
        assert (service in found) == (max(expected.values()) < 1)


@given(estates_with_chances(doubts=4), st.data())
@settings(EXAMPLES, max_examples=50)
def test_work_that_does_not_suffice_is_told_with_what_is_known_all_the_same(estate, data):
    """Nothing is guessed: what is told is right, doubts count as unexamined, certain outcomes are told."""
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    work = data.draw(st.integers(0, 60))
    graph = build(revision=7, **rows_of(estate))
    whole, part = confidence_of(graph, failed), confidence_of(graph, failed, work=work)

    assert part.differences == whole.differences
    assert set(part.flips) <= set(whole.flips)
    if not part.limits:
        assert part == whole
    elif part.flips != whole.flips:
        assert (part.limits, part.unexamined) == (("work",), part.doubts)
    right = {each.service: each for each in whole.chances}
    for each in part.chances:
        assert_told_rightly(each, right.get(each.service))


@pytest.mark.parametrize("needs", [1, 2])
def test_a_doubt_that_the_failure_does_not_touch_is_known_of_however_little_work_is_done(needs):
    """It lies beneath what still stands: whether one more failure would stop the service hangs on it alone."""
    rules = {"shop": [(1, ["a", "b", "c"])], "a": [(needs, ["x", "y"])], "b": ["x" if needs == 1 else "z"]}
    estate = estate_of({**rules, "y": ["z"] if needs == 2 else []})
    (doubtful,) = (relation for relation in estate.relations if (relation["source"], relation["target"]) == ("a", "y"))
    doubtful["confidence"] = 0.5
    graph = build(revision=7, **rows_of(estate))
    whole = confidence_of(graph, {"c"})
    assert [(each.outcome, each.certain) for each in whole.differences] == [
        (Outcome.REDUCED, Outcome.REDUNDANCY_LOST) if needs == 1 else (Outcome.REDUNDANCY_LOST, Outcome.REDUCED)
    ]
    for work in range(120):
        part = confidence_of(graph, {"c"}, work=work)
        assert part.differences == whole.differences
        assert part == whole or (part.limits, part.doubts, part.unexamined) == (("work",), 1, 1)
    assert part == whole


def assert_told_rightly(told: OutcomeChances, right: OutcomeChances | None) -> None:
    """Every chance is right or None; a service that is certain may be told of only while its outcome is unknown."""
    values = [getattr(told, name) for name in NAMES]
    if right is None:
        assert None in values
        assert 1.0 not in values
    else:
        assert all(
            value is None or value == pytest.approx(getattr(right, name), abs=1e-12)
            for name, value in zip(NAMES, values, strict=True)
        )


@given(estates_with_chances(doubts=4), st.data())
@settings(EXAMPLES, max_examples=50)
def test_a_diagram_that_is_too_large_leaves_chances_untold(estate, data):
    """What single relations flip is told all the same; a chance that is told is right, others are None."""
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    budget = data.draw(st.integers(0, 20))
    graph = build(revision=7, **rows_of(estate))
    whole, part = confidence_of(graph, failed), confidence_of(graph, failed, nodes=budget)
    right = {each.service: each for each in whole.chances}

    assert (part.flips, part.differences) == (whole.flips, whole.differences)
    if "nodes" not in part.limits:
        assert part == whole
    for each in part.chances:
        assert_told_rightly(each, right.get(each.service))


@given(estates_with_chances(doubts=4), st.data())
@settings(EXAMPLES, max_examples=50)
def test_a_limit_that_was_reached_is_told(estate, data):
    """With none looked at one by one, all are unexamined, and certain outcomes are told all the same."""
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    graph = build(revision=7, **rows_of(estate))
    found, none = confidence_of(graph, failed), confidence_of(graph, failed, most=0)

    assert (none.flips, none.differences, none.chances) == ((), found.differences, found.chances)
    assert none.limits == (("doubts",) if none.unexamined else ())
    assert bool(none.unexamined) >= bool(found.flips)

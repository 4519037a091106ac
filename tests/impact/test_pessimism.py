"""Missing redundancy is read pessimistically: what is not written down never makes an answer better."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cmdb.model.outcome import Outcome
from impact.answers import single_points, what_goes_down
from impact.graph import build
from tests.impact.strategies import all_kinds
from tests.impact.test_confidence import met
from tests.oracles.estate import PlainEstate, rows_of


def without_groups(estate: PlainEstate, gone: set[tuple[str, str]]) -> PlainEstate:
    """Return the estate with some groups deleted: their relations stand alone, with the strength of the group."""
    strengths = {(group["item"], group["name"]): group["strength"] for group in estate.groups}
    relations = [
        {**relation, "group": None, "strength": strengths[key]}
        if (key := (relation["source"], relation["group"])) in gone
        else relation
        for relation in estate.relations
    ]
    kept = [group for group in estate.groups if (group["item"], group["name"]) not in gone]
    return PlainEstate(estate.items, relations, kept)


@given(all_kinds(), st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
def test_deleting_a_group_never_improves_an_outcome(estate, data):
    """
    No CI gets better, and no service, but for the word of one case.

    A service whose redundancy is lost is merely reduced when the CI that stops it alone now did so before as well,
    because the redundancy against it is what was deleted: no *new* single point, and one all the time.
    """
    assume(estate.groups and met(estate))
    keys = [(group["item"], group["name"]) for group in estate.groups]
    gone = set(data.draw(st.lists(st.sampled_from(keys), min_size=1, unique=True)))
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))
    whole, less = (build(revision=1, **rows_of(each)) for each in (estate, without_groups(estate, gone)))

    before, after = what_goes_down(whole, failed), what_goes_down(less, failed)

    assert set(before.down) <= set(after.down)
    assert {*before.down, *before.degraded} <= {*after.down, *after.degraded}
    outcomes = {service.id: service.outcome for service in after.services}
    for service in before.services:
        outcome = outcomes.get(service.id, Outcome.UNAFFECTED)
        if outcome.rank > service.outcome.rank:
            assert (service.outcome, outcome) == (Outcome.REDUNDANCY_LOST, Outcome.REDUCED)
            assert set(service.new_single_points) <= set(single_points(less, service.id).before)

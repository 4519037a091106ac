"""What is kept after a run: nothing is taken away by what was not read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.sightings import Sightings, seen
from cmdb.model.coverage import Coverage
from cmdb.model.observation import End, EvidenceKind, Observation, ObservedGroup, ObservedRelation
from tests.discovery.histories import T0, observation


def needs(target: str, **more: str) -> ObservedRelation:
    return ObservedRelation("depends_on", EvidenceKind.INVENTORY, target=End(target), **more)


def read(*runs: tuple[list[Observation], bool], whole: bool = True) -> Sightings:
    """Read the scope "all" again and again; each run saw so much, to its end or not."""
    found = Sightings((), Coverage("aws", "aws"), ())
    for n, (came, complete) in enumerate(runs):
        scopes = {"all"} if complete else set()
        at = T0 + timedelta(hours=n)
        found = seen(found.observations, came, scopes, found.coverage, RULES, at=at, run=f"r{n}", whole=whole)
    return found


POOL = observation(
    "aws",
    "all",
    "lb",
    relations=(needs("1", group="pool"), needs("2", group="pool")),
    groups=(ObservedGroup("pool", 1, EvidenceKind.INVENTORY),),
)
CUT = replace(POOL, relations=(needs("1", group="pool"),), groups=())


def test_what_was_cut_takes_no_relation_away():
    """A pool whose second page was not read keeps its members, and the group its needs."""
    (kept,) = read(([POOL], True), ([CUT], False)).observations
    assert set(kept.relations) == set(POOL.relations)
    assert kept.groups == POOL.groups


def test_what_was_read_to_its_end_does():
    """A member that is no longer listed is no member any more."""
    (kept,) = read(([POOL], True), ([CUT], False), ([CUT], True)).observations
    assert kept.relations == CUT.relations
    assert not kept.groups


def test_the_same_cut_reading_twice_changes_nothing():
    """Nor does one more."""
    once, twice = (read(([POOL], True), *[([CUT], False)] * times).observations for times in (1, 2))
    assert once == twice


def test_half_the_regions_failing_takes_nothing_away():
    """What the failed ones had stays present for as long as they fail; the others go on."""
    regions = [f"region{n}" for n in range(6)]
    there = [observation("aws", region, f"{region}/{n}") for region in regions for n in range(3)]
    found = seen((), there, regions, Coverage("aws", "aws"), RULES, at=T0, run="r0", whole=True)
    for n in range(1, 30):
        at = T0 + timedelta(days=n)
        came = [each for each in there if each.scope in regions[:3]]
        found = seen(found.observations, came, regions[:3], found.coverage, RULES, at=at, run=f"r{n}", whole=True)
    assert not found.held
    assert all(each.absent_since is None for each in found.observations)
    assert [found.coverage.reading(region).number for region in regions] == [30, 30, 30, 1, 1, 1]
    assert found.coverage.reading("region5").at == T0


@pytest.mark.parametrize("count", [1, 2, 3, 5, 100])
def test_a_source_that_lists_nothing_is_held(count):
    """However few there were, and however often it lists nothing: all are still there."""
    there = [observation("aws", "all", str(n)) for n in range(count)]
    found = read((there, True), ([], True), ([], True))
    assert [(held.scope, held.had, len(held.lost)) for held in found.held] == [("all", count, count)]
    assert all(each.absent_since is None for each in found.observations)


def test_a_clock_that_is_set_back_makes_nothing_old():
    """What is found absent while the clock is wrong is not older than that when it is right again."""
    there = [observation("aws", "all", str(n)) for n in range(20)]
    first = seen((), there, {"all"}, Coverage("aws", "aws"), RULES, at=T0, run="r0", whole=True)
    back = T0 - timedelta(days=400)
    second = seen(first.observations, there[1:], {"all"}, first.coverage, RULES, at=back, run="r1", whole=True)
    third = seen(second.observations, there, {"all"}, second.coverage, RULES, at=T0, run="r2", whole=True)
    assert [each.absent_since for each in second.observations if each.native_id == "0"] == [back]
    assert third.observations == first.observations

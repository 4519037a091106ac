"""The measures of health: what they count, and that they count what anybody would count by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.catalogue.expected import EXPECTED, Joined, expected_of
from cmdb.configuration.health import Health, Known, Likeness, Link, Sighting, Wrong, chosen, health_of, tallies, tally
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.model.health import Measure
from tests.oracles import health as oracle

CATALOGUE = built_in()
T0 = datetime(2026, 3, 2, tzinfo=UTC)
EXAMPLES = settings(max_examples=120, deadline=None)

ids = st.sampled_from(["a", "b", "c", "d", "e", "f"])
values = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(["", "x", "y"])
        for name in ("owner", "environment", "vendor", "model", "serial_number", "os", "tier", "device")
    },
)
documents = st.builds(
    lambda kind, attributes, name, seen: {
        "class": kind,
        "name": name,
        "attributes": attributes,
        **({"seen_as": [["", "x"]]} if seen else {}),
    },
    st.sampled_from(sorted(oracle.WANTED)),
    values,
    st.sampled_from(["shop", "pay"]),
    st.booleans(),
)
relations = st.builds(
    lambda source, kind, target, sources, status: {
        "source": source,
        "type": kind,
        "target": target,
        **({"sources": sources} if sources else {}),
        **({"status": status} if status else {}),
    },
    ids,
    st.sampled_from(["depends_on", "owned_by"]),
    ids,
    st.lists(st.sampled_from(["form", "discovery/s1", "discovery/s2"]), unique=True, max_size=2),
    st.sampled_from(["", "proposed", "confirmed", "asserted"]),
)
sightings = st.lists(st.tuples(st.sampled_from(["s1", "s2"]), st.booleans(), st.booleans()), max_size=2)
estates = st.fixed_dictionaries(
    {
        "cis": st.dictionaries(ids, documents, max_size=6),
        "relations": st.lists(relations, max_size=8),
        "sightings": st.dictionaries(ids, sightings, max_size=4),
        "judged": st.dictionaries(ids, st.booleans(), max_size=3),
        "twins": st.lists(st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]), max_size=2),
    }
)


def links(documents: list[dict[str, Any]]) -> list[Link]:
    """Return relations as health is given them."""
    return [
        Link(
            each["source"], each["type"], each["target"], tuple(each.get("sources", ())), each.get("status", "asserted")
        )
        for each in documents
    ]


def looked(estate: dict[str, Any]) -> Health:
    """Return the health of an estate as the oracle is given it."""
    cis = {ci: {"id": ci, **document} for ci, document in estate["cis"].items()}
    alike: dict[str, list[Likeness]] = {}
    for one, other in estate["twins"]:
        for ci, twin in ((one, other), (other, one)):
            if ci in cis:
                alike.setdefault(ci, []).append(Likeness((twin,), way="serial"))
    seen = {
        ci: [Sighting(source, T0, present, fresh, 24.0) for source, present, fresh in several]
        for ci, several in estate["sightings"].items()
    }
    judged = {ci: None if right else Wrong("SMP-1") for ci, right in estate["judged"].items()}
    return health_of(Known(cis, links(estate["relations"]), CATALOGUE, seen, alike, judged))


@EXAMPLES
@given(estates)
def test_every_measure_asks_and_finds_what_a_slow_look_does(estate):
    """CI by CI and measure by measure, against a count by hand."""
    health = looked(estate)
    asked, faulty = oracle.judged(estate)
    assert {(measure.value, ci) for measure in Measure for ci in health.asked[measure]} == asked
    assert {(fault.measure.value, fault.ci) for fault in health.faults} == faulty
    assert {ci: subject.owner for ci, subject in health.subjects.items()} == {
        ci: oracle.owner_of(ci, estate) for ci in oracle.measured(estate)
    }


@EXAMPLES
@given(estates)
def test_the_figures_are_those_of_the_faults_and_the_parts_add_up(estate):
    """The score counts the CIs that no measure finds fault with; classes, and owners, make up the whole."""
    health = looked(estate)
    asked, faulty = oracle.judged(estate)
    whole = tally(health)
    unsound = {ci for _, ci in faulty}
    assert (whole.cis, whole.sound) == (len(oracle.measured(estate)), len(oracle.measured(estate)) - len(unsound))
    for name, share in whole.measures.items():
        assert share.asked == sum(measure == name for measure, _ in asked)
        assert share.faulty == sum(measure == name for measure, _ in faulty) <= share.asked
    for part in (lambda each: each.ci_class, lambda each: each.owner):
        parts = tallies(health, part).values()
        assert sum(each.cis for each in parts) == whole.cis
        assert sum(each.sound for each in parts) == whole.sound
        for name, share in whole.measures.items():
            assert sum(each.measures[name].asked for each in parts) == share.asked
            assert sum(each.measures[name].faulty for each in parts) == share.faulty


@EXAMPLES
@given(estates, st.randoms(use_true_random=False))
def test_the_order_of_what_is_known_does_not_matter(estate, chance):
    """Shuffled, the same faults come in the same order."""
    other = dict(estate, cis=dict(chance.sample(list(estate["cis"].items()), len(estate["cis"]))))
    other["relations"] = chance.sample(estate["relations"], len(estate["relations"]))
    assert looked(other).faults == looked(estate).faults


def test_nothing_is_shared_among_no_cis():
    """An empty store has no score, not a perfect one."""
    nothing = tally(looked({"cis": {}, "relations": [], "sightings": {}, "judged": {}, "twins": []}))
    assert nothing.score is None
    assert all(share.sound is None for share in nothing.measures.values())
    assert set(nothing.measures) == {measure.value for measure in Measure}


def test_a_fault_says_what_is_missing_since_when_and_from_where():
    """The facts of each fault are what a person needs to put it right."""
    cis = {
        "web1": {"id": "web1", "class": "server", "name": "web1", "attributes": {"owner": "web", "os": "Debian"}},
        "vm1": {"id": "vm1", "class": "virtual_machine", "name": "vm1", "seen_as": [["dc1", "vm1"]]},
        "shop": {"id": "shop", "class": "service", "name": "Shop", "attributes": {"owner": "web", "tier": 1}},
    }
    seen = {"vm1": [Sighting("dc1", T0, False, False, 24.0), Sighting("dc2", T0, True, False, 72.0)]}
    link = Link("vm1", "depends_on", "web1", ("discovery/dc1",), "confirmed")
    health = health_of(Known(cis, [link], CATALOGUE, seen, judged={"web1": Wrong("SMP-1", "it is gone")}))
    facts = {(fault.ci, fault.code): dict(fault.facts) for fault in health.faults}
    assert facts == {
        ("shop", "orphans.out"): {},
        ("vm1", "completeness.missing"): {"attributes": ["owner", "environment", "os"]},
        ("vm1", "evidence.stale"): {"relations": [["depends_on", "web1"]], "count": 1},
        ("vm1", "freshness.stale"): {"source": "dc2", "at": "2026-03-02T00:00:00Z", "hours": 72.0},
        ("web1", "completeness.missing"): {"attributes": ["environment", "vendor", "model", "serial_number"]},
        ("web1", "correctness.wrong"): {"sample": "SMP-1", "note": "it is gone"},
        ("web1", "freshness.never"): {},
    }
    assert [fault.ci for fault in chosen(health, measure=Measure.FRESHNESS, owner="")] == ["vm1"]
    assert {fault.ci for fault in chosen(health, ci_class={"server"})} == {"web1"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_expected_of_a_class_can_be_had(name):
    """Every entry names a class and attributes that are there."""
    assert name in CATALOGUE.classes
    assert set(EXPECTED[name].attributes) <= set(CATALOGUE.attributes_of(name))


def test_an_own_class_expects_what_its_ancestor_does_and_what_it_requires():
    """An organisation adds to what is expected by requiring it, and needs no other place to say so."""
    rack_server = CIClass("rack_server", "server", attributes=(Attribute("bay", AttributeType.TEXT, required=True),))
    expected = expected_of(CATALOGUE.with_([rack_server]), "rack_server")
    assert expected.attributes[0] == "bay"
    assert set(EXPECTED["server"].attributes) < set(expected.attributes)
    assert expected.seen
    assert expected_of(CATALOGUE, "nobody_has_it").joined is Joined.NO

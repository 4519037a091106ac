"""The words of findings, drift, health, differences and plans say names where they have them, ids where not."""

from __future__ import annotations

from cmdb.model.health import Fault, Measure
from web.wording_becoming import becoming_words, ends_of
from web.wording_drift import difference_words
from web.wording_finding import cis_in as cis_of_facts
from web.wording_finding import finding_words
from web.wording_health import cis_in as cis_of_fault
from web.wording_health import remedy
from web.wording_planned import unfound_words

NAMES = {"dc1:1": "web1", "dc1:2": "db1", "dc1:2/eth0": "eth0 of db1"}
RELATION = {"source": "dc1:1", "type": "uses", "target": "dc1:2"}


def test_a_finding_says_which_cis_are_meant_by_one_thing():
    """The facts keep the ids."""
    facts = {"identifier": "ip 10.0.0.1", "of": ["dc1:1", "dc1:3"]}
    assert cis_of_facts(facts) == ["dc1:1", "dc1:3"]
    said = finding_words("relation.ambiguous_end", facts, NAMES)
    assert said == "it depends on ip 10.0.0.1, which web1, dc1:3 all have"
    assert "dc1:1, dc1:3" in finding_words("relation.ambiguous_end", facts)


def test_drift_of_a_relation_and_of_a_group_says_both_ends():
    """What is gone is called as it was when it was there."""
    relation = {"way": "gone", "kind": "relation", "key": "k", "before": {"/type": "uses"}, "cis": ["dc1:1", "dc1:2"]}
    assert difference_words(relation, NAMES) == "web1 uses db1 is gone"
    group = {"way": "appeared", "kind": "group", "key": "k", "after": {"/name": "pool"}, "cis": ["dc1:1"]}
    assert difference_words(group, NAMES) == "group pool of web1 appeared"


def test_what_a_run_would_change_says_both_ends():
    """A CI itself goes by its id and name, which are in the difference."""
    row = {"kind": "relation", "key": "k", "before": None, "after": RELATION}
    assert list(ends_of(row)) == ["dc1:1", "dc1:2"]
    assert becoming_words(row, NAMES).what == "relation web1 uses db1"
    assert list(ends_of({"kind": "ci", "key": "dc1:1", "before": None, "after": {"name": "web1"}})) == []


def test_a_fault_of_a_record_says_what_it_may_be_the_same_as():
    """The command beside it keeps the id, which is what it takes."""
    fault = Fault("dc1:2", Measure.DUPLICATES, "duplicates.possible", {"others": ["dc1:1"], "way": "serial"})
    said = remedy(fault, names=NAMES)
    assert cis_of_fault(fault) == ["dc1:1"]
    assert said.sentence == "it may be the same as web1: both have the same serial"
    assert said.command == "foreshock identity merge dc1:2 dc1:1"
    doubted = Fault("dc1:2", Measure.EVIDENCE, "evidence.none", {"relations": [["uses", "dc1:1"]]})
    assert "uses web1" in remedy(doubted, names=NAMES).sentence


def test_what_a_plan_may_mean_stands_with_its_ids():
    """Whoever decides between them types one."""
    assert "web1 [dc1:1], dc1:9" in unfound_words("several", ("dc1:1", "dc1:9"), NAMES)


def test_the_first_difference_of_a_finding_names_what_it_is_of():
    """A CI by its name, a relation by its ends; before, "first: ci appeared" told nobody what to look for."""
    about = {"baseline": "B", "count": 2, "way": "appeared", "field": None}
    names = {"dc1:1": "web1", "dc1:2": "db1"}
    ci = {**about, "kind": "ci", "key": "dc1:1"}
    assert cis_of_facts(ci) == ["dc1:1"]
    assert finding_words("verification.unauthorised", ci, names).endswith(
        "; first: ci web1 appeared, and was not there before"
    )
    relation = {**about, "way": "gone", "kind": "relation", "key": '["dc1:1","depends_on","dc1:2",null]'}
    assert cis_of_facts(relation) == ["dc1:1", "dc1:2"]
    assert finding_words("verification.unauthorised", relation, names).endswith(
        "; first: relation web1 depends_on db1 is gone"
    )
    group = {**about, "way": "gone", "kind": "group", "key": '["dc1:1","pool"]'}
    assert finding_words("verification.unauthorised", group, names).endswith("; first: group pool of web1 is gone")

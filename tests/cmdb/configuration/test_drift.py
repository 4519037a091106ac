"""Drift: the difference of two states, its scope, and what does not count as one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.drift import Estate, applied, difference, difference_id, views
from cmdb.configuration.drift_rules_text import FORMAT, read_rules, toleration_text
from cmdb.errors import InvalidInput
from cmdb.model.configuration_baseline import BaselineScope
from cmdb.model.drift import DriftDifference, Toleration, Way
from cmdb.model.group import group_key
from cmdb.model.relation import relation_key

ALL = BaselineScope()
LINEAGE = {"server": ("server", "computer"), "switch": ("switch", "device")}
VALUES = st.sampled_from(["", "a", "1", 0, 1, 2, True, False, 1.0, 0.5])
NAMES = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def estates(draw):
    """An estate of up to four CIs with relations and groups between them."""
    cis = {}
    for name in sorted(draw(st.sets(NAMES, max_size=4))):
        cis[name] = {
            "id": name,
            "class": draw(st.sampled_from(sorted(LINEAGE))),
            "name": draw(NAMES),
            "attributes": draw(st.dictionaries(st.sampled_from(["os", "ram", "environment"]), VALUES, max_size=3)),
            "status": draw(st.sampled_from(["active", "proposed", "missing", "retired"])),
        }
    there = sorted(cis) or ["a"]
    relations = {}
    for _ in range(draw(st.integers(0, 4)) if cis else 0):
        document = {
            "source": draw(st.sampled_from(there)),
            "type": "depends_on",
            "target": draw(st.sampled_from(there)),
        }
        document |= draw(st.sampled_from([{}, {"group": "g"}, {"strength": "soft"}, {"status": "proposed"}]))
        relations[relation_key(document)] = document
    groups = {}
    for name in draw(st.sets(st.sampled_from(["g", "h"]), max_size=2)) if cis else ():
        document = {"item": there[0], "name": name, "needs": draw(st.integers(1, 3))}
        groups[group_key(document)] = document
    return Estate(cis, relations, groups)


@settings(max_examples=500)
@given(estates(), estates(), st.sampled_from([(), ("*.os",), ("computer.ram", "switch./name")]))
def test_a_difference_applied_to_the_baseline_gives_the_present(before, after, ignored):
    """Whatever came, went or changed; and nothing is told of two states that are alike."""
    for scope in (ALL, BaselineScope("computer"), BaselineScope(None, {"environment": "a"})):
        found = views(before, after, scope, LINEAGE, ignored=ignored)
        told = difference(found.before, found.after)
        assert applied(found.before, told) == found.after
        assert difference(found.after, found.after) == ()
        assert len({each.place for each in told}) == len(told)


@settings(max_examples=300)
@given(estates(), estates())
def test_an_accepted_difference_is_none_any_more_and_the_others_stay(before, after):
    """A baseline that moved on by some differences differs by the rest."""
    found = views(before, after, ALL, LINEAGE)
    told = difference(found.before, found.after)
    for accepted in (told[:1], told[::2], told):
        moved = views(before, after, ALL, LINEAGE, amendments=accepted)
        assert difference(moved.before, moved.after) == tuple(each for each in told if each not in accepted)


@settings(max_examples=300)
@given(estates(), estates())
def test_what_is_ignored_or_out_of_scope_only_takes_differences_away(before, after):
    """No difference comes to be by looking at less."""

    def told(scope, ignored=()):
        found = views(before, after, scope, LINEAGE, ignored=ignored)
        return {each.place for each in difference(found.before, found.after)}

    assert told(BaselineScope("server")) <= told(ALL)
    assert told(ALL, ("*.os",)) == {place for place in told(ALL) if place[2] != "os"}


def an_estate(*cis, relations=(), groups=()):
    documents = [{"class": "server", "name": ci["id"], **ci} for ci in cis]
    return Estate(
        {each["id"]: each for each in documents},
        {relation_key(each): each for each in relations},
        {group_key(each): each for each in groups},
    )


def told(before, after, scope=ALL):
    found = views(before, after, scope, LINEAGE)
    return [(each.way, each.kind, each.cis, each.field) for each in difference(found.before, found.after)]


def test_a_ci_that_leaves_its_environment_differs_and_is_not_gone():
    """The scope is asked of either state."""
    scope = BaselineScope(None, {"environment": "production"})
    before = an_estate({"id": "a", "attributes": {"environment": "production"}})
    after = an_estate({"id": "a", "attributes": {"environment": "test"}})
    assert told(before, after, scope) == [(Way.CHANGED, "ci", ("a",), "environment")]
    assert told(after, before, scope) == [(Way.CHANGED, "ci", ("a",), "environment")]


def test_a_missing_ci_is_gone_and_one_that_turned_out_to_be_another_is_not():
    """Its relations are that other's, in the baseline too."""
    relation = {"source": "a", "type": "depends_on", "target": "b"}
    before = an_estate({"id": "a"}, {"id": "b"}, {"id": "c"}, relations=[relation])
    assert told(
        before, an_estate({"id": "a"}, {"id": "b", "status": "missing"}, {"id": "c"}, relations=[relation])
    ) == [(Way.GONE, "ci", ("b",), "")]
    merged = an_estate(
        {"id": "a"},
        {"id": "b", "status": "retired", "merged_into": "c"},
        {"id": "c"},
        relations=[{**relation, "target": "c"}],
    )
    assert told(before, merged) == []


def test_evidence_that_fades_is_no_change_and_one_that_is_not_sure_is_none():
    """A relation comes with certainty, and goes when nothing says it any more."""
    sure = {"source": "a", "type": "depends_on", "target": "b"}
    cis = ({"id": "a"}, {"id": "b"})
    faded = {**sure, "status": "proposed"}
    assert told(an_estate(*cis, relations=[sure]), an_estate(*cis, relations=[faded])) == []
    assert told(an_estate(*cis), an_estate(*cis, relations=[faded])) == []
    assert told(an_estate(*cis), an_estate(*cis, relations=[sure])) == [(Way.APPEARED, "relation", ("a", "b"), "")]


def test_paths_that_discovery_made_are_not_compared():
    """What changes of a path has changed of what lies on it; the pool itself, and a path that people entered, are."""
    over, path = "pool, over the network", {"id": "path:1", "class": "network_path"}
    hosts = [{"id": name} for name in ("lb", "web1", "web2")]
    pooled = {"source": "lb", "type": "depends_on", "target": "web1", "group": "pool"}
    pool = {"item": "lb", "name": "pool", "needs": 1}
    plain = an_estate(*hosts, relations=[pooled], groups=[pool])
    made = an_estate(
        *hosts,
        {**path, "seen_as": [["", "path:1"]]},
        relations=[
            pooled,
            {**pooled, "target": "path:1", "group": over},
            {**pooled, "target": "web2", "group": over},
            {"source": "web1", "type": "routes_through", "target": "path:1"},
            {"source": "path:1", "type": "routes_through", "target": "web2", "group": "ways"},
        ],
        groups=[pool, {**pool, "name": over}, {**pool, "item": "path:1", "name": "ways"}],
    )
    assert told(plain, made) == []
    assert told(made, plain) == []
    assert told(made, an_estate(*hosts)) == [
        (Way.GONE, "group", ("lb",), ""),
        (Way.GONE, "relation", ("lb", "web1"), ""),
    ]
    assert told(plain, an_estate(*hosts, path, relations=[pooled], groups=[pool])) == [
        (Way.APPEARED, "ci", ("path:1",), "")
    ]


def test_a_group_that_needs_another_number_differs():
    """Redundancy is configuration."""
    group = {"item": "a", "name": "web", "needs": 1}
    before, after = (an_estate({"id": "a"}, groups=[{**group, "needs": n}]) for n in (1, 2))
    assert told(before, after) == [(Way.CHANGED, "group", ("a",), "/needs")]


def test_true_is_not_one_and_one_is_one_point_nought():
    """As in JSON."""
    one, true, whole = (an_estate({"id": "a", "attributes": {"x": value}}) for value in (1, True, 1.0))
    assert told(one, true) == [(Way.CHANGED, "ci", ("a",), "x")]
    assert told(one, whole) == []


def test_the_id_of_a_difference_is_made_of_what_it_says():
    """Another value, or another baseline, is another difference."""
    each = DriftDifference(Way.CHANGED, "ci", "a", ("a",), "os", "1", "2")
    ids = {
        difference_id("x", each),
        difference_id("y", each),
        difference_id("x", DriftDifference(Way.CHANGED, "ci", "a", ("a",), "os", "1", "3")),
    }
    assert len(ids) == 3
    assert difference_id("x", each) == difference_id("x", each)


RULE = '[[tolerate]]\nname="a"\nbecause="b"\n'


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("ignore = []", ["/format"]),
        ('format = "other/1"', ["/format"]),
        ("x = [", [""]),
        ('format = "F"\nignore = ["os", 3]', ["/ignore/0", "/ignore/1"]),
        ('format = "F"\nignored = []', ["/ignored"]),
        ('format = "F"\n[[tolerate]]\nname = "a"', ["/tolerate/0/because", "/tolerate/0"]),
        ('format = "F"\ntolerate = "all"', ["/tolerate"]),
        (f'format = "F"\n{RULE}what=["melted"]\nfields=["x"]\nuntil=3', ["/tolerate/0/what/0", "/tolerate/0/until"]),
        (f'format = "F"\n{RULE}fields=["x"]\n{RULE}fields=["y"]', ["/tolerate/1/name"]),
    ],
)
def test_every_fault_of_a_text_of_rules_is_told_at_its_place(text, places):
    """All of them at once."""
    with pytest.raises(InvalidInput) as refused:
        read_rules(text.replace('"F"', f'"{FORMAT}"').encode())
    assert [fault.pointer for fault in refused.value.problems] == places


@given(st.text("a'\"\\#]=é中 ", min_size=1, max_size=20).filter(str.strip), st.dates())
def test_a_rule_is_read_as_it_was_written(name, until):
    """Whatever quotation marks its name has."""
    rule = Toleration(name.strip(), f'because "{name}"', (Way.CHANGED,), ("ci",), ("server",), ("os",), until)
    text = f'format = "{FORMAT}"\n{toleration_text(rule)}'
    assert read_rules(text.encode()).tolerated == (rule,)

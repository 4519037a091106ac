"""A graph brought forward by a change is the graph built afresh, byte for byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.errors import MalformedSnapshot
from impact.graph import Delta, Graph, build, spliced
from tests.impact.contents import content
from tests.impact.strategies import CHANCES, STRENGTHS

IDS = [f"c{number}" for number in range(9)]
NAMES = ("", "a", "b")
CONFIDENCES = (1.0, 1.0, 0.5, 0.25)
NEEDS = (1, 1, 2, 3, "50%", "34%", "100%")


@st.composite
def plain(draw) -> tuple[dict, list, dict]:
    """An estate: items by id, a list of relations, groups by owner and name; everything legal may stand in it."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=len(IDS)))
    items = {
        ci: (
            ci,
            draw(st.sampled_from(("server", "service", "rack"))),
            draw(st.sampled_from(("", "x", "Zürich", "a long name"))),
            draw(st.sampled_from(CHANCES)),
            draw(st.sampled_from((None, 5.0))),
            draw(st.sampled_from((None, 1, 2))),
            draw(st.booleans()),
        )
        for ci in ids
    }
    if not ids:
        return items, [], {}
    ends = st.sampled_from(ids)
    relation = st.tuples(
        ends, ends, st.sampled_from((None, *NAMES)), st.sampled_from(STRENGTHS), st.sampled_from(CONFIDENCES)
    )
    relations = draw(st.lists(relation, max_size=16))
    owners = st.tuples(ends, st.sampled_from(NAMES))
    groups = draw(st.dictionaries(owners, st.tuples(st.sampled_from(NEEDS), st.sampled_from(STRENGTHS)), max_size=6))
    return items, relations, groups


def built(estate: tuple[dict, list, dict], revision: int = 1) -> Graph:
    items, relations, groups = estate
    rows = [(*owner, *facts) for owner, facts in groups.items()]
    return build(revision=revision, items=[list(items.values())], relations=[relations], groups=[rows])


def delta_between(one: tuple[dict, list, dict], two: tuple[dict, list, dict]) -> Delta:
    """Return what leads from one estate to the other, as the feed would tell it."""
    items = {ci: two[0].get(ci) for ci in sorted({*one[0], *two[0]}) if one[0].get(ci) != two[0].get(ci)}
    gone, come = list(one[1]), list(two[1])
    for row in one[1]:
        if row in come:
            gone.remove(row)
            come.remove(row)
    groups = {
        owner: two[2].get(owner) for owner in sorted({*one[2], *two[2]}) if one[2].get(owner) != two[2].get(owner)
    }
    return Delta(items=items, gone=gone, come=come, groups=groups)


@given(plain(), plain())
@settings(max_examples=300, deadline=None)
def test_from_any_estate_to_any_other(one, two):
    """However much changes at once: CIs, classes, names, relations, groups, shares, confidences."""
    graph = spliced(built(one), delta_between(one, two), revision=2)
    assert content(graph) == content(built(two, 2))


@given(plain(), st.data())
@settings(max_examples=60, deadline=None)
def test_one_thing_after_the_other(estate, data):
    """Small changes on top of each other leave no trace of the way."""
    items, relations, groups = estate
    graph = built(estate)
    for _ in range(6):
        before = dict(items), list(relations), dict(groups)
        _change(data.draw, items, relations, groups)
        graph = spliced(graph, delta_between(before, (items, relations, groups)), revision=1)
        assert content(graph) == content(built((items, relations, groups)))


def _change(draw, items: dict, relations: list, groups: dict) -> None:
    what = draw(st.sampled_from(("ci", "ci gone", "relation", "relation gone", "group", "group gone")))
    ci = draw(st.sampled_from(IDS))
    if what == "ci":
        items[ci] = (ci, draw(st.sampled_from("pqr")), draw(st.sampled_from(("", "n"))), None, None, None, True)
    elif what == "ci gone":
        items.pop(ci, None)
        relations[:] = [row for row in relations if ci not in row[:2]]
        for owner in [owner for owner in groups if owner[0] == ci]:
            del groups[owner]
    elif what == "relation gone" and relations:
        del relations[draw(st.integers(0, len(relations) - 1))]
    elif what == "group gone" and groups:
        del groups[draw(st.sampled_from(sorted(groups)))]
    elif items:
        ends = st.sampled_from(sorted(items))
        name = draw(st.sampled_from(NAMES))
        if what == "relation":
            strength = draw(st.sampled_from(STRENGTHS))
            relations.append((draw(ends), draw(ends), draw(st.sampled_from((None, name))), strength, 1.0))
        else:
            groups[draw(ends), name] = (draw(st.sampled_from(NEEDS)), draw(st.sampled_from(STRENGTHS)))


SHOP = (
    {ci: (ci, "server", ci, None, None, None, False) for ci in ("shop", "web1", "web2")},
    [("shop", "web1", "pool", "hard", 1.0), ("shop", "web2", "pool", "hard", 1.0)],
    {("shop", "pool"): (1, "hard")},
)
NOTHING = Delta(items={}, gone=(), come=(), groups={})


def test_the_old_graph_stays_as_it_was_and_lends_what_did_not_change():
    """Readers walk the old arrays undisturbed; a relation that comes leaves the CIs' own facts alone."""
    graph = built(SHOP)
    before = content(graph)
    later = spliced(graph, NOTHING._replace(come=[("web1", "web2", None, "soft", 0.5)]), revision=2)
    assert content(graph) == before
    assert later.ids is graph.ids
    assert later.unavailability is graph.unavailability
    assert later.falls_at is graph.falls_at
    assert spliced(graph, NOTHING, revision=3).effects is graph.effects


def test_more_than_256_confidences_come_and_go():
    """The codes grow from one byte to four and back."""
    graph = built(SHOP)
    rows = [("web1", "web2", None, "soft", 1 / number) for number in range(1, 300)]
    wide = spliced(graph, NOTHING._replace(come=rows), revision=1)
    assert wide.confidence_codes.dtype == np.int32
    assert content(wide) == content(built((SHOP[0], [*SHOP[1], *rows], SHOP[2])))
    assert content(spliced(wide, NOTHING._replace(gone=rows), revision=1)) == content(graph)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"come": [("shop", "nowhere", None, "hard", 1.0)]}, "an end that is no CI"),
        ({"come": [("shop", "web1", None, "mild", 1.0)]}, "an unknown strength"),
        ({"gone": [("shop", "web1", None, "hard", 1.0)]}, "a relation that goes and was not there"),
        ({"items": {"web1": None}, "come": [("shop", "web1", None, "hard", 1.0)]}, "an end that is no CI"),
        ({"groups": {("nowhere", "pool"): (1, "hard")}}, "an end that is no CI"),
        ({"groups": {("shop", "pool"): (0, "hard")}}, "a group that can not count"),
        ({"groups": {("shop", "pool"): ("half", "hard")}}, "a group that can not count"),
        ({"groups": {("shop", "pool"): (2**40, "hard")}}, "a group that can not count"),
    ],
)
def test_a_change_that_makes_no_estate_is_refused(change, fault):
    """Rather than a wrong graph."""
    with pytest.raises(MalformedSnapshot) as refused:
        spliced(built(SHOP), NOTHING._replace(**change), revision=2)
    assert refused.value.facts["fault"] == fault

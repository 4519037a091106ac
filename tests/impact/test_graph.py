"""The graph keeps every row, in any order and any batches, and refuses what is no estate."""

from __future__ import annotations

import doctest
import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from cmdb.model.relation import Strength
from impact.answers import what_goes_down
from impact.errors import MalformedSnapshot
from impact.graph import Graph, build, building, from_networkx, to_networkx
from tests.impact.strategies import estates
from tests.oracles.estate import rows_of


def item(ci_id: str, ci_class: str = "server", chance: float | None = None) -> tuple:
    return (ci_id, ci_class, ci_id, chance, None, None, False)


def related(source: str, target: str, strength: str = "hard") -> tuple:
    return (source, target, None, strength, 1.0)


def rows(graph: Graph) -> tuple[list, list, list]:
    return list(graph.item_rows()), list(graph.relation_rows()), list(graph.group_rows())


@given(estates())
@settings(max_examples=300, deadline=None)
def test_rows_come_back_as_they_went_in(estate):
    """Items, relations (parallel ones as often as they were) and groups are all there, sorted."""
    given_rows = rows_of(estate)
    items, relations, groups = rows(build(revision=1, **given_rows))

    assert items == sorted(given_rows["items"][0])
    assert groups == sorted(given_rows["groups"][0])
    assert sorted(relations, key=repr) == sorted(given_rows["relations"][0], key=repr)


@given(estates())
@settings(max_examples=300, deadline=None)
def test_networkx_and_back_loses_nothing(estate):
    """The round trip keeps rows and answers."""
    graph = build(revision=5, **rows_of(estate))
    back = from_networkx(to_networkx(graph))

    assert rows(back) == rows(graph)
    assert back.revision == 5
    failed = list(estate.items)[:2]
    assert what_goes_down(back, failed) == what_goes_down(graph, failed)


def test_the_example_of_build_is_true():
    """What the documentation shows is what happens."""
    assert doctest.testmod(building).failed == 0


def test_order_and_batches_leave_no_trace():
    """The same rows in another order and other batches give the same arrays, byte for byte."""
    draw = random.Random(3)
    ids = [f"ci-{number}" for number in range(60)]
    items = [item(ci, draw.choice(("server", "switch"))) for ci in ids]
    groups = [(ci, name, draw.choice((1, "50%")), "hard") for ci in ids[:20] for name in ("a", "b")]
    relations = [
        (draw.choice(ids[:30]), draw.choice(ids), draw.choice((None, "a", "b", "c")), "hard", draw.choice((1.0, 0.25)))
        for _ in range(200)
    ]
    one = build(revision=1, items=[items], relations=[relations], groups=[groups])
    for batch in (items, relations, groups):
        draw.shuffle(batch)
    two = build(
        revision=1,
        items=[items[:7], [], items[7:]],
        relations=([row] for row in relations),
        groups=[groups[:1], groups[1:]],
    )

    for name in Graph.__slots__:
        first, second = getattr(one, name), getattr(two, name)
        if isinstance(first, np.ndarray):
            assert first.dtype == second.dtype
            assert first.tobytes() == second.tobytes(), name
    assert rows(one) == rows(two)


def test_names_and_ids_may_be_any_text():
    """Text outside ASCII, even half a surrogate pair, comes back as it was; ids sort by code point."""
    names = ["Zürich", "東京", "\U0001f5a5", "", "half \ud800 pair", "zero\0"]
    items = [(f"{name}!", "server", name, None, None, None, False) for name in names]
    graph = build(revision=1, items=[items], relations=[], groups=[])

    assert list(graph.ids) == sorted(f"{name}!" for name in names)
    assert [row[:3] for row in graph.item_rows()] == sorted((f"{name}!", "server", name) for name in names)


def test_more_than_256_confidences_keep_their_exact_values():
    """Confidences are kept exactly, few or many different ones."""
    confidences = [1 / number for number in range(1, 700)]
    relations = [("a", "b", None, "soft", confidence) for confidence in confidences]
    graph = build(revision=1, items=[[item("a"), item("b")]], relations=[relations], groups=[])

    assert [row[4] for row in graph.relation_rows()] == sorted(confidences)


def test_a_target_counts_once_in_a_group_and_shares_are_exact():
    """Three relations to two targets are two members, and half of five is three."""
    ids = [f"m{number}" for number in range(5)]
    graph = build(
        revision=1,
        items=[[item(ci) for ci in ("a", "b", *ids)]],
        relations=[
            [("a", ci, "pool", "hard", 1.0) for ci in ids],
            [("b", ci, "pool", "soft", 1.0) for ci in ("m0", "m0", "m1")],
        ],
        groups=[[("a", "pool", "50%", "hard"), ("b", "pool", 1, Strength.HARD)]],
    )

    assert graph.needs.tolist() == [3, 1]
    assert graph.falls_at.tolist() == [3, 2]
    assert what_goes_down(graph, ["m0", "m1"]).down == ("b",)


def test_a_group_nobody_recorded_is_read_pessimistically():
    """Without a row telling its needs a group needs all its members, hard, whatever its relations say."""
    graph = build(
        revision=1,
        items=[[item("a"), item("b"), item("c")]],
        relations=[[("a", "b", "lost", "soft", 1.0), ("a", "c", "lost", "soft", 1.0)]],
        groups=[],
    )

    assert what_goes_down(graph, ["c"]).down == ("a",)
    assert list(graph.group_rows()) == []
    assert [row[2] for row in graph.relation_rows()] == ["lost", "lost"]


def test_nobody_can_change_a_graph():
    """Arrays are read-only, so what many questions share stays what it is."""
    graph = build(revision=1, items=[[item("a")]], relations=[], groups=[])

    with pytest.raises(ValueError, match="read-only"):
        graph.relation_starts[0] = 1
    arrays = [value for name in Graph.__slots__ if isinstance(value := getattr(graph, name), np.ndarray)]
    assert len(arrays) > 10
    assert not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize(
    ("fault", "subjects", "rows_"),
    [
        ("an id that stands twice", ("a",), {"items": [[item("a")], [item("b"), item("a")]]}),
        ("an end that is no CI", ("x", "y"), {"relations": [[related("a", "x"), related("y", "a")]]}),
        ("an end that is no CI", ("x",), {"groups": [[("x", "g", 1, "hard")]]}),
        ("an unknown strength", ("'firm'",), {"relations": [[related("a", "b", "firm")]]}),
        ("a group that stands twice", ("a g",), {"groups": [[("a", "g", 1, "hard")], [("a", "g", 2, "soft")]]}),
        (
            "a group that can not count",
            ("a needs '101%'", "b needs 0"),
            {"groups": [[("a", "g", "101%", "hard"), ("b", "g", 0, "hard")]]},
        ),
    ],
)
def test_refuses_what_is_no_estate_and_names_all_of_it(fault, subjects, rows_):
    """The error says what is wrong and names every subject at fault."""
    usual = {"items": [[item("a"), item("b")]], "relations": [], "groups": []}

    with pytest.raises(MalformedSnapshot) as refused:
        build(revision=1, **{**usual, **rows_})
    assert (refused.value.facts["fault"], refused.value.facts["subjects"]) == (fault, subjects)


def test_networkx_algorithms_run_on_the_converted_graph():
    """What networkx reaches from a CI is what the estate says it rests on."""
    graph = build(
        revision=1,
        items=[[item(ci) for ci in "abcd"]],
        relations=[[related("a", "b"), related("a", "b", "soft"), related("b", "b"), related("b", "c", "none")]],
        groups=[],
    )
    network = to_networkx(graph)

    assert nx.descendants(network, "a") == {"b", "c"}
    assert network.number_of_edges() == 4


def test_any_directed_graph_of_texts_is_an_estate():
    """Attributes left out have plain values, so a graph drawn by hand can be asked at once."""
    graph = from_networkx(nx.DiGraph([("shop", "web"), ("web", "disk")]))

    assert what_goes_down(graph, ["disk"]).down == ("shop", "web")

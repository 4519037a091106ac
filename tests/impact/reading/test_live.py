"""The live graph: the estate as it is at any revision, and no work done twice for nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.catalogue import built_in
from cmdb.errors import NotFound
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.ports.store import Delete, Put
from cmdb.records import to_document
from impact.questions.graphs import graph_of
from impact.reading import live, shelf
from impact.reading.defaults import Defaults, defaults_from, defaults_of
from tests.builders import a_change, a_ci, a_server, a_service, add, depends, needs, the_context

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
PLAIN = Defaults({"runs_on": "soft"}, {"server": 0.01}, {"server": 500.0}, frozenset({"service"}))


def rows(graph):
    return list(graph.item_rows()), list(graph.relation_rows()), list(graph.group_rows())


def test_the_graph_shows_the_estate_with_the_catalogues_defaults():
    """What a CI or relation states holds; what it leaves out is its class's or its type's."""
    context = the_context(
        a_service("shop", tier=1),
        a_ci("uplink", "external_service"),
        a_ci("isp", "external_service", unavailability=0.5, mtbf_hours=10.0),
        Relation("shop", "depends_on", "uplink", confidence=0.5),
        Relation("shop", "depends_on", "isp", strength=Strength.SOFT),
    )
    items, relations, _ = rows(graph_of(context))
    assert items == [
        ("isp", "external_service", "isp", 0.5, 10.0, None, False),
        ("shop", "service", "shop", None, None, 1, True),
        ("uplink", "external_service", "uplink", 0.001, 1000.0, None, False),
    ]
    assert relations == [("shop", "isp", None, "soft", 1.0), ("shop", "uplink", None, "hard", 0.5)]


def test_what_is_retired_takes_no_part():
    """Neither the CI nor what joined it, even where a relation was left behind."""
    context = the_context(
        a_service("shop"),
        a_server("web1"),
        a_server("old", status=CIStatus.RETIRED),
        *depends("shop", "web1", "old"),
        *needs("old", 1, "web1"),
    )
    items, relations, groups = rows(graph_of(context))
    assert [item[0] for item in items] == ["shop", "web1"]
    assert [relation[1] for relation in relations] == ["web1"]
    assert groups == []


def test_classes_below_service_are_services():
    """Also one that was defined while the system ran; and a tier that is no number is none."""
    context = the_context(a_ci("till", "till_service", attributes={"tier": "gold"}), a_ci("desk", "business_service"))
    context.records.put(CI_CLASSES, CIClass("till_service", parent="business_service"), because="test")
    assert [(item[0], item[5], item[6]) for item in graph_of(context).item_rows()] == [
        ("desk", None, True),
        ("till", None, True),
    ]


def test_a_graph_is_kept_while_only_other_records_change():
    """Two thousand decisions later it is the same arrays, under the revision that was asked for."""
    context = the_context(*SHOP)
    graph = graph_of(context)
    for number in range(300):
        add(context, a_change("web1", id=f"CHG-{number}"))
    later = graph_of(context)
    assert later.targets is graph.targets
    assert (graph.revision, later.revision) == (1, 301)
    assert graph_of(context, at=150).targets is graph.targets
    assert graph_of(context, at=150).revision == 150


def test_a_change_of_the_estate_gives_another_graph_and_the_old_one_can_still_be_asked():
    """As of before and as of after, in any order."""
    context = the_context(*SHOP)
    before = rows(graph_of(context))
    add(context, a_server("web3"), *depends("shop", "web3", group="pool"))
    assert len(graph_of(context)) == 4
    assert rows(graph_of(context, at=1)) == before
    context.store.apply(
        [Delete(RELATIONS, RELATIONS.key(to_document(RELATIONS, depends("shop", "web3", group="pool")[0])))],
        txn_id="x",
        actor="?",
        reason="?",
    )
    assert rows(graph_of(context))[1:] == before[1:]


def test_another_catalogue_is_another_graph():
    """The same estate read with other defaults is not mistaken for the one that is kept."""
    context = the_context(*SHOP)
    assert graph_of(context).item_rows().__next__()[3] is None
    context.records.put(CI_CLASSES, CIClass("service", unavailability=0.25, extends=True), because="test")
    assert [item[3] for item in graph_of(context).item_rows() if item[0] == "shop"] == [0.25]
    assert [item[3] for item in graph_of(context, at=1).item_rows() if item[0] == "shop"] == [None]


def test_a_revision_that_is_not_there_yet_is_refused():
    """The kept graph is no excuse for inventing a future."""
    context = the_context(*SHOP)
    graph_of(context)
    with pytest.raises(NotFound):
        graph_of(context, at=9)


def test_only_a_few_graphs_are_kept():
    """Asking about every revision of the past does not fill the memory."""
    context = the_context(*SHOP)
    for number in range(6):
        add(context, a_server(f"more-{number}"))
        graph_of(context)
    assert len(shelf.SHELVES[context.store].kept) == shelf.KEPT


def test_an_empty_store_has_an_empty_graph():
    """Nothing there is an answer too."""
    assert len(graph_of(the_context())) == 0


def test_many_threads_build_one_graph(monkeypatch):
    """Sixteen who ask at once wait for the one who builds, and get the same arrays."""
    context = the_context(*SHOP)
    built, build, start = [], live.built, threading.Barrier(16)
    monkeypatch.setattr(live, "built", lambda *a: built.append(1) or build(*a))

    def ask(_):
        start.wait()
        return graph_of(context)

    with ThreadPoolExecutor(16) as pool:
        graphs = list(pool.map(ask, range(16)))
    assert len(built) == 1
    assert all(graph.targets is graphs[0].targets for graph in graphs)


def test_defaults_survive_being_kept():
    """What is stored with an assessment is read back equal, and the same bytes always."""
    defaults = defaults_of(built_in())
    assert defaults_from(defaults.content()).content() == defaults.content()
    with pytest.raises(ValueError, match="no defaults"):
        defaults_from(b"[]")


ids = st.sampled_from(["a", "b", "c", "d"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("ci"), ids, st.sampled_from(CIStatus)),
        st.tuples(st.just("relation"), ids, ids, st.sampled_from([None, "pool"])),
        st.tuples(st.just("unrelate"), ids, ids),
        st.tuples(st.just("group"), ids, st.integers(1, 3)),
        st.tuples(st.just("change"), ids),
        st.tuples(st.just("ask"), st.integers(0, 30)),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_whatever_is_asked_in_between_a_kept_graph_equals_a_fresh_one(story):
    """Any history of the estate, asked at any revision at any time: keeping graphs changes no answer."""
    context = the_context(*(a_server(ci) for ci in "abcd"))
    for number, (what, *how) in enumerate(story):
        if what == "ask":
            graph_of(context, at=how[0] % (context.store.revision() + 1))
            continue
        context.store.apply(
            [an_op(what, *how)] if what != "unrelate" else ends(context, *how),
            txn_id=f"t{number}",
            actor="?",
            reason="?",
        )
    kept = [rows(live.graph_at(context.store, PLAIN, at=at)) for at in range(context.store.revision() + 1)]
    for at, graph in enumerate(kept):
        shelf.SHELVES.clear()
        assert rows(live.graph_at(context.store, PLAIN, at=at)) == graph


def an_op(what, ci, *how):
    if what == "ci":
        return Put(CIS, to_document(CIS, CI(ci, "server", ci, status=how[0])))
    if what == "relation":
        return Put(RELATIONS, to_document(RELATIONS, Relation(ci, "runs_on", how[0], how[1])))
    if what == "group":
        return Put(GROUPS, to_document(GROUPS, needs(ci, how[0])[0]))
    from cmdb.model.change import CHANGES

    return Put(CHANGES, to_document(CHANGES, a_change(ci, id=f"CHG-{ci}")))


def ends(context, source, target):
    key = RELATIONS.key({"source": source, "type": "runs_on", "target": target, "group": None})
    return [Delete(RELATIONS, key)] if context.store.get(RELATIONS, key) else []

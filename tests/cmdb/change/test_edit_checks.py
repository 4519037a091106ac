"""Edits of the graph as people write them: read alike at every door, refused with every fault at its place."""

from __future__ import annotations

import pytest

from cmdb.change import changes
from cmdb.change.edit_text import statements_of
from cmdb.change.text_input import read_target
from cmdb.errors import InvalidInput
from cmdb.model.change import Effect, Target
from cmdb.model.ci import CIStatus
from cmdb.model.graph_edit import AddedItem, AddedRelation, EditedGroup, EndedRelation, GraphEdit
from cmdb.model.relation import Strength
from tests.builders import a_server, a_service, depends, needs, the_context

ESTATE = (
    a_service("shop"),
    *(a_server(ci) for ci in ("app1", "app2", "pdu-a", "pdu-b", "my db")),
    a_server("old", status=CIStatus.RETIRED),
    *needs("shop", 1, "app1", "app2"),
    *depends("app2", "pdu-a"),
)


def refused(*targets):
    """Return the code and pointer of every problem a new change with these targets has."""
    with pytest.raises(InvalidInput) as caught:
        changes.new(the_context(*ESTATE), title="Move", reason="Power", targets=targets)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def rewired(ci="app2", **edit):
    return Target(ci, Effect.REWIRE, edit=GraphEdit(**edit))


def test_statements_make_the_edit_and_the_edit_makes_the_statements():
    """In the record of a target, each as often as it takes; names with spaces are quoted."""
    text = (
        "app2,effect=rewire,offset=5,link=app2 depends_on 'my db' group=pool confidence=0.5,"
        "link=app2 depends_on pdu-b strength=soft,unlink=app2 depends_on pdu-a,needs=app2 pool 50% strength=soft"
    )
    target, problems = read_target(text)
    assert problems == []
    assert target.edit == GraphEdit(
        relations=(
            AddedRelation("app2", "depends_on", "my db", "pool", None, 0.5),
            AddedRelation("app2", "depends_on", "pdu-b", None, Strength.SOFT),
        ),
        ended=(EndedRelation("app2", "depends_on", "pdu-a"),),
        groups=(EditedGroup("app2", "pool", "50%", Strength.SOFT),),
    )
    line = ",".join(
        ["app2", "effect=rewire", "offset=5", *(f"{verb}={said}" for verb, said in statements_of(target.edit))]
    )
    assert read_target(line) == (target, [])


@pytest.mark.parametrize(
    "statement",
    [
        "link=app2 depends_on",
        "unlink=app2 depends_on pdu-a strength=soft",
        "needs=app2 pool",
        "link=a 'b",
        "link=a b c d",
    ],
)
def test_a_statement_that_can_not_be_read_says_how_it_is_written(statement):
    """With the verb and what it takes."""
    target, (problem,) = read_target(f"app2,effect=rewire,{statement}", pointer="/targets/0")
    assert target is None
    assert (problem.code, problem.pointer) == ("change.statement", "/targets/0/edit")
    assert statement.partition("=")[0] in problem.message


def test_a_statement_of_an_unknown_strength_names_the_known():
    """As everywhere."""
    _, (problem,) = read_target("app2,effect=rewire,needs=app2 pool 1 strength=firm")
    assert problem.code == "change.edit_strength_unknown"


def test_an_edit_that_is_right_is_kept():
    """Moving app2 from one feed to the other."""
    context = the_context(*ESTATE)
    text = "app2,effect=rewire,unlink=app2 depends_on pdu-a,link=app2 depends_on pdu-b"
    kept = changes.new(context, title="Move", reason="Power", targets=[text]).record
    assert kept == changes.get(context, kept.id).record
    assert kept.targets[0].edit.ended == (EndedRelation("app2", "depends_on", "pdu-a"),)


def test_all_faults_of_edits_come_at_once_each_at_its_place():
    """Unknown, retired, already there, gone, its own dependency, a group nobody defined."""
    edit = {
        "relations": (
            AddedRelation("app2", "depends_on", "nobody"),
            AddedRelation("app2", "depends_on", "old"),
            AddedRelation("app2", "depends_on", "pdu-a"),
            AddedRelation("app2", "depends_on", "app2"),
            AddedRelation("app2", "depends_on", "pdu-b", "unheard"),
            AddedRelation("app2", "invented", "pdu-b"),
            AddedRelation("shop", "depends_on", "app1", "pool"),
            AddedRelation("app2", "depends_on", "pdu-b", None, None, 2.0),
        ),
        "ended": (EndedRelation("app2", "depends_on", "pdu-b"),),
        "groups": (EditedGroup("app2", "pool", 0), EditedGroup("app1", "pool", 1)),
    }
    at = "/targets/0/edit"
    assert set(refused(rewired(**edit))) == {
        ("change.edit_unknown_ci", f"{at}/relations/0/target"),
        ("change.edit_retired", f"{at}/relations/1/target"),
        ("change.edit_relation_there", f"{at}/relations/2"),
        ("change.edit_self", f"{at}/relations/3"),
        ("change.edit_group_unknown", f"{at}/relations/4/group"),
        ("change.edit_type", f"{at}/relations/5/type"),
        ("change.edit_elsewhere", f"{at}/relations/6"),
        ("change.edit_relation_there", f"{at}/relations/6"),
        ("change.edit_confidence", f"{at}/relations/7/confidence"),
        ("change.edit_relation_gone", f"{at}/ended/0"),
        ("change.edit_needs", f"{at}/groups/0/needs"),
        ("change.edit_group_empty", f"{at}/groups/0"),
        ("change.edit_group_empty", f"{at}/groups/1"),
        ("change.edit_group_elsewhere", f"{at}/groups/1"),
    }


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (Target("app2", Effect.REWIRE), ("change.edit_missing", "/targets/0/edit")),
        (
            Target("app2", edit=GraphEdit(groups=(EditedGroup("app2", "p", 1),))),
            ("change.edit_unwanted", "/targets/0/edit"),
        ),
        (rewired(item=AddedItem("server", "x")), ("change.edit_item_unwanted", "/targets/0/edit/item")),
        (
            Target("app2", Effect.ADD, edit=GraphEdit(item=AddedItem("server", "x"))),
            ("change.edit_ci_there", "/targets/0/ci"),
        ),
        (
            Target("new", Effect.ADD, edit=GraphEdit(item=AddedItem("spaceship", "x"))),
            ("change.edit_class", "/targets/0/edit/item/class"),
        ),
        (
            Target("new", Effect.ADD, edit=GraphEdit(item=AddedItem("server", "", 2.0, 0.0))),
            ("change.edit_item", "/targets/0/edit/item/name"),
        ),
        (
            Target("new", Effect.ADD, 0, 5, edit=GraphEdit(item=AddedItem("server", "x"))),
            ("change.minutes_of_added", "/targets/0/minutes"),
        ),
        (
            rewired(relations=(AddedRelation("app2", "depends_on", "pdu-b", "pool", Strength.SOFT),)),
            ("change.edit_strength", "/targets/0/edit/relations/0/strength"),
        ),
    ],
)
def test_an_edit_that_does_not_fit_its_effect_is_told(target, problem):
    """What is missing, what is too much, and what would be right."""
    assert problem in refused(target)


def test_targets_that_edit_the_same_or_make_a_ring_are_told():
    """A relation is edited once in a change, and no two targets come to need each other."""
    one = rewired("app1", relations=(AddedRelation("app1", "depends_on", "app2"),))
    other = rewired("app2", relations=(AddedRelation("app2", "depends_on", "app1"), one.edit.relations[0]))
    found = refused(one, other)
    assert ("change.edit_twice", "/targets/1/edit/relations/1") in found
    assert ("change.edit_ring", "/targets/1/edit/relations/0") in found


def test_a_target_may_join_what_another_target_adds():
    """Both are there from their offset on."""
    context = the_context(*ESTATE)
    new = Target("app3", Effect.ADD, edit=GraphEdit(item=AddedItem("server", "app3")))
    join = rewired("shop", relations=(AddedRelation("shop", "depends_on", "app3", "pool"),))
    assert len(changes.new(context, title="A third", reason="Spare", targets=[new, join]).record.targets) == 2


def test_another_title_is_taken_though_the_edit_is_done_by_now():
    """What is there meanwhile is no fault of who rewords."""
    from tests.builders import add

    context = the_context(*ESTATE)
    new = Target("app3", Effect.ADD, edit=GraphEdit(item=AddedItem("server", "app3")))
    kept = changes.new(context, title="A third", reason="Spare", targets=[new]).record
    add(context, a_server("app3"))
    assert changes.edit(context, kept.id, title="A third one").record.title == "A third one"

"""What one person at a form or a command may rely on."""

from __future__ import annotations

import pytest

from cmdb.configuration import classes, register
from cmdb.configuration.errors import GroupsWouldBreak
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS, Strength
from cmdb.ports.errors import VersionConflict
from tests.builders import a_server, a_service, as_actor, depends, needs, the_context


def faults(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def test_a_ci_is_registered_with_what_it_depends_on_in_one_revision():
    """One form: the CI, its relations, and "any one of these two"."""
    context = the_context(a_server("web1"), a_server("web2"), a_server("db1"))

    held = register.add_ci(
        context,
        id="shop",
        ci_class="service",
        name="Shop",
        attributes={"tier": 1},
        relations=[
            {"type": "runs_on", "target": "web1", "group": "web"},
            {"type": "runs_on", "target": "web2", "group": "web"},
            {"type": "depends_on", "target": "db1"},
        ],
        groups=[{"name": "web", "needs": 1}],
    )

    assert (held.record.name, held.record.sources, held.version) == ("Shop", ("form",), 1)
    assert (context.store.count(RELATIONS), context.store.count(GROUPS), context.store.revision()) == (3, 1, 2)


def test_all_faults_of_a_form_come_at_once_at_their_fields():
    """Wrong shapes, then what does not fit the catalogue and the store: one round, whatever is wrong with it."""
    context = the_context(a_server("web1"))
    with pytest.raises(InvalidInput) as refused:
        register.add_ci(context, id="", ci_class="server", unavailability=2, relations=[{"target": "x"}])
    assert faults(refused) == [
        ("estate.text_empty", "/id"),
        ("estate.out_of_range", "/unavailability"),
        ("estate.text_empty", "/relations/0/source"),
        ("estate.missing_key", "/relations/0"),
    ]

    with pytest.raises(InvalidInput) as refused:
        register.add_ci(
            context,
            id="a",
            ci_class="server",
            attributes={"site": 3, "sight": "x"},
            relations=[{"type": "depends_on", "target": "nowhere"}],
            groups=[{"name": "g", "needs": 1}],
        )
    assert faults(refused) == [
        ("attribute.not_text", "/attributes/site"),
        ("attribute.unknown", "/attributes/sight"),
        ("estate.empty_group", "/groups/0"),
        ("estate.missing_end", "/relations/0/target"),
    ]
    with pytest.raises(InvalidInput) as refused:
        register.add_ci(
            context,
            id="web1",
            ci_class="server",
            unavailability=2,
            attributes={"sight": "x"},
            relations=[{"type": "depends_on", "target": "nowhere", "strength": "weak"}],
        )
    assert faults(refused) == [
        ("estate.out_of_range", "/unavailability"),
        ("estate.strength", "/relations/0/strength"),
        ("ci.exists", "/id"),
        ("attribute.unknown", "/attributes/sight"),
        ("estate.missing_end", "/relations/0/target"),
    ]
    with pytest.raises(InvalidInput) as refused:
        register.put_group(context, "web1", "g", 0, members=[{"type": "sits_on", "target": "nowhere"}])
    assert faults(refused) == [
        ("estate.needs", "/needs"),
        ("estate.missing_end", "/members/0/target"),
        ("relation_type.unknown", "/members/0/type"),
    ]
    assert context.store.revision() == 1


def test_an_id_is_given_once_for_ever():
    """Neither an active nor a retired CI is overwritten by a new one."""
    context = the_context(a_server("web1"))
    with pytest.raises(InvalidInput) as refused:
        register.add_ci(context, id="web1", ci_class="server")
    assert faults(refused) == [("ci.exists", "/id")]

    register.retire_ci(context, ["web1"])
    with pytest.raises(InvalidInput, match="CI web1"):
        register.add_ci(context, id="web1", ci_class="server")


def test_setting_changes_what_is_named_and_nothing_else():
    """Attributes merge, None takes one away, the rest stays."""
    context = the_context(a_server("web1", attributes={"site": "west", "roles": ("web",)}, mtbf_hours=100.0))

    held = register.set_ci(
        context, "web1", {"name": "Web 1", "attributes": {"site": None, "cpu_cores": 4}}, expected_version=1
    )

    assert held.record.attributes == {"roles": ["web"], "cpu_cores": 4}
    assert (held.record.name, held.record.mtbf_hours, held.version) == ("Web 1", 100.0, 2)
    assert register.set_ci(context, "web1", {"name": "Web"}).record.name == "Web"
    assert register.set_ci(context, "web1", {"mtbf_hours": None}).record.mtbf_hours is None
    assert register.set_ci(context, "web1", {"attributes": {"roles": None}}).record.attributes == {"cpu_cores": 4}


def test_setting_is_refused_for_a_wrong_value_a_stale_version_and_a_retired_ci():
    """Each by its own error, and nothing changes."""
    context = the_context(a_server("web1"))
    with pytest.raises(InvalidInput) as refused:
        register.set_ci(context, "web1", {"clas": "x", "attributes": {"site": 7}, "unavailability": -1})
    assert faults(refused) == [
        ("estate.unknown_key", "/clas"),
        ("estate.out_of_range", "/unavailability"),
        ("attribute.not_text", "/attributes/site"),
    ]
    with pytest.raises(InvalidInput) as refused:
        register.set_ci(context, "web1", {"id": "web2", "class": "servr", "mtbf_hours": 0})
    assert faults(refused) == [
        ("ci.id_stays", "/id"),
        ("estate.out_of_range", "/mtbf_hours"),
        ("class.unknown", "/class"),
    ]
    with pytest.raises(VersionConflict):
        register.set_ci(context, "web1", {"name": "x"}, expected_version=7)
    with pytest.raises(NotFound):
        register.set_ci(context, "web2", {"name": "x"})
    register.retire_ci(context, ["web1"])
    with pytest.raises(IllegalMove):
        register.set_ci(context, "web1", {"name": "x"})
    assert context.records.held(CIS, "web1").version == 2


def test_the_second_of_two_who_saw_the_same_version_is_refused():
    """Nobody's work is overwritten unseen."""
    context = the_context(a_server("web1"))
    register.set_ci(context, "web1", {"attributes": {"site": "west"}}, expected_version=1)

    with pytest.raises(VersionConflict):
        register.set_ci(context, "web1", {"attributes": {"site": "east"}}, expected_version=1)

    assert context.records.get(CIS, "web1").attributes == {"site": "west"}


def test_relations_are_made_changed_and_ended():
    """A relation is known by source, type, target and group."""
    context = the_context(a_server("a"), a_server("b"))

    made = register.relate(context, "a", "depends_on", "b", strength="soft", confidence=0.5, expected_version=0)
    changed = register.relate(context, "a", "depends_on", "b", expected_version=1)
    assert (made.record.strength, changed.record.strength, changed.record.confidence) == (Strength.SOFT, None, 1.0)
    with pytest.raises(VersionConflict):
        register.relate(context, "a", "depends_on", "b", expected_version=0)
    with pytest.raises(InvalidInput):
        register.relate(context, "a", "depend_on", "b")

    register.unrelate(context, "a", "depends_on", "b", expected_version=2)
    assert context.store.count(RELATIONS) == 0
    with pytest.raises(NotFound):
        register.unrelate(context, "a", "depends_on", "b")


def test_a_group_is_made_with_its_members_and_changed():
    """Needs are judged by the members it then has."""
    context = the_context(a_server("app"), a_server("a"), a_server("b"))
    members = [{"type": "runs_on", "target": "a"}, {"type": "runs_on", "target": "b"}]

    assert register.put_group(context, "app", "pool", 1, members=members).record.needs == 1
    assert register.put_group(context, "app", "pool", "100%").record.needs == "100%"
    with pytest.raises(InvalidInput) as refused:
        register.put_group(context, "app", "pool", 3)
    assert faults(refused) == [("estate.needs_too_many", "/needs")]


def test_a_group_is_not_broken_without_a_decision():
    """Ending a member below the needs, or the group itself, asks first; a pool with a spare does not."""
    context = the_context(a_server("app"), *(a_server(each) for each in "abc"), *needs("app", 2, *"abc"))
    register.unrelate(context, "app", "depends_on", "a", group="pool")
    with pytest.raises(GroupsWouldBreak):
        register.unrelate(context, "app", "depends_on", "b", group="pool")
    with pytest.raises(GroupsWouldBreak):
        register.retire_ci(context, ["c"])
    with pytest.raises(GroupsWouldBreak):
        register.end_group(context, "app", "pool")

    register.end_group(context, "app", "pool", allow_broken_groups=True)

    assert {(r.target, r.group, r.strength) for r in context.records.find(RELATIONS)} == {
        ("b", None, Strength.HARD),
        ("c", None, Strength.HARD),
    }


def test_retiring_ends_relations_both_ways_and_own_groups_in_one_revision():
    """Nothing is left that leads to a retired CI."""
    things = (a_service("shop"), a_server("app"), a_server("db"), *needs("app", 1, "db"), *depends("shop", "app"))
    context = the_context(*things)

    ending = register.retire_ci(context, ["app"], expected_versions={"app": 1})

    assert (len(ending.cis), len(ending.relations), len(ending.groups)) == (1, 2, 1)
    assert (context.store.count(RELATIONS), context.store.count(GROUPS), context.store.revision()) == (0, 0, 2)
    assert context.records.get(CIS, "app").status is CIStatus.RETIRED
    with pytest.raises(NotFound):
        register.retire_ci(context, ["app", "shop"])


def test_two_who_each_take_a_spare_can_not_both_succeed(monkeypatch):
    """Both saw a pool of three that needs two; the second is planned anew and asks for a decision."""
    context = the_context(a_server("app"), *(a_server(each) for each in "abc"), *needs("app", 2, *"abc"))
    other = as_actor(context, "engineer", "other")
    real = register.plan_ending

    def plan_late(*args, **kwargs):
        ending = real(*args, **kwargs)
        monkeypatch.setattr(register, "plan_ending", real)
        register.unrelate(other, "app", "depends_on", "b", group="pool")
        return ending

    monkeypatch.setattr(register, "plan_ending", plan_late)
    with pytest.raises(GroupsWouldBreak):
        register.unrelate(context, "app", "depends_on", "a", group="pool")

    assert context.store.count(RELATIONS) == 2


@pytest.mark.parametrize("role", ["viewer", "auditor", "cab_member"])
def test_who_may_only_read_can_not_write(role):
    """Every function asks for its act itself."""
    context = the_context(a_server("a"), a_server("b"), *needs("a", 1, "b"), role=role)
    for attempt in (
        lambda: register.add_ci(context, id="x", ci_class="server"),
        lambda: register.set_ci(context, "a", {"name": "x"}),
        lambda: register.relate(context, "a", "uses", "b"),
        lambda: register.put_group(context, "a", "pool", 1),
        lambda: register.unrelate(context, "a", "depends_on", "b", group="pool"),
        lambda: register.end_group(context, "a", "pool"),
        lambda: register.retire_ci(context, ["b"]),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert context.store.revision() == 1


# another class -------------------------------------------------------------------------------------------------------
def test_a_class_that_its_relations_forbid_is_refused():
    """Each relation that stands in the way is named; after it ended the class may change."""
    context = the_context()
    register.add_ci(context, id="rack-1", ci_class="rack")
    register.add_ci(context, id="pdu-1", ci_class="pdu")
    register.add_ci(context, id="server-1", ci_class="server")
    register.relate(context, "server-1", "powered_by", "pdu-1")
    before = context.store.revision()

    with pytest.raises(InvalidInput) as refused:
        register.set_ci(context, "pdu-1", {"class": "team"})

    (problem,) = refused.value.problems
    assert (problem.code, problem.pointer) == ("class.relation_forbids", "/class")
    assert problem.facts["source"] == "server-1"
    assert context.store.revision() == before
    register.unrelate(context, "server-1", "powered_by", "pdu-1")
    assert register.set_ci(context, "pdu-1", {"class": "team"}).record.ci_class == "team"


def test_a_class_that_a_reference_to_it_forbids_is_refused():
    """An attribute of another CI demands the class that would be left."""
    context = the_context()
    place = Attribute("home", AttributeType.REFERENCE, refers_to="rack")
    classes.define_class(context, CIClass("shelved", parent="server", attributes=(place,)))
    register.add_ci(context, id="rack-1", ci_class="rack")
    register.add_ci(context, id="box", ci_class="shelved", attributes={"home": "rack-1"})

    with pytest.raises(InvalidInput) as refused:
        register.set_ci(context, "rack-1", {"class": "team"})

    assert [(p.code, p.facts["id"]) for p in refused.value.problems] == [("class.reference_forbids", "box")]
    register.set_ci(context, "box", {"attributes": {"home": None}})
    assert register.set_ci(context, "rack-1", {"class": "team"}).record.ci_class == "team"

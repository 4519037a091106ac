"""Classes and relation types are records: defined while the system runs, with history, retired and never dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from cmdb.configuration import classes
from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from cmdb.context import Context
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES, Attribute, AttributeType, CIClass
from cmdb.model.relation import RELATIONS, Relation, Strength
from cmdb.model.relation_type import RelationType
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Put
from cmdb.records import from_document, to_document
from cmdb.roles import Actor, Role
from cmdb.stores.sqlite import open_store

ARMS = Attribute("arms", AttributeType.INTEGER, label="Arms", label_zh="手臂数", minimum=0)
ROBOT = CIClass("robot", parent="server", label="Robot", label_zh="机器人", attributes=(ARMS,), mtbf_hours=500.0)
FEEDS = RelationType("feeds", "feeds", "is fed by", strength=Strength.SOFT, source_classes=("robot",))


class _Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def at_work(tmp_path):
    """A context for each role, all on one new store."""
    store = open_store(tmp_path / "estate.db")

    def of(role: Role = Role.ENGINEER) -> Context:
        return Context(store, store, _Noon(), Actor(role.value, frozenset({role})))

    yield of
    store.close()


def register(context: Context, *cis: CI) -> None:
    """Write the CIs as the register would."""
    context.records.put_all([Put(CIS, to_document(CIS, ci)) for ci in cis], because="ci:registered")


def refused(problems: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    """The codes of a refusal, each of whose sentences can be said."""
    assert all(each.message for each in problems.value.problems)
    return [each.code for each in problems.value.problems]


def test_a_class_is_there_for_everyone_as_soon_as_it_is_defined(at_work):
    """No restart: the next look at the catalogue has it, with all that it inherits, and a viewer sees it too."""
    classes.define_class(at_work(), ROBOT)
    catalogue = classes.catalogue_of(at_work(Role.VIEWER))
    assert catalogue.find_class("robot") == ROBOT
    assert {"arms", "fqdn", "owner"} <= set(catalogue.attributes_of("robot"))
    assert problems_of(catalogue, "robot", {"arms": 2, "roles": ["a"]}) == []


def test_the_catalogue_of_an_earlier_revision_is_the_one_of_then(at_work):
    """What a class said when a decision was made can be read for ever."""
    context = at_work()
    empty = context.store.revision()
    first = classes.define_class(context, ROBOT)
    second = classes.add_attribute(context, "robot", Attribute("legs", AttributeType.INTEGER))
    assert (first.version, second.version) == (1, 2)
    assert classes.catalogue_of(context, at=empty) is built_in()
    assert "legs" not in classes.catalogue_of(context, at=first.revision).attributes_of("robot")
    assert "legs" in classes.catalogue_of(context).attributes_of("robot")
    history = context.store.history(CI_CLASSES, "robot")
    assert [(past.reason, past.actor) for past in history] == [("class:defined", "engineer")] * 2


def test_a_record_comes_back_from_the_store_as_it_went_in(at_work):
    """Choices, defaults, patterns and references survive the mapping, for every built-in class as well."""
    rich = CIClass(
        "robot",
        parent="ci",
        attributes=(
            Attribute("mood", AttributeType.ENUM, choices=("good", "bad"), default="good", required=True),
            Attribute("on", AttributeType.BOOLEAN, default=False),
            Attribute("any", AttributeType.JSON, default={"a": [1, None]}),
            Attribute("peers", AttributeType.LIST, of=AttributeType.REFERENCE, refers_to="robot"),
            Attribute("code", AttributeType.TEXT, pattern="[a-z]+", unique=True),
        ),
        unavailability=0.0,
        abstract=True,
    )
    assert classes.define_class(at_work(), rich).record == rich
    for each in built_in().classes.values():
        assert from_document(CI_CLASSES, to_document(CI_CLASSES, each)) == each


def test_attributes_added_to_a_built_in_class_reach_all_below_it(at_work):
    """An organisation's own word for hardware is known to its switches; the built-in class itself stays whole."""
    context = at_work()
    classes.add_attribute(context, "hardware", Attribute("colour", AttributeType.TEXT))
    held = classes.add_attribute(context, "hardware", Attribute("weight_kg", AttributeType.DECIMAL))
    catalogue = classes.catalogue_of(context)
    assert held.record.extends
    assert {"colour", "weight_kg", "serial_number", "ports"} <= set(catalogue.attributes_of("switch"))
    assert problems_of(catalogue, "switch", {"colour": "red", "weight_kg": 12.5}) == []


def test_an_own_figure_replaces_the_default_of_a_built_in_class(at_work):
    """Whoever knows how often their servers fail says so once."""
    classes.define_class(at_work(), CIClass("server", extends=True, unavailability=0.0125))
    catalogue = classes.catalogue_of(at_work())
    assert catalogue.unavailability_of("hypervisor_host") == 0.0125
    assert catalogue.mtbf_hours_of("server") == built_in().mtbf_hours_of("server")


def test_a_wrong_class_is_refused_whole(at_work):
    """All faults at once, and nothing is written."""
    context = at_work()
    wrong = CIClass("Robot", parent="serv", attributes=(Attribute("x", AttributeType.ENUM),), mtbf_hours=-1.0)
    with pytest.raises(InvalidInput) as refusal:
        classes.define_class(context, wrong)
    assert sorted(refused(refusal)) == [
        "attribute.choices.missing",
        "class.unknown",
        "figure.mtbf_hours",
        "name.wrong",
    ]
    assert context.store.revision() == 0


def test_only_some_roles_may_define_and_retire(at_work):
    """A viewer, a CAB member and an auditor read the catalogue and change nothing of it."""
    for role in (Role.VIEWER, Role.CAB_MEMBER, Role.AUDITOR):
        for act in (
            lambda context: classes.define_class(context, ROBOT),
            lambda context: classes.add_attribute(context, "server", ARMS),
            lambda context: classes.retire_class(context, "server"),
            lambda context: classes.define_relation_type(context, FEEDS),
            lambda context: classes.retire_relation_type(context, "uses"),
        ):
            with pytest.raises(NotAllowed):
                act(at_work(role))
    assert at_work().store.revision() == 0


def test_a_retired_class_keeps_its_cis_and_says_how_many(at_work):
    """Two robots live, one is scrapped: the class is retired with two in use, and theirs stay valid."""
    context = at_work()
    classes.define_class(context, ROBOT)
    register(
        context,
        CI("r1", "robot", "r1", {"arms": 2}),
        CI("r2", "robot", "r2"),
        CI("r3", "robot", "r3", status=CIStatus.RETIRED),
        CI("s1", "server", "s1"),
    )
    retired = classes.retire_class(context, "robot")
    catalogue = classes.catalogue_of(context)
    assert retired.in_use == 2
    assert catalogue.find_class("robot").retired
    assert problems_of(catalogue, "robot", context.records.get(CIS, "r1").attributes) == []
    with pytest.raises(IllegalMove):
        classes.retire_class(context, "robot")


def test_a_built_in_class_can_be_retired_and_keeps_its_description(at_work):
    """An organisation without generators need not see them; what they are is still known for old records."""
    classes.add_attribute(at_work(), "generator", Attribute("fuel", AttributeType.TEXT))
    classes.retire_class(at_work(), "generator")
    found = classes.catalogue_of(at_work()).find_class("generator")
    assert found.retired
    assert found.label == "Generator"
    assert "fuel" in {attribute.name for attribute in found.attributes}
    with pytest.raises(IllegalMove):
        classes.retire_class(at_work(), "ci")


def test_what_is_not_there_is_named(at_work):
    """A slip in the name is no new class."""
    for act in (
        lambda: classes.add_attribute(at_work(), "robbot", ARMS),
        lambda: classes.retire_class(at_work(), "robbot"),
        lambda: classes.retire_relation_type(at_work(), "robbot"),
    ):
        with pytest.raises(NotFound, match="robbot"):
            act()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (CIClass("robot", parent="server"), "class.in_use"),
        (CIClass("robot", parent="server", attributes=(Attribute("arms", AttributeType.TEXT),)), "class.in_use"),
        (
            CIClass("robot", parent="server", attributes=(Attribute("arms", AttributeType.INTEGER, maximum=1),)),
            "class.in_use",
        ),
        (
            CIClass("robot", parent="server", attributes=(ARMS, Attribute("id", AttributeType.TEXT, required=True))),
            "class.in_use",
        ),
        (
            CIClass("robot", parent="server", attributes=(Attribute("arms", AttributeType.INTEGER, unique=True),)),
            "attribute.unique.late",
        ),
        (CIClass("robot", parent="ci", attributes=(ARMS,)), "class.parent.in_use"),
    ],
)
def test_a_change_that_living_cis_would_not_survive_is_refused_with_their_number(at_work, change, code):
    """Dropping, retyping or tightening what they hold, moving their class: each names how many CIs stand against it."""
    context = at_work()
    classes.define_class(context, ROBOT)
    register(context, CI("r1", "robot", "r1", {"arms": 2}), CI("r2", "robot", "r2", {"arms": 3}))
    with pytest.raises(InvalidInput) as refusal:
        classes.define_class(context, change)
    assert refused(refusal) == [code]
    assert refusal.value.problems[0].facts["count"] == 2
    assert classes.catalogue_of(context).find_class("robot") == ROBOT


def test_a_change_that_harms_no_living_ci_is_recorded(at_work):
    """A retired CI stands in nobody's way, nor does a required attribute with a default or a wider range."""
    context = at_work()
    classes.define_class(context, ROBOT)
    register(context, CI("r1", "robot", "r1", {"arms": 2}, status=CIStatus.RETIRED), CI("r2", "robot", "r2"))
    mood = Attribute("mood", AttributeType.TEXT, required=True, default="good")
    changed = classes.define_class(context, CIClass("robot", parent="server", attributes=(mood,)))
    assert changed.version == 2


def test_a_required_attribute_on_a_built_in_class_is_held_against_the_cis_below_it(at_work):
    """The extension of hardware is refused because of a server that lacks the value."""
    context = at_work()
    register(context, CI("s1", "server", "s1"))
    with pytest.raises(InvalidInput) as refusal:
        classes.add_attribute(context, "hardware", Attribute("holder_id", AttributeType.TEXT, required=True))
    assert refused(refusal) == ["class.in_use"]
    assert refusal.value.problems[0].facts["example"] == "s1"


def test_two_writers_of_one_class_do_not_overwrite_each_other(at_work):
    """Whoever edited an older version is told so and loses nothing."""
    context = at_work()
    seen = classes.define_class(context, ROBOT).version
    classes.add_attribute(context, "robot", Attribute("legs", AttributeType.INTEGER), expected_version=seen)
    with pytest.raises(VersionConflict):
        classes.add_attribute(context, "robot", Attribute("eyes", AttributeType.INTEGER), expected_version=seen)
    assert "legs" in classes.catalogue_of(context).attributes_of("robot")


def test_a_relation_type_is_defined_used_and_retired(at_work):
    """Both readings, its ends and its strength; what uses it when it is retired is counted and stays."""
    context = at_work()
    classes.define_class(context, ROBOT)
    classes.define_relation_type(context, FEEDS)
    register(context, CI("r1", "robot", "r1"), CI("s1", "server", "s1"))
    context.records.put(RELATIONS, Relation("r1", "feeds", "s1"), because="relation:added")

    catalogue = classes.catalogue_of(context)
    retired = classes.retire_relation_type(context, "feeds")

    assert catalogue.allowed("feeds", "robot", "server")
    assert not catalogue.allowed("feeds", "server", "robot")
    assert retired.in_use == 1
    assert classes.catalogue_of(context).relation_type("feeds").retired
    with pytest.raises(IllegalMove):
        classes.retire_relation_type(context, "feeds")


def test_the_ends_of_a_relation_type_can_not_be_taken_from_relations_that_use_them(at_work):
    """One relation joins a robot to a server; ends that exclude it are refused, wider ones are not."""
    context = at_work()
    classes.define_class(context, ROBOT)
    classes.define_relation_type(context, FEEDS)
    register(context, CI("r1", "robot", "r1"), CI("s1", "server", "s1"))
    context.records.put(RELATIONS, Relation("r1", "feeds", "s1"), because="relation:added")

    with pytest.raises(InvalidInput) as refusal:
        classes.define_relation_type(context, RelationType("feeds", "feeds", "is fed by", target_classes=("switch",)))
    wider = classes.define_relation_type(context, RelationType("feeds", "feeds", "is fed by"))

    assert refused(refusal) == ["relation_type.in_use"]
    assert wider.version == 2


def test_the_same_records_give_the_same_catalogue(at_work):
    """So that what was learned about values is kept; another record gives another catalogue."""
    context = at_work()
    seen = [classes.catalogue_of(context)]
    for number in range(12):
        classes.define_class(context, CIClass(f"robot_{number}", parent="ci"))
        seen.append(classes.catalogue_of(context))
        assert classes.catalogue_of(context) is seen[-1]
    assert all(one is not other for one, other in pairwise(seen))

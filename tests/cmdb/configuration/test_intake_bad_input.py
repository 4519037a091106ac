"""Faults that only show when records are seen together, or beside the catalogue and the store; nothing is written."""

from __future__ import annotations

import pytest

from cmdb.configuration import register
from cmdb.configuration.errors import GroupsWouldBreak
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS, Strength
from tests.builders import a_server, a_service, needs, the_context
from tests.estate_files import a_group, a_relation, an_item, faults_of, given_out, problems_of, take

A, B, C = an_item("a"), an_item("b"), an_item("c")

TOGETHER = {
    "an id twice": ([A, B, an_item("a", name="other")], [("estate.repeated_item", "/items/2")]),
    "a relation twice": (
        [A, B, a_relation("a", "b"), a_relation("a", "b", confidence=0.5)],
        [("estate.repeated_relation", "/relations/1")],
    ),
    "a group twice": (
        [A, B, a_relation("a", "b", group="pool"), a_group("a"), a_group("a", needs=2)],
        [("estate.repeated_group", "/groups/1")],
    ),
    "a missing target": ([A, a_relation("a", "b")], [("estate.missing_end", "/relations/0/target")]),
    "a missing source": ([A, a_relation("b", "a")], [("estate.missing_end", "/relations/0/source")]),
    "a group of nothing": (
        [a_group("a")],
        [("estate.missing_end", "/groups/0/item"), ("estate.empty_group", "/groups/0")],
    ),
    "a group without members": ([A, a_group("a")], [("estate.empty_group", "/groups/0")]),
    "a share of no members": ([A, a_group("a", needs="50%")], [("estate.empty_group", "/groups/0")]),
    "a group that is not defined": (
        [A, B, C, a_relation("a", "b", group="g"), a_relation("a", "c", group="g")],
        [("estate.undefined_group", "/relations/0/group")],
    ),
    "needs above the members": (
        [A, B, a_relation("a", "b", group="pool"), a_group("a", needs=2)],
        [("estate.needs_too_many", "/groups/0/needs")],
    ),
    "needs above the distinct members": (
        [
            A,
            B,
            a_relation("a", "b", group="pool"),
            a_relation("a", "b", group="pool", type="uses"),
            a_group("a", needs=2),
        ],
        [("estate.needs_too_many", "/groups/0/needs")],
    ),
    "another strength than the group's": (
        [A, B, a_relation("a", "b", group="pool", strength="soft"), a_group("a")],
        [("estate.group_strength", "/relations/0/strength")],
    ),
    "hard in a soft group": (
        [A, B, a_relation("a", "b", group="pool", strength="hard"), a_group("a", strength="soft")],
        [("estate.group_strength", "/relations/0/strength")],
    ),
    "an unknown class": ([an_item("a", "serve")], [("class.unknown", "/items/0/class")]),
    "an unknown type": (
        [A, B, a_relation("a", "b", type="depend_on")],
        [("relation_type.unknown", "/relations/0/type")],
    ),
    "an unknown attribute": (
        [an_item("a", attributes={"sight": "x"})],
        [("attribute.unknown", "/items/0/attributes/sight")],
    ),
    "an attribute of a wrong type": (
        [an_item("a", attributes={"site": 3})],
        [("attribute.not_text", "/items/0/attributes/site")],
    ),
    "a type that the classes do not allow": (
        [A, an_item("s", "service"), a_relation("a", "s", type="powered_by")],
        [("relation_type.target", "/relations/0/target")],
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_records_that_do_not_fit_together_are_told_and_nothing_is_written(name):
    """Each fault once, at its place, and none that only follows from it."""
    records, expected = TOGETHER[name]

    assert faults_of(the_context(), *records) == expected


def test_the_same_strength_as_the_group_may_be_said_again():
    """Only a strength that differs is an error; it goes out as it came."""
    context = the_context()
    relation = a_relation("a", "b", group="pool", strength="soft")

    take(context, A, B, relation, a_group("a", strength="soft"))

    assert given_out(context)["relations"] == [relation]


def test_a_repetition_names_the_first():
    """Whoever repairs the file wants to see both."""
    [fault] = problems_of(the_context(), A, B, A)

    assert fault.facts["first"] == "/items/0"


def test_faults_of_all_kinds_come_together():
    """Shape, catalogue, duplicates and ends of one file in one answer."""
    found = faults_of(
        the_context(),
        an_item("a", "nothing", unavailability=2),
        an_item("b", attributes={"site": 3}),
        B,
        a_relation("a", "nowhere", confidence=0),
        a_group("b", needs=0),
    )

    assert sorted(code for code, _ in found) == [
        "attribute.not_text",
        "class.unknown",
        "estate.missing_end",
        "estate.needs",
        "estate.out_of_range",
        "estate.out_of_range",
        "estate.repeated_item",
    ]


def test_a_faulty_item_does_not_fault_those_that_relate_to_it():
    """One mistake is one error, also when a hundred relations lead to it."""
    found = faults_of(
        the_context(),
        an_item("a", unavailability=7),
        *(a_relation("b", "a", type=t) for t in ("uses", "depends_on")),
        B,
    )

    assert found == [("estate.out_of_range", "/items/0/unavailability")]


def test_five_hundred_errors_are_five_hundred_entries():
    """Not the first alone, and none left out."""
    found = faults_of(the_context(), A, *(a_relation("a", f"gone{n}") for n in range(500)))

    assert len(found) == 500
    assert found[-1] == ("estate.missing_end", "/relations/499/target")


def test_a_self_relation_is_a_note_and_no_error():
    """It counts like any other; whoever did not mean it is told."""
    report = take(the_context(), A, a_relation("a", "a"))

    assert [(note.code, note.pointer) for note in report.notes] == [("estate.self_relation", "/relations/0")]
    assert report.notes_count == 1
    assert report.relations.new == 1


# beside the store ----------------------------------------------------------------------------------------------------
def test_needs_are_judged_by_the_members_of_file_and_store_together():
    """Two members are in the store and one in the file: needs of three is right, of four is not."""
    for count, expected in ((3, []), (4, [("estate.needs_too_many", "/groups/0/needs")])):
        context = the_context(a_server("a"), a_server("b"), a_server("c"), *needs("a", 1, "b", "c"))

        assert (
            faults_of(context, an_item("d"), a_relation("a", "d", group="pool"), a_group("a", needs=count)) == expected
        )


def test_a_member_in_file_and_store_counts_once():
    """By another type to the same target the group wins no member."""
    context = the_context(a_server("a"), a_server("b"), *needs("a", 1, "b"))

    found = faults_of(context, a_relation("a", "b", group="pool", type="uses"), a_group("a", needs=2))

    assert found == [("estate.needs_too_many", "/groups/0/needs")]


def test_a_group_that_turns_soft_must_agree_with_the_relations_in_the_store():
    """A relation that says "hard" can not stay in a soft group."""
    context = the_context()
    take(context, A, B, a_relation("a", "b", group="pool", strength="hard"), a_group("a"))

    found = faults_of(context, a_group("a", strength="soft"), source="other")

    assert found == [("estate.group_strength", "/groups/0/strength")]


def test_a_relation_to_a_retired_ci_is_refused():
    """It would lead to nothing that impact knows."""
    context = the_context(a_server("a"), a_server("b"))
    register.retire_ci(context, ["b"])

    assert faults_of(context, a_relation("a", "b")) == [("estate.retired_end", "/relations/0/target")]


def test_a_file_can_not_relate_to_what_it_retires():
    """The item was left out by mistake, or the relation was left in by one."""
    context = the_context()
    take(context, A, B)

    found = faults_of(context, A, a_relation("a", "b"), retire_missing=True)

    assert found == [("estate.retiring_end", "/relations/0/target")]


def test_a_reference_must_name_a_ci_of_the_right_class():
    """In the file or in the store; else the error says what class it should be of."""
    from cmdb.configuration.classes import define_class
    from cmdb.model.ci_class import Attribute, AttributeType, CIClass

    context = the_context(a_server("in_store"), role="administrator")
    host = Attribute("mounted_on", AttributeType.REFERENCE, refers_to="server")
    define_class(context, CIClass("rig", parent="ci", attributes=(host,)))

    def rig(of: str) -> dict:
        return an_item("r", "rig", attributes={"mounted_on": of})

    assert faults_of(context, rig("in_store"), dry_run=True) == []
    assert faults_of(context, rig("a"), A, dry_run=True) == []
    for wrong in ("nowhere", "s"):
        found = faults_of(context, rig(wrong), an_item("s", "service"))
        assert found == [("attribute.not_reference", "/items/0/attributes/mounted_on")]
    assert faults_of(context, rig({"a": 1})) == [("attribute.not_reference", "/items/0/attributes/mounted_on")]


def test_every_entry_of_a_list_of_references_is_judged():
    """Those that are no id by their type, those that are one by what they name; each is pointed at."""
    from cmdb.configuration.classes import define_class
    from cmdb.model.ci_class import Attribute, AttributeType, CIClass

    context = the_context(a_server("in_store"), a_service("shop"), role="administrator")
    hosts = Attribute("hosts", AttributeType.LIST, of=AttributeType.REFERENCE, refers_to="server")
    define_class(context, CIClass("rig", parent="ci", attributes=(hosts,)))

    found = faults_of(context, an_item("r", "rig", attributes={"hosts": ["in_store", 7, "no", ["x"], "shop"]}))

    assert found == [("attribute.not_reference", f"/items/0/attributes/hosts/{entry}") for entry in (1, 3, 2, 4)]


def test_a_reference_to_what_the_import_would_retire_is_refused():
    """No CI may come in that points at one which goes in the same revision."""
    from cmdb.configuration.classes import define_class
    from cmdb.model.ci_class import Attribute, AttributeType, CIClass

    context = the_context(role="administrator")
    host = Attribute("mounted_on", AttributeType.REFERENCE, refers_to="server")
    define_class(context, CIClass("rig", parent="ci", attributes=(host,)))
    take(context, A)

    rig = an_item("r", "rig", attributes={"mounted_on": A["id"]})

    assert faults_of(context, rig, retire_missing=True) == [
        ("attribute.not_reference", "/items/0/attributes/mounted_on")
    ]


@pytest.fixture
def unique():
    """A context whose class ``rig`` has a unique serial."""
    from cmdb.configuration.classes import define_class
    from cmdb.model.ci_class import Attribute, AttributeType, CIClass

    context = the_context(role="administrator")
    serial = Attribute("serial", AttributeType.TEXT, unique=True)
    define_class(context, CIClass("rig", parent="ci", attributes=(serial,)))
    return context


def a_rig(ci_id: str, serial: str) -> dict:
    return an_item(ci_id, "rig", attributes={"serial": serial})


def test_a_unique_value_twice_in_a_file_or_beside_the_store_is_told_with_its_holder(unique):
    """All of them at once, not the first that the store happens to meet."""
    take(unique, a_rig("old", "S1"), a_rig("older", "S2"))

    found = problems_of(unique, a_rig("a", "S1"), a_rig("b", "S2"), a_rig("c", "S3"), a_rig("d", "S3"), source="b")

    assert [(f.code, f.pointer, f.facts["holder"]) for f in found] == [
        ("attribute.taken", "/items/3", "c"),
        ("attribute.taken", "/items/0", "old"),
        ("attribute.taken", "/items/1", "older"),
    ]


def test_unique_values_may_be_exchanged_in_one_import(unique):
    """What counts is the state after the import."""
    take(unique, a_rig("a", "S1"), a_rig("b", "S2"))

    assert take(unique, a_rig("a", "S2"), a_rig("b", "S1")).items.changed == 2


def test_a_unique_value_is_free_again_when_its_holder_retires(unique):
    """Also when both happen in one import."""
    take(unique, a_rig("a", "S1"))

    assert take(unique, a_rig("b", "S1"), retire_missing=True).retired == 1


def test_a_form_is_told_of_a_taken_value_by_the_store(unique):
    """The register desk asks nobody before; the store knows, and the answer is the same."""
    from cmdb.errors import InvalidInput

    take(unique, a_rig("a", "S1"))

    with pytest.raises(InvalidInput) as refused:
        register.add_ci(unique, id="b", ci_class="rig", attributes={"serial": "S1"})

    assert [(p.code, p.facts["holder"]) for p in refused.value.problems] == [("attribute.taken", "a")]


# what breaks groups --------------------------------------------------------------------------------------------------
POOL = (an_item("app"), A, B, C, *(a_relation("app", each, group="pool") for each in "abc"))


def test_retiring_what_is_missing_asks_before_it_breaks_a_group():
    """The pool of another source would keep one member and needs two; a dry run tells, a real one asks."""
    context = the_context()
    take(context, *POOL, a_group("app", needs=2), source="app")
    take(context, A, B, source="hosts")
    options = {"source": "app", "retire_missing": True}
    rest = (an_item("app"), C, a_relation("app", "c", group="pool"))

    told = take(context, *rest, dry_run=True, **options)
    assert [(g.item, g.name, g.needs, g.members) for g in told.broken_groups] == [("app", "pool", 2, 1)]
    with pytest.raises(GroupsWouldBreak, match=r"pool of app \(1 left, needs 2\)"):
        take(context, *rest, **options)
    assert context.store.revision() == 2


def test_a_group_in_the_file_that_its_missing_members_break_is_an_error_of_the_file():
    """The file itself says needs 3 and lists two; what the store has besides goes away with this import."""
    context = the_context()
    take(context, *POOL, a_group("app", needs=3))

    found = faults_of(context, *POOL[:-1], a_group("app", needs=3), retire_missing=True)

    assert found == [("estate.needs_too_many", "/groups/0/needs")]


def test_a_broken_group_that_was_allowed_leaves_relations_that_must_hold_alone():
    """Missing redundancy is read pessimistically: each remaining relation holds alone, with the group's strength."""
    context = the_context()
    take(context, *POOL, a_group("app", needs=2, strength="soft"))

    ending = register.retire_ci(context, ["a", "b"], allow_broken_groups=True)

    assert [(g.item, g.members) for g in ending.broken] == [("app", 1)]
    assert context.store.count(GROUPS) == 0
    [left] = context.records.find(RELATIONS)
    assert (left.target, left.group, left.strength) == ("c", None, Strength.SOFT)
    assert context.records.get(CIS, "a").status is CIStatus.RETIRED
    assert not context.store.check()


def test_a_relation_that_falls_together_with_one_outside_the_group_keeps_the_harder():
    """Two relations become one; nothing gets softer and nothing less certain by it."""
    context = the_context()
    alone = a_relation("app", "c", strength="soft", confidence=0.5)
    take(context, *POOL, alone, a_group("app", needs=2))

    register.retire_ci(context, ["a", "b"], allow_broken_groups=True)

    [left] = context.records.find(RELATIONS)
    assert (left.target, left.group, left.strength, left.confidence) == ("c", None, Strength.HARD, 1.0)


def test_an_item_with_a_fault_of_its_shape_is_judged_by_its_class_as_well():
    """An unknown key hides neither an unknown attribute nor a missing reference; a faulty value is told once."""
    context = the_context()
    wrong = an_item("a", nmae="x", attributes={"sight": 1, "cpu_cores": "two", "roles": None, "site": [1]})

    assert sorted(faults_of(context, wrong)) == [
        ("attribute.not_integer", "/items/0/attributes/cpu_cores"),
        ("attribute.not_text", "/items/0/attributes/site"),
        ("attribute.unknown", "/items/0/attributes/sight"),
        ("estate.null", "/items/0/attributes/roles"),
        ("estate.unknown_key", "/items/0/nmae"),
    ]
    assert faults_of(context, an_item("a", attributes=[])) == [("estate.wrong_type", "/items/0/attributes")]


def test_half_a_surrogate_pair_is_one_fault_and_hides_no_other():
    """The record is still known by its id, so nobody who relates to it is faulted."""
    broken = an_item("a", name="\ud800", unavailability=2)

    assert sorted(faults_of(the_context(), broken, B, a_relation("b", "a"))) == [
        ("estate.out_of_range", "/items/0/unavailability"),
        ("estate.text_broken", "/items/0"),
    ]


def test_a_name_no_class_may_have_is_one_fault_when_classes_are_made():
    """That there is no such class follows from it."""
    made = an_item("a", "No Class!", attributes={"x": 1})

    assert faults_of(the_context(), made, create_classes=True) == [("name.wrong", "/items/0/class")]

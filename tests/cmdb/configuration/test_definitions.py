"""A class or relation type is judged before it is recorded: everything wrong with it, each with its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.admission import class_problems, relation_problems
from cmdb.configuration.catalogue import built_in
from cmdb.configuration.definitions import attribute_problems, class_definition_problems, relation_type_problems
from cmdb.configuration.patterns import pattern_problems
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.model.relation_type import RelationType

CATALOGUE = built_in()
TEXT, INTEGER, ENUM = AttributeType.TEXT, AttributeType.INTEGER, AttributeType.ENUM


def a_class(name="robot", parent="server", attributes=(), **more) -> CIClass:
    """A class that is right unless told otherwise."""
    return CIClass(name, parent=parent, label="Robot", attributes=tuple(attributes), **more)


def faults(new: CIClass, catalogue=CATALOGUE) -> list[tuple[str, str]]:
    """The place and code of everything wrong with the class."""
    found = class_definition_problems(catalogue, new)
    assert all(each.message for each in found)
    return [(each.pointer, each.code) for each in found]


def test_a_right_class_has_nothing_wrong():
    """New attributes of every kind, an abstract class, an extension: none is in the way."""
    attributes = [
        Attribute("arms", INTEGER, minimum=0, maximum=8, default=2),
        Attribute("mood", ENUM, choices=("good", "bad"), default="good"),
        Attribute("friends", AttributeType.LIST, of=AttributeType.REFERENCE, refers_to="robot"),
        Attribute("serial", TEXT, pattern="[A-Z]{2}[0-9]{1,8}(-[A-Z])?", required=True, unique=True),
    ]
    assert faults(a_class(attributes=attributes, unavailability=0, mtbf_hours=1, abstract=True)) == []
    assert faults(CIClass("server", extends=True, attributes=tuple(attributes[:2]), unavailability=0.01)) == []


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        (a_class("Robot"), ("/name", "name.wrong")),
        (a_class("7of9"), ("/name", "name.wrong")),
        (a_class("r" * 65), ("/name", "name.wrong")),
        (a_class(""), ("/name", "name.wrong")),
        (a_class("robot\n"), ("/name", "name.wrong")),
        (a_class("机器人"), ("/name", "name.wrong")),
        (a_class("switch"), ("/name", "class.taken")),
        (a_class(parent=None), ("/parent", "class.parent.missing")),
        (a_class(parent="serv"), ("/parent", "class.unknown")),
        (a_class(parent="robot"), ("/parent", "class.cycle")),
        (a_class(description="x" * 4_001), ("/description", "name.too_long")),
        (a_class(unavailability=1.5), ("/unavailability", "figure.unavailability")),
        (a_class(unavailability=float("nan")), ("/unavailability", "figure.unavailability")),
        (a_class(mtbf_hours=0), ("/mtbf_hours", "figure.mtbf_hours")),
        (a_class(mtbf_hours=float("inf")), ("/mtbf_hours", "figure.mtbf_hours")),
        (a_class(attributes=[Attribute(f"a{n}", TEXT) for n in range(501)]), ("/attributes", "class.too_many")),
        (
            a_class(attributes=[Attribute("x", TEXT), Attribute("x", TEXT)]),
            ("/attributes/1/name", "attribute.repeated"),
        ),
        (a_class(attributes=[Attribute("fqdn", TEXT)]), ("/attributes/0/type", "attribute.redeclared")),
        (a_class(attributes=[Attribute("asset_tag", TEXT)]), ("/attributes/0/unique", "attribute.loosened")),
        (CIClass("robot", extends=True), ("/name", "class.nothing_to_extend")),
        (CIClass("server", extends=True, label="Box"), ("/label", "class.extension_holds")),
        (CIClass("server", extends=True, parent="ci"), ("/parent", "class.extension_holds")),
        (
            CIClass("server", extends=True, attributes=(Attribute("os", INTEGER),)),
            ("/attributes/0/type", "attribute.redeclared"),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_what_is_wrong_with_a_class_is_told_at_its_place(new, fault):
    """One wrong thing, one fault."""
    assert faults(new) == [fault]


@pytest.mark.parametrize(
    ("attribute", "fault"),
    [
        (Attribute("2nd", TEXT), ("/name", "attribute.name.wrong")),
        (Attribute("a b", TEXT), ("/name", "attribute.name.wrong")),
        (Attribute("x", TEXT, unit="x" * 201), ("/unit", "name.too_long")),
        (Attribute("x", TEXT, of=TEXT), ("/of", "attribute.part.misplaced")),
        (Attribute("x", TEXT, choices=("a",)), ("/choices", "attribute.part.misplaced")),
        (Attribute("x", INTEGER, pattern="1"), ("/pattern", "attribute.part.misplaced")),
        (Attribute("x", TEXT, minimum=1), ("/minimum", "attribute.part.misplaced")),
        (Attribute("x", TEXT, refers_to="rack"), ("/refers_to", "attribute.part.misplaced")),
        (Attribute("x", AttributeType.LIST, of=AttributeType.LIST), ("/of", "attribute.of.wrong")),
        (Attribute("x", ENUM), ("/choices", "attribute.choices.missing")),
        (Attribute("x", ENUM, choices=("a", "a")), ("/choices", "attribute.choices.missing")),
        (Attribute("x", ENUM, choices=("",)), ("/choices", "attribute.choices.missing")),
        (Attribute("x", AttributeType.REFERENCE), ("/refers_to", "attribute.refers_to.missing")),
        (Attribute("x", AttributeType.REFERENCE, refers_to="rak"), ("/refers_to", "class.unknown")),
        (Attribute("x", INTEGER, minimum=2, maximum=1), ("/minimum", "attribute.range.empty")),
        (Attribute("x", INTEGER, minimum=float("nan")), ("", "attribute.range.empty")),
        (Attribute("x", INTEGER, default="1"), ("/default", "attribute.default.wrong")),
        (Attribute("x", INTEGER, default=9, maximum=5), ("/default", "attribute.default.wrong")),
        (Attribute("x", TEXT, pattern="["), ("/pattern", "pattern.wrong")),
        (Attribute("x", TEXT, pattern="x" * 201), ("/pattern", "pattern.too_long")),
        (Attribute("x", TEXT, pattern="(a+)+"), ("/pattern", "pattern.nested")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_what_is_wrong_with_an_attribute_is_told_at_its_place(attribute, fault):
    """One wrong thing, one fault, and a sentence for it."""
    found = attribute_problems(CATALOGUE, attribute, "")
    assert [(each.pointer, each.code) for each in found] == [fault]
    assert found[0].message


def test_many_faults_of_one_class_are_told_together():
    """Whoever writes a class with five slips mends five, not one at a time."""
    new = a_class("Robot", "serv", [Attribute("2nd", TEXT), Attribute("x", ENUM)], mtbf_hours=-1)
    assert len(faults(new)) == 5


def test_an_attribute_added_above_must_agree_with_those_below():
    """A class below already says what the name means there."""
    own = CATALOGUE.with_([a_class(attributes=[Attribute("arms", INTEGER)])])
    text = CIClass("hardware", extends=True, attributes=(Attribute("arms", TEXT),))
    number = CIClass("hardware", extends=True, attributes=(Attribute("arms", INTEGER),))
    assert faults(text, own) == [("/attributes/0/type", "attribute.redeclared")]
    assert faults(number, own) == []


def test_choices_may_be_narrowed_below_and_not_widened():
    """Whoever reads 'mood' of any machine knows all it may say."""
    mood = Attribute("mood", ENUM, choices=("good", "bad"))
    own = CATALOGUE.with_([a_class("machine", "ci", [mood])])
    narrow, wide = (Attribute("mood", ENUM, choices=choices) for choices in (("good",), ("good", "odd")))
    assert faults(a_class("robot", "machine", [narrow]), own) == []
    assert faults(a_class("robot", "machine", [wide]), own) == [("/attributes/0/choices", "attribute.choices.widened")]


def test_a_cycle_over_several_classes_is_named_with_its_path():
    """a below b below c: c can not go below a."""
    own = CATALOGUE.with_([a_class("c", "ci"), a_class("b", "c"), a_class("a", "b")])
    [fault] = class_definition_problems(own, a_class("c", "a"))
    assert (fault.code, fault.facts["path"]) == ("class.cycle", "c > a > b > c")


def test_no_new_class_goes_below_a_retired_one():
    """But a class that stands there already may still be changed."""
    own = CATALOGUE.with_([a_class("old", "ci", retired=True), a_class("robot", "old")])
    assert faults(a_class("robby", "old"), own) == [("/parent", "class.parent.retired")]
    assert faults(a_class("robot", "old", [Attribute("arms", INTEGER)]), own) == []


@pytest.mark.parametrize(
    "pattern",
    ["[A-Z]{3}-[0-9]+", "(web|db)[0-9]{1,3}", "v?[0-9]+\\.[0-9]+\\.[0-9]+", "([0-9a-f]{2}:){5}[0-9a-f]{2}", ""],
)
def test_everyday_patterns_are_allowed(pattern):
    """Names, versions, fixed shapes."""
    assert pattern_problems(pattern, "/pattern") == []


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("(a*)*b", "pattern.nested"),
        ("([a-z]+){2,9}", "pattern.nested"),
        ("(a|aa)+", "pattern.nested"),
        ("(a?){30}a{30}", "pattern.nested"),
        ("(?:(?:(?:x?y*)z){0,5})", "pattern.nested"),
        ("(?=a*)b", "pattern.nested"),
        ("(a)\\1", "pattern.nested"),
        ("a*a*a*a*b", "pattern.too_costly"),
        ("a?" * 30 + "a" * 30, "pattern.too_costly"),
        ("(aa|a)" * 30, "pattern.too_costly"),
        ("[[a]", "pattern.wrong"),
        ("*", "pattern.wrong"),
        ("(" * 60, "pattern.wrong"),
        ("a{99999999999999999999}", "pattern.wrong"),
    ],
)
def test_patterns_that_could_run_for_ever_are_refused(pattern, code):
    """One attribute may not stop the whole server."""
    [fault] = pattern_problems(pattern, "/pattern")
    assert fault.code == code
    assert fault.message


pieces = st.sampled_from(["a", "b", "[ab]", "a*", "b+", "a?", "[ab]{1,9}", "(a|b)", "(ab|a)", "(a*)*", "(?:a?b)", "."])


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=8).map("".join), st.text("ab", max_size=200))
def test_whatever_is_allowed_is_quick_on_any_text(pattern, text):
    """A pattern that passed the check and yet ran for ever would keep this test from ending."""
    if not pattern_problems(pattern, ""):
        re.fullmatch(pattern, text + "!")


def test_whether_a_ci_may_be_of_a_class_is_told_with_what_would_be_right():
    """Unknown with the nearest, abstract with those below, retired only for new CIs."""
    own = CATALOGUE.with_([a_class("old", "ci", retired=True)])
    [unknown] = class_problems(own, "sever")
    [abstract] = class_problems(own, "facility", pointer="/items/3/class")
    [retired] = class_problems(own, "old")
    assert "did you mean server" in unknown.message
    assert (abstract.pointer, "data_center" in abstract.message) == ("/items/3/class", True)
    assert retired.code == "class.retired"
    assert class_problems(own, "old", is_new=False) == class_problems(own, "server") == []


def test_whether_a_relation_may_join_two_classes_is_told_for_both_ends():
    """Both ends wrong give two faults, each at its end."""
    found = relation_problems(CATALOGUE, "powered_by", "document", "contract", pointer="/relations/0")
    assert [(each.pointer, each.code) for each in found] == [
        ("/relations/0/source", "relation_type.source"),
        ("/relations/0/target", "relation_type.target"),
    ]
    [unknown] = relation_problems(CATALOGUE, "dependson", "server", "server")
    assert (unknown.pointer, "did you mean depends_on" in unknown.message) == ("/type", True)
    old = CATALOGUE.with_(relation_types=[RelationType("feeds", "feeds", "is fed by", retired=True)])
    assert [each.code for each in relation_problems(old, "feeds", "server", "server")] == ["relation_type.retired"]
    assert relation_problems(old, "feeds", "server", "server", is_new=False) == []


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (RelationType("feeds", "feeds", "is fed by", target_classes=("pdu",)), []),
        (RelationType("runs_on", "runs on", "hosts"), [("/name", "relation_type.taken")]),
        (RelationType("Feeds", "feeds", "is fed by"), [("/name", "name.wrong")]),
        (
            RelationType("feeds", " ", ""),
            [("/reading", "relation_type.reading"), ("/reverse", "relation_type.reading")],
        ),
        (RelationType("feeds", "x" * 201, "y"), [("/reading", "name.too_long")]),
        (
            RelationType("feeds", "a", "b", source_classes=("ci", "pd"), target_classes=("rak",)),
            [("/source_classes/1", "class.unknown"), ("/target_classes/0", "class.unknown")],
        ),
    ],
)
def test_what_is_wrong_with_a_relation_type_is_told_at_its_place(new, found):
    """Its name, both readings and every class at its ends."""
    problems = relation_type_problems(CATALOGUE, new)
    assert [(each.pointer, each.code) for each in problems] == found
    assert all(each.message for each in problems)

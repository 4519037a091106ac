"""What is wrong with a fault tree is told all at once, each fault with its line and with what would be right."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.exchange.estate import Faults
from cmdb.exchange.open_psa import SENTENCES, read
from cmdb.exchange.open_psa.faults import MAX_DEPTH, MAX_TAG

EVENT = '<define-basic-event name="e"><float value="0.1"/></define-basic-event>'
GATE = '<define-gate name="g"><or><basic-event name="e"/></or></define-gate>'


def mef(*lines: str) -> bytes:
    """Return a document of one fault tree; its first line is line 2."""
    return "\n".join(['<opsa-mef><define-fault-tree name="ft">', *lines, "</define-fault-tree></opsa-mef>"]).encode()


def told(content: bytes, **options) -> list[tuple[str, int | str | None, str]]:
    """Return (code, line or pointer, message) of all that is wrong; no tree may come out where something is."""
    faults = Faults()
    tree = read(io.BytesIO(content), faults, **options)
    assert (tree is None) == bool(faults.count)
    return [(p.code.removeprefix("open_psa."), p.line or p.pointer, p.message) for p in faults.problems]


def codes(content: bytes, **options) -> list[tuple[str, int | str | None]]:
    return [fault[:2] for fault in told(content, **options)]


# the file ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", ("empty", "")),
        (b"not XML at all", ("not_xml", 1)),
        (b'{"format": "estate/1"}', ("not_xml", 1)),
        (b"<opsa-mef>\n<define-fault-tree name='a'>\n</opsa-mef>", ("not_xml", 3)),
        (mef(GATE, EVENT)[:-20], ("not_xml", 4)),
        (b"<?xml version='1.0' encoding='nonsense'?><opsa-mef/>", ("not_xml", 1)),
        (b"<html>\n<body/></html>", ("root", 1)),
        (b"<opsa-mef/>", ("no_gates", "")),
        (mef(EVENT), ("no_gates", "")),
        (gzip.compress(mef(GATE, EVENT))[:-12], ("estate.gzip_truncated", "")),
        (b"PK\x03\x04 a zip archive", ("estate.not_compressible", "")),
    ],
)
def test_what_is_no_model_is_said_to_be_none(content, found):
    """Nothing of such a file is guessed."""
    assert codes(content) == [found]


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "ha">',
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;',
    ],
)
def test_entities_are_refused_before_any_is_expanded(declared):
    """Neither a bomb nor a look into other files."""
    content = f"<!DOCTYPE opsa-mef [\n{declared}]>\n<opsa-mef><label>&a;&c;</label></opsa-mef>".encode()

    [(code, line, message)] = told(content)

    assert (code, line) == ("entities", 2)
    assert "the entity a is declared" in message


def test_an_entity_of_a_document_type_elsewhere_is_refused():
    """It could only be left out, which would be silent."""
    content = b'<!DOCTYPE opsa-mef SYSTEM "mef.dtd">\n<opsa-mef><label>&chance;</label></opsa-mef>'
    assert codes(content) == [("entities", 2)]


def test_a_tag_without_an_end_is_not_read_for_ever():
    """What the parser would have to hold in memory at once has a limit."""
    assert codes(b"<opsa-mef><!--" + b"x" * (2 * MAX_TAG)) == [("tag_too_large", 1)]


def test_formulas_are_nested_to_a_stated_depth():
    """Deeper ones are refused with the line, however deep they are."""
    for depth in (MAX_DEPTH, 100_000):
        formula = "<or>" * depth + '<basic-event name="e"/>' + "</or>" * depth
        found = told(mef(f'<define-gate name="g">{formula}</define-gate>', EVENT))
        assert [fault[0] for fault in found if fault[0] != "children"] == ["too_deep"]
        assert "more than 64 deep" in found[0][2]


# elements ------------------------------------------------------------------------------------------------------------
def test_what_is_not_read_is_refused_by_name():
    """Common causes and substitutions change the result, so passing over them would make it wrong."""
    content = (
        b"<opsa-mef>\n<define-event-tree name='et'/>\n<define-fault-tree name='ft'>\n<define-CCF-group name='c'/>\n"
        b"<define-substitution name='s'/>\n<define-gate name='g'><or><basic-event name='e'/></or></define-gate>\n"
        b"<define-basic-event name='e'>\n<lognormal-deviate><float value='1'/></lognormal-deviate>\n"
        b"</define-basic-event></define-fault-tree>\n<include file='more.xml'/></opsa-mef>"
    )

    found = told(content)

    assert [(code, line) for code, line, _ in found] == [("unsupported", line) for line in (2, 4, 5, 8, 10)]
    for name, (_, _, message) in zip(
        ("define-event-tree", "define-CCF-group", "define-substitution", "lognormal-deviate", "include"),
        found,
        strict=True,
    ):
        assert f"<{name}> in <" in message


@pytest.mark.parametrize("operator", ["not", "xor", "iff", "nand", "nor", "imply", "cardinality"])
def test_a_tree_that_is_not_coherent_is_refused_with_gate_and_line(operator):
    """Also where it stands inside another formula; the gates it uses are not taken for tops."""
    content = mef(
        '<define-gate name="g"><or>',
        f'<{operator} min="1" max="1"><gate name="h"/><basic-event name="e"/></{operator}></or></define-gate>',
        '<define-gate name="h"><or><basic-event name="e"/></or></define-gate>',
        EVENT,
    )

    [(code, line, message)] = told(content)

    assert (code, line) == ("not_coherent", 3)
    assert f"gate g uses <{operator}>" in message


@pytest.mark.parametrize(
    ("gate", "found"),
    [
        ("", "children"),
        ("<or/>", "children"),
        ('<or><basic-event name="e"/></or><basic-event name="e"/>', "children"),
        ('<atleast><basic-event name="e"/></atleast>', "attribute_missing"),
        ('<atleast min="2"><basic-event name="e"/></atleast>', "attribute_value"),
        ('<atleast min="0"><basic-event name="e"/></atleast>', "attribute_value"),
        ('<atleast min="one"><basic-event name="e"/></atleast>', "attribute_value"),
        ('<atleast min="2"><basic-event name="e"/><event name="e"/></atleast>', "counted_twice"),
        ("<or><basic-event/></or>", "attribute_missing"),
        ('<or><event name="e" type="pump"/></or>', "attribute_value"),
        ('<or><constant value="maybe"/></or>', "attribute_value"),
        ('<or><gate name="e"/></or>', "other_kind"),
        ('<or><basic-event name="ee"/></or>', "undefined"),
        ('<or>or else<basic-event name="e"/></or>', "text"),
        ('<may-be><basic-event name="e"/></may-be>', "unsupported"),
    ],
)
def test_a_formula_that_says_nothing_clear_is_refused(gate, found):
    """With the line it stands in."""
    assert codes(mef("", f'<define-gate name="g">{gate}</define-gate>', EVENT)) == [(found, 3)]


# names ---------------------------------------------------------------------------------------------------------------
def test_what_is_not_defined_is_named_with_what_is_near():
    """Gates, events and parameters alike."""
    content = mef(
        '<define-gate name="g"><or><basic-event name="pump-1"/><gate name="missing"/></or></define-gate>',
        '<define-basic-event name="pump1"><parameter name="rate"/></define-basic-event>',
    )

    found = told(content)

    assert sorted(fault[:2] for fault in found) == [("undefined", 2), ("undefined", 2), ("undefined", 3)]
    messages = " ".join(fault[2] for fault in found)
    assert 'gate g refers to basic-event pump-1, which is not defined; did you mean "pump1"?' in messages
    assert "basic-event pump1 refers to parameter rate" in messages


def test_what_is_defined_twice_is_told_with_the_first_line():
    """Gates and events share their names, parameters have their own."""
    content = mef(
        GATE, EVENT, EVENT, '<define-house-event name="g"/>', '<define-parameter name="e"><pi/></define-parameter>'
    )

    found = told(content)

    assert [fault[:2] for fault in found] == [("twice", 4), ("twice", 5)]
    assert "first at line 3" in found[0][2]


def test_a_name_that_may_mean_two_things_is_not_guessed():
    """One is private further out, the other public elsewhere."""
    content = mef(
        '<define-gate name="g"><or><gate name="h"/></or></define-gate>',
        '<define-basic-event name="e" role="private"><float value="0.1"/></define-basic-event>',
        '<define-component name="c">',
        '<define-gate name="h"><or><basic-event name="e"/></or></define-gate>',
        "</define-component></define-fault-tree><model-data>",
        EVENT + "</model-data><define-fault-tree name='x'>",
    )
    assert codes(content) == [("ambiguous", 5)]


@pytest.mark.parametrize("name", ["", " e", "e/1", "x" * 1001])
def test_a_name_must_be_one(name):
    """Ids are made of it."""
    content = mef(f'<define-gate name="{name}"><or><basic-event name="e"/></or></define-gate>', EVENT, GATE)
    assert codes(content) == [("attribute_value", 2)]


# the tree ------------------------------------------------------------------------------------------------------------
def test_a_cycle_is_named_gate_by_gate():
    """A fault tree has none, though an estate may."""
    content = mef(
        '<define-gate name="top"><or><gate name="a"/></or></define-gate>',
        '<define-gate name="a"><or><gate name="b"/><basic-event name="e"/></or></define-gate>',
        '<define-gate name="b"><and><gate name="c"/><basic-event name="e"/></and></define-gate>',
        '<define-gate name="c"><gate name="a"/></define-gate>',
        EVENT,
    )

    [(code, line, message)] = told(content)

    assert (code, line) == ("cycle", 3)
    assert "a > b > c > a" in message


def test_a_long_cycle_is_named_by_its_beginning_and_its_end():
    """Ten thousand gates would fill the screen."""
    ring = [f'<define-gate name="g{n}"><gate name="g{(n + 1) % 10_000}"/></define-gate>' for n in range(10_000)]
    [(code, _, message)] = told(mef(*ring))
    assert code == "cycle"
    assert "g0 > g1 > " in message
    assert "(9989 more) > g0" in message
    assert len(message) < 250


def test_of_several_tops_one_must_be_chosen():
    """They are named, and so is the option."""
    two = mef(GATE, GATE.replace('name="g"', 'name="h"'), EVENT)

    [(code, line, message)] = told(two)

    assert (code, line) == ("several_tops", 2)
    assert "g, h; name the one to import with --top" in message
    assert told(two, top="h") == []
    [(code, pointer, message)] = told(two, top="gg")
    assert (code, pointer) == ("unknown_top", "/top")
    assert 'did you mean "g"?' in message


# figures -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", "no_probability"),
        ('<float value="1.5"/>', "probability"),
        ('<float value="-0.1"/>', "probability"),
        ('<float value="nan"/>', "attribute_value"),
        ('<float value="1_0"/>', "attribute_value"),
        ("<float/>", "attribute_value"),
        ('<float value="1e999"/>', "probability"),
        ('<int value="0.5"/>', "attribute_value"),
        ('<bool value="true"/>', "unsupported"),
        ("<system-mission-time/>", "unsupported"),
        ('<float value="0.1"/><float value="0.2"/>', "children"),
        ('<div><int value="1"/><int value="0"/></div>', "arithmetic"),
        ('<log><int value="0"/></log>', "arithmetic"),
        ('<exp><int value="1000"/></exp>', "arithmetic"),
        ('<pow><int value="-1"/><float value="0.5"/></pow>', "arithmetic"),
        ('<neg><int value="1"/><int value="1"/></neg>', "children"),
        ("<parameter/>", "attribute_missing"),
    ],
)
def test_a_probability_is_a_number_from_0_to_1(expression, found):
    """Missing, outside, no number, or an operation without a result: each with the line of its event."""
    content = mef(GATE, f'<define-basic-event name="e">{expression}</define-basic-event>')
    assert codes(content) == [(found, 3)]


def test_parameters_may_not_depend_on_themselves():
    """The cycle is named."""
    content = mef(
        GATE,
        '<define-basic-event name="e"><parameter name="p"/></define-basic-event>',
        '<define-parameter name="p"><neg><parameter name="q"/></neg></define-parameter>',
        '<define-parameter name="q"><parameter name="p"/></define-parameter>',
    )
    [(code, line, message)] = told(content)
    assert (code, line) == ("parameter_cycle", 4)
    assert "p > q > p" in message


def test_a_parameter_is_taken_in_its_own_unit():
    """Hours are no years."""
    content = mef(
        GATE,
        '<define-basic-event name="e"><parameter name="p" unit="hours"/></define-basic-event>',
        '<define-parameter name="p" unit="years"><float value="0.5"/></define-parameter>',
    )
    assert codes(content) == [("units", 3)]


# all at once ---------------------------------------------------------------------------------------------------------
def test_everything_that_is_wrong_is_told_at_once():
    """One run, all faults, in one list."""
    content = mef(
        '<define-gate name="g" colour="red"><or><basic-event name="lost"/><gate name="h"/></or></define-gate>',
        '<define-gate name="h"><xor><basic-event name="e"/><basic-event name="f"/></xor></define-gate>',
        '<define-gate name="i"><gate name="j"/></define-gate>',
        '<define-gate name="j"><gate name="i"/></define-gate>',
        EVENT,
        EVENT,
        '<define-basic-event name="f"><float value="7"/></define-basic-event>',
        '<define-basic-event name="k"/>',
    )
    assert sorted(codes(content, prefix=" "), key=str) == sorted(
        [
            ("attribute_unknown", 2),
            ("undefined", 2),
            ("not_coherent", 3),
            ("cycle", 4),
            ("twice", 7),
            ("probability", 8),
            ("no_probability", 9),
            ("prefix", "/prefix"),
        ],
        key=str,
    )


WORDS = ["<or>", "</or>", "<", "&a;", 'name="g"', "<gate", "/>", "e", "<define-gate", "</opsa-mef>", "\x00", "é", "]]>"]


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(WORDS)), min_size=1, max_size=4), st.integers(0, 30))
@settings(max_examples=300, deadline=None)
def test_whatever_is_damaged_gives_faults_or_a_tree(damage, lost):
    """Never another error, and every sentence can be filled."""
    content = mef(GATE, EVENT).decode()
    for place, word in damage:
        content = content[:place] + word + content[place + lost :]
    for code, _, message in told(content.encode()):
        assert message
        assert code in {each.removeprefix("open_psa.") for each in SENTENCES} or code.startswith("estate.")

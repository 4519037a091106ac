"""A fault tree in Open-PSA MEF becomes an estate that fails exactly as the tree does."""

from __future__ import annotations

import gzip
import json
import math
import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fault_trees import Tree, as_mef, down, needs_of, of_kind, parsed, taken

ARALIA = [
    "baobab1",
    "baobab2",
    "baobab3",
    "chinese",
    "das9201",
    "das9209",
    "edf9201",
    "edfpa15p",
    "elf9601",
    "isp9602",
    "isp9603",
    "jbd9601",
]


def mef(inside: str, data: str = "") -> bytes:
    """Return a document of one fault tree."""
    tree = f'<define-fault-tree name="ft">{inside}</define-fault-tree>'
    return f"<opsa-mef>{tree}<model-data>{data}</model-data></opsa-mef>".encode()


def events(*names: str, chance: float = 0.1) -> str:
    """Return the definitions of basic events."""
    return "".join(
        f'<define-basic-event name="{name}"><float value="{chance}"/></define-basic-event>' for name in names
    )


def figure(expression: str, parameters: str = "") -> float:
    """Return the unavailability that an expression gives a basic event."""
    event = f'<define-basic-event name="e">{expression}</define-basic-event>'
    tree = taken(mef('<define-gate name="g"><basic-event name="e"/></define-gate>', event + parameters))
    [found] = [item["unavailability"] for item in of_kind(tree, "item") if item["id"] == "e"]
    return found


# what becomes of each part -------------------------------------------------------------------------------------------
def test_gates_become_relations_and_groups():
    """An "or" rests on each alone, an "and" on one of all, and "k of n fail" needs n - k + 1 of them."""
    content = mef(
        '<define-gate name="top"><or><gate name="both"/><gate name="two"/><basic-event name="e1"/></or></define-gate>'
        '<define-gate name="both"><and><basic-event name="e1"/><basic-event name="e2"/></and></define-gate>'
        '<define-gate name="two"><atleast min="2"><basic-event name="e1"/><basic-event name="e2"/>'
        '<basic-event name="e3"/></atleast></define-gate>',
        events("e1", "e2", "e3", chance=0.25),
    )

    tree = taken(content)

    assert (tree.service, tree.items, tree.relations, tree.groups) == ("top", 6, 8, 2)
    assert {(i["id"], i["class"], i["unavailability"]) for i in of_kind(tree, "item")} == {
        ("top", "service", 0),
        ("both", "logical_gate", 0),
        ("two", "logical_gate", 0),
        *((f"e{n}", "basic_event", 0.25) for n in (1, 2, 3)),
    }
    assert of_kind(tree, "group") == [
        {"item": "both", "name": "and", "needs": 1},
        {"item": "two", "name": "atleast", "needs": 2},
    ]
    assert [r["target"] for r in of_kind(tree, "relation") if r["source"] == "top"] == ["both", "two", "e1"]
    assert all(r["type"] == "depends_on" for r in of_kind(tree, "relation"))


def test_a_formula_inside_another_gets_an_id_by_its_place():
    """The same file gives the same ids, so a second import finds them."""
    content = mef(
        '<define-gate name="top"><or><basic-event name="a"/><and><basic-event name="b"/><or><basic-event name="c"/>'
        '<basic-event name="d"/></or></and></or></define-gate>',
        events("a", "b", "c", "d"),
    )

    tree = taken(content)

    gates = [item["id"] for item in of_kind(tree, "item") if item["class"] == "logical_gate"]
    assert gates == ["top/2", "top/2/2"]
    assert taken(content) == tree


@pytest.mark.parametrize(("setting", "apart"), [("true", {"b"}), ("false", {"a", "b"})])
def test_a_house_event_is_folded_away(setting, apart):
    """It is a setting and never fails: what it decides is gone, and what is left rests on the rest."""
    house = f'<define-house-event name="h"><constant value="{setting}"/></define-house-event>'
    content = mef(
        '<define-gate name="top"><or><gate name="g"/><basic-event name="c"/></or></define-gate>'
        '<define-gate name="g"><and><house-event name="h"/><basic-event name="a"/></and></define-gate>',
        house + events("a", "c"),
    )

    tree = taken(content)

    needs = needs_of(tree)
    assert ("a" in needs) == (setting == "true")
    assert "h" not in needs
    assert ("top" in down(needs, {"a"})) == (setting == "true")
    assert len(tree.notes) == (0 if setting == "true" else 1)


def test_a_house_event_without_a_value_is_false():
    """As the format says."""
    content = mef(
        '<define-gate name="top"><or><event name="h"/><event name="c"/></or></define-gate>',
        '<define-house-event name="h"/>' + events("c"),
    )
    assert [item["id"] for item in of_kind(taken(content), "item")] == ["top", "c"]


def test_a_top_event_that_nothing_can_prevent_rests_on_what_is_always_down():
    """The service has unavailability 0 like every gate, so a CI with unavailability 1 says that it is always down."""
    tree = taken(mef('<define-gate name="top"><or><constant value="true"/></or></define-gate>'))
    assert [(i["id"], i["unavailability"]) for i in of_kind(tree, "item")] == [("top", 0), ("top/true", 1)]

    never = taken(mef('<define-gate name="top"><and><constant value="false"/></and></define-gate>'))
    assert (never.items, never.relations) == (1, 0)


def test_labels_are_names_and_attributes_are_tags():
    """What people wrote about an element is kept."""
    content = (
        b"<opsa-mef><label>The plant</label>"
        b'<define-fault-tree name="ft"><label>Loss of\n  cooling</label>'
        b'<define-gate name="top"><label>No cooling</label><attributes><attribute name="system" value="RRA"/>'
        b'</attributes><or><basic-event name="e"/></or></define-gate>'
        b'<define-basic-event name="e"><label>Pump fails</label><float value="0.5"/></define-basic-event>'
        b"</define-fault-tree></opsa-mef>"
    )

    top, event = of_kind(taken(content), "item")

    assert (top["name"], event["name"]) == ("No cooling", "Pump fails")
    assert top["attributes"] == {"description": "Loss of cooling; The plant", "tags": ["system=RRA"]}


def test_ids_begin_with_the_prefix_that_was_asked_for():
    """Two trees with the same names can stand in one store."""
    content = mef('<define-gate name="top"><or><basic-event name="e"/></or></define-gate>', events("e"))
    tree = taken(content, prefix="plant:")

    assert tree.service == "plant:top"
    assert {item["id"] for item in of_kind(tree, "item")} == {"plant:top", "plant:e"}
    assert needs_of(tree).keys() == {"plant:top", "plant:e"}


def test_one_of_several_trees_can_be_chosen():
    """What is not below the gate that was named is left out, and that is said."""
    content = mef(
        '<define-gate name="one"><or><basic-event name="a"/></or></define-gate>'
        '<define-gate name="other"><or><basic-event name="b"/><basic-event name="c"/></or></define-gate>',
        events("a", "b", "c"),
    )

    tree = taken(content, top="other")

    assert needs_of(tree).keys() == {"other", "b", "c"}
    assert [note.message for note in tree.notes] == [
        "1 gates and 1 basic events are not below other; the estate does not have them"
    ]


# names ---------------------------------------------------------------------------------------------------------------
def test_private_names_are_those_of_their_component():
    """The same private name in two components stands for two things; a full path reaches them from outside."""
    part = (
        '<define-component name="{0}" role="private"><define-gate name="fails"><or><basic-event name="pump"/>'
        '</or></define-gate><define-basic-event name="pump"><float value="{1}"/></define-basic-event>'
        "</define-component>"
    )
    content = mef(
        '<define-gate name="top"><and><gate name="ft.A.fails"/><gate name="ft.B.fails"/></and></define-gate>'
        + part.format("A", 0.1)
        + part.format("B", 0.2)
    )

    chances = {item["id"]: item["unavailability"] for item in of_kind(taken(content), "item")}

    assert chances == {"top": 0, "ft.A.fails": 0, "ft.B.fails": 0, "ft.A.pump": 0.1, "ft.B.pump": 0.2}


def test_public_names_are_seen_from_everywhere():
    """A component may use what another one defines, and what the model's data define."""
    content = mef(
        '<define-gate name="top"><and><gate name="a"/><gate name="b"/></and></define-gate>'
        '<define-component name="A"><define-gate name="a"><or><basic-event name="x"/></or></define-gate>'
        '</define-component><define-component name="B"><define-gate name="b"><or><gate name="a"/>'
        '<basic-event name="y"/></or></define-gate><define-component name="C">'
        '<define-basic-event name="y" role="private"><float value="0.5"/></define-basic-event>'
        "</define-component></define-component>",
        events("x"),
    ).replace(b'<basic-event name="y"/>', b'<basic-event name="ft.B.C.y"/>')

    assert needs_of(taken(content)).keys() == {"top", "a", "b", "x", "ft.B.C.y"}


# figures -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('<float value="1.5e-3"/>', 1.5e-3),
        ('<int value="1"/>', 1.0),
        ('<parameter name="p"/>', 0.25),
        ('<mul><parameter name="p"/><parameter name="q" unit="hours"/></mul>', 0.125),
        ('<add><float value="0.1"/><float value="0.2"/><float value="0.3"/></add>', 0.6),
        ('<sub><float value="0.75"/><float value="0.25"/><float value="0.25"/></sub>', 0.25),
        ('<div><int value="1"/><int value="4"/></div>', 0.25),
        ('<neg><float value="-0.5"/></neg>', 0.5),
        ('<pow><float value="0.5"/><int value="3"/></pow>', 0.125),
        ('<exp><float value="-2"/></exp>', math.exp(-2)),
        ('<sub><int value="1"/><div><log><pi/></log><log10><int value="1000"/></log10></div></sub>',
         1 - math.log(math.pi) / 3),
        ('<min><float value="0.3"/><max><float value="0.2"/><abs><float value="-0.1"/></abs></max></min>', 0.2),
        ('<mean><float value="0"/><sqrt><float value="0.25"/></sqrt></mean>', 0.25),
        ('<exponential><float value="1e-4"/><float value="1000"/></exponential>', -math.expm1(-0.1)),
    ],
)  # fmt: skip
def test_expressions_come_to_numbers(expression, value):
    """Numbers, parameters of parameters, and the arithmetic of the format."""
    parameters = (
        '<define-parameter name="p"><mul><parameter name="q"/><parameter name="q"/></mul></define-parameter>'
        '<define-parameter name="q" unit="hours"><float value="0.5"/></define-parameter>'
    )
    assert figure(expression, parameters) == pytest.approx(value, rel=1e-15)


def test_a_long_chain_of_parameters_and_gates_is_no_matter():
    """Depth has no limit where the file only names things."""
    count = 5_000
    chain = "".join(
        f'<define-parameter name="p{n}"><parameter name="p{n + 1}"/></define-parameter>' for n in range(count)
    )
    parameters = f'{chain}<define-parameter name="p{count}"><float value="0.5"/></define-parameter>'
    assert figure('<parameter name="p0"/>', parameters) == 0.5

    gates = "".join(f'<define-gate name="g{n}"><gate name="g{n + 1}"/></define-gate>' for n in range(count))
    last = f'<define-gate name="g{count}"><basic-event name="e"/></define-gate>'
    assert taken(mef(gates + last, events("e"))).items == count + 2


# forms of the file ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dress", ["plain", "packed", "utf-16", "latin-1", "byte order mark", "doctype"])
def test_the_file_may_be_packed_and_encoded_as_xml_may_be(dress):
    """What it is, is seen from what is in it."""
    text = mef('<define-gate name="tür"><or><basic-event name="e"/></or></define-gate>', events("e")).decode()
    content = {
        "plain": text.encode(),
        "packed": gzip.compress(text.encode()),
        "utf-16": f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"),
        "latin-1": f'<?xml version="1.0" encoding="ISO-8859-1"?>{text}'.encode("latin-1"),
        "byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "doctype": f"<?xml version='1.0'?><!DOCTYPE opsa-mef><!-- a tree -->{text}".encode(),
    }[dress]
    assert taken(content).service == "tür"


def test_lines_of_the_file_are_the_places_of_the_records():
    """So a fault that the catalogue or the store finds has its line."""
    content = mef('\n<define-gate name="g">\n<or><basic-event name="e"/></or></define-gate>', "\n" + events("e"))
    assert [(row[0], row[1]) for row in taken(content).rows] == [(2, "item"), (4, "item"), (3, "relation")]


# against a direct evaluation -----------------------------------------------------------------------------------------
@st.composite
def trees(draw) -> Tree:
    """Draw a coherent tree: shared gates and events, formulas inside formulas, house events and constants."""
    basic = [f"e{n}" for n in range(draw(st.integers(1, 5)))]
    houses = {f"h{n}": draw(st.booleans()) for n in range(draw(st.integers(0, 2)))}
    gates: dict[str, object] = {}
    known = [*basic, *houses]
    for number in range(draw(st.integers(1, 6))):
        leaves = st.sampled_from([*known, *gates]) | (st.booleans() if number % 3 == 0 else st.nothing())
        gates[f"g{number}"] = draw(formulas(leaves))
    used = {name for formula in gates.values() for name in _used(formula)}
    loose = [name for name in [*gates, *basic] if name not in used]
    gates["top"] = (draw(st.sampled_from(["and", "or"])), [*loose, draw(st.sampled_from(basic))])
    turned = draw(st.permutations(list(gates)))
    return Tree("top", {name: gates[name] for name in turned}, dict.fromkeys(basic, 0.1), houses)


def formulas(leaves):
    """Return a strategy for formulas over these leaves, up to three deep; an atleast names nothing twice."""
    several = st.recursive(leaves, joined, max_leaves=6)
    return joined(several)


def joined(inner):
    args = st.lists(inner, min_size=1, max_size=4)
    counted = st.lists(inner, min_size=1, max_size=4, unique_by=repr)
    votes = counted.flatmap(lambda held: st.tuples(st.just("atleast"), st.integers(1, len(held)), st.just(held)))
    return st.tuples(st.sampled_from(["and", "or"]), args) | votes


def _used(formula) -> set[str]:
    if isinstance(formula, bool):
        return set()
    return {formula} if isinstance(formula, str) else set().union(*map(_used, formula[-1]))


@given(trees())
@settings(max_examples=150, deadline=None)
def test_the_estate_fails_exactly_as_the_tree_does(tree):
    """For every set of basic events: the service is down when the top event happens, and each gate when it is true."""
    read = taken(as_mef(tree))
    needs = needs_of(read)
    certain = "top/true" in needs

    for count in range(len(tree.events) + 1):
        for failed in combinations(tree.events, count):
            truths = tree.truths(failed)
            found = down(needs, {*failed, "top/true"} if certain else failed)
            assert {gate: gate in found for gate in tree.gates if gate in needs} == {
                gate: truth for gate, truth in truths.items() if gate in needs
            }


@pytest.fixture(scope="module", params=ARALIA)
def benchmark(request, data):
    """A tree of the Aralia benchmark: as the reader gives it, and as another parser does."""
    path = data / "aralia" / f"{request.param}.xml"
    return taken(path.read_bytes()), parsed(path)


def test_the_trees_of_the_benchmark_are_read_as_they_are(benchmark):
    """For random failure sets, sparse and dense, every gate's state is its truth; and the figures are the file's."""
    read, tree = benchmark
    needs = needs_of(read)
    draw = random.Random(json.dumps(sorted(tree.events)))

    assert read.service == tree.top
    assert {i["id"]: i["unavailability"] for i in of_kind(read, "item") if i["class"] == "basic_event"} == tree.events
    for share in [0.02, 0.1, 0.3, 0.5, 0.8] * 2:
        failed = {event for event in sorted(tree.events) if draw.random() < share}
        assert down(needs, failed) - failed == {gate for gate, truth in tree.truths(failed).items() if truth}

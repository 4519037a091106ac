"""Fault trees as plain values: written as Open-PSA MEF, read from it by another parser, and evaluated directly."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cmdb.exchange.estate import Faults
from cmdb.exchange.open_psa import FaultTree, read
from tests.oracles.impact import down_of

Formula = Any
"""A name, True or False, ("and", [formulas]), ("or", [formulas]) or ("atleast", k, [formulas])."""


@dataclass(slots=True)
class Tree:
    """Gates with their formulas, basic events with their probabilities, house events with their truth."""

    top: str
    gates: dict[str, Formula]
    events: dict[str, float]
    houses: dict[str, bool] = field(default_factory=dict)

    def truths(self, failed: Iterable[str]) -> dict[str, bool]:
        """Return the truth of every gate when these basic events happen."""
        known: dict[str, bool] = {**dict.fromkeys(self.events, False), **self.houses}
        known.update(dict.fromkeys(failed, True))
        while len(known) < len(self.gates) + len(self.events) + len(self.houses):
            for gate, formula in self.gates.items():
                if gate not in known and _names(formula) <= known.keys():
                    known[gate] = _true(formula, known)
        return {gate: known[gate] for gate in self.gates}


def _names(formula: Formula) -> set[str]:
    if isinstance(formula, str):
        return {formula}
    return set() if isinstance(formula, bool) else set().union(*map(_names, formula[-1]))


def _true(formula: Formula, known: dict[str, bool]) -> bool:
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, str):
        return known[formula]
    values = [_true(each, known) for each in formula[-1]]
    least = {"and": len(values), "or": 1}.get(formula[0], formula[1])
    return sum(values) >= least


# as MEF --------------------------------------------------------------------------------------------------------------
def as_mef(tree: Tree) -> bytes:
    """Write a tree as a document, the figures apart from the gates."""
    lines = ["<opsa-mef>", '<define-fault-tree name="ft">']
    for gate, formula in tree.gates.items():
        lines.append(f'<define-gate name="{gate}">{_element(tree, formula)}</define-gate>')
    lines += ["</define-fault-tree>", "<model-data>"]
    for house, value in tree.houses.items():
        lines.append(f'<define-house-event name="{house}">{_constant(value)}</define-house-event>')
    for event, chance in tree.events.items():
        lines.append(f'<define-basic-event name="{event}"><float value="{chance!r}"/></define-basic-event>')
    return "\n".join([*lines, "</model-data>", "</opsa-mef>"]).encode()


def _constant(value: bool) -> str:
    return f'<constant value="{str(value).lower()}"/>'


def _element(tree: Tree, formula: Formula) -> str:
    if isinstance(formula, bool):
        return _constant(formula)
    if isinstance(formula, str):
        kind = "gate" if formula in tree.gates else "house-event" if formula in tree.houses else "basic-event"
        return f'<{kind} name="{formula}"/>'
    least = f' min="{formula[1]}"' if formula[0] == "atleast" else ""
    inner = "".join(_element(tree, each) for each in formula[-1])
    return f"<{formula[0]}{least}>{inner}</{formula[0]}>"


def parsed(path: Path) -> Tree:
    """Read a tree without constants from a file, with the parser of Python's library."""
    root = ElementTree.parse(path).getroot()
    gates = {}
    for gate in root.iter("define-gate"):
        gates[gate.attrib["name"]] = _formula(gate[0])
    events = {each.attrib["name"]: float(each[0].attrib["value"]) for each in root.iter("define-basic-event")}
    [top] = gates.keys() - set().union(*map(_names, gates.values()))
    return Tree(top, gates, events)


def _formula(element: ElementTree.Element) -> Formula:
    if element.tag not in ("and", "or", "atleast"):
        return element.attrib["name"]
    least = (int(element.attrib["min"]),) if element.tag == "atleast" else ()
    return (element.tag, *least, [_formula(each) for each in element])


# as an estate --------------------------------------------------------------------------------------------------------
def taken(content: bytes, **options: Any) -> FaultTree:
    """Return the tree as the reader gives it; nothing may be wrong with it."""
    faults = Faults()
    found = read(io.BytesIO(content), faults, **options)
    assert [(fault.line, fault.message) for fault in faults.problems] == []
    assert found is not None
    return found


def of_kind(tree: FaultTree, kind: str) -> list[dict[str, Any]]:
    """Return the records of one kind."""
    return [document for _, each, document, _ in tree.rows if each == kind]


def needs_of(tree: FaultTree) -> dict[str, list[dict[str, Any]]]:
    """Return what every CI of the estate requires, as the oracle of impact takes it."""
    needs: dict[str, list[dict[str, Any]]] = {item["id"]: [] for item in of_kind(tree, "item")}
    members: dict[tuple[str, str], set[str]] = {}
    for relation in of_kind(tree, "relation"):
        if "group" in relation:
            members.setdefault((relation["source"], relation["group"]), set()).add(relation["target"])
        else:
            alone = {"strength": "hard", "members": {relation["target"]}, "needs": 1}
            needs[relation["source"]].append(alone)
    for group in of_kind(tree, "group"):
        joined = members.pop((group["item"], group["name"]))
        assert group["needs"] <= len(joined)
        needs[group["item"]].append({"strength": "hard", "members": joined, "needs": group["needs"]})
    assert not members
    return needs


def down(needs: dict[str, list[dict[str, Any]]], failed: Iterable[str]) -> set[str]:
    """Return the CIs that are down, by brute force."""
    return down_of(needs, set(failed) & needs.keys())

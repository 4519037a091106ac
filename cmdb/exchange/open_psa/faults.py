"""What can be wrong with a fault tree in Open-PSA MEF: the sentence of each code, and the limits of a file."""

from __future__ import annotations

from typing import Any

from cmdb.exchange.estate.faults import Faults, Place, problem
from cmdb.exchange.estate.limits import MIB

MAX_BYTES = 256 * MIB  # of a file after unpacking
MAX_TAG = 4 * MIB  # bytes of one tag or comment
MAX_DEPTH = 64  # elements within one another inside one definition, so formulas within formulas as well
MOST_NAMES = 1_000  # beyond so many names nobody is offered a near one: comparing them all would take too long
IN_A_CYCLE = 12  # gates of a cycle that are named

SENTENCES = {
    # the file
    "open_psa.empty": "the file is empty; an Open-PSA model begins with <opsa-mef>",
    "open_psa.not_xml": "not XML: {what}, at column {column}",
    "open_psa.root": "the document is <{found}>; <opsa-mef> would be right",
    "open_psa.entities": (
        "the entity {name} is declared or used; entities are refused, since they can grow a small file to any size or"
        " read others: write the text itself"
    ),
    "open_psa.too_large": "the file unpacks to more than {limit} bytes; split the model into files of one tree each",
    "open_psa.tag_too_large": "a tag or comment has more than {limit} bytes; shorten it",
    "open_psa.too_deep": "elements are nested more than {limit} deep inside a definition; give inner formulas a gate",
    # elements
    "open_psa.unsupported": (
        "<{tag}> in <{parent}> is not read, and passing over it could make the result wrong; right would be one of"
        " {known}"
    ),
    "open_psa.attribute_missing": "<{tag}> has no {name}; {wanted} would be right",
    "open_psa.attribute_unknown": "unknown attribute {name} of <{tag}>; {hint}",
    "open_psa.attribute_value": "{name} of <{tag}> is {found}; {wanted} would be right",
    "open_psa.text": "{found} stands between the elements; text belongs into a <label>",
    "open_psa.children": "<{tag}> of {owner} holds {found}; {wanted} would be right",
    # names
    "open_psa.twice": "{kind} {name} is defined twice, first at line {first}; a name stands for one thing",
    "open_psa.undefined": "{owner} refers to {kind} {name}, which is not defined; {hint}",
    "open_psa.other_kind": "{owner} refers to {name} as {kind}, but line {first} defines it as {found}",
    "open_psa.ambiguous": (
        "{owner} refers to {name}, which may be that of line {first} or that of line {second}; write the full path"
    ),
    # gates
    "open_psa.not_coherent": (
        "gate {gate} uses <{operator}>, so the tree is not coherent: a repair could cause a failure; an estate holds"
        " <and>, <or> and <atleast>"
    ),
    "open_psa.counted_twice": (
        "gate {gate} counts {kind} {name} twice in one <atleast>; a member counts once, so say it with gates"
    ),
    "open_psa.cycle": "the gates depend on themselves: {cycle}; a fault tree has no cycle",
    "open_psa.several_tops": "{count} gates are used by no other: {gates}; name the one to import with --top",
    "open_psa.no_gates": "the file defines no gate; a fault tree has at least its top gate",
    "open_psa.unknown_top": "there is no gate {name}; {hint}",
    "open_psa.prefix": "{found} can not begin an id; text without control characters or spaces at its start is right",
    # figures
    "open_psa.no_probability": "basic event {name} has no probability; an expression such as <float> gives it",
    "open_psa.probability": "the probability of basic event {name} is {found}; a number from 0 to 1 would be right",
    "open_psa.arithmetic": "{owner}: <{tag}> of {found} has no result",
    "open_psa.parameter_cycle": "the parameters depend on themselves: {cycle}",
    "open_psa.units": "{owner} takes parameter {name} as {found}, but line {first} defines it as {wanted}",
    # the store
    "open_psa.id_taken": (
        "{count} ids of the tree ({ids}) are in the store from elsewhere ({sources}), and two things would become one;"
        " give the tree a --prefix, or the --source it came from"
    ),
    # remarks
    "open_psa.left_out": "{what}; the estate does not have them",
    "open_psa.stays": (
        "{count} records of an earlier import of this source stay, so the estate holds more than this tree;"
        " --retire-missing ends them"
    ),
}


def tell(faults: Faults, code: str, place: Place, **facts: Any) -> None:
    """Keep a fault of this module's sentences at a line, or at the pointer of an option."""
    faults.keep(problem(code, SENTENCES[code], place, **facts))

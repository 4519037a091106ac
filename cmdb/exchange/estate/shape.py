"""
The shape of one record of an estate file: which keys it has, and what may stand in each.

Every record passes a quick look first, which agrees with the thorough one on what is right and says nothing else; only
a record that fails it is examined key by key. So a sound file of millions costs little and a faulty one is told all.
Whether a class, a type or an attribute exists is not for this page to know.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from math import inf
from typing import Any

from cmdb.exchange.estate.faults import Faults, NotJson, Place, Twice, short, shown
from cmdb.exchange.estate.limits import MAX_DEPTH, MAX_INTEGER, MAX_NAME, MAX_TEXT
from cmdb.model.group import share_of

Document = dict[str, Any]
Report = Callable[..., None]
Shaped = tuple[Document, bool]
"""
A record in the store's own shape, and whether it is sound; an unsound one keeps those keys that are.

Within its attributes None stands for a value that is faulty, and for the attributes when they are no object at all, so
that whoever judges the rest neither misses them nor tells the same fault again.
"""

STRENGTHS = frozenset({"hard", "soft", "none"})
_NUMBERS = (int, float)


def shape(kind: str, value: Any, place: Place, faults: Faults) -> Shaped | None:
    """
    Return the record of this kind, or None when so much is wrong that nobody can tell which one it is.

    A key that has its default is left out: ``confidence`` 1, a group's ``strength`` "hard", empty ``attributes``.
    """
    if type(value) is dict and _QUICK[kind](value):
        return value, True
    return _thorough(kind, value, place, faults)


# the quick look ------------------------------------------------------------------------------------------------------
def is_name(text: Any) -> bool:
    """Tell whether a value is text that a name may be; ``isprintable`` is a quick yes for most of them."""
    if type(text) is not str or not 0 < len(text) <= MAX_NAME:
        return False
    return (text.isprintable() and text[0] != " " != text[-1]) or _unclean(text) is None


def _quick_item(value: Document) -> bool:
    if not (value.keys() <= _ITEM_KEYS and is_name(value.get("id")) and is_name(value.get("class"))):
        return False
    if "name" in value and not is_name(value["name"]):
        return False
    if "attributes" in value:
        attributes = value["attributes"]
        if type(attributes) is not dict:
            return False
        if not attributes:
            del value["attributes"]
        for key, held in attributes.items():
            if not (is_name(key) and held is not None and _plain(held, 1)):
                return False
    if "unavailability" in value and not _within(value["unavailability"], 0, 1):
        return False
    return "mtbf_hours" not in value or (_above(value["mtbf_hours"], MAX_INTEGER))


def _quick_relation(value: Document) -> bool:
    if not (
        value.keys() <= _RELATION_KEYS
        and is_name(value.get("source"))
        and is_name(value.get("target"))
        and is_name(value.get("type"))
    ):
        return False
    if "group" in value and not is_name(value["group"]):
        return False
    if "strength" in value and not (type(value["strength"]) is str and value["strength"] in STRENGTHS):
        return False
    if "confidence" in value:
        if not _above(value["confidence"], 1):
            return False
        if value["confidence"] == 1:
            del value["confidence"]
    return True


def _quick_group(value: Document) -> bool:
    if not (value.keys() <= _GROUP_KEYS and is_name(value.get("item")) and is_name(value.get("name"))):
        return False
    if not _is_needs(value.get("needs")):
        return False
    if "strength" in value:
        if not (type(value["strength"]) is str and value["strength"] in STRENGTHS):
            return False
        if value["strength"] == "hard":
            del value["strength"]
    return True


def _within(number: Any, low: float, high: float) -> bool:
    return type(number) in _NUMBERS and bool(low <= number <= high)


def _above(number: Any, high: float) -> bool:
    return type(number) in _NUMBERS and bool(0 < number <= high)


def _is_needs(needs: Any) -> bool:
    if type(needs) is int:
        return 1 <= needs <= MAX_INTEGER
    if type(needs) is not str:
        return False
    try:
        share_of(needs)
    except ValueError:
        return False
    return True


def _plain(value: Any, depth: int) -> bool:
    """Tell whether a value within attributes is right in every part."""
    kind = type(value)
    if kind is str:
        return len(value) <= MAX_TEXT
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    if kind is float:
        return bool(-inf < value < inf)
    if kind is list:
        return depth <= MAX_DEPTH and all(_plain(entry, depth + 1) for entry in value)
    if kind is dict:
        return depth <= MAX_DEPTH and all(len(k) <= MAX_NAME and _plain(v, depth + 1) for k, v in value.items())
    return value is None or kind is bool


# the thorough one ----------------------------------------------------------------------------------------------------
def _thorough(kind: str, value: Any, place: Place, faults: Faults) -> Shaped | None:
    before = faults.count
    if not isinstance(value, dict):
        faults.add("estate.wrong_type", place, key=f"this {kind}", found=shown(value), wanted="an object")
        return None
    keys = KEYS[kind]
    _twice(value, lambda code, *path, **facts: faults.add(code, place, *path, **facts))
    for key in value:
        if key not in keys:
            faults.add("estate.unknown_key", place, key, name=short(key), hint=hint(key, keys))
    document: Document = {}
    for key, (required, check) in keys.items():
        if key not in value:
            if required:
                faults.add("estate.missing_key", place, name=key, kind=f"every {kind}")
            continue
        sound = faults.count
        check(value[key], (key,), lambda code, *path, **facts: faults.add(code, place, *path, **facts))
        if faults.count == sound:
            document[key] = value[key]
        elif check is _attributes:
            document[key] = _sound_ones(value[key])
    if any(key not in document for key in IDENTITY[kind]) or ("group" in value and "group" not in document):
        return None
    return document, faults.count == before


def _sound_ones(attributes: Any) -> Document | None:
    """Return the attributes with None for each value that is faulty; None when they are no object."""
    if not isinstance(attributes, dict):
        return None
    repeated = attributes.repeated if isinstance(attributes, Twice) else ()
    return {
        key: value if key not in repeated and is_name(key) and _plain(value, 1) else None
        for key, value in attributes.items()
    }


def hint(name: str, known: Any) -> str:
    """Return what a reader of an unknown word may have meant."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}"


def _twice(value: Any, report: Report, *path: str | int) -> None:
    if isinstance(value, Twice):
        for key in value.repeated:
            report("estate.repeated_key", *path, key, name=short(key))


def _name(wanted: str) -> Callable[[Any, tuple[str | int, ...], Report], None]:
    def check(value: Any, path: tuple[str | int, ...], report: Report) -> None:
        if value is None:
            report("estate.null", *path)
        elif type(value) is not str:
            report("estate.wrong_type", *path, found=shown(value), wanted=wanted)
        elif not value:
            report("estate.text_empty", *path, wanted=wanted)
        elif len(value) > MAX_NAME:
            report("estate.text_long", *path, length=len(value), limit=MAX_NAME)
        elif (found := _unclean(value)) is not None:
            report("estate.text_unclean", *path, found=found)

    return check


def _unclean(text: str) -> str | None:
    """Return what keeps a text from being a name, or None."""
    if text != text.strip():
        return "spaces around it"
    for character in text:
        # C0, DEL, C1 and the two separators that editors take for the end of a line.
        if character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029":
            return f"the control character U+{ord(character):04X}"
    return None


def _number(wanted: str, right: Callable[[Any], bool]) -> Callable[[Any, tuple[str | int, ...], Report], None]:
    def check(value: Any, path: tuple[str | int, ...], report: Report) -> None:
        if value is None:
            report("estate.null", *path)
        elif isinstance(value, NotJson):
            report("estate.not_a_number", *path, found=value, wanted=wanted)
        elif type(value) not in _NUMBERS:
            report("estate.wrong_type", *path, found=shown(value), wanted=wanted)
        elif not right(value):
            report("estate.out_of_range", *path, found=shown(value), wanted=wanted)

    return check


def _strength(value: Any, path: tuple[str | int, ...], report: Report) -> None:
    if value is None:
        report("estate.null", *path)
    elif type(value) is not str or value not in STRENGTHS:
        report("estate.strength", *path, found=shown(value))


def _needs(value: Any, path: tuple[str | int, ...], report: Report) -> None:
    if not _is_needs(value):
        report("estate.needs", *path, found=shown(value))


def _attributes(value: Any, path: tuple[str | int, ...], report: Report) -> None:
    if value is None:
        report("estate.null", *path)
        return
    if not isinstance(value, dict):
        report("estate.wrong_type", *path, found=shown(value), wanted='an object such as {"site": "west"}')
        return
    _twice(value, report, *path)
    for key, held in value.items():
        _name("the name of an attribute")(key, (*path, key), report)
        if held is None:
            report("estate.null", *path, key)
        else:
            _inside(held, (*path, key), report, 1)


def _inside(value: Any, path: tuple[str | int, ...], report: Report, depth: int) -> None:
    """Report all that is wrong inside the value of an attribute."""
    if isinstance(value, NotJson):
        report("estate.not_a_number", *path, found=value, wanted="a number or a text")
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            report("estate.text_long", *path, length=len(value), limit=MAX_TEXT)
    elif type(value) is float:
        if value != value:
            report("estate.not_a_number", *path, found="NaN", wanted="a number or a text")
        elif not -inf < value < inf:
            report("estate.number_large", *path, limit="1.8e308")
    elif type(value) is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            report("estate.number_large", *path, limit=MAX_INTEGER)
    elif isinstance(value, (list, dict)):
        if depth > MAX_DEPTH:
            report("estate.too_deep", *path, limit=MAX_DEPTH)
            return
        _twice(value, report, *path)
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str) and len(key) > MAX_NAME:
                report("estate.text_long", *path, length=len(key), limit=MAX_NAME)
            _inside(entry, (*path, key), report, depth + 1)


_CHANCE = _number("a number from 0 to 1", lambda number: 0 <= number <= 1)
_HOURS = _number("a number of hours above 0", lambda number: 0 < number <= MAX_INTEGER)
_CONFIDENCE = _number("a number above 0, up to 1", lambda number: 0 < number <= 1)

KEYS: dict[str, dict[str, tuple[bool, Callable[[Any, tuple[str | int, ...], Report], None]]]] = {
    "item": {
        "id": (True, _name("a text that stays the item's own for ever")),
        "class": (True, _name("the name of a class")),
        "name": (False, _name("a text that people know it by")),
        "attributes": (False, _attributes),
        "unavailability": (False, _CHANCE),
        "mtbf_hours": (False, _HOURS),
    },
    "relation": {
        "source": (True, _name("the id of an item")),
        "target": (True, _name("the id of an item")),
        "type": (True, _name("the name of a relation type")),
        "group": (False, _name("the name of a group of the source")),
        "strength": (False, _strength),
        "confidence": (False, _CONFIDENCE),
    },
    "group": {
        "item": (True, _name("the id of an item")),
        "name": (True, _name("the name of the group")),
        "needs": (True, _needs),
        "strength": (False, _strength),
    },
}
IDENTITY = {"item": ("id",), "relation": ("source", "target", "type"), "group": ("item", "name")}
_ITEM_KEYS = KEYS["item"].keys()
_RELATION_KEYS = KEYS["relation"].keys()
_GROUP_KEYS = KEYS["group"].keys()
_QUICK = {"item": _quick_item, "relation": _quick_relation, "group": _quick_group}

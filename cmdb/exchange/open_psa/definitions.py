"""What a model defines: gates, basic events, house events and parameters, each from its element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.estate.shape import hint, is_name
from cmdb.exchange.open_psa.elements import CLOSE, OPEN, ROOT, Element, events
from cmdb.exchange.open_psa.expressions import Expression, expression_of
from cmdb.exchange.open_psa.faults import tell
from cmdb.exchange.open_psa.formulas import Formula, formula_of, truth_of

GATE, BASIC_EVENT, HOUSE_EVENT, PARAMETER = "gate", "basic-event", "house-event", "parameter"
_ABOUT = ("label", "attributes")
_EVENTS = ("define-gate", "define-basic-event", "define-house-event", "define-parameter")
_HOLDS = {
    ROOT: ("define-fault-tree", "model-data"),
    "define-fault-tree": (*_EVENTS, "define-component"),
    "define-component": (*_EVENTS, "define-component"),
    "model-data": _EVENTS[1:],
}
_ROLES = ("public", "private")


class Scope(NamedTuple):
    """Where something stands: the names of the fault tree and components around it, and the role that is usual."""

    names: tuple[str, ...] = ()
    private: bool = False


class Defined(NamedTuple):
    """
    One thing that the model defines.

    ``id`` is its name or, where that is private, its full path; ``path`` is always the latter. ``body`` is the Formula
    of a gate, the Expression of a basic event or parameter, the truth of a house event; None where it is faulty or (of
    a basic event) missing. ``unit`` is a parameter's.
    """

    kind: str
    id: str
    path: str
    scope: Scope
    line: int
    label: str | None
    tags: tuple[str, ...]
    body: Any
    unit: str | None = None


class Container(NamedTuple):
    """What is said about the model, a fault tree or a component as a whole."""

    tag: str
    name: str | None
    label: str | None
    tags: tuple[str, ...]


def definitions(stream: BinaryIO, faults: Faults) -> Iterator[Defined | Container]:
    """Yield what the model defines, and what is said about its containers when they end. Raises Stopped."""
    open_ones: list[tuple[Element, Scope, list[Element]]] = []
    for what, element in events(stream, faults):
        if what == OPEN:
            scope = Scope()
            if open_ones:
                _judge_place(element, open_ones[-1][0], faults)
                scope = _inner(element, open_ones[-1][1], faults)
            else:
                attribute_of(element, "name", faults, optional=True)
            open_ones.append((element, scope, []))
        elif what == CLOSE:
            _, _, about = open_ones.pop()
            yield Container(element.tag, element.attributes.get("name"), *_about(about, faults))
        elif element.tag in _ABOUT:
            open_ones[-1][2].append(element)
        elif _judge_place(element, open_ones[-1][0], faults):
            found = _defined(element, open_ones[-1][1], faults)
            if found is not None:
                yield found


def _judge_place(element: Element, parent: Element, faults: Faults) -> bool:
    if element.tag in _HOLDS[parent.tag]:
        return True
    known = ", ".join(f"<{tag}>" for tag in _HOLDS[parent.tag])
    tell(faults, "open_psa.unsupported", element.line, tag=element.tag, parent=parent.tag, known=known)
    return False


def _inner(element: Element, outer: Scope, faults: Faults) -> Scope:
    """Return the scope inside a container."""
    if element.tag == "model-data":
        _known_attributes(element, (), faults)
        return Scope()
    _known_attributes(element, ("name", "role"), faults)
    name = attribute_of(element, "name", faults) or f"line {element.line}"
    return Scope((*outer.names, name), _is_private(element, outer, faults))


def _is_private(element: Element, scope: Scope, faults: Faults) -> bool:
    role = element.attributes.get("role")
    if role is not None and role not in _ROLES:
        facts = {"name": "role", "tag": element.tag, "found": shown(role), "wanted": '"public" or "private"'}
        tell(faults, "open_psa.attribute_value", element.line, **facts)
    return scope.private if role is None else role == "private"


def attribute_of(element: Element, name: str, faults: Faults, *, optional: bool = False) -> str | None:
    """Return an attribute that is a name, None where it is missing or none; both are told."""
    value = element.attributes.get(name)
    wanted = "a name without control characters, slashes and spaces around it"
    if value is None:
        if not optional:
            tell(faults, "open_psa.attribute_missing", element.line, tag=element.tag, name=name, wanted=wanted)
        return None
    if is_name(value) and "/" not in value:
        return value
    facts = {"name": name, "tag": element.tag, "found": shown(value), "wanted": wanted}
    tell(faults, "open_psa.attribute_value", element.line, **facts)
    return None


def _known_attributes(element: Element, known: Iterable[str], faults: Faults) -> None:
    for name in element.attributes:
        # Names with a prefix belong to other vocabularies, such as that of schemas.
        if name not in known and name != "xmlns" and ":" not in name:
            facts = {"name": name, "tag": element.tag, "hint": hint(name, known) if known else "it has none"}
            tell(faults, "open_psa.attribute_unknown", element.line, **facts)


def _defined(element: Element, scope: Scope, faults: Faults) -> Defined | None:
    kind = element.tag.removeprefix("define-")
    _known_attributes(element, ("name", "role", "unit") if kind == PARAMETER else ("name", "role"), faults)
    name = attribute_of(element, "name", faults)
    private = _is_private(element, scope, faults) and bool(scope.names)
    label, tags = _about([child for child in element.children if child.tag in _ABOUT], faults)
    held = [child for child in element.children if child.tag not in _ABOUT]
    body = _body(kind, name or f"of line {element.line}", element, held, faults)
    if name is None:
        return None
    path = ".".join((*scope.names, name))
    unit = element.attributes.get("unit")
    return Defined(kind, path if private else name, path, scope, element.line, label, tags, body, unit)


def _body(kind: str, name: str, element: Element, held: list[Element], faults: Faults) -> Any:
    """Return what a definition says its thing is; that it says it once is judged here."""
    least = 0 if kind in (BASIC_EVENT, HOUSE_EVENT) else 1
    if not least <= len(held) <= 1:
        found = ", ".join(f"<{child.tag}>" for child in held) or "nothing"
        wanted = "one formula" if kind == GATE else "one constant" if kind == HOUSE_EVENT else "one expression"
        owner = f"{kind} {name}"
        tell(faults, "open_psa.children", element.line, tag=element.tag, owner=owner, found=found, wanted=wanted)
        return None
    if kind == HOUSE_EVENT:
        return truth_of(held[0], f"{kind} {name}", faults) if held else False
    if not held:
        tell(faults, "open_psa.no_probability", element.line, name=name)
        return None
    body: Formula | Expression | None
    body = formula_of(held[0], name, faults) if kind == GATE else expression_of(held[0], f"{kind} {name}", faults)
    return body


def _about(elements: list[Element], faults: Faults) -> tuple[str | None, tuple[str, ...]]:
    """Return the label, in one line, and the attributes as texts "name=value"."""
    label, tags = None, []
    for element in elements:
        if element.tag == "label":
            label = " ".join(element.text.split()) or None
            continue
        for child in element.children:
            if child.tag != "attribute":
                facts = {"tag": child.tag, "parent": "attributes", "known": "<attribute>"}
                tell(faults, "open_psa.unsupported", child.line, **facts)
                continue
            tags.append(f"{child.attributes.get('name', '')}={child.attributes.get('value', '')}")
    return label, tuple(tags)

"""The records of an estate for the tree below one gate of a sound model, and remarks on what is in none of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cmdb.errors import Problem
from cmdb.exchange.estate.faults import Faults, Place, problem
from cmdb.exchange.estate.limits import MAX_NAME
from cmdb.exchange.estate.shape import is_name
from cmdb.exchange.open_psa.definitions import BASIC_EVENT, GATE, HOUSE_EVENT, Container, Defined
from cmdb.exchange.open_psa.faults import SENTENCES
from cmdb.exchange.open_psa.folding import Gate, below, folded
from cmdb.exchange.open_psa.model import Model

Row = tuple[Place, str, dict[str, Any], bool]
_KINDS = ("item", "relation", "group")
_TYPE = "depends_on"


class FaultTree(NamedTuple):
    """
    A fault tree as records of an estate.

    ``service`` is the id of the CI that stands for the top gate. ``items``, ``relations`` and ``groups`` count the
    ``rows``, which are as those of :func:`cmdb.exchange.estate.read`. ``notes`` tell what of the file is in none.
    """

    service: str
    items: int
    relations: int
    groups: int
    rows: tuple[Row, ...]
    notes: tuple[Problem, ...]


def tree_of(model: Model, top: Defined, prefix: str, faults: Faults) -> FaultTree:
    """Return the records of what is below a gate; ``faults`` tells of ids that are too long."""
    formulas = {name: model.names.events[name].body for name in model.order}
    gates, decided = folded(model.order, formulas, model.meaning)
    chances = dict(model.chances)
    if top.id in decided:
        # Without arguments a gate never fails. What always fails must be a CI, for a service to depend on it.
        always = (f"{top.id}/true",) if decided[top.id] else ()
        gates[top.id] = Gate(top.id, "or", 1, always, top.line)
        chances.update(dict.fromkeys(always, 1.0))
    writer = _Writer(model, top, prefix, gates, chances)
    kept = list(below(top.id, gates))
    rows = sorted((row for name in kept for row in writer.rows(name)), key=lambda row: (_KINDS.index(row[1]), row[0]))
    for line, kind, document, _ in rows:
        if kind == "item" and len(document["id"]) > MAX_NAME:
            faults.add("estate.text_long", line, "id", length=len(document["id"]), limit=MAX_NAME)
    items, relations, groups = (sum(row[1] == kind for row in rows) for kind in _KINDS)
    return FaultTree(prefix + top.id, items, relations, groups, tuple(rows), tuple(_notes(model, top, set(kept))))


class _Writer:
    """Writes the records of each gate and basic event."""

    def __init__(
        self, model: Model, top: Defined, prefix: str, gates: dict[str, Gate], chances: dict[str, float]
    ) -> None:
        self._model = model
        self._top = top
        self._prefix = prefix
        self._gates = gates
        self._chances = chances

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the item of a gate or basic event and, of a gate, its relations and group."""
        gate, defined = self._gates.get(name), self._model.names.events.get(name)
        item = _item(self._prefix + name, name, defined)
        if gate is None:
            line = defined.line if defined is not None else self._top.line
            yield line, "item", {**item, "class": "basic_event", "unavailability": self._chances[name]}, True
            return
        line = defined.line if defined is not None else gate.line
        if defined is self._top:
            item = {**item, "class": "service", **self._about_tree(item)}
        yield line, "item", {**item, "unavailability": 0}, True
        group = {} if gate.least == 1 else {"group": gate.operator}
        for argument in gate.args:
            ends = {"source": self._prefix + name, "target": self._prefix + argument, "type": _TYPE}
            yield gate.line, "relation", {**ends, **group}, True
        if group:
            needs = len(gate.args) - gate.least + 1
            yield gate.line, "group", {"item": self._prefix + name, "name": gate.operator, "needs": needs}, True

    def _about_tree(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the service's attributes: those of its gate, and what the file says of tree and model."""
        attributes = dict(item.get("attributes", {}))
        around = [one for one in self._model.containers if _is_around(one, self._top)]
        labels = [one.label for one in around if one.label]
        tags = [*attributes.get("tags", ()), *(tag for one in around for tag in one.tags)]
        if labels:
            attributes.setdefault("description", "; ".join(labels))
        if tags:
            attributes["tags"] = tags
        return {"attributes": attributes} if attributes else {}


def _item(ci_id: str, name: str, defined: Defined | None) -> dict[str, Any]:
    """Return what an item says of a definition: its label is the name that people know it by, if it can be one."""
    item: dict[str, Any] = {"id": ci_id, "class": "logical_gate", "name": name}
    if defined is None:
        return item
    label = defined.label or defined.path.rpartition(".")[2]
    attributes: dict[str, Any] = {"tags": list(defined.tags)} if defined.tags else {}
    if is_name(label):
        item["name"] = label
    else:
        attributes["description"] = label
    return {**item, "attributes": attributes} if attributes else item


def _is_around(container: Container, top: Defined) -> bool:
    tree = top.scope.names[0] if top.scope.names else None
    return container.tag == "opsa-mef" or (container.tag == "define-fault-tree" and container.name == tree)


def _notes(model: Model, top: Defined, kept: set[str]) -> Iterator[Problem]:
    """Yield what of the file is in no record."""
    reached, work = {top.id}, [top.id]
    meant: dict[str, list[str]] = {}
    for (owner, _), one in model.meant.items():
        meant.setdefault(owner, []).append(one.id)
    for name in work:
        fresh = set(meant.get(name, ())) - reached
        reached |= fresh
        work += sorted(fresh)
    left = [one for one in model.names.events.values() if one.kind != HOUSE_EVENT and one.id not in kept]
    for several, why in (
        ([one for one in left if one.id not in reached], f"are not below {top.id}"),
        ([one for one in left if one.id in reached], "can not matter, as house events and constants decide"),
    ):
        if several:
            gates, events = (sum(one.kind == kind for one in several) for kind in (GATE, BASIC_EVENT))
            yield _left_out(several[0].line, f"{gates} gates and {events} basic events {why}")
    about = [one for one in model.containers if (one.label or one.tags) and not _is_around(one, top)]
    if about:
        yield _left_out(top.line, f"{len(about)} fault trees or components have labels or attributes of their own")


def _left_out(line: int, what: str) -> Problem:
    return problem("open_psa.left_out", SENTENCES["open_psa.left_out"], line, what=what)

"""The connections of the register form: sentences about a CI and its neighbours, as relations and groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from cmdb.configuration.catalogue import Catalogue
from web.pages.forms import Form, Place

PLAIN = "depends_on"
COUNTS = [
    ("type", "as the relation's type says"),
    ("hard", "needed: without it, it goes down"),
    ("soft", "helpful: without it, it runs with less"),
    ("none", "no impact"),
    ("group", "a spare: any so many of a group"),
]
_LABELS = {"source": "cis", "target": "cis", "type": "type", "group": "group", "needs": "needs", "strength": "counts"}
_WORDS = {"cis": "CIs", "type": "relation", "group": "group", "needs": "needs", "counts": "counts as"}


@dataclass(slots=True)
class Connections:
    """
    What the form's rows state: relations and groups as documents of the estate format, each with its place.

    ``relation_rows`` and ``group_rows`` are the rows they come from, where the desk's faults lead back to the field.
    """

    relations: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    relation_rows: list[str] = field(default_factory=list)
    group_rows: list[str] = field(default_factory=list)


def type_choices(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Return the relation types by both of their readings, for a select field."""
    types = [each for each in catalogue.relation_types.values() if not each.retired]
    # The plain one comes first: most connections need nothing more exact.
    types.sort(key=lambda each: (each.name != PLAIN, each.reading, each.name))
    return [(each.name, f"{each.reading} / {each.reverse}") for each in types]


def connections_of(form: Form, ci: str) -> Connections:
    """Return the connections of the CI; what is wrong with a row by itself is kept in the form."""
    found = Connections()
    stated: dict[tuple[str, str], str] = {}
    for row in form.rows:
        others = form.lines(f"{row}.cis")
        if not others:
            _expect_cis(form, row)
            continue
        inward = form.value(f"{row}.way") == "in"
        for other in dict.fromkeys(others):
            source, target = (other, ci) if inward else (ci, other)
            relation = {"source": source, "type": form.value(f"{row}.type"), "target": target, **_counted(form, row)}
            found.relations.append(relation)
            found.relation_rows.append(row)
        for item in dict.fromkeys(others) if inward else (ci,):
            _add_group(form, row, item, stated, found)
    return found


def place_of(pointer: str, found: Connections, form: Form) -> Place | None:
    """Return the field of a fault that lies in a connection, None if it lies elsewhere."""
    match = re.fullmatch(r"/(relations|groups)/(\d+)(?:/(\w+))?.*", pointer, re.ASCII)
    if match is None:
        return None
    row = (found.relation_rows if match[1] == "relations" else found.group_rows)[int(match[2])]
    name = _LABELS.get(match[3] or "", "needs" if match[1] == "groups" else "cis")
    return f"{row}.{name}", f"Connection {form.rows.index(row) + 1}, {_WORDS[name]}"


def _counted(form: Form, row: str) -> dict[str, Any]:
    counts = form.value(f"{row}.counts")
    if counts == "group":
        name = form.text(f"{row}.group")
        if not name:
            _fault(form, row, "group", "a spare belongs to a group; give it a name such as web")
        return {"group": name} if name else {}
    return {"strength": counts} if counts in ("hard", "soft", "none") else {}


def _add_group(form: Form, row: str, item: str, stated: dict[tuple[str, str], str], found: Connections) -> None:
    name, needs = form.text(f"{row}.group"), form.text(f"{row}.needs")
    if form.value(f"{row}.counts") != "group":
        for part, text in (("group", name), ("needs", needs)):
            if text:
                _fault(form, row, part, "this is for a spare of a group; choose that above, or leave it empty")
        return
    before = stated.setdefault((item, name), needs)
    if before != needs:
        _fault(form, row, "needs", f"another connection says that group {name} needs {before or 'nothing new'}")
    elif name and needs and {"item": item, "name": name, "needs": _needs(needs)} not in found.groups:
        found.groups.append({"item": item, "name": name, "needs": _needs(needs)})
        found.group_rows.append(row)


def _expect_cis(form: Form, row: str) -> None:
    """Tell of a row that says something but names no CI."""
    if form.text(f"{row}.group") or form.text(f"{row}.needs"):
        _fault(form, row, "cis", "name the CIs of this connection, one id a line")


def _needs(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else text


def _fault(form: Form, row: str, name: str, message: str) -> None:
    form.fault(f"{row}.{name}", f"Connection {form.rows.index(row) + 1}, {_WORDS[name]}", message)

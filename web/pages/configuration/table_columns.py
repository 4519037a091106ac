"""What the columns of a table mean, as choices on a page, and back to the mapping that the desk takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.tables.report import TableReport
from cmdb.model.table_mapping import TableMapping
from web.pages.forms import Form

NOTHING = ""
_WHY = {
    "unknown": "no attribute or relation is called like it",
    "unit": "its unit is not the attribute's",
    "taken": "another column has that already",
}


class Column(NamedTuple):
    """One column: its field, what heads it, what it means as a choice, and why it means nothing."""

    name: str
    column: str
    meaning: str
    why: str


def meanings_of(report: TableReport) -> list[Column]:
    """Return the columns of a table with what each means now."""
    why = dict(report.unmapped)
    return [
        Column(f"c{n}", column, _meaning(report.mapping, column), _WHY.get(why.get(column, ""), ""))
        for n, column in enumerate(report.columns)
        if column
    ]


def column_choices(catalogue: Catalogue, report: TableReport) -> list[tuple[str, str]]:
    """Return what a column can mean, and what columns of this table mean now that nothing else would."""
    mapping = report.mapping
    classes = [mapping.ci_class] if mapping.ci_class and not mapping.class_column else sorted(catalogue.classes)
    attributes: dict[str, str] = {}
    for each in classes:
        for attribute in catalogue.attributes_of(each).values():
            attributes.setdefault(attribute.name, attribute.label or attribute.name)
    choices = [(NOTHING, "nothing: it is not read"), ("id", "the id"), ("name", "the name"), ("class", "the class")]
    choices += [
        (f"a:{name}", f"attribute {label}" + (f" ({name})" if label.lower() != name else ""))
        for name, label in sorted(attributes.items())
    ]
    for name, kind in sorted(catalogue.relation_types.items()):
        choices += [(f"r:{name}", f"what it {kind.reading}"), (f"R:{name}", f"what it {kind.reverse}")]
    known = {value for value, _ in choices}
    more = {_meaning(mapping, column) for column in report.columns if column} - known
    return [*choices, *((each, _words(each)) for each in sorted(more))]


def mapping_in(form: Form) -> dict[str, Any] | None:
    """Return the mapping that a form states, from the one it was shown with; None where it states none."""
    if form.value("do") == "anew" or not form.value("mapping"):
        return None
    try:
        document, columns = json.loads(form.value("mapping")), json.loads(form.value("columns"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(columns, list):
        return None
    kept = {key: document[key] for key in ("separators", "empty", "sheet", "header", "encoding", "delimiter")
            if document.get(key) is not None}  # fmt: skip
    found: dict[str, Any] = {**kept, "attributes": {}, "relations": []}
    if form.value("class"):
        found["class"] = form.value("class")
    for column, role in _roles(form, columns):
        kind, _, name = role.partition(":")
        if kind in ("id", "name", "class"):
            found["class_column" if kind == "class" else kind] = column
        elif kind == "a":
            found["attributes"][column] = name
        elif kind in ("r", "R"):
            found["relations"].append({"column": column, "type": name, "reverse": kind == "R"})
    return found


def _roles(form: Form, columns: list[Any]) -> Iterator[tuple[str, str]]:
    for n, column in enumerate(columns):
        for role in form.value(f"c{n}").split(","):
            if role and isinstance(column, str):
                yield column, role


def _meaning(mapping: TableMapping, column: str) -> str:
    """Return what a column means: one thing mostly, several with commas between."""
    roles = [
        word
        for word, named in (("id", mapping.id_column), ("name", mapping.name_column), ("class", mapping.class_column))
        if named == column
    ]
    roles += [f"a:{mapping.attributes[column]}"] if column in mapping.attributes else []
    roles += [f"{'R' if each.reverse else 'r'}:{each.type}" for each in mapping.relations if each.column == column]
    return ",".join(roles)


def _words(meaning: str) -> str:
    words = {"id": "the id", "name": "the name", "class": "the class"}
    return " and ".join(words.get(each) or f"attribute {each[2:]}" for each in meaning.split(","))

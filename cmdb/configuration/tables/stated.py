"""A mapping as people write it in a file: read strictly, every fault at its place; and judged against a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.faults import hint, shown
from cmdb.errors import Problem
from cmdb.exchange.documents import from_json, from_yaml
from cmdb.exchange.estate import Faults, problem
from cmdb.model.table_mapping import EMPTY, SEPARATORS, RelationColumn, TableMapping

SENTENCES = {
    "table_mapping.not_object": 'it is {found}; an object such as {{"id": "Asset", "class": "server"}} would be right',
    "table_mapping.unknown_key": "there is no key {name}; {hint}",
    "table_mapping.missing": "{key} is missing; right would be {wanted}",
    "table_mapping.wrong": "{key} is {found}; right would be {wanted}",
    "table_mapping.column": "the table has no column {name}; {hint}",
    "table_mapping.twice": "{name} is named by two columns, {first} and {second}; one would be right",
    "table_mapping.attribute": "there is no attribute {name} in {classes}; {hint}",
    "table_mapping.class": "there is no class {name}; {hint}",
    "table_mapping.relation_type": "there is no relation type {name}; {hint}",
    "table_mapping.no_class": "no column says of which class a row is; name the class, or a column that does",
    "table_mapping.no_id": "no column can be the id of a row: {columns}; name it in a mapping",
}
_TEXTS = ("id", "class", "class_column", "name", "separators", "sheet", "encoding", "delimiter")
_KEYS = frozenset((*_TEXTS, "source", "attributes", "relations", "empty", "header"))
_A_TEXT = "the name of a column, such as Hostname"
Tell = Callable[..., None]


def document_of(text: str) -> Any:
    """
    Return the document of a mapping's text, JSON or YAML.

    Raises:
        InvalidInput: it is neither.
    """
    faults = Faults()
    document = (from_json if text.lstrip().startswith("{") else from_yaml)(text, faults)
    faults.refuse("the mapping")
    return document


def mapping_of(document: Any, source: str) -> tuple[TableMapping | None, list[Problem]]:
    """Return the mapping that a document states for a source, None where it is faulty, and all its faults."""
    problems: list[Problem] = []

    def tell(code: str, *steps: str | int, **facts: Any) -> None:
        problems.append(problem(code, SENTENCES[code], "/mapping", *steps, **facts))

    if not isinstance(document, Mapping):
        tell("table_mapping.not_object", found=shown(document))
        return None, problems
    for key in document:
        if key not in _KEYS:
            tell("table_mapping.unknown_key", str(key), name=shown(key), hint=hint(key, _KEYS))
    if document.get("id") is None:
        tell("table_mapping.missing", "id", key="id", wanted=_A_TEXT)
    texts = {key: _text(document, key, tell) for key in _TEXTS}
    attributes = _attributes(document.get("attributes", {}), tell)
    relations = _relations(document.get("relations", []), tell)
    empty = document.get("empty", list(EMPTY))
    if not isinstance(empty, (list, tuple)) or not all(isinstance(text, str) for text in empty):
        tell("table_mapping.wrong", "empty", key="empty", found=shown(empty), wanted='a list such as ["-", "N/A"]')
    header = document.get("header", 1)
    if type(header) is not int or not 1 <= header <= 1000:
        tell("table_mapping.wrong", "header", key="header", found=shown(header), wanted="a whole number from 1 to 1000")
    if problems:
        return None, problems
    return TableMapping(
        source,
        texts["id"] or "",
        texts["class"],
        texts["class_column"],
        texts["name"],
        attributes,
        relations,
        texts["separators"] or SEPARATORS,
        tuple(empty),
        texts["sheet"],
        header,
        texts["encoding"],
        texts["delimiter"],
    ), problems


def _text(document: Mapping[str, Any], key: str, tell: Tell) -> str | None:
    value = document.get(key)
    if value is not None and not (isinstance(value, str) and value):
        tell("table_mapping.wrong", key, key=key, found=shown(value), wanted="a text that is not empty")
        return None
    return value


def _attributes(value: Any, tell: Tell) -> dict[str, str]:
    if not isinstance(value, Mapping):
        wanted = 'an object of columns and attributes such as {"CPU": "cpu_cores"}'
        tell("table_mapping.wrong", "attributes", key="attributes", found=shown(value), wanted=wanted)
        return {}
    first: dict[str, str] = {}
    for column, name in value.items():
        if not isinstance(column, str) or not isinstance(name, str):
            facts = {"key": f"attributes {shown(column)}", "found": shown(name), "wanted": "the name of an attribute"}
            tell("table_mapping.wrong", "attributes", str(column), **facts)
        elif first.setdefault(name, column) != column:
            tell("table_mapping.twice", "attributes", column, name=name, first=first[name], second=column)
    return {str(column): str(name) for column, name in value.items()}


def _relations(value: Any, tell: Tell) -> tuple[RelationColumn, ...]:
    found = []
    wanted = 'a list such as [{"column": "Depends on", "type": "depends_on"}]'
    if not isinstance(value, (list, tuple)):
        tell("table_mapping.wrong", "relations", key="relations", found=shown(value), wanted=wanted)
        return ()
    for number, entry in enumerate(value):
        stated = dict(entry) if isinstance(entry, Mapping) else {}
        column, kind, reverse = stated.pop("column", None), stated.pop("type", None), stated.pop("reverse", False)
        if not (isinstance(column, str) and isinstance(kind, str) and isinstance(reverse, bool)) or stated:
            facts = {"key": f"relation {number + 1}", "found": shown(entry), "wanted": wanted}
            tell("table_mapping.wrong", "relations", number, **facts)
        else:
            found.append(RelationColumn(column, kind, reverse))
    return tuple(found)


def misfits(
    mapping: TableMapping, columns: Sequence[str], catalogue: Catalogue, classes: Sequence[str]
) -> list[Problem]:
    """Return what of a mapping does not fit a table of these columns, whose rows are of these classes."""
    problems: list[Problem] = []

    def tell(code: str, *steps: str | int, **facts: Any) -> None:
        problems.append(problem(code, SENTENCES[code], "/mapping", *steps, **facts))

    for column in mapping.columns:
        if column not in columns:
            tell("table_mapping.column", name=shown(column), hint=hint(column, [each for each in columns if each]))
    if mapping.ci_class is None and mapping.class_column is None:
        tell("table_mapping.no_class", "class")
    if mapping.ci_class is not None and mapping.ci_class not in catalogue.classes:
        facts = {"name": shown(mapping.ci_class), "hint": hint(mapping.ci_class, catalogue.classes)}
        problems.append(Problem("table_mapping.class", SENTENCES["table_mapping.class"], facts, "/class"))
    known = sorted({name for each in classes for name in catalogue.attributes_of(each)})
    for column, name in mapping.attributes.items():
        if known and name not in known:
            facts = {"name": shown(name), "classes": ", ".join(classes)[:200], "hint": hint(name, known)}
            tell("table_mapping.attribute", "attributes", column, **facts)
    for number, each in enumerate(mapping.relations):
        if each.type not in catalogue.relation_types:
            facts = {"name": shown(each.type), "hint": hint(each.type, catalogue.relation_types)}
            tell("table_mapping.relation_type", "relations", number, **facts)
    return problems

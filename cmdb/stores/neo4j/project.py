"""
The graph for people: what lives now, as nodes and relationships that read well in a browser and in Cypher.

    (:CI:Server {id, name, class, status, and each plain attribute})
    (:CI)-[:RUNS_ON {key, strength, group, confidence}]->(:CI)
    (:CI)-[:HAS_GROUP]->(:Group {name, needs, strength})
    (:Change {id, title, state, ...})-[:TOUCHES]->(:CI), and so on for every other kind and what it refers to

It is derived from the ledger in the transactions that write the ledger, and can be made anew at any time. Every node
is a ``_Node`` too, found by ``_id``; what is referred to but does not live is nothing but that, and no pattern with
another label meets it. Labels and types are letters, digits and underscores, whatever they were made from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cmdb.stores import batch
from cmdb.stores.neo4j.schema import Shape
from cmdb.stores.neo4j.texts import LENGTH, bounded

RELATION = "relation"
_OWN_LABELS = frozenset(("CI", "Group", "Change"))
_NAMES = {"ci": "CI"}
_TYPES = {("change", "targets.ci"): "TOUCHES"}
_RELATION_FIELDS = ("strength", "group", "confidence")
_RESERVED = frozenset(("_id", "id", "key", "name", "class", "status"))
_PLAIN = (str, int, float, bool)
# What goes out of a node for its own document: relations are documents, and a group is what refers to its CI.
REFERENCE = "r.key IS NULL AND NOT (type(r) = 'HAS_GROUP' AND o:Group)"


class Became(NamedTuple):
    """
    What a document became, None where it ended, and what it was before, None where it did not live.

    A former document that is empty is one that can no longer be read (:func:`former_of`).
    """

    key: str
    document: dict[str, Any] | None
    former: dict[str, Any] | None


class Node(NamedTuple):
    """A node as it shall be: its labels besides ``_Node``, its properties, and (type, id, into it?) for each link."""

    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]
    links: tuple[tuple[str, str, bool], ...]


class Link(NamedTuple):
    """A relation as it shall be, between the nodes ``source`` and ``target``."""

    key: str
    source: str
    type: str
    target: str
    properties: dict[str, Any]


# names ---------------------------------------------------------------------------------------------------------------
def label_of(name: str) -> str:
    """
    Return a label for the name of a class or kind, letters and digits only.

    >>> label_of("network_device"), label_of("a`) DETACH DELETE n //"), label_of("数据库"), label_of("9")
    ('NetworkDevice', 'ADetachDeleteN', 'Unnamed', 'X9')
    """
    parts = re.findall(r"[A-Za-z0-9]+", name)
    label = "".join(
        part[0].upper() + part[1:].lower() if part.isupper() else part[0].upper() + part[1:] for part in parts
    )
    return (label if not label[:1].isdigit() else f"X{label}")[:100] or "Unnamed"


def type_of(name: str) -> str:
    """
    Return a relationship type for the name of a relation type or field.

    >>> type_of("runs_on"), type_of("a`]->() DELETE r //"), type_of("")
    ('RUNS_ON', 'A_DELETE_R', 'UNNAMED')
    """
    text = "_".join(re.findall(r"[A-Z0-9]+", name.upper()))
    return (text if not text[:1].isdigit() else f"X_{text}")[:100] or "UNNAMED"


def node_id(kind: str, key: str) -> str:
    """Return what finds the node of a document."""
    return bounded(f"{kind}:{key}")


def _shown(text: str) -> str:
    """Return an id as people see it; an index must be able to hold it."""
    return text if len(text) <= LENGTH else bounded(text)


def _property(name: str) -> str:
    return name.replace("\0", "\ufffd") or "_"


def former_of(text: str | None) -> dict[str, Any] | None:
    """Return what a document was before, empty where that is damaged: nobody must be kept from writing over it."""
    try:
        found = batch.document(text)
    except (ValueError, RecursionError):
        return {}
    return found if found is None or isinstance(found, dict) else {}


# what shall be there -------------------------------------------------------------------------------------------------
def node_of(shape: Shape, key: str, document: dict[str, Any]) -> Node:
    """Return the node of a document that is no relation."""
    own = node_id(shape.name, key)
    label = _NAMES.get(shape.name) or label_of(shape.name)
    labels = [label]
    properties = {_property(name): value for name, value in document.items() if isinstance(value, _PLAIN)}
    if shape.name == "ci":
        class_label = label_of(str(document.get("class", "")))
        labels.append(f"{class_label}Class" if class_label in _OWN_LABELS else class_label)
        # A document leaves out what goes without saying; a query should not have to.
        properties.setdefault("status", "active")
        attributes = document.get("attributes")
        for name, value in attributes.items() if isinstance(attributes, dict) else ():
            if isinstance(value, _PLAIN):
                taken = name in _RESERVED or name in document
                properties[_property(f"attributes.{name}" if taken else name)] = value
    if isinstance(id_ := properties.get("id"), str):
        properties["id"] = _shown(id_)
    properties["_id"] = own
    return Node(own, tuple(labels), properties, tuple(sorted(set(_links(shape, document)))))


def _links(shape: Shape, document: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for path, target in shape.refs.items():
        into = (shape.name, path) == ("group", "item")
        type_ = "HAS_GROUP" if into else _TYPES.get((shape.name, path)) or type_of(path)
        for key in _reached(document, path.split(".")):
            yield type_, node_id(target, key), into


def _reached(value: Any, steps: Sequence[str]) -> Iterator[str]:
    """Yield the texts that a path leads to, through lists."""
    if isinstance(value, list):
        for item in value:
            yield from _reached(item, steps)
    elif steps and isinstance(value, dict):
        yield from _reached(value.get(steps[0]), steps[1:])
    elif not steps and isinstance(value, str):
        yield value


def link_of(key: str, document: dict[str, Any]) -> Link:
    """Return the relationship of a relation."""
    properties = {name: value for name in _RELATION_FIELDS if isinstance(value := document.get(name), _PLAIN)}
    ends = [node_id("ci", str(document.get(end))) for end in ("source", "target")]
    kind = type_of(str(document.get("type", "")))
    return Link(key, ends[0], kind, ends[1], {**properties, "key": key})


# writing it ----------------------------------------------------------------------------------------------------------
def project(tx: Any, changes: Sequence[tuple[Shape, Sequence[Became]]]) -> None:
    """Bring the graph to what documents became; relations that go, go first, and those that come, come last."""
    for shape, became in changes:
        if shape.name == RELATION:
            unlink(tx, [one.key for one in became if one.former is not None])
    for shape, became in changes:
        if shape.name != RELATION:
            _end(tx, [node_id(shape.name, one.key) for one in became if one.document is None])
            _put_nodes(tx, [_turn(shape, one, one.document) for one in became if one.document is not None])
    for shape, became in changes:
        if shape.name == RELATION:
            put_links(tx, [link_of(one.key, one.document) for one in became if one.document is not None])


def unlink(tx: Any, keys: Sequence[str]) -> None:
    """Remove the relationships of relations."""
    rows = []
    for key in keys:
        source, _, target, _ = json.loads(key)
        rows.append({"key": key, "source": node_id("ci", str(source)), "target": node_id("ci", str(target))})
    if rows:
        tx.run(
            "UNWIND $rows AS row MATCH (a:_Node {_id: row.source}) MATCH (b:_Node {_id: row.target})"
            " MATCH (a)-[r]->(b) WHERE r.key = row.key DELETE r",
            rows=rows,
        ).consume()


def _end(tx: Any, ids: Sequence[str]) -> None:
    """Take away nodes; where others refer to one, what they refer to stays as a nameless node."""
    if ids:
        tx.run(
            "UNWIND $ids AS id MATCH (n:_Node {_id: id}) CALL (n) { MATCH (n)-[r]->() DELETE r }"
            " CALL (n) { MATCH (n)<-[r:HAS_GROUP]-() WHERE n:Group DELETE r }"
            " WITH n, id, [l IN labels(n) WHERE l <> '_Node'] AS old SET n = {_id: id} REMOVE n:$(old)",
            ids=ids,
        ).consume()
        tx.run("UNWIND $ids AS id MATCH (n:_Node {_id: id}) WHERE NOT (n)--() DELETE n", ids=ids).consume()


def _turn(shape: Shape, became: Became, document: dict[str, Any]) -> tuple[Node, Node | None]:
    """Return the node of a document as it shall be, and as it was."""
    node = node_of(shape, became.key, document)
    if became.former is None:
        return node, None
    return node, node_of(shape, became.key, became.former) if became.former else _unlike(node)


def _unlike(node: Node) -> Node:
    """Return a node that differs in labels and links, so that all of it is made anew."""
    return Node(node.id, (), {}, (("", "", False),))


def _put_nodes(tx: Any, nodes: Sequence[tuple[Node, Node | None]]) -> None:
    """Make or renew nodes, each with the relationships to what it refers to; most keep their labels and references."""
    rows = sorted(nodes, key=lambda one: one[0].labels)
    for labels, those in groupby(rows, key=lambda one: one[0].labels):
        some = list(those)
        named = "".join(f":{label}" for label in labels)
        given = [{"id": node.id, "set": node.properties} for node, _ in some]
        tx.run(
            f"UNWIND $rows AS row MERGE (n:_Node {{_id: row.id}}) SET n = row.set SET n{named}", rows=given
        ).consume()
        old = [node.id for node, former in some if former is not None and former.labels != labels]
        if old:
            tx.run(
                "UNWIND $ids AS id MATCH (n:_Node {_id: id})"
                " WITH n, [l IN labels(n) WHERE NOT l IN $labels] AS others WHERE size(others) > 0 REMOVE n:$(others)",
                ids=old,
                labels=[*labels, "_Node"],
            ).consume()
    _put_references(tx, [(node, former) for node, former in rows if former is None or former.links != node.links])


def _put_references(tx: Any, nodes: Sequence[tuple[Node, Node | None]]) -> None:
    renewed = [node.id for node, former in nodes if former is not None]
    if renewed:
        tx.run(
            "UNWIND $ids AS id MATCH (n:_Node {_id: id})"
            f" CALL (n) {{ MATCH (n)-[r]->(o) WHERE {REFERENCE} DELETE r }}"
            " CALL (n) { MATCH (n)<-[r:HAS_GROUP]-() WHERE n:Group DELETE r }",
            ids=renewed,
        ).consume()
    links = sorted((type_, into, node.id, other) for node, _ in nodes for type_, other, into in node.links)
    for (type_, into), some in groupby(links, key=lambda one: one[:2]):
        arrow = f"(o)-[:{type_}]->(n)" if into else f"(n)-[:{type_}]->(o)"
        tx.run(
            f"UNWIND $rows AS row MATCH (n:_Node {{_id: row[0]}}) MERGE (o:_Node {{_id: row[1]}}) CREATE {arrow}",
            rows=[one[2:] for one in some],
        ).consume()


def put_links(tx: Any, links: Iterable[Link]) -> None:
    """Make the relationships of relations; there is none of their keys."""
    for type_, some in groupby(sorted(links, key=lambda one: one.type), key=lambda one: one.type):
        tx.run(
            "UNWIND $rows AS row MATCH (a:_Node {_id: row[0]}) MATCH (b:_Node {_id: row[1]})"
            f" CREATE (a)-[r:{type_}]->(b) SET r = row[2]",
            rows=[(link.source, link.target, link.properties) for link in some],
        ).consume()

"""Whether what stays at and below the floor is what was sealed when the rest went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cmdb.ports.store import Finding, Progress
from cmdb.stores import batch, checking
from cmdb.stores.neo4j import schema
from cmdb.stores.neo4j.connection import Database
from cmdb.stores.neo4j.retain import baseline, headers, made_below, version_of
from cmdb.stores.neo4j.schema import OPEN, Shape
from cmdb.stores.neo4j.texts import bounded, is_long, quoted
from cmdb.stores.retention import Retention, Version


def sealed_below(
    database: Database, shapes: list[Shape], retention: Retention, progress: Progress | None
) -> Iterator[Finding]:
    """Yield what differs from the baseline, which the hash chain answers for."""
    found = database.read(baseline)
    said = Retention(found["floor"], tuple(found["kept"])) if found else Retention()
    if said != retention:
        yield Finding("check.baseline", {"floor": said.floor})
    if not said.floor:
        return
    past = headers(database, 0, said.floor)
    yield from checking.below(found, said, past, lambda more: _below(database, shapes, said.floor, more), progress)


def _below(database: Database, shapes: list[Shape], floor: int, findings: list[Finding]) -> Iterator[Version]:
    for shape in shapes:
        for key, properties, labels in made_below(database, shape, floor):
            version = version_of(shape, key, properties)
            yield version
            if not agrees(shape, key, properties, labels):
                findings.append(Finding("check.column", {"revision": version[3], "kind": shape.name, "key": key}))


def agrees(shape: Shape, key: str, properties: dict[str, Any], labels: list[str]) -> bool:
    """Tell whether all that stands beside a document follows from it."""
    body = properties.get("body")
    try:
        parsed = batch.document(body)
        wanted = {**shape.values(parsed), **({} if parsed is None else schema.words(shape, parsed))}
    except (ValueError, TypeError, AttributeError):
        return False
    wanted |= {name: properties[name] for name in ("version", "from", "to", "body", "claims") if name in properties}
    wanted |= {"k": bounded(key), **({"key": key} if is_long(key) else {})}
    state = shape.open if properties.get("to") == OPEN else shape.closed
    same_types = all(type(wanted[name]) is type(properties.get(name)) for name in wanted)
    return wanted == properties and same_types and {*map(quoted, labels)} == {"`_Version`", shape.label, state}

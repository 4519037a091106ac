"""CI classes and relation types, asked of a server."""

from __future__ import annotations

from typing import Any

from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import Retired
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.records import Held, from_document, to_json
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held


def catalogue_of(context: RemoteContext, *, at: Any = None) -> Catalogue:
    """Return the server's catalogue; the API lists by name, so that is its order."""
    classes = [from_document(CI_CLASSES, row) for row in context.server.rows("classes", at=at)]
    types = [from_document(RELATION_TYPES, row) for row in context.server.rows("relation-types", at=at)]
    return Catalogue({each.name: each for each in classes}, {each.name: each for each in types})


def count_of(_context: RemoteContext, _class_name: str) -> int | None:
    """Return None: the API does not count the CIs of one class alone."""
    return None


def define_class(context: RemoteContext, new: CIClass, *, expected_version: int | None = None) -> Held[CIClass]:
    return held(CI_CLASSES, _define(context, "classes", new.name, to_json(CI_CLASSES, new), expected_version))


def define_relation_type(
    context: RemoteContext, new: RelationType, *, expected_version: int | None = None
) -> Held[RelationType]:
    document = to_json(RELATION_TYPES, new)
    return held(RELATION_TYPES, _define(context, "relation-types", new.name, document, expected_version))


def retire_class(context: RemoteContext, class_name: str, *, expected_version: int | None = None) -> Retired:
    version = context.server.version_of("classes", class_name) if expected_version is None else expected_version
    answer = context.server.send("POST", "classes", class_name, "retire", version=version)
    record = from_document(CI_CLASSES, answer.document["retired"])
    return Retired(Held(record, answer.version or 0, 0), answer.document["in_use"])


def retire_relation_type(context: RemoteContext, name: str, *, expected_version: int | None = None) -> Retired:
    version = context.server.version_of("relation-types", name) if expected_version is None else expected_version
    answer = context.server.send("POST", "relation-types", name, "retire", version=version)
    document = answer.document.get("retired")
    found = document if isinstance(document, dict) else answer.document
    in_use = answer.document.get("in_use", 0) if isinstance(document, dict) else 0
    return Retired(Held(from_document(RELATION_TYPES, found), answer.version or 0, 0), in_use)


def _define(context: RemoteContext, kind: str, name: str, document: Any, expected_version: int | None) -> Any:
    """Make it where there is none of ours, change it where there is; both come from the server's own versions."""
    known = any(row["name"] == name for row in context.server.rows(kind))
    version = expected_version
    if version is None:
        version = context.server.version_of(kind, name) if known else 0
    if version == 0:
        return context.server.send("POST", kind, body=document)
    return context.server.send("PUT", kind, name, body=document, version=version)

"""What is kept of an entity before it leaves ``fetch``: nothing of a person, of definitions or of links."""

from __future__ import annotations

from typing import Any

METADATA = ("name", "namespace", "title", "description", "labels", "annotations", "tags")
SPEC = (
    "type",
    "lifecycle",
    "owner",
    "system",
    "domain",
    "subdomainOf",
    "subcomponentOf",
    "parent",
    "dependsOn",
    "dependencyOf",
    "providesApis",
    "consumesApis",
)
READ = ("component", "api", "resource", "system", "domain", "group")


def kept(entity: dict[str, Any]) -> dict[str, Any]:
    """Return kind, metadata and spec of an entity; of a kind that is not read (a User, a Template) the kind alone."""
    kind = entity.get("kind")
    found: dict[str, Any] = {"kind": kind if isinstance(kind, str) else ""}
    if found["kind"].lower() not in READ:
        return found
    for part, names in (("metadata", METADATA), ("spec", SPEC)):
        fields = entity.get(part)
        if isinstance(fields, dict):
            found[part] = {name: fields[name] for name in names if name in fields}
    return found


def is_entity(document: Any) -> bool:
    """Tell whether a document has the envelope of the catalog's format; organisations have kinds of their own too."""
    return isinstance(document, dict) and all(isinstance(document.get(name), str) for name in ("apiVersion", "kind"))

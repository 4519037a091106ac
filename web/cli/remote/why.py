"""Why an outcome is what it is, asked of a server."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cmdb.model.assessment import Assessment
from cmdb.model.gate import Why
from cmdb.model.kind import Kind
from cmdb.records import from_document
from web.cli.remote import RemoteContext

_WHY = Kind(Why, name="why")


def why_failing(
    context: RemoteContext,
    failed: Sequence[str],
    services: Sequence[Any],
    points: Sequence[str],
    *,
    at: Any,
    explain: Collection[str] = (),
) -> Why:
    body = {
        "cis": list(failed),
        "at": None if at is None else str(at),
        "services": [service.id for service in services],
        "points": list(points),
        "explain": sorted(explain),
    }
    return _read(context.server.send("POST", "impact", "why", body=body).document)


def why_assessed(
    context: RemoteContext,
    assessment: Assessment,
    services: Sequence[Any],
    points: Sequence[str],
    *,
    explain: Collection[str] = (),
) -> Why:
    wanted = {"services": [service.id for service in services], "points": list(points), "explain": sorted(explain)}
    found = context.server.get("changes", assessment.change, "why", assessment=assessment.id, **wanted)
    return _read(found.document)


def _read(document: Mapping[str, Any]) -> Why:
    """Return the answer without its sentences, which are made anew from the facts."""
    return from_document(_WHY, {key: value for key, value in document.items() if key != "sentences"})

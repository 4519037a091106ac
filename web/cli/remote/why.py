"""Why an outcome is what it is, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.assessment import Assessment
from cmdb.model.gate import Why
from cmdb.model.kind import Kind
from cmdb.records import from_document
from web.cli.remote import RemoteContext

_WHY = Kind(Why, name="why")


def why_failing(
    context: RemoteContext, failed: Sequence[str], services: Sequence[Any], points: Sequence[str], *, at: Any
) -> Why:
    body = {
        "cis": list(failed),
        "at": None if at is None else str(at),
        "services": [service.id for service in services],
        "points": list(points),
    }
    return from_document(_WHY, context.server.send("POST", "impact", "why", body=body).document)


def why_assessed(context: RemoteContext, assessment: Assessment, services: Sequence[Any], points: Sequence[str]) -> Why:
    wanted = {"services": [service.id for service in services], "points": list(points)}
    found = context.server.get("changes", assessment.change, "why", assessment=assessment.id, **wanted)
    return from_document(_WHY, found.document)

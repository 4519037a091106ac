"""How probable outages are and what would cause them, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.risk_group import RiskGroups
from cmdb.records import from_document
from impact.questions.outage import OutageAnswer
from web.cli.remote import RemoteContext

_OUTAGE = Kind(OutageAnswer, name="outage")
_GROUPS = Kind(RiskGroups, name="risk_groups")


def outage_of(
    context: RemoteContext,
    service: str,
    *,
    failed: Sequence[str] = (),
    window_hours: float | None = None,
    budget: int | None = None,
    at: Any = None,
) -> OutageAnswer:
    body = {**_asked(failed, budget, at), "window": window_hours}
    return from_document(_OUTAGE, context.server.send("POST", "services", service, "outage", body=body).document)


def risk_groups_of(
    context: RemoteContext,
    service: str,
    *,
    failed: Sequence[str] = (),
    most: int,
    budget: int | None = None,
    at: Any = None,
) -> RiskGroups:
    body = {**_asked(failed, budget, at), "top": most}
    return from_document(_GROUPS, context.server.send("POST", "services", service, "risk-groups", body=body).document)


def _asked(failed: Sequence[str], budget: int | None, at: Any) -> dict[str, Any]:
    return {"down": list(failed), "budget": budget, "at": None if at is None else str(at)}

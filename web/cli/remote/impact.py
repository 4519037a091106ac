"""What would happen if, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from cmdb.model.common_cause import CommonCause
from cmdb.model.explanation import Label
from cmdb.model.kind import Kind
from cmdb.model.outcome import Outcome
from cmdb.records import from_document
from web.cli.remote import RemoteContext

_CAUSE = Kind(CommonCause, name="common_cause")


def impact_of(context: RemoteContext, cis: Sequence[str], *, at: Any = None) -> Any:
    found = context.server.send("POST", "impact", body=_asked(cis, at)).document
    services = tuple(
        SimpleNamespace(
            **{
                **service,
                "outcome": Outcome(service["outcome"]),
                "reason": tuple(service["reason"]),
                "new_single_points": tuple(service["new_single_points"]),
            }
        )
        for service in found["services"]
    )
    return SimpleNamespace(**{**found, "services": services})


def blast_of(context: RemoteContext, cis: Sequence[str], *, at: Any = None) -> tuple[Any, ...]:
    found = context.server.send("POST", "impact", "blast", body=_asked(cis, at)).document
    return tuple(SimpleNamespace(**one) for one in found["blast"])


def single_points_of(context: RemoteContext, service: str, *, failed: Sequence[str] = (), at: Any = None) -> Any:
    found = context.server.get("services", service, "single-points", down=list(failed), at=at)
    causes = [from_document(_CAUSE, one) for one in found.document["common_causes"]]
    labels = {name: Label(**label) for name, label in found.document["labels"].items()}
    return SimpleNamespace(**{**found.document, "common_causes": tuple(causes), "labels": labels})


def unavailability_of(
    context: RemoteContext, cis: Sequence[str], *, window_hours: float | None = None, at: Any = None
) -> Any:
    body = {**_asked(cis, at), "window": window_hours}
    found = context.server.send("POST", "unavailability", body=body).document
    return SimpleNamespace(**{**found, "cis": tuple(SimpleNamespace(**one) for one in found["cis"])})


def _asked(cis: Sequence[str], at: Any) -> dict[str, Any]:
    return {"cis": list(cis), "at": None if at is None else str(at)}

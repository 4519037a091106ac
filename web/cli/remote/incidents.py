"""Incidents, asked of a server; a file of them goes as it is, and the server reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, BinaryIO

from cmdb.model.incident import INCIDENTS, Incident, IncidentState, NotCaused
from cmdb.records import Held, Listing
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def get(context: RemoteContext, incident_id: str, *, at: Any = None) -> Held[Incident]:
    return held(INCIDENTS, context.server.get("incidents", incident_id, at=at))


def listing(context: RemoteContext, *, states: Sequence[IncidentState] = (), **wanted: Any) -> Listing[Incident]:
    query = {**wanted, "state": [state.value for state in states]}
    return page_of(INCIDENTS, context.server.get("incidents", **query).document)


def open_incident(context: RemoteContext, **given: Any) -> Held[Incident]:
    body = {name: value for name, value in given.items() if value is not None}
    return held(INCIDENTS, context.server.send("POST", "incidents", body=body))


def edit(
    context: RemoteContext, incident_id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Held[Incident]:
    version = _version(context, incident_id, expected_version)
    return held(INCIDENTS, context.server.send("PATCH", "incidents", incident_id, body=dict(changes), version=version))


def resolve(
    context: RemoteContext, incident_id: str, *, resolved: str | None = None, expected_version: int | None = None
) -> Held[Incident]:
    version = _version(context, incident_id, expected_version)
    body = {} if resolved is None else {"resolved": resolved}
    return held(INCIDENTS, context.server.send("POST", "incidents", incident_id, "resolve", body=body, version=version))


def decline(
    context: RemoteContext,
    incident_id: str,
    *,
    change: str,
    code: NotCaused,
    note: str = "",
    expected_version: int | None = None,
) -> Held[Incident]:
    version = _version(context, incident_id, expected_version)
    body = {"change": change, "code": code.value, "note": note}
    return held(INCIDENTS, context.server.send("POST", "incidents", incident_id, "decline", body=body, version=version))


def import_incidents(context: RemoteContext, stream: BinaryIO, **options: Any) -> Any:
    report = context.server.upload(
        "POST", "incidents", "import", content=stream, media="text/csv", headers={}, **options
    ).document
    return SimpleNamespace(as_json=lambda: report)


def _version(context: RemoteContext, incident_id: str, expected: int | None) -> int:
    return context.server.version_of("incidents", incident_id) if expected is None else expected

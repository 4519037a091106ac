"""Calendars of service hours, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.service_hours import SERVICE_HOURS, SERVICE_HOURS_YEARS, ServiceHours, ServiceHoursYear
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held, version_or_none
from web.cli.remote.reading import listing as page_of


def get(context: RemoteContext, hours_id: str, *, at: Any = None) -> Held[ServiceHours]:
    return held(SERVICE_HOURS, context.server.get("service-hours", hours_id, at=at))


def listing(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[ServiceHours]:
    return page_of(SERVICE_HOURS, context.server.get("service-hours", after=after, limit=limit).document)


def years_of(context: RemoteContext, hours_id: str, *, at: Any = None) -> tuple[ServiceHoursYear, ...]:
    return _years(context.server.get("service-hours", hours_id, "years", at=at).document)


def define(
    context: RemoteContext, hours_id: str, *, expected_version: int | None = None, **given: Any
) -> Held[ServiceHours]:
    server = context.server
    version = version_or_none(server, "service-hours", hours_id) if expected_version is None else expected_version
    return held(SERVICE_HOURS, server.send("PUT", "service-hours", hours_id, body=given, version=version))


def expand(context: RemoteContext, hours_id: str, years: Sequence[int]) -> tuple[ServiceHoursYear, ...]:
    body = {"years": list(years)}
    return _years(context.server.send("POST", "service-hours", hours_id, "expand", body=body).document)


def _years(document: Any) -> tuple[ServiceHoursYear, ...]:
    return tuple(from_document(SERVICE_HOURS_YEARS, row) for row in document["rows"])

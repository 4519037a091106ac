"""Service levels, asked of a server."""

from __future__ import annotations

from typing import Any

from cmdb.model.service_level import SERVICE_LEVELS, ServiceLevel
from cmdb.model.sla import Period
from cmdb.records import Held, Listing
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held, version_or_none
from web.cli.remote.reading import listing as page_of


def get(context: RemoteContext, service: str, *, at: Any = None) -> Held[ServiceLevel]:
    return held(SERVICE_LEVELS, context.server.get("service-levels", service, at=at))


def listing(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[ServiceLevel]:
    return page_of(SERVICE_LEVELS, context.server.get("service-levels", after=after, limit=limit).document)


def set_level(
    context: RemoteContext, service: str, *, period: Period, expected_version: int | None = None, **given: Any
) -> Held[ServiceLevel]:
    server = context.server
    version = version_or_none(server, "service-levels", service) if expected_version is None else expected_version
    body = {"period": period.value, **given}
    return held(SERVICE_LEVELS, server.send("PUT", "service-levels", service, body=body, version=version))

"""Configuration baselines, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.configuration_baseline import CONFIGURATION_BASELINES, BaselineState, ConfigurationBaseline
from cmdb.records import Held, Listing
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def create(
    context: RemoteContext,
    name: str,
    *,
    ci_class: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    at: Any = None,
    note: str = "",
) -> Held[ConfigurationBaseline]:
    scope = {"class": ci_class, "attributes": dict(attributes or {})}
    body = {"id": name, "scope": scope, "note": note, **({} if at is None else {"at": str(at)})}
    return held(CONFIGURATION_BASELINES, context.server.send("POST", "baselines", body=body))


def approve(context: RemoteContext, name: str, *, expected_version: int | None = None) -> Held[ConfigurationBaseline]:
    return _moved(context, name, "approve", expected_version)


def withdraw(context: RemoteContext, name: str, *, expected_version: int | None = None) -> Held[ConfigurationBaseline]:
    return _moved(context, name, "withdraw", expected_version)


def _moved(context: RemoteContext, name: str, way: str, seen: int | None) -> Held[ConfigurationBaseline]:
    version = context.server.version_of("baselines", name) if seen is None else seen
    return held(CONFIGURATION_BASELINES, context.server.send("POST", "baselines", name, way, version=version))


def get(context: RemoteContext, name: str) -> Held[ConfigurationBaseline]:
    return held(CONFIGURATION_BASELINES, context.server.get("baselines", name))


def listing(
    context: RemoteContext, *, states: Sequence[BaselineState] = (), after: str | None = None, limit: int = 100
) -> Listing[ConfigurationBaseline]:
    wanted = [state.value for state in states]
    page = context.server.get("baselines", state=wanted, after=after, limit=limit)
    return page_of(CONFIGURATION_BASELINES, page.document)

"""Sources of discovery and their runs, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.errors import NotFound
from cmdb.model.run import RUNS, Run
from cmdb.model.source import SOURCES, Source
from cmdb.records import Held
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.server import Refused, Server

_AT_ONCE = 1000


def put(
    context: RemoteContext,
    source: str,
    connector: str,
    settings: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    **more: Any,
) -> Held[Source]:
    body = {"connector": connector, "settings": dict(settings), **more}
    version = _version(context, source) if expected_version is None else expected_version
    if not version:
        return held(SOURCES, context.server.send("POST", "sources", body={"id": source, **body}))
    return held(SOURCES, context.server.send("PUT", "sources", source, body=body, version=version))


def enable(context: RemoteContext, source: str, *, enabled: bool, expected_version: int | None = None) -> Held[Source]:
    version = context.server.version_of("sources", source) if expected_version is None else expected_version
    way = "on" if enabled else "off"
    return held(SOURCES, context.server.send("POST", "sources", source, way, version=version))


def get(context: RemoteContext, source: str) -> Held[Source]:
    return held(SOURCES, context.server.get("sources", source))


def standings(
    context: RemoteContext, *, after: str | None = None, limit: int = 100
) -> tuple[list[dict[str, Any]], str | None]:
    page = context.server.get("sources", after=after, limit=limit).document
    return page["rows"], page["next"]


def how_read(context: RemoteContext, source: str) -> dict[str, Any]:
    found: dict[str, Any] = context.server.get("sources", source, "coverage").document
    return found


def ask(
    context: RemoteContext,
    source: str,
    *,
    targets: Sequence[str] = (),
    may_lose: Sequence[str] = (),
    dry_run: bool = False,
    try_refused: bool = False,
) -> Held[Run]:
    body = {"targets": list(targets), "may_lose": list(may_lose), "dry_run": dry_run, "try_refused": try_refused}
    return held(RUNS, context.server.send("POST", "sources", source, "runs", body=body))


def apply(context: RemoteContext, run: str) -> Held[Run]:
    return held(RUNS, context.server.send("POST", "runs", run, "apply"))


def not_asked(context: RemoteContext, source: str) -> dict[str, Any]:
    found: dict[str, Any] = context.server.get("sources", source, "not-asked").document
    return found


def differences(context: RemoteContext, run: str) -> list[dict[str, Any]]:
    return list(context.server.rows("runs", run, "differences", size=_AT_ONCE))


def connector_rows(server: Server) -> list[dict[str, Any]]:
    """Return the connectors that the server has, and the settings they take."""
    rows: list[dict[str, Any]] = server.get("connectors").document["rows"]
    return rows


def _version(context: RemoteContext, source: str) -> int:
    """Return the version of a source as it is now, 0 where there is none."""
    try:
        return context.server.version_of("sources", source)
    except (NotFound, Refused) as error:
        if isinstance(error, Refused) and error.document.get("status") != 404:
            raise
        return 0

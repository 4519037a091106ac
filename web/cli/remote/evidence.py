"""What relations rest on, asked of a server."""

from __future__ import annotations

from typing import Any

from web.cli.remote import RemoteContext


def told(
    context: RemoteContext,
    source: str,
    type: str,  # noqa: A002
    target: str,
    *,
    group: str | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = context.server.get(
        "evidence", source=source, type=type, target=target, group=group
    ).document
    return found

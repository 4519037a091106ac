"""The sides of a doubt, asked of a server."""

from __future__ import annotations

from typing import Any

from web.cli.remote import RemoteContext


def told(context: RemoteContext, finding: str) -> dict[str, Any]:
    found: dict[str, Any] = context.server.get("findings", finding, "sides").document
    return found

"""What people hold of a CI against discovery, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.configuration.holding import Holding
from cmdb.model.ci import CIS
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held


def lock(context: RemoteContext, ci: str, names: Sequence[str], *, expected_version: int | None = None) -> Holding:
    return _held(context, "lock", ci=ci, attributes=list(names), expected_version=expected_version)


def unlock(context: RemoteContext, ci: str, names: Sequence[str], *, expected_version: int | None = None) -> Holding:
    return _held(context, "unlock", ci=ci, attributes=list(names), expected_version=expected_version)


def revive(context: RemoteContext, ci: str, *, expected_version: int | None = None) -> Holding:
    return _held(context, "revive", ci=ci, expected_version=expected_version)


def _held(context: RemoteContext, act: str, **body: Any) -> Holding:
    return Holding(held(CIS, context.server.send("POST", "holding", act, body=body)))

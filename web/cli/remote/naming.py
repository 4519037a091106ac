"""What CIs are called, asked of a server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cmdb.model.called import Called
from web.cli.remote import RemoteContext

_AT_ONCE = 1000


def called(context: RemoteContext, cis: Iterable[str], *, at: Any = None) -> dict[str, Called]:
    wanted = sorted({ci for ci in cis if ci})
    found: dict[str, Called] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        body = {"cis": wanted[start : start + _AT_ONCE], "at": None if at is None else str(at)}
        rows = context.server.send("POST", "names", body=body).document["cis"]
        found |= {row["id"]: _read(**row) for row in rows}
    return found


def _read(**row: Any) -> Called:
    return Called(ci_class=row.pop("class"), **row)

"""CIs, their neighbours and their history, asked of a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cmdb.configuration.history import Event
from cmdb.configuration.search import Neighbour, Neighbours
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.group import GROUPS, Group
from cmdb.model.relation import RELATIONS
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held, listing


def get_ci(context: RemoteContext, ci_id: str, *, at: Any = None) -> Held[CI]:
    answer = context.server.get("cis", ci_id, at=at)
    # Which revision wrote this version stands in the history alone.
    events = context.server.get("history", "cis", ci_id, limit=1, at=at).document["rows"]
    return held(CIS, answer, revision=events[0]["revision"])


def search_cis(
    context: RemoteContext, words: str, *, after: str | None = None, limit: int = 100, at: Any = None
) -> Listing[CI]:
    return listing(CIS, context.server.get("cis", words=words, after=after, limit=limit, at=at).document)


def list_cis(
    context: RemoteContext,
    *,
    ci_class: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    status: CIStatus | None = CIStatus.ACTIVE,
    order: str | None = None,
    after: str | None = None,
    limit: int = 100,
    at: Any = None,
) -> Listing[CI]:
    wanted = {
        "class": ci_class,
        "attribute": [f"{name}={json.dumps(value)}" for name, value in (attributes or {}).items()],
        "status": "any" if status is None else status.value,
        "order": order,
    }
    return listing(CIS, context.server.get("cis", **wanted, after=after, limit=limit, at=at).document)


def neighbours_of(
    context: RemoteContext, ci_id: str, direction: str, *, after: str | None = None, limit: int = 100, at: Any = None
) -> Neighbours:
    wanted = {"ci": ci_id, "direction": direction, "after": after, "limit": limit, "at": at}
    page = context.server.get("relations", **wanted).document
    rows = tuple(
        Neighbour(Held(from_document(RELATIONS, row["relation"]), row["version"], 0), from_document(CIS, row["ci"]))
        for row in page["rows"]
    )
    return Neighbours(rows, page["next"])


def groups_of(context: RemoteContext, ci_id: str, *, at: Any = None) -> tuple[Held[Group], ...]:
    rows = context.server.get("groups", item=ci_id, at=at).document["rows"]
    return tuple(Held(from_document(GROUPS, row["group"]), row["version"], 0) for row in rows)


def history_of(
    context: RemoteContext, key: str, *, before: int | None = None, limit: int = 100, at: Any = None
) -> tuple[Event, ...]:
    rows = context.server.get("history", "cis", key, before=before, limit=limit, at=at).document["rows"]
    return tuple(_event(row) for row in rows)


def _event(row: Mapping[str, Any]) -> Event:
    changed = tuple((one["field"], one["before"], one["after"]) for one in row["fields"])
    return Event(**{**row, "at": datetime.fromisoformat(row["at"]), "fields": changed})

"""Reads NetBox: page after page of its API, or a dump of its database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from discovery.connectors.netbox.models import COUNTS, MODELS, VERSION, kept
from discovery.ports import Line, Part, Target, Unreadable
from discovery.ports.http import Api, bearer

TARGET = "netbox"


def targets(settings: Any, line: Line) -> Iterable[Target]:  # noqa: ARG001  A connector's verbs are all given both.
    """Yield the one target: all of NetBox. It is named alike for API and dump, so that one may follow the other."""
    yield Target(TARGET, {"from": settings.get("url") or "a dump"})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield every listing, a part a page; of each object the fields that :mod:`models` names."""
    if "dump_file" in settings:
        from discovery.connectors.netbox.dump import read_dump

        yield from read_dump(target, settings, line)
        return
    token = line.secret(settings["token"]).strip()
    # Tokens of the second kind (NetBox 4.5) say so by how they begin.
    headers = bearer("Bearer" if token.startswith("nbt_") else "Token", token)
    with Api(
        settings["url"],
        line,
        target=target.id,
        headers=headers,
        seconds=settings["request_seconds"],
        ca_file=settings.get("ca_file"),
    ) as api:
        yield from _listings(api, target, settings, line)


def _listings(api: Api, target: Target, settings: Any, line: Line) -> Iterator[Part]:
    status = api.get("/api/status/").body
    said = status.get("netbox-version") if isinstance(status, dict) else None
    version = _version(said)
    if version is None:
        raise Unreadable(target=target.id, reason="what answers does not say that it is NetBox")
    yield Part(VERSION, {"version": ".".join(map(str, version))})
    counts: dict[str, int] = {}
    for model, about in MODELS.items():
        if model in settings["leave_out"] or version < about.since:
            continue
        for part, count in _pages(api, target, model, settings, line):
            counts[model] = count
            yield part
    yield Part(COUNTS, counts)


def _pages(api: Api, target: Target, model: str, settings: Any, line: Line) -> Iterator[tuple[Part, int]]:
    """
    Yield the pages of one listing, and with each how many objects NetBox says that it has.

    They are ordered by id, so that what is made meanwhile stands at the end. What is deleted meanwhile moves the rest
    up by one, and something is passed over: as the count is another one then, the listing is not whole.
    """
    custom = frozenset(settings["custom_fields"])
    most, size = settings["most_objects"], settings["page_size"]
    seen: set[int] = set()
    passed, first = 0, None
    while True:
        rows, count = _page(api, target, model, size, passed)
        if len(rows) > size * 4:
            raise Unreadable(target=target.id, reason=f"a page of {model} has {len(rows)} objects of {size}")
        first = count if first is None else first
        new = [row for row in rows if row["id"] not in seen]
        room = most - len(seen)
        seen.update(row["id"] for row in rows)
        passed += len(rows)
        if rows and not new:
            raise Unreadable(target=target.id, reason=f"the listing of {model} gives the same page again and again")
        cut = len(seen) >= most and passed < count
        ended = cut or not rows or passed >= count
        whole = not ended or (not cut and len(seen) >= count == first)
        if not whole:
            line.note("netbox.not_whole", model=model, read=min(len(seen), most), count=count)
        yield Part(model, [{"id": row["id"], **kept(model, row, custom)} for row in new[:room]], whole=whole), count
        if ended:
            return


def _page(api: Api, target: Target, model: str, size: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    query: dict[str, Any] = {"limit": size, "offset": offset, "ordering": "id"}
    if model in ("dcim.device", "virtualization.virtualmachine"):
        query["exclude"] = "config_context"  # Costly to make, and people keep secrets in it.
    body = api.get(f"/api/{MODELS[model].path}/", query).body
    rows, count = (body.get("results"), body.get("count")) if isinstance(body, dict) else (None, None)
    if not isinstance(rows, list) or type(count) is not int:
        raise Unreadable(target=target.id, reason=f"the listing of {model} has no results and count")
    if not all(isinstance(row, dict) and type(row.get("id")) is int for row in rows):
        raise Unreadable(target=target.id, reason=f"the listing of {model} has objects without an id")
    return rows, count


def _version(said: Any) -> tuple[int, int] | None:
    found = re.match(r"v?(\d{1,3})\.(\d{1,3})", said) if isinstance(said, str) else None
    return (int(found[1]), int(found[2])) if found else None

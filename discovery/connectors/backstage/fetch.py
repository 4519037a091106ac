"""Reads Backstage's catalog: page after page of its API, or the catalog-info.yaml files below a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from discovery.connectors.backstage.entity import kept
from discovery.ports import Line, Part, Target, Unreadable
from discovery.ports.http import Api, bearer

TARGET = "backstage"
ENTITIES = "entities"
_LONGEST_CURSOR = 8_192


def targets(settings: Any, line: Line) -> Iterable[Target]:  # noqa: ARG001  A connector's verbs are all given both.
    """Yield the one target: the catalog. It is named alike for API and files."""
    yield Target(TARGET, {"from": settings.get("url") or "files"})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield all entities: a part a page, or a part a file."""
    if "folder" in settings:
        from discovery.connectors.backstage.files import read_files

        yield from read_files(target, settings, line)
        return
    with Api(
        settings["url"],
        line,
        target=target.id,
        headers=bearer("Bearer", line.secret(settings["token"]).strip()) if "token" in settings else {},
        seconds=settings["request_seconds"],
        ca_file=settings.get("ca_file"),
    ) as api:
        yield from _pages(api, target, settings, line)


def _pages(api: Api, target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield the pages of the catalog; each says by a cursor where the next one begins, the last one says nothing."""
    most, total, read = settings["most_entities"], 0, 0
    cursor: str | None = None
    cursors: set[str] = set()
    while True:
        query: dict[str, Any] = {"limit": settings["page_size"]}
        # The cursor holds the order that the first page was asked for.
        query |= {"orderField": "metadata.uid,asc"} if cursor is None else {"cursor": cursor}
        entities, total, cursor = _page(api.get("/api/catalog/entities/by-query", query).body, target)
        if cursor is not None and (cursor in cursors or not entities):
            raise Unreadable(target=target.id, reason="its pages lead back to one that was read")
        cursors.add(cursor or "")
        room = most - read
        read += len(entities)
        cut = read > most or (cursor is not None and read >= most)
        whole = not cut and (cursor is not None or read >= total)
        if not whole:
            line.note("backstage.not_whole", read=min(read, most), count=total)
        yield Part(ENTITIES, [{"entity": kept(each)} for each in entities[:room]], whole=whole)
        if cut or cursor is None:
            return


def _page(body: Any, target: Target) -> tuple[list[dict[str, Any]], int, str | None]:
    items = body.get("items") if isinstance(body, dict) else None
    info = body.get("pageInfo") if isinstance(body, dict) else None
    if not isinstance(items, list) or not isinstance(info, dict) or not all(isinstance(each, dict) for each in items):
        raise Unreadable(target=target.id, reason="its answer has no items and pageInfo")
    total, cursor = body.get("totalItems"), info.get("nextCursor")
    if type(total) is not int or not (cursor is None or (isinstance(cursor, str) and len(cursor) < _LONGEST_CURSOR)):
        raise Unreadable(target=target.id, reason="its answer has no count, or a cursor that is none")
    return items, total, cursor

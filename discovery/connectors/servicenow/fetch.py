"""Reads tables of ServiceNow: page after page of its Table API, or exported files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from discovery.connectors.servicenow.tables import CI_FIELDS, RELATION_FIELDS, RELATIONS
from discovery.ports import Line, Part, Target, TimedOut, Unreadable
from discovery.ports.http import Api, basic, bearer

TARGET = "servicenow"
NO_TABLE = (400, 404)  # What the Table API answers for a table that the instance does not have.


def targets(settings: Any, line: Line) -> Iterable[Target]:  # noqa: ARG001  A connector's verbs are all given both.
    """Yield the one target: the CMDB of the instance. It is named alike for API and export."""
    yield Target(TARGET, {"from": settings.get("url") or "exported files"})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield every table, a part a page; the relations last."""
    if "export_folder" in settings:
        from discovery.connectors.servicenow.export import read_export

        yield from read_export(target, settings, line)
        return
    with Api(
        settings["url"],
        line,
        target=target.id,
        headers=_credential(settings, line),
        seconds=settings["request_seconds"],
        ca_file=settings.get("ca_file"),
    ) as api:
        for table in settings["tables"]:
            yield from _pages(api, target, table, CI_FIELDS, settings, line)
        yield from _pages(api, target, RELATIONS, RELATION_FIELDS, settings, line)


def _credential(settings: Any, line: Line) -> Mapping[str, str]:
    if "token" in settings:
        return bearer("Bearer", line.secret(settings["token"]).strip())
    if "api_key" in settings:
        return {"x-sn-apikey": line.secret(settings["api_key"]).strip()}
    return basic(settings["user"], line.secret(settings["password"]).strip("\r\n"))


def _pages(api: Api, target: Target, table: str, fields: tuple[str, ...], settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield the pages of a table, each beginning after the sys_id the last one ended with.

    So nothing is passed over when records come and go meanwhile. ServiceNow leaves records that the account may not
    read out of a page without filling it up: a page may be short, or empty, and not be the last; what it counts in
    X-Total-Count tells, and the table is not whole then.
    """
    seen: set[str] = set()
    size, most = settings["page_size"], settings["most_records"]
    last, total, short = "", None, False
    while True:
        rows, left = _page(api, target, table, fields, size, last)
        if rows is None:
            line.note("servicenow.no_table", table=table)
            return
        total = left if total is None else total
        new = [row for row in rows if _text(row.get("sys_id")) not in seen]
        room = most - len(seen)
        seen.update(_text(row.get("sys_id")) for row in rows)
        if rows and not new:
            raise Unreadable(target=target.id, reason=f"the listing of {table} gives the same page again and again")
        short |= left is not None and len(rows) < min(size, left)
        more = bool(rows) and (len(rows) >= size if left is None else left > len(rows))
        cut = len(new) > room or (more and len(new) >= room)
        ended = cut or not more
        if ended and (cut or short):
            line.note("servicenow.not_whole", table=table, read=min(len(seen), most), count=total)
        yield Part(table, [_kept(row, fields) for row in new[:room]], whole=not (cut or short))
        if ended:
            return
        last = _text(rows[-1].get("sys_id"))


def _page(
    api: Api, target: Target, table: str, fields: tuple[str, ...], size: int, last: str
) -> tuple[list[dict[str, Any]] | None, int | None]:
    """Return the rows of a page, None where there is no such table, and how many there are from it on, if it says."""
    query = {
        "sysparm_query": (f"sys_id>{last}^" if last else "") + "ORDERBYsys_id",
        "sysparm_fields": ",".join(fields),
        "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true",
        "sysparm_suppress_pagination_header": "true",
        "sysparm_limit": size,
    }
    answer = api.get(f"/api/now/table/{table}", query, also=() if table == RELATIONS else NO_TABLE)
    if answer.status in NO_TABLE:
        return None, None
    body = answer.body
    if isinstance(body, dict) and "error" in body:
        # Sent with 200, after the rows it had when its own time was up.
        raise TimedOut(target=target.id, reason=f"it ended the listing of {table} with an error of its own")
    rows = body.get("result") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and _text(row.get("sys_id")) for row in rows):
        raise Unreadable(target=target.id, reason=f"the listing of {table} has no result with a sys_id in each row")
    left = answer.headers.get("x-total-count", "")
    return rows, int(left) if left.isascii() and left.isdigit() and len(left) < 12 else None


def _kept(row: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in fields if name in row}


def _text(value: Any) -> str:
    found = value.get("value") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""

"""Reads iTop: page after page of core/get, or exported files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from discovery.connectors.itop.model import READ
from discovery.ports import CredentialsRefused, Line, Part, Target, Unreadable
from discovery.ports.http import Api, basic

TARGET = "itop"
_OK, _UNAUTHORIZED, _INTERNAL = 0, 1, 100
_REFUSED = (_UNAUTHORIZED, 5, 6)  # 5 and 6: no user, no password.
_FOUND = re.compile(r"Found: (\d{1,9})")


def targets(settings: Any, line: Line) -> Iterable[Target]:  # noqa: ARG001  A connector's verbs are all given both.
    """Yield the one target: all of iTop. It is named alike for API and export."""
    yield Target(TARGET, {"from": settings.get("url") or "exported files"})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield every class and link, a part a page."""
    if "export_folder" in settings:
        from discovery.connectors.itop.export import read_export

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
        for name in READ:
            if name not in settings["leave_out"]:
                yield from _pages(api, target, name, settings, line)


def _credential(settings: Any, line: Line) -> Mapping[str, str]:
    if "token" in settings:
        return {"Auth-Token": line.secret(settings["token"]).strip()}
    return basic(settings["user"], line.secret(settings["password"]).strip("\r\n"))


def _pages(api: Api, target: Target, name: str, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield the pages of a class.

    iTop orders them by name and has no way to go on after an object, so what is renamed or deleted meanwhile moves
    others over the edge of a page: where fewer were read than it counts, the class is not whole.
    """
    size, most = settings["page_size"], settings["most_objects"]
    seen: set[str] = set()
    fields, first, number = ",".join(READ[name]), None, 1
    while True:
        body = _get(api, target, name, fields, size, number)
        if body is None and fields != "*":
            # An attribute of the standard model is not there; what else comes is dropped below.
            fields = "*"
            continue
        if body is None:
            line.note("itop.no_class", **{"class": name})
            return
        rows, count = _objects(body, name, target)
        first = count if first is None else first
        new = [row for row in rows if row["id"] not in seen]
        room = most - len(seen)
        seen.update(row["id"] for row in rows)
        if rows and not new:
            raise Unreadable(target=target.id, reason=f"the listing of {name} gives the same page again and again")
        ended = len(rows) != size or len(seen) >= count
        cut = len(new) > room or (not ended and len(new) >= room)
        whole = not cut and (not ended or len(seen) >= count == first)
        if not whole:
            line.note("itop.not_whole", **{"class": name}, read=min(len(seen), most), count=count)
        yield Part(name, new[:room], whole=whole)
        if ended or cut:
            return
        number += 1


def _get(api: Api, target: Target, name: str, fields: str, size: int, number: int) -> dict[str, Any] | None:
    """Return what core/get answers, None where iTop stumbles over the class or its attributes."""
    operation = {
        "operation": "core/get",
        "class": name,
        "key": f"SELECT {name}",
        "output_fields": fields,
        "limit": str(size),
        "page": str(number),
    }
    body = api.post("/webservices/rest.php?version=1.3", {"json_data": json.dumps(operation)}).body
    code = body.get("code") if isinstance(body, dict) else None
    if code in _REFUSED:
        raise CredentialsRefused(target=target.id, reason=f"it answers with code {code}")
    if code == _INTERNAL and number == 1:
        return None
    if code != _OK:
        raise Unreadable(target=target.id, reason=f"it answers core/get of {name} with code {code!r:.20}")
    return dict(body)


def _objects(body: Mapping[str, Any], name: str, target: Target) -> tuple[list[dict[str, Any]], int]:
    objects = body.get("objects") or {}
    found = _FOUND.match(str(body.get("message")))
    if not isinstance(objects, dict) or found is None:
        raise Unreadable(target=target.id, reason=f"the listing of {name} has no objects and no count")
    rows = []
    for each in objects.values():
        fields = each.get("fields") if isinstance(each, dict) else None
        key = str(each.get("key")) if isinstance(each, dict) else ""
        if not isinstance(fields, dict) or not key.isascii() or not key.isdigit():
            raise Unreadable(target=target.id, reason=f"the listing of {name} has an object without a key")
        rows.append({"id": key, **{field: fields[field] for field in READ[name] if field in fields}})
    return rows, int(found[1])

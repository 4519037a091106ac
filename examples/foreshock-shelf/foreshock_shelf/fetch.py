"""Asks each controller for its devices, page after page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from discovery.ports import Line, Part, Target, Unreadable
from discovery.ports.http import Api, bearer


def targets(settings: Any, line: Line) -> Iterator[Target]:
    """Yield a target for each controller; nobody is asked for that."""
    for address in settings["controllers"]:
        line.check()
        yield Target(urlsplit(address).netloc, {"address": address})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """Yield the devices as they were sent, a part a page."""
    token = line.secret(settings["token"]).strip()
    with Api(
        target.facts["address"], line, target=target.id, headers=bearer("Bearer", token), seconds=settings["seconds"]
    ) as api:
        read, page = 0, 1
        while True:
            body = api.get("/devices", {"page": page}).body
            devices, more = _page(body, target)
            read += len(devices)
            cut = more and read >= settings["most"]
            if cut:
                line.note("shelf.too_many", most=settings["most"])
            yield Part("devices", devices, whole=not cut)
            if cut or not more:
                return
            page += 1


def _page(body: Any, target: Target) -> tuple[list[dict[str, Any]], bool]:
    devices = body.get("devices") if isinstance(body, dict) else None
    if not isinstance(devices, list) or not all(isinstance(each, dict) for each in devices):
        raise Unreadable(target=target.id, reason="its answer has no list of devices")
    more = bool(body.get("more"))
    if more and not devices:
        # Else a controller that is broken would be asked for ever.
        raise Unreadable(target=target.id, reason="a page without devices says that there are more")
    return devices, more

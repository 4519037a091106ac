"""From the API's JSON back to the records it was made from."""

from __future__ import annotations

from typing import Any, TypeVar

from cmdb.errors import NotFound
from cmdb.model.kind import Kind
from cmdb.records import Held, Listing, from_document
from web.cli.remote.server import Answer, Refused, Server

T = TypeVar("T")


def held(kind: Kind[T], answer: Answer, *, revision: int = 0) -> Held[T]:
    """Return the record of an answer with its version; the API does not say which revision wrote it."""
    return Held(from_document(kind, answer.document), answer.version or 0, revision)


def listing(kind: Kind[T], page: dict[str, Any]) -> Listing[T]:
    """Return one page of records; a list does not say their versions."""
    rows = tuple(Held(from_document(kind, row), 0, 0) for row in page["rows"])
    return Listing(rows, page["next"])


def version_or_none(server: Server, *path: str) -> int:
    """Return the version of a record as it is now, 0 where there is none."""
    try:
        return server.version_of(*path)
    except (NotFound, Refused) as error:
        if isinstance(error, Refused) and error.document.get("status") != 404:
            raise
        return 0

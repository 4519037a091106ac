"""From the API's JSON back to the records it was made from."""

from __future__ import annotations

from typing import Any, TypeVar

from cmdb.model.kind import Kind
from cmdb.records import Held, Listing, from_document
from web.cli.remote.server import Answer

T = TypeVar("T")


def held(kind: Kind[T], answer: Answer, *, revision: int = 0) -> Held[T]:
    """Return the record of an answer with its version; the API does not say which revision wrote it."""
    return Held(from_document(kind, answer.document), answer.version or 0, revision)


def listing(kind: Kind[T], page: dict[str, Any]) -> Listing[T]:
    """Return one page of records; a list does not say their versions."""
    rows = tuple(Held(from_document(kind, row), 0, 0) for row in page["rows"])
    return Listing(rows, page["next"])

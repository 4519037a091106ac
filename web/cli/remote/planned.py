"""What a plan would touch, asked of a server; the plan goes as it is, and the server reads it and keeps nothing."""

from __future__ import annotations

from typing import BinaryIO

from cmdb.configuration.planned import TOUCHING, Touching
from cmdb.records import from_document
from web.cli.remote import RemoteContext


def touched_by(context: RemoteContext, stream: BinaryIO, *, lineage: str = "", what: str = "") -> Touching:  # noqa: ARG001
    """Send the bytes, and read what the server says of them."""
    found = context.server.upload(
        "POST", "plans", "terraform", content=stream, media="application/json", headers={}, lineage=lineage or None
    ).document
    del found["missed"]
    return from_document(TOUCHING, found)

"""Attachments of changes, asked of a server."""

from __future__ import annotations

import io

from cmdb.model.attachment import ATTACHMENTS, Attachment
from cmdb.records import Held, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held

ANY_BYTES = "application/octet-stream"


def attach(context: RemoteContext, change_id: str, content: bytes, *, name: str, media_type: str) -> Held[Attachment]:
    path = ("changes", change_id, "attachments")
    answer = context.server.upload(
        "POST", *path, content=content, media=ANY_BYTES, headers={}, name=name, media_type=media_type
    )
    return held(ATTACHMENTS, answer)


def remove(context: RemoteContext, attachment_id: str, *, expected_version: int | None = None) -> Held[Attachment]:
    path = ("change-attachments", attachment_id)
    version = context.server.version_of(*path) if expected_version is None else expected_version
    return held(ATTACHMENTS, context.server.send("POST", *path, "remove", version=version))


def of_change(context: RemoteContext, change_id: str) -> tuple[Attachment, ...]:
    rows = context.server.get("changes", change_id, "attachments").document["rows"]
    return tuple(from_document(ATTACHMENTS, row) for row in rows)


def get(context: RemoteContext, attachment_id: str) -> tuple[Held[Attachment], bytes]:
    found = held(ATTACHMENTS, context.server.get("change-attachments", attachment_id))
    content = io.BytesIO()
    context.server.download(content, "change-attachments", attachment_id, "content")
    return found, content.getvalue()

"""The desk of attachments: files kept in the store, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.model.attachment import ATTACHMENTS, Attachment
from cmdb.model.change import CHANGES
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Equals
from cmdb.records import Held

LARGEST = 10 * 1024 * 1024
"""Most bytes of an attachment."""
MOST = 100
"""Most attachments of a change."""
LONGEST_NAME = 255
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}", re.ASCII)


def attach(context: Context, change_id: str, content: bytes, *, name: str, media_type: str) -> Held[Attachment]:
    """
    Attach a file to a change.

    Raises:
        NotAllowed: the actor may not attach files.
        NotFound: there is no such change.
        InvalidInput: the file is empty or too large, or its name or media type is wrong; every problem is named.
    """
    context.allow("change:attach")
    context.records.get(CHANGES, change_id)
    problems = list(_problems(content, name, media_type))
    if len([each for each in of_change(context, change_id) if each.removed_at is None]) >= MOST:
        problems.append(Problem("attachment.too_many", "a change has at most {most} attachments", {"most": MOST}, ""))
    if problems:
        raise InvalidInput(problems, what=f"the attachment of {change_id}")
    attachment = Attachment(
        context.new_id(ATTACHMENTS),
        change_id,
        name,
        media_type,
        len(content),
        context.store.put_blob(content),
        context.clock.now(),
        context.actor.id,
    )
    return context.records.put(ATTACHMENTS, attachment, because="change:attached", expected_version=0)


def remove(context: Context, attachment_id: str, *, expected_version: int | None = None) -> Held[Attachment]:
    """
    Take an attachment off its change; that it was there, and its bytes, stay in the record.

    Raises:
        NotAllowed: the actor may not attach files.
        NotFound: there is no such attachment.
        VersionConflict: somebody else removed it meanwhile.
    """
    context.allow("change:attach")
    held = context.records.held(ATTACHMENTS, attachment_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=ATTACHMENTS.name, key=attachment_id, expected=expected_version, actual=held.version)
    if held.record.removed_at is not None:
        return held
    gone = replace(held.record, removed_at=context.clock.now(), removed_by=context.actor.id)
    return context.records.put(ATTACHMENTS, gone, because="change:detached", expected_version=held.version)


def of_change(context: Context, change_id: str) -> tuple[Attachment, ...]:
    """Return the attachments of a change, oldest first, removed ones too; raises NotAllowed."""
    context.allow("change:read")
    found = context.records.find(ATTACHMENTS, [Equals("change", change_id)])
    return tuple(sorted(found, key=lambda each: (each.at, len(each.id), each.id)))


def get(context: Context, attachment_id: str) -> tuple[Held[Attachment], bytes]:
    """
    Return an attachment with its bytes, which are those it was attached with.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such attachment, or the store keeps other bytes under its hash.
    """
    context.allow("change:read")
    held = context.records.held(ATTACHMENTS, attachment_id)
    content = context.store.get_blob(held.record.sha256)
    if content is None or hashlib.sha256(content).hexdigest() != held.record.sha256:
        raise NotFound(kind="content of attachment", ids=(attachment_id,))
    return held, content


def _problems(content: bytes, name: str, media_type: str) -> Iterator[Problem]:
    if not content:
        yield Problem("attachment.empty", "the file is empty", pointer="/content")
    elif len(content) > LARGEST:
        # A door reads no more than it takes to tell, so how large it really is nobody knows here.
        sentence = "the file has more than {largest:,} bytes; keep it elsewhere, or in parts"
        yield Problem("attachment.too_large", sentence, {"largest": LARGEST}, "/content")
    if not name.strip() or len(name) > LONGEST_NAME or any(c in "/\\" or not c.isprintable() for c in name):
        sentence = "{name!r} is no name of a file: 1 to {longest} printable characters without a slash"
        yield Problem("attachment.name", sentence, {"name": name[:80], "longest": LONGEST_NAME}, "/name")
    if not _MEDIA_TYPE.fullmatch(media_type):
        sentence = "{media_type!r} is no media type such as application/pdf"
        yield Problem("attachment.media_type", sentence, {"media_type": media_type[:80]}, "/media_type")

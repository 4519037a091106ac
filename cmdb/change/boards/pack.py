"""What the members of a board read ahead: one document of all that is recorded, the same bytes for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.chain import canonical
from cmdb.change import assessments, reviews
from cmdb.change.record import tasks
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.board import BOARDS, Board
from cmdb.model.change import CHANGES
from cmdb.model.change_model import CHANGE_MODELS
from cmdb.model.meeting import MEETINGS, ItemKind, Meeting
from cmdb.model.review import REVIEWS
from cmdb.model.task import TASKS
from cmdb.records import to_document, to_json

FORMAT = "board-pack/2"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """
    What goes into a pack beside the records, as JSON: what was worked out of them when the agenda was frozen.

    ``summaries`` has by change what its one-page summary says beside the change and its assessment, and
    ``projected_outage`` what all changes of the weeks ahead take out of each service, None where nobody asked.
    """

    summaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    projected_outage: Mapping[str, Any] | None = None


def made(context: Context, board: Board, meeting: Meeting, enclosed: Enclosed) -> dict[str, Any]:
    """
    Return the pack of a meeting whose agenda is set: the board, the agenda, and the records of each change and model.

    It holds whole documents, so that it can be read without the store, and years later.
    """
    refs = {(item.kind, item.ref) for item in meeting.agenda if item.ref is not None}
    of_changes = {ref for kind, ref in refs if kind not in (ItemKind.ACTION, ItemKind.MODEL)}
    actions = sorted(ref for kind, ref in refs if kind is ItemKind.ACTION)
    models = sorted(ref for kind, ref in refs if kind is ItemKind.MODEL)
    return {
        "format": FORMAT,
        "board": to_document(BOARDS, board),
        "meeting": {
            "id": meeting.id,
            "start": to_document(MEETINGS, meeting)["start"],
            "duration": meeting.duration,
            "graph_revision": meeting.graph_revision,
            "agenda": [to_json(MEETINGS, item) for item in meeting.agenda],
        },
        "changes": {
            change: {**_change(context, change), "summary": enclosed.summaries.get(change)}
            for change in sorted(of_changes)
        },
        "projected_outage": enclosed.projected_outage,
        "actions": {key: to_document(TASKS, context.records.get(TASKS, key)) for key in actions},
        "models": {key: to_document(CHANGE_MODELS, context.records.get(CHANGE_MODELS, key)) for key in models},
    }


def read(context: Context, meeting_id: str, *, pack: str | None = None) -> bytes:
    """
    Return the bytes of a meeting's pack: its newest, or the one of this SHA-256.

    Raises:
        NotAllowed: the actor may not read boards.
        NotFound: there is no such meeting, or it has no (such) pack.
    """
    context.allow("board:read")
    meeting = context.records.get(MEETINGS, meeting_id)
    if pack is None:
        return _blob(context, meeting.pack, f"pack of {meeting_id}")
    for past in context.store.history(MEETINGS, meeting_id):
        if past.after is not None and past.after.get("pack") == pack:
            return _blob(context, pack, f"pack of {meeting_id}")
    raise NotFound(kind=f"pack of {meeting_id}", ids=(pack[:64],))


def written_minutes(context: Context, meeting_id: str) -> bytes:
    """
    Return the bytes of a meeting's minutes: as they were kept when it was closed, until then what they would be.

    Raises:
        NotAllowed: the actor may not read boards.
        NotFound: there is no such meeting.
    """
    from cmdb.change.boards import minutes

    context.allow("board:read")
    meeting = context.records.get(MEETINGS, meeting_id)
    if meeting.minutes is None:
        return canonical(minutes.made(context, meeting))
    return _blob(context, meeting.minutes, f"minutes of {meeting_id}")


def _change(context: Context, change_id: str) -> dict[str, Any]:
    change = context.records.get(CHANGES, change_id)
    review = reviews.of_change(context, change_id)
    return {
        "change": to_document(CHANGES, change),
        "assessment": (
            to_document(ASSESSMENTS, assessments.newest(context, change)) if change.assessment is not None else None
        ),
        "tasks": [to_document(TASKS, task) for task in tasks.of_change(context, change_id)],
        "review": None if review is None else to_document(REVIEWS, review),
    }


def _blob(context: Context, sha256: str | None, what: str) -> bytes:
    content = None if sha256 is None else context.store.get_blob(sha256)
    if content is None:
        raise NotFound(kind=what, ids=(sha256 or "none yet",))
    return content

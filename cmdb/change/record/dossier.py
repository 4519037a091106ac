"""All there is about one change: its revisions and what each changed, its assessments, its decisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cmdb.change import afterwards, assessments, decisions, go_checks, reviews
from cmdb.change.decisions import Standing
from cmdb.change.moves import possible_moves
from cmdb.change.overriding import is_overridden
from cmdb.change.record import attachments, comments, tasks
from cmdb.change.record.differences import Difference, differences
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.afterwards import Afterwards
from cmdb.model.assessment import Assessment
from cmdb.model.attachment import Attachment
from cmdb.model.change import CHANGES, CONTENT, WORDS, Change
from cmdb.model.comment import Comment
from cmdb.model.go_check import GoCheck
from cmdb.model.kind import Document
from cmdb.model.review import Review
from cmdb.model.task import Task
from cmdb.ports.store import Past
from cmdb.records import Held

_NOTHING = Afterwards()


@dataclass(frozen=True, slots=True)
class ChangeRevision:
    """
    One revision of a change: who began it when, and what it says otherwise than the one before.

    ``changed`` compares the last wording of both; it is empty for the first.
    """

    number: int
    at: datetime
    by: str
    changed: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """
    A change with everything that was recorded about it, oldest first.

    ``moves`` are those its state has, ``review`` is None until there is one. ``overridden`` tells whether two persons
    have overridden the BLOCK of its newest assessment, and that still counts.
    """

    held: Held[Change]
    assessments: tuple[Assessment, ...]
    decisions: tuple[Standing, ...]
    revisions: tuple[ChangeRevision, ...]
    moves: tuple[str, ...]
    tasks: tuple[Task, ...] = ()
    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    review: Review | None = None
    go_checks: tuple[GoCheck, ...] = ()
    afterwards: Afterwards = _NOTHING
    overridden: bool = False


def show(context: Context, change_id: str) -> Dossier:
    """Return the dossier of a change; raises NotAllowed and NotFound."""
    context.allow("change:read")
    held = context.records.held(CHANGES, change_id)
    made = assessments.of_change(context, change_id)
    return Dossier(
        held=held,
        assessments=made,
        decisions=decisions.of_change(context, change_id),
        revisions=revisions(context, change_id),
        moves=possible_moves(held.record),
        tasks=tasks.of_change(context, change_id),
        comments=comments.of_change(context, change_id),
        attachments=attachments.of_change(context, change_id),
        review=reviews.of_change(context, change_id),
        go_checks=go_checks.of_change(context, change_id),
        afterwards=afterwards.of_change(context, change_id),
        overridden=bool(made) and is_overridden(context, held.record, made[-1]),
    )


def revisions(context: Context, change_id: str) -> tuple[ChangeRevision, ...]:
    """Return the revisions of a change, oldest first; raises NotAllowed and NotFound."""
    context.allow("change:read")
    began: dict[int, Past] = {}
    contents: dict[int, Document] = {}
    for past in reversed(list(_history(context, change_id))):
        if past.after is not None:
            number = past.after["revision"]
            began.setdefault(number, past)
            contents[number] = _content(past.after)
    if not began:
        raise NotFound(kind="change", ids=(change_id,))
    found = []
    for number, first in began.items():
        before = contents.get(number - 1, contents[number])
        changed = tuple(differences(before, contents[number]))
        found.append(ChangeRevision(number, first.at, first.actor, changed))
    return tuple(found)


def _history(context: Context, change_id: str) -> Iterator[Past]:
    """Yield every version of the change, newest first."""
    before = None
    while page := context.store.history(CHANGES, change_id, before=before, limit=200):
        yield from page
        before = page[-1].version


def _content(document: Document) -> Document:
    return {name: document[name] for name in (*WORDS, *CONTENT) if name in document}

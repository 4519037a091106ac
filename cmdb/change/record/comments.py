"""The desk of comments: what people say about a change, and the reasons of moves that are no decisions."""

from __future__ import annotations

from cmdb.change import checks
from cmdb.context import Context
from cmdb.errors import InvalidInput
from cmdb.model.change import CHANGES
from cmdb.model.comment import COMMENTS, Comment
from cmdb.ports.store import Equals, Put
from cmdb.records import Held, to_document


def add(context: Context, change_id: str, text: str) -> Held[Comment]:
    """
    Say something about a change; it stays for ever.

    Raises:
        NotAllowed: the actor may not comment.
        NotFound: there is no such change.
        InvalidInput: the text is missing or too long.
    """
    context.allow("change:comment")
    context.records.get(CHANGES, change_id)
    problems = list(checks.text_problems("/text", "comment", text))
    if problems:
        raise InvalidInput(problems, what=f"the comment on {change_id}")
    return context.records.put(COMMENTS, _made(context, change_id, text, None), because="change:commented")


def of_change(context: Context, change_id: str) -> tuple[Comment, ...]:
    """Return the comments on a change, oldest first; raises NotAllowed."""
    context.allow("change:read")
    found = context.records.find(COMMENTS, [Equals("change", change_id)])
    return tuple(sorted(found, key=lambda comment: (comment.at, len(comment.id), comment.id)))


def put_of(context: Context, change_id: str, text: str, *, move: str) -> list[Put]:
    """Return what writes the reason of a move, nothing where none was given; the text was asked about before."""
    if not text:
        return []
    return [Put(COMMENTS, to_document(COMMENTS, _made(context, change_id, text, move)), 0)]


def _made(context: Context, change_id: str, text: str, move: str | None) -> Comment:
    return Comment(context.new_id(COMMENTS), change_id, context.actor.id, context.clock.now(), text, move)

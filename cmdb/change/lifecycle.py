"""
The desk of the moves between request and implementation that decide nothing: reopen, schedule, cancel, expire, close.

What is decided is the decision desk's (:mod:`cmdb.change.decisions`), what is done :mod:`cmdb.change.implementation`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmdb.change.changes import held_change
from cmdb.change.guarding import ask
from cmdb.change.moves import move_of
from cmdb.change.record.comments import put_of
from cmdb.context import Context
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.ports.errors import VersionConflict
from cmdb.ports.store import Between, Filter, OneOf, Put, Unwritten
from cmdb.records import Held, to_document


def reopen(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """
    Make a rejected change a draft again, as a new revision.

    Raises:
        NotAllowed: the actor may not edit changes.
        NotFound: there is no such change.
        VersionConflict: somebody else changed it meanwhile.
        WrongState: it was not rejected.
    """
    context.allow("change:edit")
    return _moved(context, change_id, "reopen", expected_version, because="change:reopened")


def schedule(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """
    Put an approved change into the forward schedule: from now on it is to be implemented in its window.

    Raises as :func:`reopen`, and:
        IllegalMove: its window has ended, or it is retrospective.
    """
    context.allow("change:schedule")
    return _moved(context, change_id, "schedule", expected_version, because="change:scheduled")


def cancel(context: Context, change_id: str, *, comment: str, expected_version: int | None = None) -> Held[Change]:
    """
    Give a change up that is not being implemented yet; the comment says why.

    Raises as :func:`reopen`, and:
        InvalidInput: the comment is missing or too long.
    """
    context.allow("change:cancel")
    return _moved(context, change_id, "cancel", expected_version, because="change:cancelled", comment=comment)


def close(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """Close a reviewed change: from here on nothing is added to it. Raises as :func:`reopen`."""
    context.allow("change:close")
    return _moved(context, change_id, "close", expected_version, because="change:closed")


def expire(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """
    Record that a granted change was not started while its window was open. A job does so by itself.

    Raises as :func:`reopen`, and:
        IllegalMove: its window has not ended.
    """
    context.allow("change:expire")
    return _moved(context, change_id, "expire", expected_version, because="change:expired")


def expire_all(context: Context) -> tuple[str, ...]:
    """Expire every granted change that was not started while its window was open, and return their ids, sorted."""
    context.allow("change:expire")
    expired = []
    for change in tuple(_ended(context, ChangeState.APPROVED, ChangeState.SCHEDULED)):
        if change.retrospective:
            continue
        try:
            expire(context, change.id)
        except VersionConflict:
            continue  # Somebody moved it at this moment; the next time tells whether it is still to expire.
        expired.append(change.id)
    return tuple(sorted(expired))


def overrunning(context: Context) -> tuple[Change, ...]:
    """Return the changes that are being implemented although their window has ended, by id; raises NotAllowed."""
    context.allow("change:read")
    return tuple(sorted(_ended(context, ChangeState.IMPLEMENTING), key=lambda change: change.id))


def _ended(context: Context, *states: ChangeState) -> Iterator[Change]:
    now = context.clock.now()
    where: list[Filter] = [
        OneOf("state", tuple(state.value for state in states)),
        # Texts compare by code point, so the filter only preselects.
        Between("window.end", high=now.strftime("%Y-%m-%dT%H:%M:%S~")),
    ]
    for change in context.records.find(CHANGES, where):
        if change.window is not None and change.window.end <= now:
            yield change


def _moved(
    context: Context, change_id: str, name: str, expected_version: int | None, *, because: str, comment: str = ""
) -> Held[Change]:
    held = held_change(context, change_id, expected_version)
    move = move_of(held.record, name)
    ask(context, held.record, move, comment=comment)
    revision = held.record.revision + (1 if name == "reopen" else 0)
    kept = held.record.suspended if move.to is ChangeState.SCHEDULED else None
    moved = replace(held.record, state=move.to, revision=revision, suspended=kept)
    return written(context, moved, held.version, because=because, said=(name, comment))


def written(
    context: Context,
    change: Change,
    version: int,
    *,
    because: str,
    said: tuple[str, str] = ("", ""),
    unwritten: Unwritten | None = None,
) -> Held[Change]:
    """Write a change that was moved, with the reason of the move where one was given, if ``unwritten`` holds."""
    name, text = said
    puts = [Put(CHANGES, to_document(CHANGES, change), version), *put_of(context, change.id, text, move=name)]
    applied = context.records.put_all(puts, because=because, unwritten=unwritten)
    return context.records.held(CHANGES, change.id, at=applied.revision)

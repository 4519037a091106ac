"""The desk of reviews: somebody else says how a change went; the outcome may be corrected, and actions follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cmdb.change.changes import held_change
from cmdb.change.guarding import ask
from cmdb.change.moves import move_of
from cmdb.change.record import tasks
from cmdb.context import Context
from cmdb.model.change import CHANGES
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.review import REVIEWS, Review
from cmdb.ports.store import Put
from cmdb.records import Held, from_document, to_document


def review(
    context: Context,
    change_id: str,
    *,
    text: str,
    outcome: ChangeOutcome | None = None,
    actions: Sequence[str] = (),
    expected_version: int | None = None,
) -> Held[Review]:
    """
    Review a change that was implemented, also when it was backed out or failed.

    ``outcome`` corrects the one that was reported; each of ``actions`` becomes a task of the change.

    Raises:
        NotAllowed, OwnChange: the actor may not review this.
        NotFound: there is no such change.
        VersionConflict: somebody else changed or reviewed it meanwhile.
        WrongState: it was not implemented, or is reviewed already.
        IllegalMove: it is an emergency change whose papers are not complete.
        InvalidInput: the text is missing, or something is too long; every problem is named.
    """
    context.allow("change:review")
    held = held_change(context, change_id, expected_version)
    change = held.record
    move = move_of(change, "review")
    ask(context, change, move, comment=text, subject="review")
    puts, made = tasks.puts_of(context, change_id, actions, review=True)
    assert change.outcome is not None
    now, counts = context.clock.now(), outcome or change.outcome
    record = Review(
        change_id, context.actor.id, now, text, change.outcome, counts, tuple(sorted(task.id for task in made))
    )
    corrected = counts is not change.outcome
    moved = replace(
        change,
        state=move.to,
        outcome=counts,
        outcome_at=now if corrected else change.outcome_at,
        in_part=change.in_part and counts is ChangeOutcome.ISSUES,
    )
    puts += [
        Put(REVIEWS, to_document(REVIEWS, record), 0),
        Put(CHANGES, to_document(CHANGES, moved), held.version),
    ]
    applied = context.records.put_all(puts, because="change:reviewed")
    return context.records.held(REVIEWS, change_id, at=applied.revision)


def get(context: Context, change_id: str) -> Held[Review]:
    """Return the review of a change; raises NotAllowed, and NotFound where it has none."""
    context.allow("change:read")
    return context.records.held(REVIEWS, change_id)


def of_change(context: Context, change_id: str) -> Review | None:
    """Return the review of a change, None where there is none yet; raises NotAllowed."""
    context.allow("change:read")
    stored = context.store.get(REVIEWS, change_id)
    return None if stored is None else from_document(REVIEWS, stored.document)

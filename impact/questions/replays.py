"""Replay of many assessments: all of them in turn, so many at a time, told by what each comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Store
from impact.questions.replay import Log, Replay, replay

MOST = 500
"""So many are replayed at a time."""


class Replays(NamedTuple):
    """
    What replaying some of the assessments came to.

    ``of`` counts all there are, ``replayed`` those of this turn; ``otherwise`` has the replays that did not come out
    the same, and ``gone`` the assessments whose graph revision the store no longer keeps, both by id.
    """

    of: int
    replayed: int
    otherwise: tuple[Replay, ...]
    gone: tuple[str, ...]


def replays_in_turn(
    context: Context, *, turn: int, most: int = MOST, progress: Callable[[int, int], None] | None = None
) -> Replays:
    """
    Replay the assessments whose turn it is: every one comes once in as many turns as ``most`` fits into all of them.

    ``turn`` is any whole number that grows by one each time, such as that of the day. ``progress`` hears how many of
    how many are done.

    Raises:
        NotAllowed: the actor may not read changes, or what assessments are computed from.
    """
    context.allow("change:read")
    known = _assessments(context.store)
    rounds = max(1, -(-len(known) // most))
    asked = known[turn % rounds :: rounds]
    log, otherwise, gone = Log(context.store), [], []
    for done, (assessment, change) in enumerate(asked):
        if progress is not None:
            progress(done, len(asked))
        try:
            found = replay(context, change, assessment=assessment, log=log)
        except HistoryGone:
            gone.append(assessment)
            continue
        if not found.same:
            otherwise.append(found)
    return Replays(len(known), len(asked), tuple(otherwise), tuple(gone))


def _assessments(store: Store) -> list[tuple[str, str]]:
    """Return the id and change of every assessment, by id."""
    with store.snapshot() as snapshot:
        batches = list(snapshot.columns(ASSESSMENTS, "id", "change"))
    return [(assessment, change) for ids, changes in batches for assessment, change in zip(ids, changes, strict=True)]

"""What the one-page summary says of what was done: tasks, times, outcome and review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from web.cli.tables import fields, heading, plain
from web.wording_change import CHANGE_OUTCOME_WORDS, moment_words

if TYPE_CHECKING:
    from cmdb.change.record.dossier import Dossier


def implementation_lines(dossier: Dossier) -> Iterator[str]:
    """Yield what is to be done before and after, when it was done, how it went, and what its review says."""
    change = dossier.held.record
    zone = change.window.zone if change.window else "UTC"
    if dossier.tasks:
        yield from heading("Tasks and conditions")
        for task in dossier.tasks:
            kind = "condition" if task.condition else "action" if task.review else "task"
            yield f"  {task.id} {kind}, {'done' if task.is_done else 'open'}: {plain(task.title)}"
    if change.started_at is None:
        return
    review = dossier.review
    ended = f"{moment_words(change.ended_at, zone)} by {change.ended_by}" if change.ended_at else None
    pairs: list[tuple[str, Any]] = [
        ("Began", f"{moment_words(change.started_at, zone)} by {change.started_by}"),
        ("Steps done", f"{len(change.ticks)} of {len(change.steps)}" if change.ticks else None),
        ("Ended", ended),
        ("Outcome", CHANGE_OUTCOME_WORDS[change.outcome.value] if change.outcome else None),
        ("Review", f"by {review.by}: {review.text}" if review else None),
    ]
    yield from heading("Implementation")
    yield from fields(pairs, indent="  ")

"""What else a change names: changes it comes after, incidents it resolves, the model it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cmdb.change.record.circles import circle_in
from cmdb.context import Context
from cmdb.errors import Problem
from cmdb.model.change import CHANGES, Change
from cmdb.model.change_model import CHANGE_MODELS, ModelState
from cmdb.model.incident import INCIDENTS
from cmdb.model.kind import Kind
from cmdb.records import from_document

MOST_BEFORE = 1_000


def reference_problems(context: Context, change: Change) -> Iterator[Problem]:
    """Yield a problem for each name that leads nowhere, for a circle of changes, and for a model that is not in use."""
    yield from _unknown(context, CHANGES, change.after, "/after")
    yield from _unknown(context, INCIDENTS, change.incidents, "/incidents")
    yield from _order_problems(context, change)
    if change.model is not None:
        yield from _model_problems(context, change.model)


def _unknown(context: Context, kind: Kind[Any], ids: Sequence[str], pointer: str) -> Iterator[Problem]:
    known = context.store.get_many(kind, ids) if ids else {}
    for place, each in enumerate(ids):
        if each not in known:
            facts = {"kind": kind.name, "id": each[:200]}
            yield Problem("change.unknown_reference", "there is no {kind} {id}", facts, f"{pointer}/{place}")


def _order_problems(context: Context, change: Change) -> Iterator[Problem]:
    if not change.after:
        return
    # A change without an id is new: nothing can come after it yet.
    before, spent = _before(context, change)
    circle = circle_in(before, change.id) if change.id else ()
    if circle:
        sentence = "the changes come after one another in a circle: {circle}"
        yield Problem("change.after_circle", sentence, {"circle": " > ".join(circle)}, "/after")
    elif spent:
        sentence = "more than {most} changes come before this one, one after the other; so many are not followed"
        yield Problem("change.after_too_many", sentence, {"most": MOST_BEFORE}, "/after")


def _before(context: Context, change: Change) -> tuple[dict[str, tuple[str, ...]], bool]:
    """Return what comes before what, as far as it comes before the change, and whether there was more of it."""
    before = {change.id: change.after}
    work = [each for each in change.after if each != change.id]
    while work and len(before) <= MOST_BEFORE:
        found = context.store.get_many(CHANGES, work)
        read = {key: from_document(CHANGES, stored.document).after for key, stored in found.items()}
        before |= read
        work = sorted({each for after in read.values() for each in after} - before.keys())
    return before, bool(work)


def _model_problems(context: Context, model_id: str) -> Iterator[Problem]:
    stored = context.store.get(CHANGE_MODELS, model_id)
    if stored is None:
        yield Problem("change.unknown_model", "there is no change model {id}", {"id": model_id[:200]}, "/model")
        return
    model = from_document(CHANGE_MODELS, stored.document)
    if model.state is not ModelState.APPROVED:
        sentence = "the change model {id} is {state}: only an approved one makes changes"
        yield Problem("change.model_not_in_use", sentence, {"id": model_id, "state": model.state.value}, "/model")

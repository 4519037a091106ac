"""
Whether two persons have overridden a BLOCK: asked for by one and confirmed by another, on this very result.

An override decides nothing. It makes of the BLOCK what CAB is: where a board is in use the board decides by its votes,
an emergency too, and where none is a member does.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.change.assessments import same_result
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Assessment, Verdict
from cmdb.model.change import Change
from cmdb.model.decision import DECISIONS, Choice, Decision
from cmdb.people.persons import hands
from cmdb.ports.store import Equals


def asked(context: Context, change: Change) -> tuple[str, ...]:
    """Return who asked for an override of the newest assessment's BLOCK, sorted."""
    return tuple(sorted({each.by for each in _standing(context, change, Choice.ASK_OVERRIDE)}))


def asked_by_another(context: Context, change: Change) -> bool:
    """Tell whether somebody asked for it whom the actor is not, and neither stands in for the other."""
    actor = context.actor.id
    theirs = hands(context.store, actor)
    return any(each not in theirs and actor not in hands(context.store, each) for each in asked(context, change))


def is_overridden(context: Context, change: Change, assessment: Assessment) -> bool:
    """Tell whether the BLOCK of the assessment is overridden; an edit, or another result since, ends it."""
    if assessment.verdict is not Verdict.BLOCK:
        return False
    return any(True for _ in _standing(context, change, Choice.OVERRIDE))


def verdict_to_answer(context: Context, change: Change, assessment: Assessment) -> Verdict:
    """Return the verdict whoever decides answers for: that of the assessment, CAB where its BLOCK is overridden."""
    return Verdict.CAB if is_overridden(context, change, assessment) else assessment.verdict


def _standing(context: Context, change: Change, choice: Choice) -> Iterator[Decision]:
    """Yield the decisions of this choice that hold: on this revision, with no other result from then until now."""
    for each in context.records.find(DECISIONS, [Equals("change", change.id)]):
        if each.choice is choice and each.change_revision == change.revision and each.assessment is not None:
            judged = context.records.get(ASSESSMENTS, each.assessment)
            between = context.records.find(ASSESSMENTS, [Equals("change", change.id)])
            if all(same_result(judged, later) for later in between if later.number > judged.number):
                yield each

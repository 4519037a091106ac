"""What the change page says of a consequence: each way the change may go, and what that is expected to cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cmdb.errors import InvalidInput
from cmdb.model.assessment import Assessment
from cmdb.model.change import Change
from impact.questions.conflicts import COUNTED
from web.pages.naming import page_names
from web.request import context
from web.wording_consequence import (
    consequence_brief,
    failing_words,
    limit_words,
    loss_words,
    money_words,
    p_fail_words,
    scenario_rows,
    service_words,
    touched_words,
)

if TYPE_CHECKING:
    from impact.questions.consequence import ConsequenceAnswer

FEW = 12
_WAYS = 6


def consequence_shown(change: Change, assessment: Assessment | None, *, every: bool) -> dict[str, Any]:
    """
    Return what the page says: of the record that the verdict judged where there is one, else of what is asked now.

    Where both are there and differ, one sentence tells what it would be now. None where a change lacks window or
    targets, or neither is known.
    """
    kept, asked = _kept(change, assessment), _asked(change)
    answer = kept or asked
    if answer is None:
        return {"consequence": None}
    found = answer.consequence
    names = {**answer.names, **page_names(answer.names, at=answer.revision)}
    rows, ways = scenario_rows(found, names), failing_words(found, names)
    sentences = (loss_words(found), money_words(found), p_fail_words(found), _now(kept, asked))
    shown = len(rows) if every else FEW * len(found.scenarios)
    return {
        "consequence": found,
        "consequence_revision": answer.revision,
        "consequence_judged": kept is not None,
        "consequence_sentences": [said for said in sentences if said],
        "consequence_rows": rows[:shown],
        "consequence_each": len(found.scenarios),
        "consequence_more": len(found.services) - shown // len(found.scenarios),
        "consequence_services": service_words(found, answer.zone, names)[: None if every else 2 * FEW],
        "consequence_ways": ways if every else ways[:_WAYS],
        "consequence_ways_more": 0 if every else max(0, len(ways) - _WAYS),
        "consequence_touched": touched_words(found, names),
        "consequence_limits": limit_words(found),
    }


def _kept(change: Change, assessment: Assessment | None) -> ConsequenceAnswer | None:
    """Return the consequence that an assessment of this very revision keeps, as if it had been asked."""
    from impact.questions.consequence import ConsequenceAnswer

    if assessment is None or assessment.consequence is None or assessment.change_revision != change.revision:
        return None
    found = assessment.consequence
    names = {each.id: each.name for each in found.services}
    ids = {target.ci for target in change.targets} | {ci for way in found.failing for ci in way.cis}
    ids |= {each.ci for each in found.touched}
    return ConsequenceAnswer(
        revision=assessment.graph_revision,
        change=change.id,
        zone=change.window.zone if change.window else "UTC",
        notified=bool(change.communications),
        consequence=found,
        names={**dict.fromkeys(sorted(ids), ""), **names},
    )


def _asked(change: Change) -> ConsequenceAnswer | None:
    """Return the consequence of a change that may still be done, on the estate as it is now."""
    from impact.questions.consequence import consequence_of

    if change.state not in COUNTED or change.window is None or not change.targets:
        return None
    try:
        return consequence_of(context(), change.id)
    except InvalidInput:
        # A target ceased to be what it was; the page of the change tells that beside its targets.
        return None


def _now(kept: ConsequenceAnswer | None, asked: ConsequenceAnswer | None) -> str:
    """Return what it would be now, empty where that reads the same as what the verdict judged."""
    if kept is None or asked is None or consequence_brief(kept.consequence) == consequence_brief(asked.consequence):
        return ""
    return f"As things stand now, at revision {asked.revision}: {consequence_brief(asked.consequence)}."

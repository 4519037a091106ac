"""What the change page says of a consequence: each way the change may go, and what that is expected to cost."""

from __future__ import annotations

from typing import Any

from cmdb.errors import InvalidInput
from cmdb.model.change import Change
from impact.questions.conflicts import COUNTED
from web.pages.naming import page_names
from web.request import context
from web.wording_consequence import (
    failing_words,
    limit_words,
    loss_words,
    money_words,
    p_fail_words,
    scenario_rows,
    service_words,
    touched_words,
)

FEW = 12
_WAYS = 6


def consequence_shown(change: Change, *, every: bool) -> dict[str, Any]:
    """Return what the page says of a change that may still be done; None where it lacks window or targets."""
    from impact.questions.consequence import consequence_of

    if change.state not in COUNTED or change.window is None or not change.targets:
        return {"consequence": None}
    try:
        answer = consequence_of(context(), change.id)
    except InvalidInput:
        # A target ceased to be what it was; the page of the change tells that beside its targets.
        return {"consequence": None}
    found = answer.consequence
    names = {**answer.names, **page_names(answer.names, at=answer.revision)}
    rows, ways = scenario_rows(found, names), failing_words(found, names)
    sentences = (loss_words(found), money_words(found), p_fail_words(found))
    shown = len(rows) if every else FEW * len(found.scenarios)
    return {
        "consequence": found,
        "consequence_revision": answer.revision,
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

"""What the one page may show as JSON: each record as every door shows it, and what was found about them."""

from __future__ import annotations

from typing import Any

from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES
from cmdb.model.decision import DECISIONS
from cmdb.model.gate import Why
from cmdb.model.kind import Kind
from cmdb.model.similar import SimilarChanges
from cmdb.model.summary import ChangeSummary, ReasonFacts
from cmdb.records import to_json

_WHY, _SIMILAR, _REASON = (Kind(each, name=each.__name__) for each in (Why, SimilarChanges, ReasonFacts))


def document_of(summary: ChangeSummary) -> dict[str, Any]:
    """Return the summary as JSON; nothing is left out."""
    assessment, why = summary.assessment, summary.why
    return {
        "change": to_json(CHANGES, summary.change),
        "assessment": None if assessment is None else to_json(ASSESSMENTS, assessment),
        "reasons": [to_json(_REASON, each) for each in summary.reasons],
        "approvals": [
            {"decision": to_json(DECISIONS, each.decision), "void": each.void, "because": each.because}
            for each in summary.approvals
        ],
        "why": None if why is None else to_json(_WHY, why),
        "could_be": summary.could_be,
        "similar": to_json(_SIMILAR, summary.similar),
        "names": dict(summary.names),
    }

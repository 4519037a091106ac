"""What the one page may show as JSON: each record as every door shows it, and what was found about them."""

from __future__ import annotations

from typing import Any

from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES
from cmdb.model.decision import DECISIONS
from cmdb.model.gate import Why
from cmdb.model.kind import Kind
from cmdb.model.named import in_summary
from cmdb.model.similar import SimilarChanges
from cmdb.model.summary import CalendarJudged, ChangeSummary, ReasonFacts
from cmdb.records import to_json
from web.languages import Language
from web.naming import names_of

_WHY, _SIMILAR, _REASON, _CALENDAR = (
    Kind(each, name=each.__name__) for each in (Why, SimilarChanges, ReasonFacts, CalendarJudged)
)


def document_of(summary: ChangeSummary, language: Language = Language.EN) -> dict[str, Any]:
    """Return the summary as JSON; nothing is left out. Records have ids, ``names`` what they are called in words."""
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
        "calendar": None if summary.calendar is None else to_json(_CALENDAR, summary.calendar),
        "overridden": summary.overridden,
        "names": names_of(summary.called, in_summary(summary), language),
    }

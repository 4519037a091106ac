"""A decision: someone decided about one revision of a change, on the strength of one assessment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cmdb.model.assessment import Verdict
from cmdb.model.go_check import Found
from cmdb.model.kind import Kind

POLICY = "policy"
"""Who decides where the verdict is AUTO."""
GO_CHECK = "go_check"
"""Who suspends where a go or no-go check says NO-GO."""


class Choice(StrEnum):
    """What was decided."""

    APPROVE = "approve"
    REJECT = "reject"
    DEFER = "defer"
    RECALL = "recall"
    SUSPEND = "suspend"
    CONFIRM = "confirm"
    ASK_OVERRIDE = "ask for override"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Decision:
    """
    One decision, bound to the revision of the change and to the bytes of the assessment the person saw.

    ``by`` is the person, or ``policy`` where the verdict was AUTO. ``verdict`` repeats the assessment's, because it
    says with what right ``by`` decided. The emergency board approves before anything is assessed: then ``assessment``,
    its hash and the verdict are None. ``ballot`` is that of the board whose votes came to it, ``found`` what the go or
    no-go check found that suspended the approval. Whether a decision still counts is never stored: see
    :func:`cmdb.change.decisions.of_change`.
    """

    id: str
    change: str
    change_revision: int
    assessment: str | None
    assessment_hash: str | None
    verdict: Verdict | None
    choice: Choice
    by: str
    at: datetime
    comment: str = ""
    ballot: str | None = None
    found: Found | None = None


DECISIONS = Kind(
    Decision,
    name="decision",
    series="DEC",
    indexed=("change", "at", "by"),
    refers_to={"change": "change", "assessment": "assessment", "ballot": "ballot"},
)

"""What the one-page summary of a change is made of: the records of the change, and what was found about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.change import Change
from cmdb.model.decision import Decision
from cmdb.model.gate import Why
from cmdb.model.similar import SimilarChanges


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """One reason of a verdict: its code, its English sentence with places for the facts, and these facts."""

    code: str
    sentence: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision on the change; ``void`` tells that it counts no more, ``because`` of what (a code)."""

    decision: Decision
    void: bool
    because: str | None


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """
    All that the one-page summary of a change may show; what of it fits is judged when it is set.

    ``assessment`` is the newest, None where there is none; ``why`` is None where its estate is no longer kept.
    ``could_be`` is the verdict if every service had the worst outcome that the doubt about a single relation leaves
    open, None where nothing is in doubt or nobody can tell. ``names`` are those of the targets and of all CIs on the
    way to the services, by id.
    """

    change: Change
    assessment: Assessment | None
    reasons: tuple[ReasonFacts, ...]
    approvals: tuple[Approval, ...]
    why: Why | None
    could_be: Verdict | None
    similar: SimilarChanges
    names: Mapping[str, str] = field(default_factory=dict)

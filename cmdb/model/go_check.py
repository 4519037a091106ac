"""A go or no-go check: an approved change assessed once more, held against what was approved. Never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.outcome import Outcome


class GoAnswer(StrEnum):
    """Whether a change may go on as it was approved."""

    GO = "GO"
    NO_GO = "NO-GO"


REASONS: Mapping[str, str] = {
    "worse_verdict": "the verdict is stricter than the one that was approved",
    "earlier_method": (
        "the verdict is stricter, as the approval rests on an assessment of an earlier release, which did not know "
        "P(fail)"
    ),
    "service_goes_down": "a service goes down that did not when it was approved",
    "service_worse_off": "a service is worse off than when it was approved",
    "spare_lost": "a service loses its last spare, which it did not when it was approved",
    "target_gone": "a target is no longer part of the estate",
}
"""Code of each reason for NO-GO, in the order they are told, and its meaning."""

NEAR = ("target", "twin", "twin_of_out", "beneath_target", "beneath_twin", "service", "cone")
"""
How near what changed is to the change, nearest first: it is a target; a twin, which shares a redundancy group with a
target, or with something else that the change takes out; what one of these rests on; a service above a target; or
anything else that such a service rests on.
"""


FACTS = (
    "incident",
    "incident_resolved",
    "incident_changed",
    "ci_missing",
    "ci_changed",
    "ci_retired",
    "relation_made",
    "relation_changed",
    "relation_ended",
    "group_made",
    "group_changed",
    "group_ended",
    "change_meets",
    "change_moved",
    "calendar_changed",
    "policy_set",
    "definition_changed",
    "service_level_set",
    "service_hours_set",
    "loss_scale_set",
    "maintenance_changed",
    "capacity_changed",
    "model_changed",
    "outcome_corrected",
    "budget_used",
)
"""The kinds of changed facts that somebody recorded. A check tells what may have made things worse; they end a GO."""

RECKONED = (
    "failure_rose",
    "loss_rose",
    "tail_rose",
    "failed_loss_rose",
    "breach_rose",
    "outside_maintenance",
    "outcome_worse",
    "conflict_met",
    "conflicts_hidden",
    "doubt_met",
    "doubts_hidden",
    "freeze_met",
    "peak_met",
    "team_overrun",
    "calendar_unknown",
    "target_missing",
    "target_retired",
    "target_doubted",
    "targets_unseen",
    "model_withdrawn",
    "model_successes",
    "incident_over",
    "content_other",
    "policy_other",
    "method_other",
    "rules_other",
)
"""The kinds of changed facts that nobody recorded: a check reckons them, by the assessment of now and the approved."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a record that changed; None: it was, or is, not there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """
    Something that is otherwise than when the change was approved.

    ``code`` is one of :data:`FACTS` or :data:`RECKONED`, ``record`` the id of the record that tells it: an incident, a
    CI, a relation, a group, another change, a freeze, a version of the policy, a definition; of what is reckoned the
    assessment, where no other record does. ``fields`` are what changed, or the figures reckoned.
    ``ci`` is the CI it is about and ``name``
    its name, "" where it is about none. ``near`` is one of :data:`NEAR`, or "" likewise; of a twin
    ``of`` names the CI it stands beside. ``at`` is when it happened and ``by`` who recorded it.
    """

    code: str
    record: str
    at: datetime
    by: str
    ci: str = ""
    name: str = ""
    near: str = ""
    of: str = ""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found that suspends: codes of :data:`REASONS`, and the nearest changed fact, None where unknown."""

    check: str
    reasons: tuple[str, ...]
    fact: ChangedFact | None = None


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """A service that is worse off than when the change was approved; ``points`` are its further single points."""

    service: str
    name: str
    before: Outcome
    now: Outcome
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoCheck:
    """
    One check of one revision of a change.

    ``approved`` is the id of the assessment that was approved or confirmed last, ``assessment`` of the one this check
    made at ``graph_revision``. ``failed`` are the CIs that counted as failed throughout the window, sorted: those of
    open incidents and those that discovery misses. ``reasons`` are codes of :data:`REASONS`, none where the answer is
    GO. ``facts`` are the changed facts, the nearest first; ``facts_unlisted`` counts those beyond the limit, and is
    None where the log no longer reaches back to the approval. ``told`` are the people a NO-GO is for, sorted;
    ``suspended`` tells whether the approval rests after the check.
    """

    id: str
    change: str
    change_revision: int
    at: datetime
    by: str
    answer: GoAnswer
    approved: str
    assessment: str
    graph_revision: int
    failed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    services: tuple[ServiceNow, ...] = ()
    facts: tuple[ChangedFact, ...] = ()
    facts_unlisted: int | None = 0
    told: tuple[str, ...] = ()
    suspended: bool = False

    @property
    def found(self) -> Found:
        """Why a NO-GO suspends, as the change and the decision keep it."""
        return Found(self.id, self.reasons, self.facts[0] if self.facts else None)


GO_CHECKS = Kind(
    GoCheck,
    name="go_check",
    series="GNG",
    indexed=("change", "at"),
    refers_to={"change": "change", "approved": "assessment", "assessment": "assessment"},
)

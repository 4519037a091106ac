"""What people call each kind of record; sentences say that word, facts and programmes the name of the kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOUNS = {
    "accuracy": "accuracy of a verification",
    "api_token": "API token",
    "assessment": "assessment",
    "attendance": "attendance of a meeting",
    "audit_sample": "audit sample",
    "ballot": "ballot",
    "baseline": "history baseline",
    "board": "board",
    "change": "change",
    "change_attachment": "attachment",
    "change_comment": "comment",
    "change_model": "change model",
    "change_review": "review",
    "change_task": "task",
    "ci": "CI",
    "ci_class": "CI class",
    "configuration_baseline": "baseline",
    "coverage": "coverage of source",
    "credential": "credential",
    "decision": "decision",
    "discovery_rules": "discovery rules",
    "drift_disposition": "decision about drift",
    "drift_rules": "drift rules",
    "failure_model": "failure model",
    "finding": "finding",
    "freeze": "freeze",
    "go_check": "go or no-go check",
    "group": "redundancy group",
    "health_measurement": "health measurement",
    "health_summary": "health summary",
    "identity_decision": "identity decision",
    "incident": "incident",
    "invitation": "invitation",
    "lockout": "refused credential",
    "loss_scale": "scale of losses",
    "maintenance_window": "maintenance window",
    "meeting": "meeting",
    "meeting_series": "series of meetings",
    "observation": "observation",
    "peak_event": "peak event",
    "person": "person",
    "policy": "policy",
    "policy_simulation": "policy simulation",
    "policy_test": "policy test",
    "read_mark": "read-ahead mark",
    "reconciliation": "reconciliation",
    "relation": "relation",
    "relation_rejection": "rejected relation",
    "relation_type": "relation type",
    "run": "run",
    "sample_check": "check of a sampled CI",
    "service_hours": "calendar of service hours",
    "service_hours_year": "year of service hours",
    "service_level": "service level",
    "session": "session",
    "sign_in_event": "sign-in event",
    "source": "source",
    "table_mapping": "table mapping",
    "team_capacity": "team capacity",
    "telling": "notice",
    "touching": "change that touches CIs",
    "verification": "verification",
    "vote": "vote",
}
"""By the name of the kind: what stands in sentences before an id."""


def spoken(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return facts as a sentence tells them: a kind of record by its noun.

    >>> spoken({"kind": "configuration_baseline", "key": "month-end"})
    {'kind': 'baseline', 'key': 'month-end'}
    """
    kind = facts.get("kind")
    return {**facts, "kind": NOUNS[kind]} if isinstance(kind, str) and kind in NOUNS else facts

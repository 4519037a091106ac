"""
Commands against a server: for each desk a twin with the same functions, which asks the API's route of its name.

A twin answers with the desk's own types, so a command does not know which of the two it talks to. Rights, rules and
the order of things are the server's; a twin only sends and reads.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from cmdb.errors import Family, ForeshockError
from cmdb.ports.outside import Clock
from web.cli.remote.server import Server

_TWINS = {
    "cmdb.change.record.attachments": "attachments",
    "cmdb.change.record.audit_export": "audit_exports",
    "cmdb.change.boards.attending": "meetings",
    "cmdb.change.boards.ballots": "boards",
    "cmdb.change.boards.boards": "boards",
    "cmdb.change.change_models": "change_models",
    "cmdb.change.calendar.calendar": "calendar",
    "cmdb.change.calendar.calendar_feed": "calendar",
    "cmdb.change.calendar.calendar_import": "calendar",
    "cmdb.change.changes": "changes",
    "cmdb.change.record.comments": "comments",
    "cmdb.change.decisions": "changes",
    "cmdb.change.verification.dispositions": "verification",
    "cmdb.change.record.dossier": "changes",
    "cmdb.change.implementation": "lifecycle",
    "cmdb.change.inbox": "go",
    "cmdb.change.lifecycle": "lifecycle",
    "cmdb.change.boards.meeting_course": "meetings",
    "cmdb.change.boards.meeting_series": "meeting_series",
    "cmdb.change.boards.meetings": "meetings",
    "cmdb.change.boards.pack": "meetings",
    "cmdb.change.policy.policy": "policy",
    "cmdb.change.policy.policy_simulation": "policy",
    "cmdb.change.reviews": "lifecycle",
    "cmdb.change.verification.samples": "verification",
    "cmdb.change.scorecard": "scorecard",
    "cmdb.change.record.tasks": "tasks",
    "cmdb.change.telling": "meetings",
    "cmdb.change.verification.verification_runs": "verification",
    "cmdb.change.verification.verifying": "verification",
    "cmdb.change.boards.votes": "boards",
    "cmdb.configuration.baselines": "baselines",
    "cmdb.configuration.classes": "classes",
    "cmdb.configuration.discovery_rules": "discovery",
    "cmdb.configuration.drift_rules": "verification",
    "cmdb.configuration.ending": "register",
    "cmdb.configuration.evidenced": "evidence",
    "cmdb.configuration.export": "estate",
    "cmdb.configuration.fault_trees": "estate",
    "cmdb.configuration.findings": "discovery",
    "cmdb.configuration.history": "search",
    "cmdb.configuration.holding": "holding",
    "cmdb.configuration.identity": "discovery",
    "cmdb.configuration.intake": "estate",
    "cmdb.configuration.measuring": "health",
    "cmdb.configuration.naming": "naming",
    "cmdb.configuration.observing": "discovery",
    "cmdb.configuration.planned": "planned",
    "cmdb.configuration.provenance": "discovery",
    "cmdb.configuration.sides": "sides",
    "cmdb.configuration.register": "register",
    "cmdb.configuration.sampling": "health",
    "cmdb.configuration.search": "search",
    "cmdb.configuration.table_import": "estate",
    "cmdb.jobs": "runs",
    "cmdb.people.persons": "persons",
    "cmdb.people.sessions": "sessions",
    "cmdb.people.sign_in": "sessions",
    "cmdb.people.sign_in_events": "sign_in_events",
    "cmdb.people.tokens": "tokens",
    "cmdb.service.hours": "service_hours",
    "cmdb.service.incident_causes": "incidents",
    "cmdb.service.incident_intake": "incidents",
    "cmdb.service.incidents": "incidents",
    "cmdb.service.loss_scales": "loss_scales",
    "cmdb.service.service_levels": "service_levels",
    "discovery.asking": "sources",
    "discovery.sources": "sources",
    "impact.questions.assess": "changes",
    "impact.questions.background": "runs",
    "impact.questions.board_pack": "meetings",
    "impact.questions.begin": "lifecycle",
    "impact.questions.bulk": "bulk",
    "impact.questions.calendar_facts": "calendar",
    "impact.questions.calendar_moves": "calendar",
    "impact.questions.calendar_overview": "calendar",
    "impact.questions.calibration": "calibration",
    "impact.questions.confidence": "confidence",
    "impact.questions.conflicts": "calendar",
    "impact.questions.consequence": "consequence",
    "impact.questions.criticality": "criticality",
    "impact.questions.go": "go",
    "impact.questions.impact": "impact",
    "impact.questions.learn": "chance",
    "impact.questions.outage": "risks",
    "impact.questions.projected_outage": "calendar",
    "impact.questions.replay": "changes",
    "impact.questions.risk_groups": "risks",
    "impact.questions.similar": "similar",
    "impact.questions.safe_window": "calendar",
    "impact.questions.spof": "impact",
    "impact.questions.unavailability": "impact",
    "impact.questions.whatif": "whatif",
    "impact.questions.why": "why",
    "web.wording_counts": "counts",
}


class NotAtServer(ForeshockError):
    """The API has no route for this."""

    code = "cli.not_at_server"
    sentence = "a server can not be asked to {what}"
    family = Family.REFUSED

    def __init__(self, *, what: str) -> None:
        super().__init__(what=what)


class RemoteContext:
    """What the twins take in place of a context; who acts, and what they may, is the server's to say."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.used: dict[str, str | None] = {}

    @property
    def clock(self) -> Clock:
        """The clock of this machine: what is told as of now is told to whoever sits here."""
        from web.bootstrap import SystemClock

        return SystemClock()

    def allow(self, act: str) -> None:
        """Let the server judge."""


def twin_of(desk: Any) -> ModuleType:
    """Return the module that asks a server what this desk does."""
    return importlib.import_module(f"web.cli.remote.{_TWINS[desk.__name__]}")

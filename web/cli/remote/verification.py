"""Verifications, their samples, and drift, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cmdb.change.verification.dispositions import Settlement
from cmdb.change.verification.verifying import SAMPLE, Check
from cmdb.configuration.drift_rules import DriftRulesText
from cmdb.model.drift import DISPOSITIONS, DRIFT_RULES_VERSIONS, Disposition, DriftRulesVersion
from cmdb.model.kind import Kind
from cmdb.model.run import RUNS, Run
from cmdb.model.verification import (
    ACCURACIES,
    SAMPLE_CHECKS,
    VERIFICATIONS,
    Accuracy,
    DriftRow,
    SampleCheck,
    Verification,
)
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of

_MEDIA = "application/toml"
_ROWS = Kind(DriftRow, name="row")


# verifications -------------------------------------------------------------------------------------------------------
def ask(context: RemoteContext, baseline: str, *, sample: int = SAMPLE) -> Held[Run]:
    return held(RUNS, context.server.send("POST", "verifications", body={"baseline": baseline, "sample": sample}))


def ask_to_conclude(context: RemoteContext, verification: str, *, note: str = "") -> Held[Run]:
    return held(RUNS, context.server.send("POST", "verifications", verification, "conclude", body={"note": note}))


def get(context: RemoteContext, verification: str) -> Held[Verification]:
    return held(VERIFICATIONS, context.server.get("verifications", verification))


def summaries(
    context: RemoteContext, *, baseline: str | None = None, after: str | None = None, limit: int = 100
) -> tuple[list[dict[str, Any]], str | None]:
    page = context.server.get("verifications", baseline=baseline, after=after, limit=limit).document
    return page["rows"], page["next"]


def check(context: RemoteContext, verification: str, *, signer: Any = None) -> Check:  # noqa: ARG001  # Its own key.
    found = dict(context.server.get("verifications", verification, "check").document)
    found.pop("sound")
    return Check(**found)


# samples -------------------------------------------------------------------------------------------------------------
def enter(context: RemoteContext, verification: str, ci: str, *, right: bool, note: str = "") -> Held[SampleCheck]:
    body = {"ci": ci, "right": right, "note": note}
    return held(SAMPLE_CHECKS, context.server.send("POST", "verifications", verification, "sample", body=body))


def entered(context: RemoteContext, verification: str) -> Mapping[str, SampleCheck]:
    rows = _sample(context, verification)["entered"]
    return {row["ci"]: from_document(SAMPLE_CHECKS, row) for row in rows}


def accuracy_of(context: RemoteContext, verification: str) -> Accuracy | None:
    found = _sample(context, verification)["accuracy"]
    return None if found is None else from_document(ACCURACIES, found)


def _sample(context: RemoteContext, verification: str) -> dict[str, Any]:
    found: dict[str, Any] = context.server.get("verifications", verification, "sample").document
    return found


# drift ---------------------------------------------------------------------------------------------------------------
def drift(context: RemoteContext, baseline: str) -> tuple[DriftRow, ...]:
    rows = context.server.get("baselines", baseline, "drift").document["rows"]
    return tuple(from_document(_ROWS, row) for row in rows)


def accept(
    context: RemoteContext, baseline: str, differences: Sequence[str], *, reason: str, cis: Sequence[str] = ()
) -> Settlement:
    return _settled(context, baseline, "accept", differences, reason, cis)


def revert(
    context: RemoteContext, baseline: str, differences: Sequence[str], *, reason: str, cis: Sequence[str] = ()
) -> Settlement:
    return _settled(context, baseline, "revert", differences, reason, cis)


def _settled(
    context: RemoteContext, baseline: str, way: str, differences: Sequence[str], reason: str, cis: Sequence[str]
) -> Settlement:
    body = {"differences": list(differences), "cis": list(cis), "reason": reason}
    answer = context.server.send("POST", "baselines", baseline, "drift", way, body=body).document
    made = tuple(from_document(DISPOSITIONS, row) for row in answer["dispositions"])
    return Settlement(made, answer["change"])


def dispositions_of(context: RemoteContext, baseline: str) -> list[Disposition]:
    rows = context.server.get("baselines", baseline, "dispositions").document["rows"]
    return [from_document(DISPOSITIONS, row) for row in rows]


def tolerate(
    context: RemoteContext, baseline: str, difference: str, *, name: str, because: str, until: date | None = None
) -> Held[DriftRulesVersion]:
    day = None if until is None else until.isoformat()
    body = {"difference": difference, "name": name, "because": because, "until": day}
    answer = context.server.send("POST", "baselines", baseline, "drift", "tolerate", body=body)
    return held(DRIFT_RULES_VERSIONS, answer)


def in_force(context: RemoteContext) -> DriftRulesText:
    return DriftRulesText(**context.server.get("drift", "rules").document)


def versions_page(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[DriftRulesVersion]:
    found = context.server.get("drift", "rules", "versions", after=after, limit=limit)
    return page_of(DRIFT_RULES_VERSIONS, found.document)


def set_rules(
    context: RemoteContext, content: bytes, *, expected_version: int | None = None
) -> Held[DriftRulesVersion]:
    version = context.server.version_of("drift", "rules") if expected_version is None else expected_version
    tag = {"If-Match": f'"{version}"'}
    answer = context.server.upload("PUT", "drift", "rules", content=content, media=_MEDIA, headers=tag)
    return held(DRIFT_RULES_VERSIONS, answer)

"""The health of the records, and audit samples, asked of a server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cmdb.configuration.measuring import FaultPage
from cmdb.configuration.sampling import Result
from cmdb.model.audit_sample import AUDIT_SAMPLES, AuditSample
from cmdb.model.health import HEALTH_MEASUREMENTS, HEALTH_SUMMARY, Fault, HealthMeasurement, HealthSummary, Measure
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def summary(context: RemoteContext, *, by: str | None = None) -> HealthSummary:
    return from_document(HEALTH_SUMMARY, context.server.get("health", by=by).document)


def faults(
    context: RemoteContext,
    *,
    measure: Measure | None = None,
    ci_class: str | None = None,
    owner: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> FaultPage:
    query = {"measure": measure.value if measure else None, "class": ci_class, "owner": owner, "after": after}
    found = context.server.get("health", "faults", limit=limit, **query).document
    rows = tuple(Fault(row["ci"], Measure(row["measure"]), row["code"], row["facts"]) for row in found["rows"])
    return FaultPage(rows, found["next"], found["total"])


def trend(context: RemoteContext, *, since: datetime | None = None) -> list[HealthMeasurement]:
    rows = (from_document(HEALTH_MEASUREMENTS, row) for row in context.server.rows("health", "trend"))
    return sorted((each for each in rows if since is None or each.measured_at >= since), key=lambda each: each.id)


# samples -------------------------------------------------------------------------------------------------------------
def draw(
    context: RemoteContext, size: int, *, seed: int | None = None, ci_class: str | None = None, owner: str | None = None
) -> Held[AuditSample]:
    body = {"size": size, "seed": seed, "class": ci_class, "owner": owner}
    return held(AUDIT_SAMPLES, context.server.send("POST", "samples", body=body))


def judge(
    context: RemoteContext, sample: str, results: Iterable[Result], *, expected_version: int | None = None
) -> Held[AuditSample]:
    version = context.server.version_of("samples", sample) if expected_version is None else expected_version
    body = {"results": [each._asdict() for each in results]}
    return held(AUDIT_SAMPLES, context.server.send("POST", "samples", sample, "results", body=body, version=version))


def get(context: RemoteContext, sample: str) -> Held[AuditSample]:
    return held(AUDIT_SAMPLES, context.server.get("samples", sample))


def listing(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[AuditSample]:
    return page_of(AUDIT_SAMPLES, context.server.get("samples", after=after, limit=limit).document)

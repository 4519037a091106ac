"""Bulk changes, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.change import CHANGES, Effect
from cmdb.model.mitigation import NeverOut, Wave
from impact.questions.bulk import Bulk, BulkPlan
from web.cli.remote import RemoteContext
from web.cli.remote.changes import body_of
from web.cli.remote.reading import held


def bulk(
    context: RemoteContext,
    *,
    targets: Sequence[str],
    start: str,
    minutes: int,
    gap: int = 0,
    effect: Effect = Effect.RESTART,
    raise_it: bool = True,
    **given: Any,
) -> Bulk:
    asked = {"targets": list(targets), "start": start, "minutes": minutes, "gap": gap, "effect": effect.value}
    found = context.server.send("POST", "changes", "bulk", "plan", body=asked).document
    plan = BulkPlan(
        revision=found["revision"],
        waves=tuple(Wave(each["offset"], each["minutes"], tuple(each["targets"])) for each in found["waves"]),
        minutes=found["minutes"],
        gap=found["gap"],
        never=tuple(NeverOut(each["target"], tuple(each["services"])) for each in found["never"]),
        fewest=found["fewest"],
    )
    if not raise_it:
        return Bulk(plan, None)
    body = {**body_of(given, what="the bulk change"), **asked}
    return Bulk(plan, held(CHANGES, context.server.send("POST", "changes", "bulk", body=body)))

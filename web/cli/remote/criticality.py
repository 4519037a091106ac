"""Which CIs matter most, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.kind import Kind
from cmdb.records import from_document
from impact.questions.criticality import CriticalityAnswer
from web.cli.remote import RemoteContext

_CRITICALITY = Kind(CriticalityAnswer, name="criticality")


def criticality_of(context: RemoteContext, cis: Sequence[str], *, most: int, at: Any = None) -> CriticalityAnswer:
    body = {"cis": list(cis), "top": most, "at": None if at is None else str(at)}
    return from_document(_CRITICALITY, context.server.send("POST", "criticality", body=body).document)

"""How sure an impact answer is, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model.kind import Kind
from cmdb.records import from_document
from impact.questions.confidence import ConfidenceAnswer
from web.cli.remote import RemoteContext

_ANSWER = Kind(ConfidenceAnswer, name="confidence")


def confidence_of(context: RemoteContext, cis: Sequence[str], *, at: Any = None) -> ConfidenceAnswer:
    body = {"cis": list(cis), "at": None if at is None else str(at)}
    return from_document(_ANSWER, context.server.send("POST", "impact", "confidence", body=body).document)

"""The chance that a change fails, asked of a server."""

from __future__ import annotations

from typing import Any

from cmdb.model.failure_model import FAILURE_MODELS, FailureModelVersion
from cmdb.model.kind import Kind
from cmdb.records import Held, from_document
from impact.questions.learn import ChanceAnswer
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held

_CHANCE = Kind(ChanceAnswer, name="chance")


def chance_of(context: RemoteContext, change: str, *, at: Any = None) -> ChanceAnswer:
    answer = context.server.get("changes", change, "chance-of-failure", at=None if at is None else str(at))
    return from_document(_CHANCE, answer.document)


def keep(context: RemoteContext) -> Held[FailureModelVersion]:
    return held(FAILURE_MODELS, context.server.send("POST", "failure-models"))

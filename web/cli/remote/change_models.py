"""Change models, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any

from cmdb.change.change_models import Standing
from cmdb.model.change import BackOut
from cmdb.model.change_model import CHANGE_MODELS, ChangeModel, FailureLimit, ModelState
from cmdb.records import Held, Listing
from web.cli.remote import RemoteContext
from web.cli.remote.changes import back_out_body
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def define(
    context: RemoteContext, model_id: str, *, expected_version: int | None = None, **given: Any
) -> Held[ChangeModel]:
    body = {name: _plain(value) for name, value in given.items()}
    if "change_type" in body:
        body["type"] = body.pop("change_type")
    if expected_version == 0:
        answer = context.server.send("POST", "change-models", body={"id": model_id, **body})
        return held(CHANGE_MODELS, answer)
    version = _version(context, model_id, expected_version)
    return held(CHANGE_MODELS, context.server.send("PATCH", "change-models", model_id, body=body, version=version))


def approve(context: RemoteContext, model_id: str, *, expected_version: int | None = None) -> Held[ChangeModel]:
    version = _version(context, model_id, expected_version)
    return held(CHANGE_MODELS, context.server.send("POST", "change-models", model_id, "approve", version=version))


def withdraw(
    context: RemoteContext, model_id: str, *, because: str, expected_version: int | None = None
) -> Held[ChangeModel]:
    version, body = _version(context, model_id, expected_version), {"because": because}
    answer = context.server.send("POST", "change-models", model_id, "withdraw", body=body, version=version)
    return held(CHANGE_MODELS, answer)


def standing(context: RemoteContext, model: ChangeModel) -> Standing:
    found = context.server.get("change-models", model.id, "standing").document
    return Standing(found["bad"], found["of"], FailureLimit(**found["limit"]))


def get(context: RemoteContext, model_id: str) -> Held[ChangeModel]:
    return held(CHANGE_MODELS, context.server.get("change-models", model_id))


def listing(
    context: RemoteContext, *, states: Sequence[ModelState] = (), after: str | None = None, limit: int = 100
) -> Listing[ChangeModel]:
    wanted = [state.value for state in states]
    page = context.server.get("change-models", state=wanted, after=after, limit=limit)
    return page_of(CHANGE_MODELS, page.document)


def _plain(value: Any) -> Any:
    if isinstance(value, BackOut):
        return back_out_body(value)
    if isinstance(value, FailureLimit):
        return asdict(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _version(context: RemoteContext, model_id: str, expected: int | None) -> int:
    return context.server.version_of("change-models", model_id) if expected is None else expected

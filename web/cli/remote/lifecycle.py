"""Moves of changes after their request, and reviews, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.change.text_input import Moment
from cmdb.model.change import CHANGES, BackOut, Change
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.review import REVIEWS, Review
from cmdb.records import Held, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.changes import back_out_body, seen_version
from web.cli.remote.reading import held


def reopen(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    return _moved(context, change_id, "reopen", expected_version)


def schedule(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    return _moved(context, change_id, "schedule", expected_version)


def cancel(
    context: RemoteContext, change_id: str, *, comment: str, expected_version: int | None = None
) -> Held[Change]:
    return _moved(context, change_id, "cancel", expected_version, {"comment": comment})


def close(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    return _moved(context, change_id, "close", expected_version)


def expire(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    return _moved(context, change_id, "expire", expected_version)


def implement(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    return _moved(context, change_id, "implement", expected_version)


def tick(context: RemoteContext, change_id: str, step: int, *, expected_version: int | None = None) -> Held[Change]:
    return _moved(context, change_id, "tick", expected_version, {"step": step})


def finish(
    context: RemoteContext,
    change_id: str,
    *,
    outcome: ChangeOutcome,
    in_part: bool = False,
    started: Moment | None = None,
    ended: Moment | None = None,
    comment: str = "",
    expected_version: int | None = None,
) -> Held[Change]:
    body: dict[str, Any] = {"outcome": outcome.value, "in_part": in_part, "comment": comment}
    body |= {name: str(moment) for name, moment in (("started", started), ("ended", ended)) if moment is not None}
    return _moved(context, change_id, "finish", expected_version, body)


def document(
    context: RemoteContext,
    change_id: str,
    *,
    steps: Sequence[str] | None = None,
    back_out: BackOut | None = None,
    test_evidence: str | None = None,
    expected_version: int | None = None,
) -> Held[Change]:
    given = {"steps": steps and list(steps), "back_out": back_out_body(back_out), "test_evidence": test_evidence}
    body = {name: value for name, value in given.items() if value is not None}
    return _moved(context, change_id, "document", expected_version, body)


def review(
    context: RemoteContext,
    change_id: str,
    *,
    text: str,
    outcome: ChangeOutcome | None = None,
    actions: Sequence[str] = (),
    expected_version: int | None = None,
) -> Held[Review]:
    body = {"text": text, "actions": list(actions), **({"outcome": outcome.value} if outcome else {})}
    version = seen_version(context, change_id, expected_version)
    return held(REVIEWS, context.server.send("POST", "changes", change_id, "review", body=body, version=version))


def of_change(context: RemoteContext, change_id: str) -> Review | None:
    from cmdb.errors import Family, ForeshockError

    try:
        return from_document(REVIEWS, context.server.get("changes", change_id, "review").document)
    except ForeshockError as refused:
        if refused.family is Family.NOT_FOUND:
            return None
        raise


def _moved(
    context: RemoteContext, change_id: str, name: str, expected: int | None, body: Mapping[str, Any] | None = None
) -> Held[Change]:
    version = seen_version(context, change_id, expected)
    return held(CHANGES, context.server.send("POST", "changes", change_id, name, body=body, version=version))

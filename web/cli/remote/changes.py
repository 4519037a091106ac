"""Changes, assessments and decisions, asked of a server."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cmdb.change.changes import Keep
from cmdb.change.decisions import Standing
from cmdb.change.record.differences import Difference
from cmdb.change.record.dossier import ChangeRevision, Dossier
from cmdb.change.text_input import read_targets
from cmdb.errors import InvalidInput
from cmdb.model.afterwards import Afterwards
from cmdb.model.assessment import ASSESSMENTS, Assessment
from cmdb.model.attachment import ATTACHMENTS
from cmdb.model.change import CHANGES, BackOut, Change, ChangeState, Target
from cmdb.model.comment import COMMENTS
from cmdb.model.decision import DECISIONS, Decision
from cmdb.model.go_check import GO_CHECKS
from cmdb.model.graph_edit import GraphEdit
from cmdb.model.kind import Kind
from cmdb.model.replay_finding import ReplayFinding
from cmdb.model.review import REVIEWS
from cmdb.model.task import TASKS
from cmdb.records import Held, Listing, from_document, to_document
from impact.questions.replay import Discrepancy, Replay
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of

_AFTERWARDS = Kind(Afterwards, name="afterwards")
_EDITS = Kind(GraphEdit, name="graph_edit")


def get(context: RemoteContext, change_id: str, *, at: Any = None) -> Held[Change]:
    return held(CHANGES, context.server.get("changes", change_id, at=at))


def listing(
    context: RemoteContext,
    *,
    states: Sequence[ChangeState] = (),
    after: str | None = None,
    limit: int = 100,
    at: Any = None,
) -> Listing[Change]:
    wanted = [state.value for state in states]
    return page_of(CHANGES, context.server.get("changes", state=wanted, after=after, limit=limit, at=at).document)


def new(context: RemoteContext, **given: Any) -> Held[Change]:
    return held(CHANGES, context.server.send("POST", "changes", body=body_of(given, what="the new change")))


def edit(context: RemoteContext, change_id: str, *, expected_version: int | None = None, **given: Any) -> Held[Change]:
    version = seen_version(context, change_id, expected_version)
    body = body_of(given, what=change_id)
    return held(CHANGES, context.server.send("PATCH", "changes", change_id, body=body, version=version))


def submit(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    version = seen_version(context, change_id, expected_version)
    return held(CHANGES, context.server.send("POST", "changes", change_id, "submit", version=version))


def assess(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Assessment]:
    version = seen_version(context, change_id, expected_version)
    return held(ASSESSMENTS, context.server.send("POST", "changes", change_id, "assess", version=version))


def resubmit(context: RemoteContext, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    version = seen_version(context, change_id, expected_version)
    return held(CHANGES, context.server.send("POST", "changes", change_id, "resubmit", version=version))


def approve(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "approve", **more)


def reject(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "reject", **more)


def defer(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "defer", **more)


def ask_override(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "ask_override", **more)


def override(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "override", **more)


def recall(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "recall", **more)


def suspend(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "suspend", **more)


def confirm(context: RemoteContext, change_id: str, **more: Any) -> Held[Decision]:
    return _decide(context, change_id, "confirm", **more)


def show(context: RemoteContext, change_id: str) -> Dossier:
    answer = context.server.get("changes", change_id, "dossier")
    found = answer.document
    return Dossier(
        held=Held(from_document(CHANGES, found["change"]), context.server.version_of("changes", change_id), 0),
        assessments=tuple(from_document(ASSESSMENTS, one) for one in found["assessments"]),
        decisions=tuple(
            Standing(from_document(DECISIONS, one["decision"]), one["void"], one["because"])
            for one in found["decisions"]
        ),
        revisions=tuple(map(_revision, found["revisions"])),
        moves=tuple(found["moves"]),
        tasks=tuple(from_document(TASKS, one) for one in found["tasks"]),
        comments=tuple(from_document(COMMENTS, one) for one in found["comments"]),
        attachments=tuple(from_document(ATTACHMENTS, one) for one in found["attachments"]),
        review=from_document(REVIEWS, found["review"]) if found["review"] else None,
        go_checks=tuple(from_document(GO_CHECKS, one) for one in found["go_checks"]),
        afterwards=from_document(_AFTERWARDS, found["afterwards"]),
        overridden=found["overridden"],
    )


def replay(context: RemoteContext, change_id: str, *, assessment: str | None = None) -> Replay:
    found = context.server.get("changes", change_id, "replay", assessment=assessment).document
    places = tuple(Discrepancy(**one) for one in found["differences"])
    return Replay(found["change"], found["assessment"], found["same"], places, ReplayFinding(found["finding"]))


def _decide(
    context: RemoteContext,
    change_id: str,
    choice: str,
    *,
    expected_version: int | None = None,
    assessment: str | None = None,
    comment: str = "",
    conditions: Sequence[str] = (),
) -> Held[Decision]:
    version = seen_version(context, change_id, expected_version)
    body: dict[str, Any] = {"comment": comment, **({} if assessment is None else {"assessment": assessment})}
    body |= {"conditions": list(conditions)} if conditions else {}
    return held(DECISIONS, context.server.send("POST", "changes", change_id, choice, body=body, version=version))


def seen_version(context: RemoteContext, change_id: str, expected: int | None) -> int:
    """Return the version of the change that was seen; where nobody says, the present one."""
    return context.server.version_of("changes", change_id) if expected is None else expected


def _revision(found: Mapping[str, Any]) -> ChangeRevision:
    changed = tuple(Difference(**one) for one in found["changed"])
    return ChangeRevision(found["number"], datetime.fromisoformat(found["at"]), found["by"], changed)


def body_of(given: Mapping[str, Any], *, what: str) -> dict[str, Any]:
    """
    Return what the desk is given as the API takes it.

    Raises:
        InvalidInput: a target can not be read; the API takes targets as objects.
    """
    body = {name: value for name, value in given.items() if not isinstance(value, Keep)}
    if "change_type" in body:
        body["type"] = body.pop("change_type").value
    if "targets" in body:
        typed = body["targets"]
        targets, problems, places = read_targets(typed)
        if problems:
            raise InvalidInput(problems, what=what)
        body["targets"] = [_target(each, typed[place]) for each, place in zip(targets, places, strict=True)]
    if body.get("window") is not None:
        body["window"] = dict(zip(("start", "end"), body["window"], strict=True))
    if isinstance(plan := body.get("back_out"), BackOut):
        body["back_out"] = back_out_body(plan)
    return body


def _target(target: Target, typed: Target | str) -> dict[str, Any]:
    """Return a target as the API takes it; one of which nothing is said as its id alone, for a model to fill in."""
    if isinstance(typed, str) and len(next(csv.reader([typed]))) == 1:
        return {"ci": target.ci}
    return {
        "ci": target.ci,
        "effect": target.effect.value,
        "offset": target.offset,
        "minutes": target.minutes,
        "expected": dict(target.expected),
        "edit": edit_body(target),
    }


def edit_body(target: Target) -> dict[str, Any] | None:
    """Return the edit of a target as the API takes it."""
    return None if target.edit is None else to_document(_EDITS, target.edit)


def back_out_body(plan: BackOut | None) -> dict[str, Any] | None:
    """Return a back-out plan as the API takes it."""
    if plan is None:
        return None
    tested = plan.tested_on.isoformat() if plan.tested_on else None
    return {"plan": plan.plan, "minutes": plan.minutes, "tested_on": tested}

"""The life of a change after its request, on the pages: each move posts and comes back; the twin of the command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from cmdb.change import changes, decisions, implementation, lifecycle, reviews
from cmdb.change.record import attachments, comments, tasks
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import BackOut
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.incident import NotCaused
from cmdb.service import incident_causes, incidents
from impact.questions.begin import implement
from impact.questions.go import go
from web.pages.blueprint import pages
from web.pages.change.given import moment_text
from web.pages.change.page import render_change
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context

Answer = Response | tuple[str, int]

_FIELDS: dict[str, Place] = {
    "/comment": ("comment", "Comment"),
    "/outcome": ("outcome", "Outcome"),
    "/started": ("started", "Began"),
    "/ended": ("ended", "Ended"),
    "/steps": ("steps", "Steps"),
    "/back_out": ("plan", "Back-out plan"),
    "/test_evidence": ("evidence", "Test evidence"),
    "/text": ("text", "Review"),
    "/actions": ("actions", "Actions"),
}


def _given(form: Form, move: str, name: str) -> str:
    return form.text(f"{move.replace(' ', '-')}-{name}")


def _finish(form: Form, change: str, version: int) -> None:
    said = _given(form, "finish", "outcome")
    zone = _zone(change)
    moments = {name: _given(form, "finish", name) for name in ("started", "ended")}
    implementation.finish(
        context(),
        change,
        outcome=ChangeOutcome(said.removesuffix(" in part")) if said else ChangeOutcome.SUCCESS,
        in_part=said.endswith(" in part"),
        comment=_given(form, "finish", "comment"),
        expected_version=version,
        **{name: moment_text(text, zone) for name, text in moments.items() if text},
    )


def _document(form: Form, change: str, version: int) -> None:
    plan, evidence = _given(form, "document", "plan"), _given(form, "document", "evidence")
    implementation.document(
        context(),
        change,
        steps=form.lines("document-steps") or None,
        back_out=BackOut(plan) if plan else None,
        test_evidence=evidence or None,
        expected_version=version,
    )


def _review(form: Form, change: str, version: int) -> None:
    said = _given(form, "review", "outcome")
    reviews.review(
        context(),
        change,
        text=_given(form, "review", "text"),
        outcome=ChangeOutcome(said) if said else None,
        actions=form.lines("review-actions"),
        expected_version=version,
    )


def _plainly(desk: Callable[..., Any]) -> Callable[[Form, str, int], None]:
    return lambda _, change, version: desk(context(), change, expected_version=version)


def _saying_why(move: str, desk: Callable[..., Any]) -> Callable[[Form, str, int], None]:
    return lambda form, change, version: desk(
        context(), change, comment=_given(form, move, "comment"), expected_version=version
    )


_MOVES: dict[str, tuple[Callable[[Form, str, int], None], str]] = {
    "resubmit": (_plainly(changes.resubmit), "{id} is submitted again. Assess it to see what it does now."),
    "reopen": (_plainly(lifecycle.reopen), "{id} is a draft again."),
    "approve as emergency": (_saying_why("approve as emergency", decisions.approve), "You approved {id}."),
    "schedule": (_plainly(lifecycle.schedule), "{id} is scheduled."),
    "confirm": (_saying_why("confirm", decisions.confirm), "You confirmed {id}."),
    "go": (_plainly(go), "{id} was checked."),
    "implement": (_plainly(implement), "{id} is being implemented."),
    "finish": (_finish, "{id} is finished. Somebody else reviews it."),
    "document": (_document, "The papers of {id} are saved."),
    "review": (_review, "You reviewed {id}."),
    "close": (_plainly(lifecycle.close), "{id} is closed."),
    "defer": (_saying_why("defer", decisions.defer), "You deferred {id}."),
    "ask for override": (
        _saying_why("ask for override", decisions.ask_override),
        "You asked to override the BLOCK of {id}.",
    ),
    "override": (_saying_why("override", decisions.override), "You overrode the BLOCK of {id}: the board decides."),
    "suspend": (_saying_why("suspend", decisions.suspend), "You suspended {id}."),
    "recall": (_saying_why("recall", decisions.recall), "You recalled {id}."),
    "cancel": (_saying_why("cancel", lifecycle.cancel), "{id} is cancelled."),
}


@pages.url_value_preprocessor
def _make_room(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """Let an attachment in, before anything of the request is read."""
    if endpoint == "pages.attach_to_change":
        request.max_content_length = attachments.LARGEST + 64 * 1024


@pages.post("/changes/<id>/move/<move>", endpoint="move_change")
def move(id: str, move: str) -> Answer:  # noqa: A002 - the name is part of the address
    """Make a move; a fault comes back at its field."""
    if move not in _MOVES:
        raise NotFound
    act, said = _MOVES[move]
    return _tried(id, lambda form: act(form, id, seen_version(form)), said.format(id=id), move)


@pages.post("/changes/<id>/tick/<int:step>", endpoint="tick_change")
def tick(id: str, step: int) -> Answer:  # noqa: A002
    """Record that a step is done."""
    return _tried(
        id,
        lambda form: implementation.tick(context(), id, step, expected_version=seen_version(form)),
        f"Step {step} is done.",
        "tick",
    )


@pages.post("/changes/<id>/comment", endpoint="comment_change")
def comment(id: str) -> Answer:  # noqa: A002
    """Say something about the change."""
    return _tried(id, lambda form: comments.add(context(), id, form.text("say-text")), "Your comment is kept.", "say")


@pages.post("/changes/<id>/tasks", endpoint="add_change_task")
def add_task(id: str) -> Answer:  # noqa: A002
    """Add a task or a condition."""
    return _tried(
        id,
        lambda form: tasks.add(
            context(),
            id,
            title=form.text("task-title"),
            condition=form.value("task-condition") == "yes",
            owner=form.text("task-owner") or None,
        ),
        "The task is kept.",
        "task",
    )


@pages.post("/changes/<id>/tasks/<task>/done", endpoint="finish_change_task")
def task_done(id: str, task: str) -> Answer:  # noqa: A002
    """Record that a task is done."""
    return _tried(id, lambda _: tasks.finish(context(), task), f"{task} is done.", "task")


@pages.post("/changes/<id>/incidents/<path:incident>/confirm", endpoint="confirm_incident")
def confirm_incident(id: str, incident: str) -> Answer:  # noqa: A002
    """Record that the change caused an incident."""
    return _tried(
        id, lambda _: incidents.edit(context(), incident, {"caused_by": id}), f"{id} caused {incident}.", "incident"
    )


@pages.post("/changes/<id>/incidents/<path:incident>/decline", endpoint="decline_incident")
def decline_incident(id: str, incident: str) -> Answer:  # noqa: A002
    """Record that the change did not cause an incident that was proposed for it."""
    name = f"decline-{incident}"

    def decline(form: Form) -> None:
        code, note = form.value(f"{name}-code"), form.text(f"{name}-note")
        if code not in set(NotCaused):
            raise BadRequest(f"the reason is one of {', '.join(NotCaused)}")
        incident_causes.decline(context(), incident, change=id, code=NotCaused(code), note=note)

    return _tried(id, decline, f"{incident} is not the doing of {id}.", name)


@pages.post("/changes/<id>/attachments", endpoint="attach_to_change")
def attach(id: str) -> Answer:  # noqa: A002
    """Keep a file with the change."""
    sent = request.files.get("attach-content")
    content, name = (sent.read(), sent.filename or "") if sent else (b"", "")
    kind = (sent.mimetype if sent else "") or "application/octet-stream"
    return _tried(
        id, lambda _: attachments.attach(context(), id, content, name=name, media_type=kind), "It is kept.", "attach"
    )


@pages.get("/changes/<id>/attachments/<attachment>", endpoint="change_attachment")
def fetch(id: str, attachment: str) -> Response:  # noqa: A002
    """Send an attachment, to be saved and never shown in place: anybody may have written it."""
    held, content = attachments.get(context(), attachment)
    if held.record.change != id:
        raise NotFound
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=held.record.name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _tried(change: str, act: Callable[[Form], Any], said: str, move: str) -> Answer:
    """Act and come back to the page of the change, with what was wrong at its field."""
    form = posted()
    try:
        act(form)
    except InvalidInput as wrong:
        form.take(wrong, lambda problem: _place(move, problem))
        return render_change(changes.get(context(), change), form), 422
    flash(said)
    return redirect(url_for("pages.change", id=change), 303)


def _place(move: str, problem: Problem) -> Place:
    pointer = problem.pointer or ""
    if move.startswith("decline-"):
        return f"{move}-note", "Note"
    own = {"say": "text", "task": "title", "attach": "content"}.get(move)
    if own and pointer.startswith(("/text", "/title", "/content", "/name", "/media_type")):
        return f"{move}-{own}", {"say": "Comment", "task": "Task", "attach": "File"}[move]
    while pointer and pointer not in _FIELDS:
        pointer = pointer.rpartition("/")[0]
    name, label = _FIELDS.get(pointer, ("", ""))
    return (f"{move.replace(' ', '-')}-{name}" if name else ""), label


def _zone(change: str) -> str:
    window = changes.get(context(), change).record.window
    return window.zone if window else "UTC"

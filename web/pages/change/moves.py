"""What a person does with a change: submit, assess, approve, reject; each posts and comes back to the page."""

from __future__ import annotations

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from cmdb.change import changes, decisions
from cmdb.errors import InvalidInput, Problem
from cmdb.model.assessment import Verdict
from cmdb.model.change import ChangeState
from web.pages.blueprint import pages
from web.pages.change.page import render_change
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context

Answer = Response | tuple[str, int]


@pages.post("/changes/<id>/submit", endpoint="submit_change")
def submit(id: str) -> Answer:  # noqa: A002 - the name is part of the address
    """Hand the change in; where it is not whole, its form comes back with what is missing."""
    from web.pages.change.form import render_faults

    try:
        changes.submit(context(), id, expected_version=seen_version(posted()))
    except InvalidInput as wrong:
        return render_faults(changes.get(context(), id), wrong), 422
    return _back(id, f"{id} is submitted. Assess it to see what it does.")


@pages.post("/changes/<id>/assess", endpoint="assess_change")
def assess(id: str) -> Answer:  # noqa: A002
    """Compute what the change does and keep it."""
    from impact.questions.assess import assess as ask

    made = ask(context(), id, expected_version=seen_version(posted())).record
    state = changes.get(context(), id).record.state
    scheduled = state is ChangeState.SCHEDULED and made.verdict is Verdict.AUTO
    approved = " The policy approved and scheduled it." if scheduled else ""
    return _back(id, f"{id} is assessed: {made.verdict.value.upper()}.{approved}")


@pages.post("/changes/<id>/approve", endpoint="approve_change")
def approve(id: str) -> Answer:  # noqa: A002
    """Approve the change as the sender has seen it."""
    return _decide(id, posted(), approving=True)


@pages.post("/changes/<id>/reject", endpoint="reject_change")
def reject(id: str) -> Answer:  # noqa: A002
    """Reject the change; the comment says why."""
    return _decide(id, posted(), approving=False)


def _decide(change: str, form: Form, *, approving: bool) -> Answer:
    decide = decisions.approve if approving else decisions.reject
    try:
        decide(
            context(),
            change,
            expected_version=seen_version(form),
            assessment=form.value("assessment") or None,
            comment=form.text("comment"),
        )
    except InvalidInput as wrong:
        form.take(wrong, _place)
        return render_change(changes.get(context(), change), form), 422
    return _back(change, f"You {'approved' if approving else 'rejected'} {change}.")


def _place(_: Problem) -> Place:
    return "comment", "Comment"


def _back(change: str, said: str) -> Response:
    flash(said)
    return redirect(url_for("pages.change", id=change), 303)

"""The pages of verification: baselines with their verifications, and one verification with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.change.verification import dispositions, samples, verification_runs, verifying
from cmdb.change.verification.sealing import signer_with
from cmdb.configuration import baselines
from cmdb.errors import InvalidInput
from cmdb.model.kind import Kind
from cmdb.model.verification import ACCURACIES, DriftRow, Judgement
from cmdb.records import to_json
from web.naming import Names
from web.pages.blueprint import pages
from web.pages.forms import posted, seen_version
from web.pages.naming import page_names
from web.request import context
from web.signing import key_here
from web.wording_drift import FAULTS, JUDGEMENTS, OUTCOMES, SIGNATURES, difference_words
from web.wording_run import unseen_words

PAGE = 50
SHOWN = 500
_ROWS = Kind(DriftRow, name="row")
_ORDER = {judgement: n for n, judgement in enumerate(reversed(Judgement))}


@dataclass(frozen=True, slots=True)
class Line:
    """One difference as a row: its words, how it is judged, and whether somebody has to decide about it."""

    row: DriftRow
    words: str
    judged: str
    open: bool


@pages.get("/verifications", endpoint="verifications")
def listing() -> str:
    """Show the baselines, and a page of the verifications of one of them or all, the newest first."""
    baseline, after = request.args.get("baseline") or None, request.args.get("after") or None
    rows, following = verifying.summaries(context(), baseline=baseline, after=after, limit=PAGE)
    known = baselines.listing(context(), limit=PAGE)
    return render_template(
        "change/verifications.html",
        baselines=known.rows,
        more_baselines=known.after is not None,
        rows=rows,
        next_url=url_for("pages.verifications", baseline=baseline, after=following) if following else None,
        first_url=url_for("pages.verifications", baseline=baseline) if after else None,
    )


@pages.get("/verifications/<id>", endpoint="verification")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show one verification: coverage, what differs and what explains it, the sample."""
    made = verifying.get(context(), id).record
    last = verifying.newest(context(), made.baseline)
    newest = last is not None and last.record.id == made.id
    found_so = dispositions.drift(context(), made.baseline) if newest else made.rows
    rows = sorted(found_so, key=lambda row: _ORDER[row.judgement])
    told = [ci for row in rows[:SHOWN] for ci in row.difference.cis]
    told += [*(each.ci for each in made.expectations[:SHOWN]), *made.sample.cis]
    names = page_names(told, at=made.revision, before=made.baseline_revision)
    lines = [_line(row, newest, names) for row in rows]
    found = verifying.check(context(), id, signer=signer_with(key_here()))
    accuracy = verifying.accuracy_of(context(), id)
    entered = samples.entered(context(), id)
    return render_template(
        "change/verification.html",
        made=made,
        names=names,
        newest=last.record.id if last is not None else made.id,
        lines=lines[:SHOWN],
        unshown=max(0, len(lines) - SHOWN),
        expectations=[(each, OUTCOMES[each.outcome]) for each in made.expectations[:SHOWN]],
        sound=found.sound,
        faults=[fault for name, fault in FAULTS.items() if not getattr(found, name)],
        signature=SIGNATURES[found.signature],
        sample=[(ci, entered.get(ci)) for ci in made.sample.cis],
        accuracy=None if accuracy is None else to_json(ACCURACIES, accuracy),
        unseen=unseen_words(accuracy.drawn, accuracy.checked) if accuracy is not None else "",
    )


@pages.post("/baselines/<id>/verify", endpoint="verify_baseline")
def verify(id: str) -> Response:  # noqa: A002
    """Ask for a verification of a baseline; a worker makes it."""
    run = verification_runs.ask(context(), id).record
    flash(f"{run.id} is asked for; a worker makes it.")
    return redirect(url_for("pages.verifications", baseline=id), 303)


@pages.post("/baselines/<id>/approve", endpoint="approve_baseline")
def approve(id: str) -> Response:  # noqa: A002
    """Approve a baseline that somebody else drew up."""
    baselines.approve(context(), id, expected_version=seen_version(posted()))
    flash(f"Baseline {id} is approved.")
    return redirect(url_for("pages.verifications", baseline=id), 303)


@pages.post("/verifications/<id>/accept", endpoint="accept_drift")
def accept(id: str) -> Response:  # noqa: A002
    """Accept the chosen differences with a retrospective change."""
    return _settled(id, "accept")


@pages.post("/verifications/<id>/revert", endpoint="revert_drift")
def revert(id: str) -> Response:  # noqa: A002
    """Decide that the chosen differences are to be put back."""
    return _settled(id, "revert")


def _settled(verification: str, way: str) -> Response:
    made = verifying.get(context(), verification).record
    chosen, reason = request.form.getlist("difference"), posted().text("reason")
    act: Any = dispositions.accept if way == "accept" else dispositions.revert
    try:
        found = act(context(), made.baseline, chosen, reason=reason)
    except InvalidInput as error:
        flash("; ".join(problem.message for problem in error.problems))
        return redirect(url_for("pages.verification", id=verification), 303)
    if found.change is not None:
        flash(f"{len(found.dispositions)} accepted: {found.change} is a draft for somebody else to decide.")
        return redirect(url_for("pages.change", id=found.change), 303)
    flash(f"{len(found.dispositions)} are to be put back; they close when they are no longer seen.")
    return redirect(url_for("pages.verification", id=verification), 303)


def _line(row: DriftRow, newest: bool, names: Names) -> Line:
    judged = JUDGEMENTS[row.judgement]
    to_decide = newest and row.judgement in (Judgement.UNAUTHORISED, Judgement.REVERTING)
    return Line(row, difference_words(to_json(_ROWS, row)["difference"], names), judged, to_decide)

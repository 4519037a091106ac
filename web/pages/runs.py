"""The runs of jobs: a list of them, and one with how far it is, what it says of each target, and what it counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb import jobs
from cmdb.model.run import Run, RunState
from discovery.run import PREFIX
from web.pages.blueprint import pages
from web.pages.forms import Form
from web.pages.looks import RUNS
from web.request import context
from web.wording_run import figure_words, progress_words, said_words

PAGE = 50
MOST = 500
AGAIN = 3
"""So many seconds after, the page of a run that goes on asks again by itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """One run as a row: what it says now, and the source it looks at, "" where it looks at none."""

    run: Run
    words: str
    source: str


@pages.get("/runs", endpoint="runs")
def listing() -> str:
    """Show a page of the runs, those asked for last first; of one job or source, in one state or any."""
    asked = {name: request.args.get(name, "").strip() for name in ("job", "state")}
    state = next((each for each in RunState if each == asked["state"]), None)
    after = request.args.get("after") or None
    page = jobs.listing(
        context(), jobs=[asked["job"]] if asked["job"] else (), states=[state] if state else (), after=after, limit=PAGE
    )
    runs = [held.record for held in page.rows]
    seen = jobs.progress(context(), runs)
    here: dict[str, Any] = {name: value or None for name, value in asked.items()}
    return render_template(
        "runs.html",
        rows=[_line(each, seen.get(each.id)) for each in runs],
        states=[("", "Any"), *((each.value, look.word) for each, look in RUNS.items())],
        form=Form(asked),
        narrowed=any(asked.values()),
        next_url=url_for("pages.runs", **here, after=page.after) if page.after else None,
        first_url=url_for("pages.runs", **here) if after else None,
    )


@pages.get("/runs/<id>", endpoint="run")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show one run. While it waits or goes on the page asks again by itself, unless ``still`` is in the address."""
    run = jobs.get(context(), id).record
    seen = jobs.progress(context(), [run]).get(run.id)
    still = request.args.get("still") == "yes"
    return render_template(
        "run.html",
        line=_line(run, seen),
        run=run,
        because=said_words(run.because) if run.because else "",
        progress=seen,
        details=[said_words(each) for each in run.details[:MOST]],
        more=max(0, len(run.details) - MOST),
        figures=figure_words(run),
        parameters=[(name.replace("_", " "), _told(value)) for name, value in run.parameters.items()],
        differences=run.job.startswith(PREFIX) and run.ended and "result" in run.figures,
        cancellable=not run.ended,
        mine=run.requested_by == context().actor.id,
        again=0 if run.ended or still else AGAIN,
        still=still,
    )


@pages.post("/runs/<id>/cancel", endpoint="cancel_run")
def cancel(id: str) -> Response:  # noqa: A002
    """Cancel a run: one that waits or has no worker ends at once, one that goes on is asked to stop."""
    run = jobs.cancel(context(), id).record
    flash(
        f"{id} is cancelled."
        if run.ended
        else f"{id} is asked to stop, and soon does; if its worker has died, cancel it again in half a minute."
    )
    return redirect(url_for("pages.run", id=id), 303)


def _line(run: Run, seen: Mapping[str, Any] | None) -> Line:
    words = progress_words(seen) if seen else said_words(run.said) if run.said else ""
    return Line(run, words, run.job.removeprefix(PREFIX) if run.job.startswith(PREFIX) else "")


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

"""The sources of discovery: a list of them, and one with its settings, what of it was read, and its last runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb import jobs
from cmdb.configuration import findings
from cmdb.model.finding import Finding
from cmdb.model.run import Run, RunState
from cmdb.model.source import Source
from discovery import asking, registry, sources
from discovery.described import settings_of
from discovery.run import job_name
from web.pages.blueprint import pages
from web.pages.discovery.setting_fields import PREFIX, values_of
from web.pages.forms import posted, seen_version
from web.pages.naming import page_names
from web.pages.times import stated_text
from web.request import context
from web.wording_becoming import becoming_words, ends_of
from web.wording_run import attempt_words, progress_words, said_words

PAGE = 50
_RUNS = 10
_MOST = 200


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run as a row: what it says now, and whether it keeps what it would change."""

    run: Run
    words: str
    details: tuple[str, ...]
    more: int
    differences: bool


@pages.get("/sources", endpoint="sources")
def listing() -> str:
    """Show a page of the sources, each with its last run."""
    after = request.args.get("after") or None
    rows, following = asking.standings(context(), after=after, limit=PAGE)
    last = {row["id"]: _runs(row["id"], 1) for row in rows}
    return render_template(
        "discovery/sources.html",
        rows=[(row, last[row["id"]][0] if last[row["id"]] else None, _attempt(row["attempt"])) for row in rows],
        next_url=url_for("pages.sources", after=following) if following else None,
        first_url=url_for("pages.sources") if after else None,
    )


@pages.get("/sources/<id>", endpoint="source")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show one source."""
    held = sources.get(context(), id)
    known, read = registry.connectors().get(held.record.connector), asking.how_read(context(), id)
    return render_template(
        "discovery/source.html",
        source=held.record,
        version=held.version,
        settings=_settings(held.record),
        purpose=known.purpose if known else "its connector is not installed here",
        read=read,
        attempt=_attempt(read["attempt"]),
        runs=_runs(id, _RUNS),
        held_scopes=_held(id),
    )


@pages.get("/sources/<id>/differences", endpoint="source_differences")
def differences(id: str) -> str:  # noqa: A002
    """Show what a dry run of the source would change."""
    run = request.args.get("run", "")
    rows = asking.differences(context(), run)
    shown = rows[:_MOST]
    new = {row["key"]: row["after"]["name"] for row in rows if row["kind"] == "ci" and row["after"]}
    told = page_names(ci for row in shown for ci in (row["key"] if row["kind"] == "ci" else "", *ends_of(row)))
    names = {**new, **told}
    return render_template(
        "discovery/differences.html",
        source=sources.get(context(), id).record,
        run=run,
        names=names,
        rows=[(row, becoming_words(row, names)) for row in shown],
        more=max(0, len(rows) - _MOST),
    )


@pages.post("/sources/<id>/run", endpoint="run_source")
def run(id: str) -> Response:  # noqa: A002
    """Ask for a run of the source, or a dry one; scopes may be named that are believed to have lost so much."""
    form = posted()
    scope, dry_run = form.value("may_lose"), form.value("dry_run") == "yes"
    held = asking.ask(context(), id, may_lose=[scope] if scope else [], dry_run=dry_run)
    flash(f"{held.record.id} is asked for. A worker does it.")
    return redirect(url_for("pages.source", id=id), 303)


@pages.post("/sources/<id>/switch", endpoint="switch_source")
def switch(id: str) -> Response:  # noqa: A002
    """Switch the source on or off."""
    form = posted()
    enabled = form.value("enabled") == "yes"
    sources.enable(context(), id, enabled=enabled, expected_version=seen_version(form))
    flash(f"{id} is switched {'on' if enabled else 'off'}.")
    return redirect(url_for("pages.source", id=id), 303)


def _attempt(found: dict[str, Any] | None) -> str:
    """Return how the last run ended, where it could read nothing; else ""."""
    return attempt_words(stated_text(found["ended_at"]), RunState(found["state"])) if found else ""


def _settings(source: Source) -> list[tuple[str, list[str]]]:
    """Return the settings by name, each as the lines that the form of the source would have."""
    known = registry.connectors().get(source.connector)
    texts = values_of(settings_of(known) if known else {}, source.settings)
    return [(name.removeprefix(PREFIX), text.splitlines()) for name, text in sorted(texts.items())]


def _runs(source: str, count: int) -> list[RunLine]:
    page = jobs.listing(context(), jobs=[job_name(source)], limit=count)
    runs = [held.record for held in page.rows]
    seen = jobs.progress(context(), runs)
    return [_line(each, seen.get(each.id)) for each in runs]


def _line(run: Run, seen: Any) -> RunLine:
    words = progress_words(seen) if seen else said_words(run.said) if run.said else ""
    shown = tuple(said_words(each) for each in run.details[:_RUNS])
    return RunLine(run, words, shown, max(0, len(run.details) - _RUNS), run.ended and "result" in run.figures)


def _held(source: str) -> list[Finding]:
    """Return the scopes of a source whose last reading waits for a person."""
    # One that somebody closed by hand is held still, and may be believed.
    page = findings.page(context(), code="scope.held", source=source, closed_too=True, limit=_MOST)
    return [held.record for held in page.rows if held.record.closed_at is None or held.record.closed_by]

"""Runs of jobs at the command line: list, show, cancel; and how ``job run`` shows one that goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, plain, table

if TYPE_CHECKING:
    from cmdb.model.run import Run, Said

# Seconds: how soon a run is looked at first and how often later, and how long one that was asked to stop is waited for.
SOON = 0.01
WATCH = 0.1
PATIENCE = 5.0
LONGEST_PAUSE = 2.0
STATES = ("queued", "running", "ok", "partial", "failed", "cancelled", "lost")


@command(example="foreshock run list --state failed --state lost")
@click.option("--job", "jobs", metavar="NAME", multiple=True, help="Only runs of this job; repeatable.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Only those in this state; repeatable."
)
@options.limit()
@click.pass_obj
def list_runs(session: Session, /, jobs: tuple[str, ...], states: tuple[str, ...], limit: int | None) -> None:
    """List runs, those asked for last first."""
    from cmdb import jobs as desk
    from cmdb.model.run import RunState

    desk = session.twin(desk)
    runs: list[Run] = []
    after = None
    while True:
        size = 1000 if limit is None else min(1000, limit - len(runs))
        wanted = [RunState(state) for state in states]
        page = desk.listing(session.context, jobs=jobs, states=wanted, after=after, limit=size)
        runs += [held.record for held in page.rows]
        after = page.after
        if after is None or (limit is not None and len(runs) >= limit):
            break
    seen = desk.progress(session.context, runs)
    rows = [document(run, seen.get(run.id)) for run in runs]
    emit(session, {"rows": rows, "next": after}, lambda: _lines(runs, seen), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


@command(example="foreshock run show audit-verify@1")
@click.argument("run")
@click.pass_obj
def show(session: Session, /, run: str) -> None:
    """Show one run: how it stands and why, what it counted and found, and how far it is while it goes on."""
    from cmdb import jobs as desk

    desk = session.twin(desk)
    found = desk.get(session.context, run).record
    seen = desk.progress(session.context, [found]).get(run)
    emit(session, document(found, seen), lambda: run_lines(found, seen))


@command(example="foreshock run cancel audit-verify@1")
@click.argument("run")
@click.pass_obj
def cancel(session: Session, /, run: str) -> None:
    """
    Cancel a run. One that waits, or that nobody holds any more, ends at once; one that goes on is asked to stop.

    For that it is waited a few seconds, and what the run has become by then is said.
    """
    from cmdb import jobs as desk
    from web.wording_run import run_words

    session.twin(desk).cancel(session.context, run)
    found = stopped(session, run, PATIENCE)
    done(session, document(found, None), run_words(found))


@command(example="foreshock run result question@1 --wait")
@click.argument("run")
@click.option("--wait", is_flag=True, help="Wait until the run has ended; Ctrl-C ends the waiting, not the run.")
@click.pass_obj
def result(session: Session, /, run: str, wait: bool) -> None:
    """
    Print the answer of a question that was asked with --job, as its own command would have printed it.

    It is that of the revision that was newest when it was asked.
    """
    from impact.questions import background
    from web.cli.background import show as show_answer

    if wait:
        _wait(session, run)
    found, content = session.twin(background).result_of(session.context, run)
    show_answer(session, found.parameters["question"], content)


def _wait(session: Session, run: str) -> None:
    """Return when the run has ended; on a terminal, how far it is is shown meanwhile."""
    from cmdb import jobs
    from web.cli.progress import progress

    desk, pause = session.twin(jobs), SOON
    with progress(session, {"work": run}) as drawn:
        while not (found := desk.get(session.context, run).record).ended:
            seen = desk.progress(session.context, [found]).get(run)
            if drawn is not None and seen is not None:
                drawn("work", seen["done"], seen.get("total"), seen.get("step", ""))
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def stopped(session: Session, run: str, patience: float) -> Run:
    """Return a run that was asked to stop as soon as it has ended, or as it is after ``patience`` seconds."""
    from cmdb import jobs as desk

    desk, deadline = session.twin(desk), time.monotonic() + patience
    while True:
        found = desk.get(session.context, run).record
        if found.ended or time.monotonic() >= deadline:
            return found
        time.sleep(WATCH)


# what is shown -------------------------------------------------------------------------------------------------------
def document(run: Run, seen: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a run as JSON; ``progress`` is what its worker was last seen at, null where it tells nothing."""
    from cmdb.model.run import RUNS
    from cmdb.records import to_json

    return {**to_json(RUNS, run), "progress": seen}


def run_lines(run: Run, seen: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield a run on one page: its line, its figures, and a line for each finding."""
    from web.wording_run import figure_words, progress_words, run_words, silent_words

    yield plain(run_words(run))
    yield from fields(
        [
            ("asked for", f"{_moment(run.queued_at)} by {run.requested_by}"),
            ("because", said_line(run.because) if run.because else None),
            ("parameters", dict(run.parameters) or None),
            ("begun", f"{_moment(run.started_at)} by {run.worker}" if run.started_at else None),
            ("attempt", run.attempt if run.attempt > 1 else None),
            ("progress", progress_words(seen) if seen else silent_words(run, seen)),
            ("ended", _moment(run.ended_at) if run.ended_at else None),
            *figure_words(run),
        ],
        indent="  ",
    )
    if run.details:
        yield from heading("Found")
        yield from (f"  {said_line(said)}" for said in run.details)


def said_line(said: Said) -> str:
    """Return what a run says; a finding of a check in the words of ``foreshock check``."""
    from web.cli.upkeep import FINDINGS
    from web.wording_run import said_words

    if said.code in FINDINGS:
        facts = ", ".join(f"{name} {plain(value)}" for name, value in said.facts.items())
        return f"{FINDINGS[said.code]} [{said.code}]: {facts}"
    return plain(said_words(said))


def _lines(runs: list[Run], seen: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    from web.wording_run import progress_words

    if not runs:
        return ["No run is there. Run a job: foreshock job list"]
    rows = []
    for run in runs:
        last = progress_words(seen[run.id]) if run.id in seen else said_line(run.said) if run.said else ""
        rows.append([run.id, str(run.state), _moment(run.queued_at), run.requested_by, last])
    return table(("RUN", "STATE", "ASKED FOR", "BY", "SAYS"), rows)


def _moment(moment: Any) -> str:
    from web.wording_change import moment_words

    return moment_words(moment)

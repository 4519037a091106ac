"""Jobs at the command line: what is run and when, and running one now."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from cmdb.errors import Family, ForeshockError
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.runs import LONGEST_PAUSE, PATIENCE, SOON, WATCH, document, run_lines, stopped
from web.cli.session import Session
from web.cli.tables import table

if TYPE_CHECKING:
    from cmdb.model.run import Run
    from web.cli.progress import Told


@command(example="foreshock job list")
@click.pass_obj
def list_jobs(session: Session, /) -> None:
    """List the jobs, when the clock asks for each (a crontab in UTC) and next does, and how the last run went."""
    if session.server is None:
        from web.bootstrap import job_rows

        found = job_rows(session.context, session.settings)
        rows = [{**row, "last": document(row["last"], None) if row["last"] else None} for row in found]
    else:
        from web.cli.remote.runs import job_rows as rows_there

        rows = rows_there(session.server)
    emit(session, {"rows": rows}, lambda: _lines(rows), rows=rows)


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    from datetime import datetime

    from web.wording_change import moment_words

    shown = []
    for row in rows:
        following = moment_words(datetime.fromisoformat(row["next"])) if row["next"] else "only when asked for"
        last = f"{row['last']['id']} {row['last']['state']}" if row["last"] else "never"
        shown.append([row["name"], row["schedule"] or "", following, last, row["purpose"]])
    return table(("JOB", "SCHEDULE", "NEXT", "LAST RUN", "PURPOSE"), shown)


@command(example="foreshock job run audit-verify")
@click.argument("name")
@click.pass_obj
def run(session: Session, /, name: str) -> int:
    """
    Run a job now, in this process, and wait until it has ended; Ctrl-C asks it to stop.

    Where a worker was faster, its run is watched. Status 0 when it went well, 6 in part, else 1.
    """
    from cmdb import jobs as desk
    from web.bootstrap import job_table, refuse_missing_job

    session.here()
    refuse_missing_job(name, session.settings, session.store)
    how = job_table(session.settings, session.store)[name].asked_by
    if how:
        raise click.UsageError(f"a run of {name} is asked for by {how}")
    ended = watched(session, desk.submit(session.context, name).record.id)
    emit(session, document(ended, None), lambda: run_lines(ended, None))
    return {"ok": 0, "partial": 6}.get(ended.state, 1)


def watched(session: Session, asked: str) -> Run:
    """Let a thread do the run as soon as it is free, show how far it is, and return it when it has ended."""
    from web.cli.progress import progress

    with _doing(session, asked) as doing:
        try:
            with progress(session, {"work": asked}) as told:
                return _followed(session, asked, told, doing.faults)
        except KeyboardInterrupt:
            _ask_to_stop(session, asked, doing)
            raise


class _Doing(NamedTuple):
    """What does a run: what went wrong with it, how to let nothing more be begun, and how to wait for it."""

    faults: list[BaseException]
    stop: Callable[[], object]
    join: Callable[[], object]


@contextlib.contextmanager
def _doing(session: Session, asked: str) -> Iterator[_Doing]:
    """Do a run in a thread of this process until it is left; that of a server is done by a worker there."""
    if session.server is not None:
        yield _Doing([], lambda: None, lambda: None)
        return
    from web.bootstrap import make_runner
    from web.cli.worker import holder

    runner, over = make_runner(session.settings, session.store, holder=holder()), threading.Event()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            while not over.is_set():
                # Again, where it was put off: another run of the job goes on, or an error passes.
                if not runner.step(only=asked):
                    over.wait(WATCH)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield _Doing(faults, over.set, thread.join)
    finally:
        over.set()
        thread.join()


def _ask_to_stop(session: Session, asked: str, doing: _Doing) -> None:
    """Cancel the run one waits for, and say what its record says then: that it is cancelled only where it is."""
    from cmdb import jobs
    from web.wording_run import run_words

    doing.stop()
    desk = session.twin(jobs)
    try:
        if not desk.cancel(session.context, asked).record.ended:
            note(f"{asked} is asked to stop")
    except ForeshockError as error:
        # It may have ended a moment ago, which is told below.
        if error.family is not Family.REFUSED:
            raise
    found = stopped(session, asked, PATIENCE)
    if not found.ended:
        # Where this process does it, this waits for it; else a worker does.
        doing.join()
        found = desk.get(session.context, asked).record
    note(f"{asked} is cancelled" if found.state == "cancelled" else run_words(found))
    # That the request for the run was written would be taken for what the run itself wrote.
    session.is_told = True


def _followed(session: Session, asked: str, told: Told | None, faults: list[BaseException]) -> Run:
    """Show how far the run is and why it waits, until it has ended; a fault of the thread that does it is raised."""
    from cmdb import jobs
    from web.wording_run import progress_words, run_words

    desk, heard, why, pause = session.twin(jobs), None, None, SOON
    while True:
        held = desk.get(session.context, asked)
        if held.record.ended:
            return cast("Run", held.record)
        if faults:
            raise faults[0]
        if held.record.state == "queued" and held.record.said is not None and held.record.said != heard:
            note(run_words(held.record))
        heard = held.record.said
        seen = desk.progress(session.context, [held.record]).get(asked)
        if seen is not None and seen.get("why", why) != why:
            why = seen["why"]
            note(f"{asked} {progress_words(seen)}")
        if told is not None and seen is not None:
            told("work", seen["done"], seen.get("total"), seen.get("step", ""))
        time.sleep(pause)
        pause = min(2 * pause, WATCH if session.server is None else LONGEST_PAUSE)

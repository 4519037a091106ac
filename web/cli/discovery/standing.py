"""``foreshock discover list`` and ``discover status``: what is looked at, and how that goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli.discovery.sources import every_source, source_lines
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import moment, plain, table

if TYPE_CHECKING:
    from cmdb.model.run import Run


@command(example="foreshock discover list")
@click.pass_obj
def list_sources(session: Session, /) -> None:
    """List the sources, when each was read last, and what it did not read to the end; as foreshock source list."""
    rows = every_source(session)
    emit(session, {"rows": rows}, lambda: source_lines(rows), rows=rows)


@command(example="foreshock discover status dc1")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.pass_obj
def status(session: Session, /, names: tuple[str, ...]) -> None:
    """Show of each source, or of those named, how its last run went, or how far it is."""
    from cmdb import jobs
    from discovery import sources
    from web.cli.runs import document

    for name in names:
        session.twin(sources).get(session.context, name)
    known = names or tuple(row["name"] for row in every_source(session))
    desk = session.twin(jobs)
    last = {name: _last(session, name) for name in known}
    seen = desk.progress(session.context, [run for run in last.values() if run is not None])
    rows = [{"source": name, "run": run and document(run, seen.get(run.id))} for name, run in last.items()]
    emit(session, {"rows": rows}, lambda: _lines(last, seen), rows=rows)


def _last(session: Session, source: str) -> Run | None:
    from cmdb import jobs
    from discovery.run import job_name

    page = session.twin(jobs).listing(session.context, jobs=[job_name(source)], limit=1)
    return next((held.record for held in page.rows), None)


def _lines(last: dict[str, Run | None], seen: dict[str, Any]) -> Iterator[str]:
    from web.wording_run import progress_words, said_words

    if not last:
        yield "No source is there. Enter one: foreshock source put --help"
        return
    shown = []
    for source, run in last.items():
        if run is None:
            shown.append([source, "", "", "", f"never run: foreshock discover run {plain(source)}"])
            continue
        far = seen.get(run.id)
        says = progress_words(far) if far else said_words(run.said) if run.said else ""
        shown.append([source, run.id, run.state.value, moment(run.queued_at.isoformat()), plain(says)])
    yield from table(("SOURCE", "LAST RUN", "STATE", "ASKED FOR", "SAYS"), shown)

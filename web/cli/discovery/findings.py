"""Findings at the command line: what about the configuration a person should look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.cli import options
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import plain, table

_AT_ONCE = 1000


@command(example="foreshock finding list --code identity.vetoed")
@click.option("--code", metavar="CODE", help="Only findings of this kind.")
@click.option("--all", "closed_too", is_flag=True, help="Also those that are closed.")
@options.limit()
@click.pass_obj
def list_findings(session: Session, /, code: str | None, closed_too: bool, limit: int | None) -> None:
    """List what a person should look at: doubts about identity, values that do not fit, ends nobody knows."""
    from cmdb.configuration import findings
    from cmdb.model.finding import FINDINGS
    from cmdb.records import to_json

    desk, after = session.twin(findings), None
    rows: list[dict[str, Any]] = []
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(rows))
        page = desk.page(session.context, code=code, closed_too=closed_too, after=after, limit=size)
        rows += [to_json(FINDINGS, held.record) for held in page.rows]
        after = page.after
        if after is None or (limit is not None and len(rows) >= limit):
            break
    emit(session, {"rows": rows}, lambda: _lines(rows), rows=rows)
    if after is not None:
        note(f"{len(rows)} shown; there are more")


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "There is nothing to look at."
        return
    from web.wording_finding import finding_words

    shown = [[row["code"], ", ".join(row["cis"]), plain(finding_words(row["code"], row["facts"]))] for row in rows]
    yield from table(("FINDING", "CIS", "SAYS"), shown)

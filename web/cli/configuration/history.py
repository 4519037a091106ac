"""The history of a CI at the command line: every version, who made it, and what it changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from web.cli import options
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session

_AT_ONCE = 1000


@command(example="foreshock ci history web1", places={"/as_of": "--as-of"})
@click.argument("ci")
@options.limit()
@options.as_of()
@click.pass_obj
def history(session: Session, /, ci: str, limit: int | None, as_of: str | None) -> None:
    """Show every version of a CI, newest first: when, by whom, by which act, and each field before and after."""
    from cmdb.configuration import history as desk

    context = session.context
    rows: list[dict[str, Any]] = []
    at = session.at(as_of)
    before = None
    while True:
        size = _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(rows))
        found = session.twin(desk).history_of(context, ci, before=before, limit=size, at=at)
        rows += [_document(event) for event in found]
        if len(found) < size or (limit is not None and len(rows) >= limit):
            break
        before = found[-1].version
    emit(session, {"id": ci, "rows": rows}, lambda: _lines(rows), rows=rows)
    for row in rows:
        if row["what"] == "kept":
            note(f"what came before version {row['version']} was let go: history begins at revision {row['revision']}")
    if limit is not None and len(rows) == limit and rows[-1]["version"] > 1:
        note(f"{len(rows)} shown; older ones are shown with a higher --limit")


def _document(event: Any) -> dict[str, Any]:
    return {
        "version": event.version,
        "revision": event.revision,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "because": event.because,
        "what": event.what,
        "fields": [{"field": name, "before": before, "after": after} for name, before, after in event.fields],
    }


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    from datetime import datetime

    from web.cli.tables import plain
    from web.wording_change import moment_words

    for row in rows:
        when = moment_words(datetime.fromisoformat(row["at"]))
        head = f"Version {row['version']}, revision {row['revision']}"
        yield f"{click.style(head, bold=True)}  {when}, {plain(row['actor'])}: {row['what']} ({row['because']})"
        for change in row["fields"]:
            yield f"  {_field(change)}"


def _field(change: dict[str, Any]) -> str:
    from web.cli.tables import plain

    before, after = (json.dumps(change[side], ensure_ascii=False) for side in ("before", "after"))
    if change["before"] is None:
        return f"{plain(change['field'])}: {plain(after)}"
    if change["after"] is None:
        return f"{plain(change['field'])}: {plain(before)} taken away"
    return f"{plain(change['field'])}: {plain(before)} > {plain(after)}"

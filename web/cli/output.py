"""Answers on standard output, in the format that was asked for; messages on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from web.cli.session import Session

Row = Mapping[str, Any]


def emit(
    session: Session,
    document: Any,
    lines: Callable[[], Iterable[str]],
    *,
    rows: Sequence[Row] | None = None,
) -> None:
    """
    Print an answer.

    ``document`` is the whole answer as JSON; ``rows`` are its parts for the formats that have one record a line (left
    out, the document is the only one); ``lines`` makes the text for people, and is only called when it is wanted.
    """
    if session.output == "table":
        for line in lines():
            click.echo(line)
    elif session.output == "json":
        click.echo(pretty(document))
    elif session.output == "yaml":
        import yaml

        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120), nl=False)
    else:
        each = [document] if rows is None else rows
        write = _csv if session.output == "csv" else _json_lines
        for line in write(each):
            click.echo(line)


def pretty(document: Any) -> str:
    """Return JSON for a file or a person: keys in the order of the document, text as it is."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def note(message: str) -> None:
    """Say something on standard error that is not the answer."""
    click.echo(message, err=True)


def done(session: Session, document: Mapping[str, Any], sentence: str) -> None:
    """Print what a writing command did: the document for scripts, one sentence for people."""
    emit(session, document, lambda: [sentence])


def _json_lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _csv(rows: Sequence[Row]) -> Iterator[str]:
    import csv
    import io

    columns = list(dict.fromkeys(key for row in rows for key in row))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    yield from buffer.getvalue().removesuffix("\n").split("\n")


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool)):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_streams_safe() -> None:
    """Let a terminal of a smaller character set show what it can not print as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")

"""``foreshock export``: the estate as a document that an import takes back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from web.cli import options
from web.cli.output import done, note
from web.cli.progress import progress
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.configuration.export import ExportReport

_SUFFIXES = {".json": (False, False), ".json.gz": (False, True), ".jsonl": (True, False), ".jsonl.gz": (True, True)}


@command(
    example="""\
foreshock export estate estate.jsonl.gz
foreshock export estate --as-of 2026-11-01 > estate-of-november.json""",
    places={"/as_of": "--as-of"},
)
@click.argument("file", metavar="[FILE|-]", default="-")
@click.option(
    "--format",
    "shape",
    type=click.Choice([suffix.removeprefix(".") for suffix in _SUFFIXES]),
    help="The format; left out, that of the file's name, and json on standard output.",
)
@options.as_of()
@click.pass_obj
def estate(session: Session, /, file: str, shape: str | None, as_of: str | None) -> None:
    """
    Write the estate as a document (estate/1), sorted by key: the same estate gives the same bytes.

    A file that is there is replaced when the new one is whole. Retired CIs are no part of the estate.
    """
    from cmdb.configuration import export

    lines, compressed = _format(session, file, shape)
    context = session.context
    at = session.at(as_of)
    with _target(file) as out, progress(session, {"write": "Writing"}) as told, session.watch.computing():
        heard = None if told is None else lambda count: told("write", count)
        desk = session.twin(export)
        report: ExportReport | None = desk.export_estate(
            context, out, lines=lines, compressed=compressed, at=at, progress=heard
        )
    if report is None:
        # A server sends the bytes and does not count them.
        sentence, figures = "The estate is written.", {}
    else:
        sentence, figures = _sentence(file, report), asdict(report)
    if file == "-":
        note(sentence)
    else:
        done(session, {"file": str(Path(file).absolute()), **figures}, sentence)


def _format(session: Session, file: str, shape: str | None) -> tuple[bool, bool]:
    """Return whether JSON Lines, and whether packed; on standard output ``-o jsonl`` means the format too."""
    if shape is not None:
        return _SUFFIXES[f".{shape}"]
    if file == "-":
        if session.output not in ("table", "json", "jsonl"):
            raise click.UsageError(f"an estate is written as json or jsonl, not as {session.output}")
        return _SUFFIXES[".jsonl" if session.output == "jsonl" else ".json"]
    suffixes = [suffix for suffix in sorted(_SUFFIXES, key=len, reverse=True) if file.endswith(suffix)]
    if not suffixes:
        known = ", ".join(_SUFFIXES)
        raise click.UsageError(f"the name {file} tells no format; name it with {known}, or use --format")
    return _SUFFIXES[suffixes[0]]


@contextmanager
def _target(file: str) -> Iterator[BinaryIO]:
    """Yield what to write to; a file takes its name only when it is whole and on the disk."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    if path.exists() and not path.is_file():
        with path.open("wb") as special:
            yield special
        return
    part = path.with_name(f"{path.name}.part-{os.getpid()}")
    try:
        with part.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sentence(file: str, report: ExportReport) -> str:
    where = "" if file == "-" else f" in {file}"
    retired = f"; {report.retired} retired CIs are no part of it" if report.retired else ""
    figures = f"{report.items} items, {report.relations} relations, {report.groups} groups"
    return f"Revision {report.revision}{where}: {figures}{retired}."

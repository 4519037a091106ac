"""Attachments of a change at the command line; its twins are the resource and the page of this name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import table

_PLACES = {"/name": "--name", "/media_type": "--media-type", "/content": "FILE"}


@command(example="foreshock change attach CHG-1001 test-report.pdf", places=_PLACES)
@click.argument("change")
@click.argument("file", type=click.File("rb"))
@click.option("--name", metavar="TEXT", help="What it is called; left out, as the file is.")
@click.option("--media-type", metavar="TYPE", help="What it is, such as application/pdf; left out, by its name.")
@click.pass_obj
def attach(session: Session, /, change: str, file: BinaryIO, name: str | None, media_type: str | None) -> None:
    """Attach a file to a change. Its bytes are kept in the store, with their SHA-256: links rot."""
    import mimetypes

    from cmdb.change.record import attachments

    called = name or Path(getattr(file, "name", "") or "").name
    kind = media_type or mimetypes.guess_type(called)[0] or "application/octet-stream"
    # One byte more than it may have is enough to tell that it is too large.
    content = file.read(attachments.LARGEST + 1)
    held = session.twin(attachments).attach(session.context, change, content, name=called, media_type=kind)
    done(session, _document(held), f"{held.record.id} is attached to {change}, SHA-256 {held.record.sha256}.")


@command(example="foreshock change detach ATT-1001")
@click.argument("attachment")
@options.if_version()
@click.pass_obj
def detach(session: Session, /, attachment: str, if_version: int | None) -> None:
    """Take an attachment off its change; that it was there, and its bytes, stay in the record."""
    from cmdb.change.record import attachments

    held = session.twin(attachments).remove(session.context, attachment, expected_version=if_version)
    done(session, _document(held), f"{attachment} is taken off {held.record.change}.")


@command(example="foreshock change fetch ATT-1001 --out test-report.pdf")
@click.argument("attachment")
@click.option("--out", type=click.File("wb"), required=True, metavar="FILE", help="Where to; - is standard output.")
@click.pass_obj
def fetch(session: Session, /, attachment: str, out: BinaryIO) -> None:
    """Write the bytes of an attachment to a file, as they were attached."""
    from cmdb.change.record import attachments
    from web.cli.output import note

    held, content = session.twin(attachments).get(session.context, attachment)
    out.write(content)
    note(f"{len(content):,} bytes of {held.record.name}, SHA-256 {held.record.sha256}")


@command(example="foreshock change attachments CHG-1001")
@click.argument("change")
@click.pass_obj
def list_attachments(session: Session, /, change: str) -> None:
    """List the attachments of a change, oldest first, removed ones too."""
    from cmdb.change import changes
    from cmdb.change.record import attachments
    from cmdb.model.attachment import ATTACHMENTS
    from cmdb.records import to_json

    session.twin(changes).get(session.context, change)
    rows = [to_json(ATTACHMENTS, each) for each in session.twin(attachments).of_change(session.context, change)]
    emit(session, {"rows": rows}, lambda: _lines(rows), rows=rows)


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "Nothing is attached."
        return
    shown = [
        [row["id"], row["name"], row["media_type"], row["size"], row["by"], "removed" if row["removed_at"] else ""]
        for row in rows
    ]
    yield from table(("ID", "NAME", "TYPE", "BYTES", "BY", "STATE"), shown, right=("BYTES",))


def _document(held: Any) -> dict[str, Any]:
    from cmdb.model.attachment import ATTACHMENTS
    from cmdb.records import to_json

    return {**to_json(ATTACHMENTS, held.record), "version": held.version}

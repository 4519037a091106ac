"""The one-page summary of a change at the command line, as text, HTML or PDF; its twins are resource and page."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.output import done, pretty
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from web.languages import Language
    from web.summary.rendering import Form

_FORMS = ("text", "html", "pdf")
_SUFFIXES = {".pdf": "pdf", ".html": "html", ".htm": "html"}
_ROUTES = {"text": "summary.txt", "html": "summary.html", "pdf": "summary.pdf"}


@command(
    example="""\
foreshock change summary CHG-1001
foreshock change summary CHG-1001 --out CHG-1001.pdf --language zh"""
)
@click.argument("change")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    help="The form; left out, that of the name of the file, and text without one.",
)
@click.option("--out", metavar="FILE", help="Write it there; a file that is there is replaced when it is whole.")
@click.option("--language", type=click.Choice(("en", "zh")), help="The language; left out, FORESHOCK_LANGUAGE.")
@click.pass_obj
def summary(session: Session, /, change: str, form: str | None, out: str | None, language: str | None) -> None:
    """
    Write what a board reads of a change on one A4: verdict, risk, services, conflicts, back-out, doubts, record.

    What does not fit is counted. With -o json all there is, nothing left out. PDF needs foreshock[pdf] and Pango; HTML
    prints on one A4 without them.
    """
    from web.languages import language_of
    from web.summary.rendering import Form

    if session.output != "table" and out is None and form is None:
        click.echo(_document(session, change, language_of(language or session.settings.language)))
        return
    chosen = Form(form or _SUFFIXES.get(Path(out or "").suffix.lower(), "text"))
    if out is None and chosen is Form.PDF and sys.stdout.isatty():
        raise click.UsageError("a PDF is nothing for a terminal; name a file with --out")
    content = _content(session, change, chosen, language_of(language or session.settings.language))
    if out is None:
        sys.stdout.buffer.write(content)
        return
    write_whole(Path(out), content)
    path = str(Path(out).absolute())
    done(
        session, {"file": path, "format": chosen.value, "bytes": len(content)}, f"The summary of {change} is in {out}."
    )


def _content(session: Session, change: str, form: Form, language: Language) -> bytes:
    if session.server is not None:
        import io

        taken = io.BytesIO()
        session.server.download(taken, "changes", change, _ROUTES[form.value], language=language.value)
        return taken.getvalue()
    from impact.questions.summary import summary_of
    from web.summary.rendering import rendered

    return rendered(summary_of(session.context, change), form, language)


def _document(session: Session, change: str, language: Language) -> str:
    if session.output != "json":
        raise click.UsageError(f"a summary is written as json, not as {session.output}; or name a --format")
    if session.server is not None:
        return pretty(session.server.get("changes", change, "summary", language=language.value).document)
    from impact.questions.summary import summary_of
    from web.summary.document import document_of

    return pretty(document_of(summary_of(session.context, change), language))


def write_whole(path: Path, content: bytes) -> None:
    """Replace the file by the whole content or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)

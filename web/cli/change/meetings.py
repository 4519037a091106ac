"""Meetings of boards at the command line; its twins are the resource and the page of this name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table

if TYPE_CHECKING:
    from cmdb.model.ballot_standing import BallotStanding
    from cmdb.model.meeting import AgendaItem
    from web.languages import Language

_ITEM = {"/change": "--change", "/topic": "--topic", "/minutes": "--minutes", "": "--change, --topic"}
_FORMATS = click.Choice(["text", "html", "json"])


@command(example="foreshock meeting list --board cab")
@click.option("--board", metavar="BOARD", help="Only its meetings.")
@click.pass_obj
def list_meetings(session: Session, /, board: str | None) -> None:
    """List the meetings, by their beginning."""
    from cmdb.change.boards import meetings
    from cmdb.model.meeting import MEETINGS
    from cmdb.records import to_json

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = session.twin(meetings).listing(session.context, board=board, after=after, limit=1000)
        rows += [to_json(MEETINGS, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    shown = [[r["id"], r["board"], moment(r["start"]), r["state"]] for r in rows]
    none = ["No meeting is planned: foreshock meeting plan --help"]
    headers = ("MEETING", "BOARD", "BEGINS", "STATE")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else none, rows=rows)


@command(example="foreshock meeting show MTG-1001")
@click.argument("meeting")
@click.pass_obj
def show(session: Session, /, meeting: str) -> None:
    """Show a meeting: its agenda, who is there, and how its ballots stand."""
    from cmdb.change.boards import attending, ballots, meetings
    from cmdb.model.meeting import ATTENDANCES
    from cmdb.records import to_json
    from web.cli.change.boards import standing_document

    held = session.twin(meetings).get(session.context, meeting)
    items = session.twin(meetings).agenda(session.context, meeting)
    there = session.twin(attending).attendance(session.context, meeting)
    found = session.twin(ballots).of_meeting(session.context, meeting)
    document = {
        **_document(held),
        "agenda": _rows(items),
        "attendance": [to_json(ATTENDANCES, each) for each in there],
        "ballots": [standing_document(each) for each in found],
    }
    emit(session, document, lambda: _lines(document, items, found))


@command(example="foreshock meeting agenda MTG-1001")
@click.argument("meeting")
@click.pass_obj
def agenda(session: Session, /, meeting: str) -> None:
    """Show the agenda: as it was frozen, or as it would be now."""
    from cmdb.change.boards import meetings

    items = session.twin(meetings).agenda(session.context, meeting)
    rows = [{"number": number, **row} for number, row in enumerate(_rows(items), 1)]
    emit(session, {"rows": rows}, lambda: _agenda(items), rows=rows)


@command(example="foreshock meeting add MTG-1001 --change CHG-1001 --minutes 10", places=_ITEM)
@click.argument("meeting")
@click.option("--change", metavar="CHANGE", help="A change to speak about, or to decide where it waits for that.")
@click.option("--topic", metavar="TEXT", help="Anything else.")
@click.option("--minutes", type=int, metavar="N", help="Its timer.")
@options.if_version()
@click.pass_obj
def put_on(session: Session, /, meeting: str, if_version: int | None, **item: Any) -> None:
    """Put a change or a topic on the agenda by hand."""
    from cmdb.change.boards import meetings

    held = session.twin(meetings).put_on(session.context, meeting, expected_version=if_version, **item)
    done(session, _document(held), f"{item['change'] or item['topic']} is on the agenda of {meeting}.")


@command(example="foreshock meeting drop MTG-1001 3", places={"/item": "ITEM"})
@click.argument("meeting")
@click.argument("item", type=int)
@options.if_version()
@click.pass_obj
def take_off(session: Session, /, meeting: str, item: int, if_version: int | None) -> None:
    """Take an item off the agenda, by its number."""
    from cmdb.change.boards import meetings

    held = session.twin(meetings).take_off(session.context, meeting, item, expected_version=if_version)
    done(session, _document(held), f"Item {item} is off the agenda of {meeting}.")


@command(example="foreshock meeting freeze MTG-1001")
@click.argument("meeting")
@options.if_version()
@click.pass_obj
def freeze(session: Session, /, meeting: str, if_version: int | None) -> None:
    """Freeze the agenda and what all members read, and open the ballots; again, renew them."""
    from impact.questions import board_pack

    held = session.twin(board_pack).freeze(session.context, meeting, expected_version=if_version)
    done(session, _document(held), f"{meeting} has {len(held.record.agenda)} items; its pack is {held.record.pack}.")


@command(example="foreshock meeting read MTG-1001", places={"/pack": "--pack"})
@click.argument("meeting")
@click.option("--pack", "seen", metavar="SHA256", help="The pack you have read; left out, the newest.")
@click.pass_obj
def mark_read(session: Session, /, meeting: str, seen: str | None) -> None:
    """Say that you have read the pack."""
    from cmdb.change.boards import attending
    from cmdb.model.meeting import READ_MARKS
    from cmdb.records import to_json

    held = session.twin(attending).mark_read(session.context, meeting, seen=seen)
    done(session, to_json(READ_MARKS, held.record), f"{held.record.person} has read {held.record.pack}.")


@command(example="foreshock meeting attend MTG-1001", places={"/seat": "--for"})
@click.argument("meeting")
@click.option("--for", "seat", metavar="PERSON", help="The member you stand in for.")
@click.pass_obj
def attend(session: Session, /, meeting: str, seat: str | None) -> None:
    """Take your seat, or that of a member you stand in for."""
    from cmdb.change.boards import attending
    from cmdb.model.meeting import ATTENDANCES
    from cmdb.records import to_json

    held = session.twin(attending).attend(session.context, meeting, seat=seat)
    done(session, to_json(ATTENDANCES, held.record), f"The seat {held.record.seat} is filled by {held.record.person}.")


@command(example="foreshock meeting open MTG-1001")
@click.argument("meeting")
@options.if_version()
@click.pass_obj
def open_meeting(session: Session, /, meeting: str, if_version: int | None) -> None:
    """Open a meeting: from now on votes are given."""
    _moved(session, "open_meeting", meeting, if_version, "is open")


@command(example="foreshock meeting call MTG-1001 1", places={"/item": "ITEM"})
@click.argument("meeting")
@click.argument("item", type=int)
@options.if_version()
@click.pass_obj
def call(session: Session, /, meeting: str, item: int, if_version: int | None) -> None:
    """Call an item of the agenda: its timer begins."""
    from cmdb.change.boards import meeting_course

    held = session.twin(meeting_course).call(session.context, meeting, item, expected_version=if_version)
    called = held.record.agenda[item - 1]
    done(session, _document(held), f"Item {item} is called: {called.title} ({called.minutes} minutes).")


@command(example="foreshock meeting close MTG-1001")
@click.argument("meeting")
@options.if_version()
@click.pass_obj
def close(session: Session, /, meeting: str, if_version: int | None) -> None:
    """Close a meeting: its minutes are written from what was recorded."""
    _moved(session, "close", meeting, if_version, "is closed; its minutes are kept")


@command(example="foreshock meeting cancel MTG-1001")
@click.argument("meeting")
@options.if_version()
@click.pass_obj
def cancel(session: Session, /, meeting: str, if_version: int | None) -> None:
    """Call a meeting off."""
    _moved(session, "cancel", meeting, if_version, "is called off")


@command(
    example="""\
foreshock meeting pack MTG-1001 --format html --out pack.html
foreshock meeting pack MTG-1001 --format pdf --out pack.pdf --language zh"""
)
@click.argument("meeting")
@click.option(
    "--format", "form", type=click.Choice(["html", "pdf", "json"]), default="json", help="json is the recorded bytes."
)
@click.option("--pack", metavar="SHA256", help="An earlier one; left out, the newest.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write it to.")
@click.option("--language", type=click.Choice(("en", "zh")), help="The language; left out, FORESHOCK_LANGUAGE.")
@click.pass_obj
def pack(
    session: Session, /, meeting: str, form: str, pack: str | None, out: Path | None, language: str | None
) -> None:
    """
    Print what the members read ahead, the same bytes for everybody; as HTML or PDF each change on one A4.

    PDF needs foreshock[pdf] and Pango, at the server where one is asked.
    """
    import sys

    from cmdb.change.boards import pack as packs
    from web.languages import language_of

    if form == "pdf" and out is None and sys.stdout.isatty():
        raise click.UsageError("a PDF is nothing for a terminal; name a file with --out")
    if form == "pdf" and session.server is not None:
        import io

        taken = io.BytesIO()
        chosen = language_of(language or session.settings.language)
        session.server.download(taken, "meetings", meeting, "pack.pdf", pack=pack, language=chosen.value)
        content = taken.getvalue()
    else:
        content = session.twin(packs).read(session.context, meeting, pack=pack)
        content = _printed(content, form, language_of(language or session.settings.language))
    _write(content, out)


def _printed(content: bytes, form: str, language: Language) -> bytes:
    """Return the recorded bytes of a pack in the form somebody wants."""
    import json

    from cmdb.chain import sha256

    if form == "json":
        return content
    document, digest = json.loads(content), sha256(content).hexdigest()
    if form == "pdf":
        from web.board_pdf import pack_pdf

        return pack_pdf(document, digest, language)
    from web.board_pack import pack_html

    return pack_html(document, digest, language).encode()


@command(example="foreshock meeting minutes MTG-1001")
@click.argument("meeting")
@click.option("--format", "form", type=_FORMATS, default="text", help="json is the recorded bytes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write them to.")
@click.pass_obj
def minutes(session: Session, /, meeting: str, form: str, out: Path | None) -> None:
    """Print the minutes: as they were kept, or until the meeting is closed what they would be."""
    import json

    from cmdb.change.boards import pack as packs
    from web.board_papers import minutes_html, minutes_text

    content = session.twin(packs).written_minutes(session.context, meeting)
    if form != "json" and session.output != "json":
        paper = minutes_html if form == "html" else minutes_text
        content = paper(json.loads(content)).encode()
    _write(content, out)


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        click.echo(content, nl=not content.endswith(b"\n") and not content.startswith(b"%PDF"))
    else:
        out.write_bytes(content)
        note(f"{out} is written.")


def _moved(session: Session, move: str, meeting: str, if_version: int | None, said: str) -> None:
    from cmdb.change.boards import meeting_course

    held = getattr(session.twin(meeting_course), move)(session.context, meeting, expected_version=if_version)
    done(session, _document(held), f"{meeting} {said}.")


def _lines(document: dict[str, Any], items: tuple[AgendaItem, ...], found: tuple[BallotStanding, ...]) -> Iterator[str]:
    from web.cli.change.boards import ballot_lines

    there = [each["seat"] for each in document["attendance"]]
    yield plain(f"{document['id']}  {document['board']}, {moment(document['start'])}, {document['state']}")
    yield from fields([("there", ", ".join(there)), ("pack", document["pack"])], indent="  ")
    yield from heading("Agenda")
    yield from _agenda(items)
    for each in found:
        yield ""
        yield from ballot_lines(each)


def _agenda(items: tuple[AgendaItem, ...]) -> Iterator[str]:
    from web.wording_board import ITEM_WORDS, why_on_agenda

    if not items:
        yield "Nothing is on the agenda."
        return
    rows = [
        [number, each.minutes or "", ITEM_WORDS[each.kind], each.ref or "", each.title, why_on_agenda(each)]
        for number, each in enumerate(items, 1)
    ]
    yield from table(("NO", "MINUTES", "WHAT", "ID", "TITLE", "WHY"), rows, right=("NO", "MINUTES"))


def _rows(items: tuple[AgendaItem, ...]) -> list[dict[str, Any]]:
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    return [to_json(Kind(type(each), name="agenda item"), each) for each in items]


def _document(held: Any) -> dict[str, Any]:
    from cmdb.model.meeting import MEETINGS
    from cmdb.records import to_json

    return {**to_json(MEETINGS, held.record), "version": held.version}

"""Go or no-go at the command line; its twins are the resource and the page of this name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import heading, plain

if TYPE_CHECKING:
    from cmdb.change.inbox import Notice
    from cmdb.change.record.dossier import Dossier
    from cmdb.model.go_check import GoCheck

NO_GO = 3
_SHOWN = 3


@command(example="foreshock change go CHG-1001")
@click.argument("change")
@options.if_version()
@click.pass_obj
def go(session: Session, /, change: str, if_version: int | None) -> int:
    """
    May an approved change go on? Assess it now, hold it against what was approved, and keep the answer.

    Status 0 says GO, 3 NO-GO: then the changed fact is named, and the approval is suspended until it is confirmed or
    recalled. A change is begun on a GO of the last 15 minutes.
    """
    from cmdb.model.go_check import GO_CHECKS, GoAnswer
    from cmdb.records import to_json
    from impact.questions import go as question

    with session.watch.computing():
        check = session.twin(question).go(session.context, change, expected_version=if_version).record
    emit(session, to_json(GO_CHECKS, check), lambda: _lines(session, check))
    return 0 if check.answer is GoAnswer.GO else NO_GO


@command(example="foreshock change inbox")
@click.pass_obj
def inbox(session: Session, /) -> None:
    """List what waits for you: suspended approvals of changes you ask for, implement or approved."""
    from cmdb.change import inbox as desk
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    found = session.twin(desk).notices(session.context)
    rows: list[dict[str, Any]] = [to_json(Kind(type(each), name="notice"), each) for each in found]
    emit(session, {"rows": rows}, lambda: _inbox_lines(found), rows=rows)


def go_lines(dossier: Dossier) -> Iterator[str]:
    """Yield what the newest check of a change said, and how many there were."""
    from web.wording_go import check_sentences

    if not dossier.go_checks:
        return
    newest = dossier.go_checks[-1]
    yield from heading("Go or no-go", f"{newest.id} at {newest.at:%Y-%m-%d %H:%M} UTC, by {plain(newest.by)}")
    said = list(check_sentences(newest))
    yield from (f"  {plain(line)}" for line in said[: _SHOWN + 1])
    if len(said) > _SHOWN + 1:
        yield f"  and {len(said) - _SHOWN - 1} more lines (-o json has all)"


def _lines(session: Session, check: GoCheck) -> Iterator[str]:
    from web.wording_go import check_sentences

    first, *more = check_sentences(check)
    yield click.style(plain(first), bold=True)
    yield from (f"  {plain(line)}" for line in more)
    if check.failed:
        named = ", ".join(map(plain, check.failed[:_SHOWN]))
        rest = f" and {len(check.failed) - _SHOWN} more" if len(check.failed) > _SHOWN else ""
        yield f"  Counted as failed: {named}{rest}"
    if check.suspended:
        yield f"The approval is suspended: {_next(session, check)}"


def _next(session: Session, check: GoCheck) -> str:
    """Return what can be done about a suspended approval: a verdict of BLOCK is not confirmed, nobody could."""
    from cmdb.change.record import dossier
    from cmdb.model.assessment import Verdict

    found = session.twin(dossier).show(session.context, check.change)
    if found.assessments[-1].verdict is Verdict.BLOCK and not found.overridden:
        return (
            f"as it stands it is BLOCK, which nobody confirms. Mend what changed and ask again: foreshock change go "
            f"{check.change}; or recall it, or ask for an override."
        )
    return f"foreshock change confirm {check.change}, or recall it."


def _inbox_lines(notices: Sequence[Notice]) -> Iterator[str]:
    from web.wording_go import suspension_words

    if not notices:
        yield "Nothing waits for you."
    for each in notices:
        yield f"{each.change} {plain(each.title)}: its approval is suspended by {plain(each.by)}"
        yield f"  {plain(suspension_words(each))}"
        yield f"  Confirm it or recall it: foreshock change show {each.change}"

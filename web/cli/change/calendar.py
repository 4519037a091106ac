"""The calendar of changes at the command line; its twin is the resource of this name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from web.cli import background
from web.cli.asking import asking
from web.cli.change.states import CHANGE_STATES
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.joint_conflict import ConflictStretch, JointConflict
    from impact.questions.conflicts import ConflictsAnswer
    from web.naming import Names

_TIME = "2026-12-02T22:00+01:00 or 2026-12-02T22:00[Europe/Berlin]"
_SHOWN = 10


@command(
    example="foreshock calendar conflicts --from 2026-12-01T00:00Z --to 2027-01-01T00:00Z",
    places={"/from": "--from", "/to": "--to", "/down": "--down", "/state": "--state"},
)
@click.option("--from", "since", metavar="TIME", help=f"Conflicts that go on then or later: {_TIME}; now if left out.")
@click.option("--to", "until", metavar="TIME", help="Conflicts that begin before then; without end if left out.")
@click.option("--down", multiple=True, metavar="CI", help="A CI that has failed and stays so; repeatable.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(CHANGE_STATES),
    help="Count changes in this state; repeatable; all but rejected ones if left out.",
)
@click.option("--no-moves", is_flag=True, help="Do not look for the moves that help.")
@background.job_option()
@click.pass_obj
def conflicts(session: Session, /, states: tuple[str, ...], no_moves: bool, as_job: bool, **wanted: Any) -> None:
    """Which changes and open incidents stop a service together, though none of them alone does?"""
    from impact.questions import conflicts as question

    if as_job:
        asked = {"from": wanted["since"], "to": wanted["until"], "down": list(wanted["down"]), "moves": not no_moves}
        background.ask(session, "conflicts", {**asked, "state": list(states) or None})
        return
    if states:
        from cmdb.model.change import ChangeState

        wanted["states"] = [ChangeState(state) for state in states]
    with asking(session):
        answer = session.twin(question).conflicts_in(session.context, **wanted, moves=not no_moves)
    show(session, answer, moves=not no_moves)


def show(session: Session, answer: ConflictsAnswer, *, moves: bool = True) -> None:
    """Print joint conflicts; without ``moves`` nothing is said of the moves that help."""
    document = _document(answer)
    emit(session, document, lambda: _lines(session, answer, moves=moves), rows=document["conflicts"])


def _document(answer: ConflictsAnswer) -> dict[str, Any]:
    from cmdb.model.kind import Kind
    from cmdb.records import to_document

    return dict(to_document(Kind(type(answer), name="answer"), answer))


def _lines(session: Session, answer: ConflictsAnswer, *, moves: bool) -> Iterator[str]:
    period = f"from {_time(answer.from_)}" + ("" if answer.to is None else f" to {_time(answer.to)}")
    count = len(answer.conflicts)
    names = session.names(_told_of(answer), at=answer.revision)
    found = "No joint conflict" if not count else f"{count} joint conflict{'s' if count > 1 else ''}"
    looked = "change or incident" if answer.considered == 1 else "changes and incidents"
    yield f"{found} {period} ({answer.considered} {looked} looked at, revision {answer.revision})."
    if answer.unknown:
        yield f"  Not in the estate, so nothing rests on them: {_some(answer.unknown, names)}"
    for conflict in answer.conflicts:
        yield ""
        yield from _conflict(conflict, names)
        if moves and not conflict.moves and answer.unmoved:
            yield f"  No move was looked for within the budget of {answer.moves_budget:,} CIs and groups looked at"
        elif moves and not conflict.moves:
            yield f"  No move of up to {answer.reach_days} days of a change that has not begun is known to help"
    for more in answer.unlisted:
        yield ""
        parties = _some((*more.changes, *more.incidents, *more.standing), names)
        when = "" if more.from_ is None else f" from {_time(more.from_)}"
        number = (
            f"more than the {answer.budget:,} nodes of a diagram can tell" if more.count is None else f"{more.count:,}"
        )
        yield f"Not all are listed: of {parties} {number} sets stop {_some(more.services, names)}{when}."
    if answer.unexamined:
        yield ""
        yield from _unexamined(answer, names)
    if answer.edits_left_out:
        from web.wording_rewiring import left_out_sentence

        yield ""
        yield left_out_sentence(answer.edits_left_out)


def _unexamined(answer: ConflictsAnswer, names: Names) -> Iterator[str]:
    """Yield what was not examined, and when: so many there, so few within the budget."""
    named = tuple(each.change or each.incident or each.standing or "" for each in answer.unexamined)
    starts = [each.from_ for each in answer.unexamined if each.from_ is not None]
    ends = [each.to for each in answer.unexamined if each.to is not None]
    begins = f"from {_time(min(starts))} " if len(starts) == len(named) else ""
    until = f"to {_time(max(ends))}" if len(ends) == len(named) else "without end"
    yield (
        f"Not all was examined: of {answer.overlaps:,} sets that overlap, {len(named):,} were not, {begins}{until}, "
        f"for more than {answer.together} would have had to be looked at together."
    )
    yield f"  Conflicts of these may be missing: {_some(named, names)}"


def _conflict(conflict: JointConflict, names: Names) -> Iterator[str]:
    from web.cli.tables import plain
    from web.naming import called_in

    parties = [f"{plain(each)} (draft)" if each in conflict.drafts else plain(each) for each in conflict.changes]
    parties += [f"{plain(each)} (incident)" for each in conflict.incidents]
    parties += [f"{plain(called_in(names, each))} (has failed)" for each in conflict.standing]
    yield f"{click.style(' + '.join(parties), bold=True)} stop {_some(conflict.services, names)}"
    yield f"  {_between(conflict)}: out together {_some(conflict.cut, names)}"
    if len(conflict.stretches) > 1:
        for each in conflict.stretches:
            yield f"    {_between(each)}: {_some(each.services, names)}, with {_some(each.cut, names)} out"
    for move in conflict.moves:
        way = "later" if move.minutes > 0 else "earlier"
        then = "" if move.frees == "all" else "; it is in another conflict then"
        yield f"  Move {plain(move.change)} {_length(abs(move.minutes))} {way}, to {_time(move.from_)}{then}"


def _between(part: JointConflict | ConflictStretch) -> str:
    begins = "always" if part.from_ is None else f"from {_time(part.from_)}"
    return begins + (", without end" if part.to is None else f" to {_time(part.to)}")


def _time(moment: datetime) -> str:
    from datetime import UTC

    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M" + (":%S" if moment.second else "")) + " UTC"


def _length(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    parts = ((days, "d"), (rest // 60, "h"), (rest % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _told_of(answer: ConflictsAnswer) -> Iterator[str]:
    """Yield the ids of the CIs that the lines of an answer name."""
    yield from (each.standing for each in answer.unexamined if each.standing)
    for conflict in answer.conflicts:
        yield from (*conflict.services, *conflict.cut, *conflict.standing)
        for stretch in conflict.stretches:
            yield from (*stretch.services, *stretch.cut)
    for more in answer.unlisted:
        yield from (*more.services, *more.standing)


def _some(ids: tuple[str, ...], names: Names) -> str:
    from web.cli.tables import plain
    from web.naming import listed_names

    more = len(ids) - _SHOWN
    shown = ", ".join(map(plain, listed_names(names, ids[:_SHOWN])))
    return shown + (f" and {more} more (-o json lists all)" if more > 0 else "")

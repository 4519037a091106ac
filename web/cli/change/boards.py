"""Boards, ballots and votes at the command line; its twins are the resources and the pages of these names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, plain, table

if TYPE_CHECKING:
    from cmdb.model.ballot_standing import BallotStanding
    from cmdb.records import Held

_PLACES = {
    "/id": "BOARD",
    "/name": "--name",
    "/chair": "--chair",
    "/deputy": "--deputy",
    "/members": "--member",
    "/rule": "--rule",
    "/quorum": "--quorum",
    "/zone": "--zone",
}
_ASKING = {"/board": "BOARD", "/change": "CHANGE", "/until": "--until"}
_VOTING = {"/choice": "CHOICE", "/reason": "--reason", "/conditions": "--condition", "/seat": "--for"}


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--name", metavar="TEXT", help="What it is called."),
            click.option("--chair", metavar="PERSON", help="Who presides, and decides where the rule is chair."),
            click.option("--deputy", metavar="PERSON", help="Who does where the chair may not."),
            click.option("--member", "members", multiple=True, metavar="PERSON", help="Who sits on it, once for each."),
            click.option("--rule", metavar="RULE", help="chair, majority or veto."),
            click.option("--quorum", type=int, metavar="N", help="How many take part at least; more than half."),
            click.option("--zone", metavar="ZONE", help="The time zone it meets in; UTC."),
        )
    ):
        command = option(command)
    return command


@command(
    example='foreshock board add cab --name "Change advisory board" --chair cab-chair --member ops --member security',
    places=_PLACES,
)
@click.argument("board")
@_about
@click.pass_obj
def add(session: Session, /, board: str, **given: Any) -> None:
    """
    Set a board up. From then on a change whose verdict is CAB is approved by its votes, and by no member alone.

    Its members are recorded persons who may vote.
    """
    from cmdb.change.boards import boards

    said = _said(given)
    held = session.twin(boards).add(
        session.context,
        board,
        **{**said, "name": given["name"] or "", "chair": given["chair"] or "", "members": given["members"]},
    )
    done(session, _document(held), f"{board} has {len(held.record.members)} members; {_rule(held)}.")


@command(example="foreshock board set cab --rule majority --quorum 3", places=_PLACES)
@click.argument("board")
@_about
@click.option("--active/--inactive", default=None, help="A board that is not in use decides nothing.")
@options.if_version()
@click.pass_obj
def set_board(session: Session, /, board: str, if_version: int | None, **given: Any) -> None:
    """Change a board: members that are named replace the former, the rest stays. Open ballots stay as they are."""
    from cmdb.change.boards import boards

    said = _said(given)
    if not said:
        raise click.UsageError("nothing to change was named")
    held = session.twin(boards).edit(session.context, board, expected_version=if_version, **said)
    done(session, _document(held), f"{board} has {len(held.record.members)} members; {_rule(held)}.")


@command(example="foreshock board list")
@click.pass_obj
def list_boards(session: Session, /) -> None:
    """List the boards."""
    from cmdb.change.boards import boards

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = session.twin(boards).listing(session.context, after=after, limit=1000)
        rows += [_shown(held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    shown = [[r["id"], r["name"], r["chair"], r["rule"], r["quorum"], "" if r["active"] else "no"] for r in rows]
    none = ["There is no board, so members of the CAB decide alone: foreshock board add --help"]
    headers = ("BOARD", "NAME", "CHAIR", "RULE", "QUORUM", "ACTIVE")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else none, rows=rows)


@command(example="foreshock board show cab")
@click.argument("board")
@click.pass_obj
def show(session: Session, /, board: str) -> None:
    """Show one board."""
    from cmdb.change.boards import boards

    document = _document(session.twin(boards).get(session.context, board))
    emit(session, document, lambda: _board_lines(document))


@command(example="foreshock board ask cab CHG-1001 --until 2026-12-01T12:00[Europe/Berlin]", places=_ASKING)
@click.argument("board")
@click.argument("change")
@click.option("--until", required=True, metavar="TIME", help="Until when is voted, with its offset or zone.")
@click.pass_obj
def ask(session: Session, /, board: str, change: str, until: str) -> None:
    """Ask the members between meetings: they vote from their inbox until the deadline."""
    from cmdb.change.boards import ballots
    from cmdb.model.ballot import BALLOTS
    from cmdb.records import to_json

    held = session.twin(ballots).ask(session.context, board, change, until=until)
    document = {**to_json(BALLOTS, held.record), "version": held.version}
    until_words = moment(document["deadline"])
    done(session, document, f"{held.record.id}: {board} votes on {change} until {until_words}.")


@command(example="foreshock board inbox")
@click.pass_obj
def inbox(session: Session, /) -> None:
    """List the ballots that wait for you: to be voted in, or to be decided where you preside."""
    from cmdb.change.boards import ballots

    found = session.twin(ballots).inbox(session.context)
    rows = [standing_document(each) for each in found]
    shown = [
        [each.ballot.id, each.ballot.board, each.ballot.change, moment(row["ballot"]["deadline"], "in its meeting")]
        for each, row in zip(found, rows, strict=True)
    ]
    headers = ("BALLOT", "BOARD", "CHANGE", "UNTIL")
    emit(session, {"rows": rows}, lambda: table(headers, shown) if rows else ["Nothing waits for you."], rows=rows)


@command(example="foreshock board ballot BAL-1001")
@click.argument("ballot")
@click.pass_obj
def ballot(session: Session, /, ballot: str) -> None:
    """Show how a ballot stands: its votes, who is recused, and what the votes come to."""
    from cmdb.change.boards import ballots

    found = session.twin(ballots).show(session.context, ballot)
    emit(session, standing_document(found), lambda: ballot_lines(found))


@command(example='foreshock board vote BAL-1001 reject --reason "Not in the week of the audit"', places=_VOTING)
@click.argument("ballot")
@click.argument("choice")
@click.option("--reason", metavar="TEXT", default="", help="Why; needed for all but approve.")
@click.option(
    "--condition", "conditions", multiple=True, metavar="TEXT", help="Of approve_with_conditions; repeatable."
)
@click.option("--for", "seat", metavar="PERSON", help="The member you stand in for.")
@click.option("--assessment", metavar="HASH", help="Only on this assessment, which you have seen.")
@click.pass_obj
def vote(session: Session, /, ballot: str, choice: str, **more: Any) -> None:
    """
    Vote: approve, approve_with_conditions, reject, defer, abstain or recuse. A seat has one vote, which may be given
    anew until the ballot is closed.
    """
    from cmdb.change.boards import votes
    from cmdb.model.ballot import VOTES
    from cmdb.records import to_json

    held = session.twin(votes).vote(session.context, ballot, choice, **more)
    document = {**to_json(VOTES, held.record), "version": held.version}
    done(session, document, f"{held.record.seat} votes {held.record.choice.value} in {ballot}.")


@command(example="foreshock board decide BAL-1001", places={"/comment": "--comment", "/conditions": "--condition"})
@click.argument("ballot")
@click.option("--comment", metavar="TEXT", default="", help="Left out, the reason of the vote that decided.")
@click.option("--assessment", metavar="HASH", help="Only on this assessment, which you have seen.")
@options.if_version()
@click.pass_obj
def decide(session: Session, /, ballot: str, if_version: int | None, **more: Any) -> None:
    """Make the decision that the votes came to, as chair or deputy: the change moves, its conditions become tasks."""
    from cmdb.change.boards import ballots
    from cmdb.model.decision import DECISIONS
    from cmdb.records import to_json

    held = session.twin(ballots).decide(session.context, ballot, expected_version=if_version, **more)
    made = held.record
    done(session, to_json(DECISIONS, made), f"{ballot}: {made.choice.value} {made.change} ({made.id}).")


def standing_document(found: BallotStanding) -> dict[str, Any]:
    """Return how a ballot stands as JSON, the same as the API's."""
    from cmdb.model.kind import Kind
    from cmdb.records import to_json

    return to_json(Kind(type(found), name="ballot standing"), found)


def ballot_lines(found: BallotStanding) -> Iterator[str]:
    """Yield a ballot for a person: what it is about, the votes, and how it stands."""
    from web.wording_board import VOTE_WORDS, ballot_words, recused_words, votes_words

    ballot = found.ballot
    yield plain(f"{ballot.id}  {ballot.board} on {ballot.change}, revision {ballot.change_revision}")
    told = [("assessment", ballot.assessment_hash), ("votes", votes_words(found)), ("state", ballot_words(found))]
    yield from fields(told, indent="  ")
    if found.votes:
        yield from heading("Votes")
        rows = [
            [each.seat, each.person if each.person != each.seat else "", VOTE_WORDS[each.choice], each.reason]
            for each in found.votes
        ]
        yield from table(("SEAT", "BY", "VOTE", "REASON"), rows)
    for recusal in found.recused:
        yield f"  {recusal.seat} is recused, {recused_words(recusal.because)}"


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None and value != ()}


def _rule(held: Held[Any]) -> str:
    from web.wording_board import RULE_WORDS

    return RULE_WORDS[held.record.rule]


def _board_lines(row: dict[str, Any]) -> Iterator[str]:
    yield plain(f"{row['id']}  {row['name']}{'' if row['active'] else '  (not in use)'}")
    names = ("chair", "deputy", "members", "rule", "quorum", "zone")
    yield from fields([(n, ", ".join(row[n]) if n == "members" else row[n]) for n in names], indent="  ")


def _document(held: Held[Any]) -> dict[str, Any]:
    return {**_shown(held.record), "version": held.version}


def _shown(board: Any) -> dict[str, Any]:
    from cmdb.model.board import BOARDS
    from cmdb.records import to_json

    return to_json(BOARDS, board)

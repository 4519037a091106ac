"""The desk of change advisory boards: set up, changed, listed; and which seats somebody fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from cmdb.change.checks import too_many
from cmdb.change.text_input import zone_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.assessment import Verdict
from cmdb.model.board import BOARDS, AuthorityRule, Board
from cmdb.model.person import PERSONS, Person
from cmdb.people.persons import hands
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held, Listing, from_document
from cmdb.roles import ACTS, Role

MOST_MEMBERS = 100
LONGEST_NAME = 200
VOTING = tuple(role.value for role in Role if "board:vote" in ACTS[role])
"""The roles a member needs one of, or a delegate who votes for them."""


class Keep(Enum):
    """Stands for "leave this field as it is", where None means "take it away"."""

    KEEP = "keep"


KEEP = Keep.KEEP


def add(
    context: Context,
    board_id: str,
    *,
    name: str,
    chair: str,
    members: Sequence[str],
    rule: AuthorityRule | str = AuthorityRule.CHAIR,
    quorum: int | None = None,
    deputy: str | None = None,
    zone: str = "UTC",
) -> Held[Board]:
    """
    Set a board up under an id that stays its own.

    Chair and deputy are members whether or not they are named as such. ``quorum`` left out is more than half of them.

    Raises:
        NotAllowed: the actor may not set boards up.
        InvalidInput: something given is wrong, or there is a board of this id; every problem is named.
    """
    context.allow("board:write")
    seats = _seats(members, chair, deputy)
    most = len(seats) // 2 + 1 if quorum is None else quorum
    read, problems = _rule(rule)
    board = Board(board_id, name, chair, seats, read, most, deputy or None, zone)
    problems += _problems(context, board)
    if board_id.strip() and context.store.get(BOARDS, board_id) is not None:
        problems.append(Problem("board.there", "there is a board {id} already", {"id": board_id}, "/id"))
    _refuse(problems, f"the board {board_id or 'without an id'}")
    return context.records.put(BOARDS, board, because="board:added", expected_version=0)


def edit(
    context: Context,
    board_id: str,
    *,
    expected_version: int | None = None,
    name: str | Keep = KEEP,
    chair: str | Keep = KEEP,
    members: Sequence[str] | Keep = KEEP,
    rule: AuthorityRule | str | Keep = KEEP,
    quorum: int | Keep = KEEP,
    deputy: str | Keep | None = KEEP,
    zone: str | Keep = KEEP,
    active: bool | Keep = KEEP,
) -> Held[Board]:
    """
    Change what is given of a board and keep the rest; ballots that were opened before stay as they were opened.

    Raises:
        NotAllowed: the actor may not set boards up.
        NotFound: there is no such board.
        VersionConflict: somebody else changed it meanwhile.
        InvalidInput: something given is wrong; every problem is named.
    """
    context.allow("board:write")
    held = context.records.held(BOARDS, board_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=BOARDS.name, key=board_id, expected=expected_version, actual=held.version)
    problems: list[Problem] = []
    given: dict[str, Any] = {
        "name": name,
        "chair": chair,
        "quorum": quorum,
        "deputy": deputy,
        "zone": zone,
        "active": active,
    }
    said = {key: value for key, value in given.items() if value is not KEEP}
    if not isinstance(rule, Keep):
        said["rule"], problems = _rule(rule)
    board = replace(held.record, **said)
    seats = board.members if isinstance(members, Keep) else members
    board = replace(board, members=_seats(seats, board.chair, board.deputy), deputy=board.deputy or None)
    if board == held.record and not problems:
        return held
    _refuse([*problems, *_problems(context, board)], board_id)
    return context.records.put(BOARDS, board, because="board:edited", expected_version=held.version)


def get(context: Context, board_id: str) -> Held[Board]:
    """Return a board; raises NotAllowed and NotFound."""
    context.allow("board:read")
    return context.records.held(BOARDS, board_id)


def listing(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[Board]:
    """Return one page of the boards, by id; raises NotAllowed."""
    context.allow("board:read")
    return context.records.listing(BOARDS, after=after, limit=limit)


def deciding_on(context: Context, verdict: Verdict) -> tuple[str, ...]:
    """Return the ids of the boards in use that decide about this verdict, sorted: without any, persons do."""
    if verdict is not Verdict.CAB:
        return ()
    return tuple(sorted(board.id for board in context.records.find(BOARDS) if board.active))


def seats_of(context: Context, members: Sequence[str], account: str) -> dict[str, str]:
    """Return the seats an account fills: its own ("self"), and those it is a delegate for ("delegate")."""
    acts_for = hands(context.store, account)
    return {seat: acts_for[seat] for seat in members if seat in acts_for}


def _seats(members: Sequence[str], chair: str, deputy: str | None) -> tuple[str, ...]:
    return tuple(sorted({*members, *(seat for seat in (chair, deputy) if seat)}))


def _rule(rule: AuthorityRule | str) -> tuple[AuthorityRule, list[Problem]]:
    if rule in tuple(AuthorityRule):
        return AuthorityRule(rule), []
    facts = {"rule": str(rule)[:80], "known": ", ".join(AuthorityRule)}
    return AuthorityRule.CHAIR, [Problem("board.unknown_rule", "{rule!r} is none of {known}", facts, "/rule")]


def _problems(context: Context, board: Board) -> list[Problem]:
    problems = [*_id_problems(board.id), *_text("/name", "the name", board.name)]
    if not board.chair:
        problems.append(Problem("board.missing", "{what} is missing", {"what": "the chair"}, "/chair"))
    if len(board.members) > MOST_MEMBERS:
        problems.append(too_many("/members", len(board.members), MOST_MEMBERS))
    elif not 1 <= board.quorum <= len(board.members):
        facts = {"quorum": board.quorum, "members": len(board.members)}
        sentence = "a quorum of {quorum}; from 1 to the {members} members"
        problems.append(Problem("board.quorum", sentence, facts, "/quorum"))
    if board.deputy is not None and board.deputy == board.chair:
        problems.append(Problem("board.own_deputy", "nobody is their own deputy", pointer="/deputy"))
    if zone_of(board.zone) is None:
        sentence = "{zone!r} is no time zone of the IANA list"
        problems.append(Problem("board.zone", sentence, {"zone": board.zone[:80]}, "/zone"))
    return [*problems, *_member_problems(context, board)]


def _member_problems(context: Context, board: Board) -> Iterator[Problem]:
    found = context.store.get_many(PERSONS, board.members[:MOST_MEMBERS])
    there: Mapping[str, Person] = {key: from_document(PERSONS, stored.document) for key, stored in found.items()}
    for seat in board.members[:MOST_MEMBERS]:
        pointer = {board.chair: "/chair", board.deputy: "/deputy"}.get(seat, "/members")
        if seat not in there:
            sentence = "there is no person {id}; members are recorded by foreshock person add"
            yield Problem("board.unknown_person", sentence, {"id": seat[:200]}, pointer)
        elif board.active and (not there[seat].active or not set(VOTING) & set(there[seat].roles)):
            facts = {"id": seat, "roles": " or ".join(VOTING)}
            yield Problem("board.no_vote", "{id} may not vote: a member has the role {roles}", facts, pointer)


def _id_problems(board_id: str) -> Iterator[Problem]:
    if not board_id or len(board_id) > LONGEST_NAME or not all(c.isalnum() or c in "._-" for c in board_id):
        sentence = "{id!r} is no id of a board: 1 to {longest} letters, digits, dots, hyphens or underscores"
        yield Problem("board.id", sentence, {"id": board_id[:80], "longest": LONGEST_NAME}, "/id")


def _text(pointer: str, what: str, text: str) -> Iterator[Problem]:
    if not text.strip():
        yield Problem("board.missing", "{what} is missing", {"what": what}, pointer)
    elif len(text) > LONGEST_NAME:
        facts = {"what": what, "length": len(text), "longest": LONGEST_NAME}
        yield Problem("board.too_long", "{what} has {length} characters; at most {longest}", facts, pointer)
    elif text != text.strip() or any(not c.isprintable() for c in text):
        sentence = "{what} holds a control character, or white space around it"
        yield Problem("board.unprintable", sentence, {"what": what}, pointer)


def _refuse(problems: Sequence[Problem], what: str) -> None:
    if problems:
        raise InvalidInput(problems, what=what)

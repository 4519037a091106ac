"""Boards, ballots and votes, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.ballot import BALLOTS, VOTES, Ballot, Vote
from cmdb.model.ballot_standing import BallotStanding
from cmdb.model.board import BOARDS, Board
from cmdb.model.decision import DECISIONS, Decision
from cmdb.model.kind import Kind
from cmdb.records import Held, Listing, from_document
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of

_STANDINGS = Kind(BallotStanding, name="ballot standing")


# boards --------------------------------------------------------------------------------------------------------------
def add(context: RemoteContext, board_id: str, **given: Any) -> Held[Board]:
    body = {"id": board_id, **_body(given)}
    return held(BOARDS, context.server.send("POST", "boards", body=body))


def edit(context: RemoteContext, board_id: str, *, expected_version: int | None = None, **given: Any) -> Held[Board]:
    version = context.server.version_of("boards", board_id) if expected_version is None else expected_version
    return held(BOARDS, context.server.send("PATCH", "boards", board_id, body=_body(given), version=version))


def get(context: RemoteContext, board_id: str) -> Held[Board]:
    return held(BOARDS, context.server.get("boards", board_id))


def listing(context: RemoteContext, *, after: str | None = None, limit: int = 100) -> Listing[Board]:
    return page_of(BOARDS, context.server.get("boards", after=after, limit=limit).document)


# ballots -------------------------------------------------------------------------------------------------------------
def ask(context: RemoteContext, board_id: str, change_id: str, *, until: str) -> Held[Ballot]:
    body = {"board": board_id, "change": change_id, "until": until}
    return held(BALLOTS, context.server.send("POST", "ballots", body=body))


def show(context: RemoteContext, ballot_id: str) -> BallotStanding:
    return from_document(_STANDINGS, context.server.get("ballots", ballot_id, "standing").document)


def inbox(context: RemoteContext) -> tuple[BallotStanding, ...]:
    rows = context.server.get("ballots", "inbox").document["rows"]
    return tuple(from_document(_STANDINGS, row) for row in rows)


def of_meeting(context: RemoteContext, meeting_id: str) -> tuple[BallotStanding, ...]:
    rows = context.server.rows("ballots", meeting=meeting_id)
    found = sorted((row["id"] for row in rows), key=lambda ballot: (len(ballot), ballot))
    return tuple(show(context, ballot) for ballot in found)


def vote(
    context: RemoteContext,
    ballot_id: str,
    choice: str,
    *,
    reason: str = "",
    conditions: Sequence[str] = (),
    seat: str | None = None,
    assessment: str | None = None,
) -> Held[Vote]:
    body = {"choice": choice, "reason": reason, "conditions": list(conditions), "seat": seat, "assessment": assessment}
    return held(VOTES, context.server.send("POST", "ballots", ballot_id, "votes", body=body))


def decide(
    context: RemoteContext,
    ballot_id: str,
    *,
    expected_version: int | None = None,
    assessment: str | None = None,
    comment: str = "",
) -> Held[Decision]:
    version = context.server.version_of("ballots", ballot_id) if expected_version is None else expected_version
    body = {"comment": comment, "assessment": assessment}
    return held(DECISIONS, context.server.send("POST", "ballots", ballot_id, "decide", body=body, version=version))


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return {name: value for name, value in said.items() if value is not None or name == "deputy"}

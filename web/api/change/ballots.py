"""Ballots and votes over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change.boards import ballots, votes
from cmdb.model.ballot import BALLOTS, VOTES, Ballot, Vote, VoteChoice
from cmdb.model.ballot_standing import BallotStanding, Recusal, VoteCount
from cmdb.model.decision import DECISIONS, Decision
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import Paging, Strict, page_of, schema_of, shown
from web.request import context

blueprint = Blueprint("ballots", __name__, url_prefix="/ballots", description="What boards vote on, and the votes")

BallotOut = schema_of(BALLOTS)
VoteOut = schema_of(VOTES)


class BallotStandingOut(Schema):
    """A ballot and how it stands; a void one counts no more."""

    ballot = fields.Nested(BallotOut, required=True)
    void = fields.Boolean(required=True)
    because = fields.String(required=True, allow_none=True, metadata={"description": "code of what made it void"})
    votes = fields.List(fields.Nested(VoteOut), required=True)
    recused = fields.List(fields.Nested(shown(Recusal)), required=True)
    counting = fields.List(fields.String(), required=True, metadata={"description": "seats whose votes count"})
    outstanding = fields.List(fields.String(), required=True, metadata={"description": "seats that may still vote"})
    presiding = fields.List(fields.String(), required=True, metadata={"description": "one of these seats decides"})
    tally = fields.Nested(shown(VoteCount), required=True)
    conditions = fields.List(fields.String(), required=True, metadata={"description": "those of an approval"})


class Inbox(Schema):
    """The ballots that wait for the sender, by deadline."""

    rows = fields.List(fields.Nested(BallotStandingOut), required=True)


class WantedBallots(Paging):
    """Which ballots."""

    board = fields.String(load_default=None)
    change = fields.String(load_default=None)
    meeting = fields.String(load_default=None)


class NewBallot(Strict):
    """A question to a board, between meetings."""

    board = fields.String(required=True)
    change = fields.String(required=True)
    until = fields.String(required=True, metadata={"description": "until when is voted, with offset or zone name"})


class NewVote(Strict):
    """What a seat says."""

    choice = fields.String(required=True, metadata={"enum": [choice.value for choice in VoteChoice]})
    reason = fields.String(load_default="", metadata={"description": "needed for all but approving"})
    conditions = fields.List(fields.String(), load_default=(), metadata={"description": "of approve_with_conditions"})
    seat = fields.String(load_default=None, allow_none=True, metadata={"description": "the member one stands in for"})
    assessment = fields.String(
        load_default=None, allow_none=True, metadata={"description": "hash of the assessment you have seen"}
    )


class DecidingBallot(Strict):
    """What goes with the decision of a board."""

    comment = fields.String(load_default="", metadata={"description": "left out, the reason of the vote that decided"})
    assessment = fields.String(
        load_default=None, allow_none=True, metadata={"description": "hash of the assessment you have seen"}
    )


@blueprint.route("")
class Ballots(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(BallotOut, "BallotPage"))
    @blueprint.arguments(WantedBallots, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the ballots, by id."""
        return ballots.listing(context(), **wanted)

    @blueprint.etag
    @blueprint.response(201, BallotOut)
    @blueprint.arguments(NewBallot)
    @blueprint.writes(BALLOTS)
    def post(self, new: dict[str, Any]) -> Held[Ballot]:
        """Ask the members of a board about a change, between meetings."""
        return ballots.ask(context(), new["board"], new["change"], until=new["until"])


@blueprint.route("/inbox")
class BallotInbox(MethodView):
    @blueprint.etag
    @blueprint.response(200, Inbox)
    def get(self) -> dict[str, Any]:
        """List the ballots that wait for you: to be voted in, or to be decided where you preside."""
        return {"rows": ballots.inbox(context())}


@blueprint.route("/<ballot>")
class OneBallot(MethodView):
    @blueprint.etag
    @blueprint.response(200, BallotOut)
    def get(self, ballot: str) -> Ballot:
        """Show a ballot."""
        return blueprint.tagged(ballots.get(context(), ballot))


@blueprint.route("/<ballot>/standing")
class Standing(MethodView):
    @blueprint.etag
    @blueprint.response(200, BallotStandingOut)
    def get(self, ballot: str) -> BallotStanding:
        """Show how a ballot stands: its votes, who is recused, and what the votes come to."""
        return ballots.show(context(), ballot)


@blueprint.route("/<ballot>/votes")
class Votes(MethodView):
    @blueprint.etag
    @blueprint.response(201, VoteOut)
    @blueprint.arguments(NewVote)
    @blueprint.writes(VOTES)
    def post(self, new: dict[str, Any], ballot: str) -> Held[Vote]:
        """Vote, or vote anew; a seat has one vote."""
        return votes.vote(context(), ballot, new.pop("choice"), **new)


@blueprint.route("/<ballot>/decide")
class Decide(MethodView):
    @blueprint.etag
    @blueprint.response(201, schema_of(DECISIONS))
    @blueprint.arguments(DecidingBallot)
    @blueprint.writes(DECISIONS)
    @needs_version
    def post(self, deciding: dict[str, Any], ballot: str, *, expected_version: int) -> Held[Decision]:
        """Make the decision that the votes came to, as whoever presides."""
        return ballots.decide(context(), ballot, expected_version=expected_version, **deciding)

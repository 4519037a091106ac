"""Change advisory boards over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.change.boards import boards
from cmdb.model.board import BOARDS, AuthorityRule, Board
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictBoolean, StrictInteger
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint("boards", __name__, url_prefix="/boards", description="Who advises on changes, and who decides")

BoardOut = schema_of(BOARDS)
_RULE = {"description": "how the votes become a decision", "enum": [rule.value for rule in AuthorityRule]}


class BoardIn(Strict):
    """What may be given of a board; the members are replaced as a whole."""

    name = fields.String()
    chair = fields.String(metadata={"description": "the person who presides, and decides where the rule is chair"})
    members = fields.List(fields.String(), metadata={"description": "ids of persons"})
    rule = fields.String(metadata=_RULE)
    quorum = StrictInteger(metadata={"description": "how many persons take part at least, not counting the recused"})
    deputy = fields.String(allow_none=True, metadata={"description": "who stands in where the chair may not"})
    zone = fields.String(metadata={"description": "IANA name of the time zone it meets in"})


class EditedBoard(BoardIn):
    """What may be changed of a board."""

    active = StrictBoolean(metadata={"description": "a board that is not in use decides nothing"})


class NewBoard(BoardIn):
    """A board to set up."""

    id = fields.String(required=True, metadata={"description": "kept for ever"})
    name = fields.String(required=True)
    chair = fields.String(required=True)
    members = fields.List(fields.String(), required=True)


@blueprint.route("")
class Boards(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(BoardOut, "BoardPage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the boards, by id."""
        return boards.listing(context(), **wanted)

    @blueprint.etag
    @blueprint.response(201, BoardOut)
    @blueprint.arguments(NewBoard)
    @blueprint.writes(BOARDS)
    def post(self, new: dict[str, Any]) -> Held[Board]:
        """Set a board up."""
        return boards.add(context(), new.pop("id"), **new)


@blueprint.route("/<board>")
class OneBoard(MethodView):
    @blueprint.etag
    @blueprint.response(200, BoardOut)
    def get(self, board: str) -> Board:
        """Show a board."""
        return blueprint.tagged(boards.get(context(), board))

    @blueprint.etag
    @blueprint.response(200, BoardOut)
    @blueprint.arguments(EditedBoard)
    @blueprint.writes(BOARDS)
    @needs_version
    def patch(self, given: dict[str, Any], board: str, *, expected_version: int) -> Held[Board]:
        """Change a board; ballots that are open stay as they were opened."""
        return boards.edit(context(), board, expected_version=expected_version, **given)

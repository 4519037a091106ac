"""API tokens over the JSON API; its twins are the page of one's account and the command ``token``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.model.api_token import API_TOKENS, ApiToken
from cmdb.people import tokens
from cmdb.records import to_json
from web.api.blueprint import Blueprint
from web.api.inputs import StrictInteger
from web.api.schemas import Paging, Strict, schema_of
from web.request import context

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens", description="What programmes act by")


class TokenOut(schema_of(API_TOKENS)):  # type: ignore[misc]  # Made for the kind.
    """A token without its secret, and when it was used last."""

    last_used = fields.AwareDateTime(required=True, allow_none=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:  # noqa: ARG002
        """Return rows as they are; they are made by :func:`_shown`."""
        return obj


class MadeTokenOut(TokenOut):
    """A token that was made."""

    token = fields.String(required=True, metadata={"description": "shown this once; nobody can tell it again"})


class NewToken(Strict):
    """A token to make for the account that asks."""

    name = fields.String(required=True, metadata={"description": "what it is for"})
    scopes = fields.List(fields.String(), load_default=(), metadata={"description": "acts it may be used for"})
    roles = fields.List(fields.String(), load_default=(), metadata={"description": "roles whose acts it is for"})
    days = StrictInteger(load_default=tokens.DAYS, metadata={"description": "how long it is good"})


class WantedTokens(Paging):
    """Whose tokens."""

    account = fields.String(load_default=None, metadata={"description": "left out: one's own"})
    all_of_them = fields.Boolean(load_default=False, data_key="all", metadata={"description": "of every account"})


class TokenPage(Schema):
    """One page of tokens."""

    rows = fields.List(fields.Nested(TokenOut), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "the `after` of the next page"})


@blueprint.route("")
class Tokens(MethodView):
    @blueprint.response(200, TokenPage)
    @blueprint.arguments(WantedTokens, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """List tokens, also those that have ended."""
        page = tokens.listing(context(), **wanted)
        return {"rows": _shown([held.record for held in page.rows]), "next": page.after}

    @blueprint.response(201, MadeTokenOut)
    @blueprint.arguments(NewToken)
    def post(self, new: dict[str, Any]) -> dict[str, Any]:
        """Make a token; sent again, this makes another."""
        made = tokens.make(context(), **new)
        return {**_shown([made.record])[0], "token": made.token}


@blueprint.route("/<token>/revoke")
class Revocation(MethodView):
    @blueprint.response(200, TokenOut)
    def post(self, token: str) -> dict[str, Any]:
        """Revoke a token; one that is revoked stays as it is."""
        return _shown([tokens.revoke(context(), token).record])[0]


def _shown(records: Sequence[ApiToken]) -> list[dict[str, Any]]:
    used = tokens.last_used(context(), [record.id for record in records])
    return [{**to_json(API_TOKENS, record), "last_used": _text(used.get(record.id))} for record in records]


def _text(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None

"""Calls from outside that report how a change went, over the JSON API; the command is ``change report``."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import fields

from cmdb.beginning import HOOK
from cmdb.change import implementation
from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.records import Held
from cmdb.roles import Actor, Role
from discovery.hooks import HookRefused, prove
from web.api.blueprint import Blueprint
from web.api.change.changes import ChangeOut
from web.api.discovery.hooks import SIGNATURE, TIMESTAMP
from web.api.schemas import Strict
from web.request import context
from web.settings import read
from web.signing import key_of

blueprint = Blueprint("outcome_hook", __name__, url_prefix="/changes", description="Calls that report outcomes")

SETTING = "FORESHOCK_OUTCOME_HOOK"


class Reporting(Strict):
    """How a change went."""

    outcome = fields.Enum(ChangeOutcome, by_value=True, required=True)
    comment = fields.String(load_default="", metadata={"description": "needed unless it is a success"})


def _header(name: str, what: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "description": what, "schema": {"type": "string"}}


@blueprint.route("/<change_id>/outcome")
class ReportedOutcome(MethodView):
    @blueprint.doc(
        parameters=[
            _header(TIMESTAMP, "seconds since 1970; a call is heard for five minutes"),
            _header(
                SIGNATURE,
                "`sha256=` and HMAC-SHA256, in hexadecimal, over timestamp, dot, id of the change, dot and body, with "
                f"the secret that the setting `{SETTING}` refers to",
            ),
        ]
    )
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(Reporting)
    def post(self, reporting: dict[str, Any], change_id: str) -> Held[Change]:
        """
        Record how a change that is being implemented went, on the word of a pipeline or a Git host.

        The signature is the right to do so, whoever the server acts as. Each call counts once.
        """
        key, here = key_of(read().outcome_hook, setting=SETTING), context()
        if key is None:
            raise HookRefused(reason="its signature is wrong, or no such call is expected")
        headers = request.headers
        prove(
            here,
            key.decode("utf-8"),
            change_id,
            timestamp=headers.get(TIMESTAMP, ""),
            signature=headers.get(SIGNATURE, ""),
            body=request.get_data(),
        )
        caller = Context(here.store, here.coordination, here.clock, Actor(f"{HOOK}outcome", frozenset({Role.ENGINEER})))
        return implementation.finish(caller, change_id, **reporting)

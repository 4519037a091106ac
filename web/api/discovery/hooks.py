"""Calls from outside that ask for a source to be looked at, over the JSON API; the command is ``discover run``."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView

from discovery import hooks
from web.addresses import References
from web.api.blueprint import Blueprint
from web.api.runs import RunOut, accepted
from web.request import context

blueprint = Blueprint("hooks", __name__, url_prefix="", description="Calls from outside that ask for runs of sources")

TIMESTAMP = "X-Foreshock-Timestamp"
SIGNATURE = "X-Foreshock-Signature"


def _header(name: str, what: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "description": what, "schema": {"type": "string"}}


@blueprint.route("/sources/<name>/trigger")
class Trigger(MethodView):
    @blueprint.doc(
        parameters=[
            _header(TIMESTAMP, "seconds since 1970; a call is heard for five minutes"),
            _header(
                SIGNATURE,
                "`sha256=` and HMAC-SHA256, in hexadecimal, over timestamp, dot, name of the source, dot and body, "
                "with the secret that the source's `hook` refers to",
            ),
        ]
    )
    @blueprint.response(202, RunOut)
    def post(self, name: str) -> dict[str, Any]:
        """
        Ask for a run of a source because something has changed; the body may be anything and is only signed.

        Calls that come while a run waits are answered with that run. Each call counts once and is to be signed anew.
        """
        headers = request.headers
        held = hooks.called(
            context(),
            References(),
            name,
            timestamp=headers.get(TIMESTAMP, ""),
            signature=headers.get(SIGNATURE, ""),
            body=request.get_data(),
        )
        return accepted(held.record)

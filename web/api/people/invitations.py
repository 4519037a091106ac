"""One-time links over the JSON API; its twins are the button on the page of persons and ``person invite``."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.invitation import INVITATIONS
from cmdb.people import sign_in
from cmdb.records import to_json
from web.api.blueprint import Blueprint
from web.api.schemas import schema_of
from web.request import context
from web.signin.guard import policy
from web.signin.links import link_of

blueprint = Blueprint("invitations", __name__, url_prefix="/persons", description="Links to set a password by, once")


class InvitationOut(schema_of(INVITATIONS)):  # type: ignore[misc]  # Made for the kind.
    """An invitation that was made."""

    link = fields.String(required=True, metadata={"description": "shown this once; hand it to the person alone"})

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:  # noqa: ARG002
        """Return it as it is."""
        return obj


@blueprint.route("/<person>/invitations")
class Invitations(MethodView):
    @blueprint.response(201, InvitationOut)
    def post(self, person: str) -> dict[str, Any]:
        """Make a one-time link for a person to set their password by; earlier ones are no longer good."""
        made, of = sign_in.invite(context(), person), policy()
        link = link_of(made.secret, of.public_url if of else "")
        return {**to_json(INVITATIONS, made.invitation), "link": link}

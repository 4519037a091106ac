"""Whether the store is whole, what revision it is at, and who you are, over the JSON API."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.roles import ACTS, Role
from web.api.blueprint import Blueprint
from web.request import context, etag_of

blueprint = Blueprint("audit", __name__, url_prefix="", description="Proof that nothing was altered, and who acts")


class FindingOut(Schema):
    """One thing that is wrong with the store."""

    code = fields.String(required=True)
    facts = fields.Dict(keys=fields.String(), required=True)


class VerifiedOut(Schema):
    """What the check of the store and of its hash chain found; nothing means sound."""

    revision = fields.Integer(required=True)
    sound = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)


class RevisionOut(Schema):
    """The newest revision of the store."""

    revision = fields.Integer(required=True)


class MeOut(Schema):
    """Who acts, and what they may do."""

    id = fields.String(required=True)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)
    acts = fields.List(fields.String(), required=True)


@blueprint.route("/audit/verify")
class Verify(MethodView):
    @blueprint.response(200, VerifiedOut)
    def get(self) -> dict[str, Any]:
        """Check the store against its own log, every byte of it."""
        asked = context()
        asked.allow("audit:verify")
        revision = asked.store.revision()
        findings = asked.store.check()
        return {"revision": revision, "sound": not findings, "findings": findings}


@blueprint.route("/revision")
class Newest(MethodView):
    @blueprint.etag
    @blueprint.response(200, RevisionOut)
    def get(self) -> dict[str, int]:
        """Tell the newest revision; cheap enough to ask often."""
        revision = context().store.revision()
        blueprint.set_etag(etag_of(revision))
        return {"revision": revision}


@blueprint.route("/people/me")
class Me(MethodView):
    @blueprint.response(200, MeOut)
    def get(self) -> dict[str, Any]:
        """Tell who acts on this server."""
        actor = context().actor
        acts = set().union(*(ACTS[role] for role in actor.roles))
        return {"id": actor.id, "roles": [role for role in Role if role in actor.roles], "acts": sorted(acts)}

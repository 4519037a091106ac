"""Decisions on identity and rejected relations over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import fields

from cmdb.configuration import identity
from cmdb.configuration.observing import Taken
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS, IdentityDecision
from cmdb.model.observation import Thing
from cmdb.records import Held
from web.api.blueprint import Blueprint
from web.api.discovery.differences import DifferencesOut, Shown, document_of
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint(
    "identity", __name__, url_prefix="/identity", description="Who is who among what discovery sees, as people decide"
)

DecisionOut = schema_of(IDENTITY_DECISIONS)
RejectionOut = schema_of(RELATION_REJECTIONS)
_TAKEN = "foreshock.taken"


class ThingIn(Strict):
    """Something as one source knows it."""

    source = fields.String(required=True, metadata={"description": 'the source; "" is the CMDB itself'})
    native_id = fields.String(required=True, metadata={"description": "what the source calls it"})


class Reasoned(Strict):
    """Why, for whoever asks later."""

    reason = fields.String(load_default="")


class Merging(Reasoned):
    """Two CIs that are one."""

    one = fields.String(required=True, metadata={"description": "id of a CI"})
    other = fields.String(required=True, metadata={"description": "id of the other"})


class Splitting(Reasoned):
    """Something that is another CI than the one it was taken for."""

    ci = fields.String(required=True, metadata={"description": "id of the CI it was taken for"})
    thing = fields.Nested(ThingIn, required=True)


class Apart(Reasoned):
    """Two things that are two CIs."""

    one = fields.Nested(ThingIn, required=True)
    other = fields.Nested(ThingIn, required=True)


class RelationName(Strict):
    """What identifies a relation."""

    source = fields.String(required=True, metadata={"description": "id of the CI that depends"})
    type = fields.String(required=True)
    target = fields.String(required=True, metadata={"description": "id of the CI it depends on"})
    group = fields.String(load_default=None, allow_none=True)


class Rejecting(RelationName, Reasoned):
    """A relation that discovery sees and that does not exist."""


class DecidedOut(DifferencesOut):
    """
    What was decided, and what changed by that at once.

    Where the request is sent again, what changed is told no more.
    """

    decisions = fields.List(fields.Nested(DecisionOut), required=True)


@blueprint.route("/decisions")
class Decisions(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(DecisionOut, "DecisionPage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the decisions on identity, those taken back included."""
        return identity.listing(context(), **wanted)


@blueprint.route("/merge")
class Merge(MethodView):
    @blueprint.etag
    @blueprint.response(200, DecidedOut)
    @blueprint.arguments(Merging)
    @blueprint.writes(IDENTITY_DECISIONS, shape=lambda decision: decided(decision))
    def post(self, given: dict[str, Any]) -> Held[IdentityDecision]:
        """Decide that two CIs are one. The older id stays, the other leads to it."""
        decision, taken = identity.merge(context(), given["one"], given["other"], reason=given["reason"])
        return _made(decision, taken)


@blueprint.route("/split")
class Split(MethodView):
    @blueprint.etag
    @blueprint.response(200, DecidedOut)
    @blueprint.arguments(Splitting)
    @blueprint.writes(IDENTITY_DECISIONS, shape=lambda decision: decided(decision))
    def post(self, given: dict[str, Any]) -> Held[IdentityDecision]:
        """Decide that one of the things a CI is seen as is another CI."""
        made, taken = identity.split(context(), given["ci"], Thing(**given["thing"]), reason=given["reason"])
        return _made(made[0], taken)


@blueprint.route("/keep-apart")
class KeepApart(MethodView):
    @blueprint.etag
    @blueprint.response(200, DecidedOut)
    @blueprint.arguments(Apart)
    @blueprint.writes(IDENTITY_DECISIONS, shape=lambda decision: decided(decision))
    def post(self, given: dict[str, Any]) -> Held[IdentityDecision]:
        """Decide that two things are two CIs, whatever they have in common."""
        one, other = Thing(**given["one"]), Thing(**given["other"])
        return _made(*identity.keep_apart(context(), one, other, reason=given["reason"]))


@blueprint.route("/decisions/<decision>/revoke")
class Revoke(MethodView):
    @blueprint.etag
    @blueprint.response(200, DecidedOut)
    @blueprint.writes(IDENTITY_DECISIONS, shape=lambda decision: decided(decision))
    def post(self, decision: str) -> Held[IdentityDecision]:
        """Take a decision back; what is seen decides again."""
        return _made(*identity.revoke(context(), decision))


@blueprint.route("/rejections")
class Rejections(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(RejectionOut, "RejectionPage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the relations that were rejected."""
        return identity.rejections(context(), **wanted)

    @blueprint.response(200, DifferencesOut)
    @blueprint.arguments(Rejecting)
    def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Decide that a relation discovery sees does not exist; it stays rejected, whatever is seen."""
        names = given.pop("source"), given.pop("type"), given.pop("target")
        return _told(identity.reject(context(), *names, **given))

    @blueprint.response(200, DifferencesOut)
    @blueprint.arguments(RelationName, location="query")
    def delete(self, named: dict[str, Any]) -> dict[str, Any]:
        """Take the rejection of a relation back, so that evidence counts again."""
        names = named["source"], named["type"], named["target"]
        return _told(identity.accept(context(), *names, group=named["group"]))


def decided(decision: IdentityDecision) -> dict[str, Any]:
    """Return a decision with those made beside it, and what this request changed by them."""
    whole = [
        each
        for each in identity.decisions(context())
        if (each.one, each.decided_by, each.decided_at) == (decision.one, decision.decided_by, decision.decided_at)
    ]
    return {"decisions": whole or [decision], **_told(g.get(_TAKEN) or Taken((), (), (), (), None))}


def _made(decision: IdentityDecision, taken: Taken) -> Held[IdentityDecision]:
    setattr(g, _TAKEN, taken)
    return context().records.held(IDENTITY_DECISIONS, decision.id)


def _told(taken: Taken) -> dict[str, Any]:
    return document_of(taken, Shown().load({})["show"])

"""What joins CIs over the JSON API: relations and redundancy groups; its twins are the pages and commands."""

from __future__ import annotations

from typing import Any, cast

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration import register, search
from cmdb.model.group import GROUPS, Group
from cmdb.model.relation import RELATIONS, Relation
from cmdb.ports.store import Direction
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.configuration.cis import NEEDS, STRENGTHS, CIOut, OwnRelationIn, Retiring
from web.api.inputs import StrictFloat
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

blueprint = Blueprint("relations", __name__, url_prefix="", description="What depends on what, and redundancy groups")

RelationOut = schema_of(RELATIONS)
GroupOut = schema_of(GROUPS)
_VERSION = {"description": "its entity tag, for If-Match"}


class RelationIn(OwnRelationIn):
    """One dependency: the source depends on the target."""

    source = fields.String(required=True)


class RelationName(Strict):
    """What identifies a relation."""

    source = fields.String(required=True)
    type = fields.String(required=True)
    target = fields.String(required=True)
    group = fields.String(load_default=None)


class EndedRelation(RelationName, Retiring):
    """Which relation ends, and what was decided about its group."""


class RelationValues(Strict):
    """What a relation says besides what identifies it; what is left out is the default of its type."""

    strength = fields.String(validate=STRENGTHS)
    confidence = StrictFloat(metadata={"description": "in (0, 1]"})


class Around(Paging, AsOf):
    """Around which CI."""

    ci = fields.String(required=True)
    direction = fields.String(
        load_default="both",
        validate=validate.OneOf(["out", "in", "both"]),
        metadata={"description": "out: what it depends on; in: what depends on it"},
    )


class NeighbourOut(Schema):
    """A relation of a CI, and the CI at its other end."""

    relation = fields.Nested(RelationOut, required=True)
    version = fields.Integer(required=True, attribute="relation.version", metadata=_VERSION)
    ci = fields.Nested(CIOut, required=True)


class GroupName(Strict):
    """What identifies a group."""

    item = fields.String(required=True)
    name = fields.String(required=True)


class EndedGroup(GroupName, Retiring):
    """Which group ends; its relations must then each hold alone, which has to be allowed."""


class MemberIn(Strict):
    """A relation that joins the group."""

    type = fields.String(required=True)
    target = fields.String(required=True)
    confidence = StrictFloat()


class GroupValues(Strict):
    """What a group says besides what identifies it, and relations to add as its members."""

    needs = fields.Raw(required=True, metadata=NEEDS)
    strength = fields.String(validate=STRENGTHS)
    members = fields.List(fields.Nested(MemberIn))


class GroupIn(GroupValues, GroupName):
    """A redundancy group of a CI."""


class Of(AsOf):
    """Of which CI."""

    item = fields.String(required=True)


class HeldGroupOut(Schema):
    """A group and its version."""

    group = fields.Nested(GroupOut, required=True, attribute="record")
    version = fields.Integer(required=True, metadata=_VERSION)


class GroupsOut(Schema):
    """The redundancy groups of a CI, by name."""

    rows = fields.List(fields.Nested(HeldGroupOut), required=True)


@blueprint.route("/relations")
class Relations(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(NeighbourOut, "NeighbourPage"))
    @blueprint.arguments(Around, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List what a CI depends on and what depends on it, with the CIs at the other ends."""
        direction = cast(Direction, wanted["direction"])
        page = {"after": wanted["after"], "limit": wanted["limit"], "at": at_of(wanted)}
        return search.neighbours_of(context(), wanted["ci"], direction, **page)

    @blueprint.etag
    @blueprint.response(201, RelationOut)
    @blueprint.arguments(RelationIn)
    @blueprint.writes(RELATIONS)
    def post(self, new: dict[str, Any]) -> Held[Relation]:
        """Let one CI depend on another."""
        return register.relate(context(), **new, expected_version=0)


@blueprint.route("/relations/one")
class OneRelation(MethodView):
    @blueprint.etag
    @blueprint.response(200, RelationOut)
    @blueprint.arguments(RelationName, location="query")
    @blueprint.arguments(RelationValues)
    @blueprint.writes(RELATIONS)
    @needs_version
    def put(self, named: dict[str, Any], values: dict[str, Any], *, expected_version: int) -> Held[Relation]:
        """Change how strong a relation is, or how sure it is that it exists."""
        return register.relate(context(), **named, **values, expected_version=expected_version)

    @blueprint.response(204)
    @blueprint.arguments(EndedRelation, location="query")
    @needs_version
    def delete(self, ended: dict[str, Any], *, expected_version: int) -> None:
        """End a relation; a group that would fall below its needs asks for a decision first (409)."""
        register.unrelate(context(), **ended, expected_version=expected_version)


@blueprint.route("/groups")
class Groups(MethodView):
    @blueprint.etag
    @blueprint.response(200, GroupsOut)
    @blueprint.arguments(Of, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """List the redundancy groups of a CI."""
        at = at_of(wanted)
        search.get_ci(context(), wanted["item"], at=at)
        return {"rows": search.groups_of(context(), wanted["item"], at=at)}

    @blueprint.etag
    @blueprint.response(201, GroupOut)
    @blueprint.arguments(GroupIn)
    @blueprint.writes(GROUPS)
    def post(self, new: dict[str, Any]) -> Held[Group]:
        """Enter a redundancy group with its members."""
        return register.put_group(context(), **new, expected_version=0)


@blueprint.route("/groups/one")
class OneGroup(MethodView):
    @blueprint.etag
    @blueprint.response(200, GroupOut)
    @blueprint.arguments(GroupName, location="query")
    @blueprint.arguments(GroupValues)
    @blueprint.writes(GROUPS)
    @needs_version
    def put(self, named: dict[str, Any], values: dict[str, Any], *, expected_version: int) -> Held[Group]:
        """Change what a group needs, or add members."""
        return register.put_group(context(), **named, **values, expected_version=expected_version)

    @blueprint.response(204)
    @blueprint.arguments(EndedGroup, location="query")
    @needs_version
    def delete(self, ended: dict[str, Any], *, expected_version: int) -> None:
        """End a group: its relations must then each hold alone, which has to be allowed."""
        register.end_group(context(), **ended, expected_version=expected_version)

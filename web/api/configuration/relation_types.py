"""Types of relations over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from cmdb.configuration import classes
from cmdb.configuration.classes import catalogue_of
from cmdb.errors import NotFound
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.configuration.classes import Rows, Wanted, refuse_other_name, rows_of, version_of
from web.api.inputs import input_of
from web.api.schemas import AsOf, at_of, page_of, schema_of
from web.request import context, etag_of

blueprint = Blueprint(
    "relation-types", __name__, url_prefix="/relation-types", description="How one CI may depend on another"
)

RelationTypeOut = schema_of(RELATION_TYPES)
RelationTypePage = page_of(RelationTypeOut, "RelationTypePage")
RelationTypeIn = input_of(RelationType)


@blueprint.route("")
class RelationTypes(MethodView):
    @blueprint.etag
    @blueprint.response(200, RelationTypePage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Rows:
        """List the types of relations, built in and your own, by name."""
        found = catalogue_of(context(), at=at_of(wanted)).relation_types
        return rows_of(found, after=wanted["after"], limit=wanted["limit"])

    @blueprint.etag
    @blueprint.response(201, RelationTypeOut)
    @blueprint.arguments(RelationTypeIn)
    @blueprint.writes(RELATION_TYPES)
    def post(self, new: RelationType) -> Held[RelationType]:
        """Define a type of your own."""
        return classes.define_relation_type(context(), new, expected_version=0)


@blueprint.route("/<name>")
class OneRelationType(MethodView):
    @blueprint.etag
    @blueprint.response(200, RelationTypeOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], name: str) -> RelationType:
        """Show a type of relations."""
        at = at_of(wanted)
        found = catalogue_of(context(), at=at).relation_type(name)
        if found is None:
            raise NotFound(kind=RELATION_TYPES.name, ids=(name,))
        blueprint.set_etag(etag_of(version_of(RELATION_TYPES, name, at)))
        return found

    @blueprint.etag
    @blueprint.response(200, RelationTypeOut)
    @blueprint.arguments(RelationTypeIn)
    @blueprint.writes(RELATION_TYPES)
    @needs_version
    def put(self, new: RelationType, name: str, *, expected_version: int) -> Held[RelationType]:
        """Change a type of your own as a whole."""
        refuse_other_name(new.name, name)
        return classes.define_relation_type(context(), new, expected_version=expected_version)


@blueprint.route("/<name>/retire")
class Retire(MethodView):
    @blueprint.etag
    @blueprint.response(200, RelationTypeOut)
    @blueprint.writes(RELATION_TYPES)
    @needs_version
    def post(self, name: str, *, expected_version: int) -> Any:
        """Take no new relations of the type any more; those it has stay as they are."""
        return classes.retire_relation_type(context(), name, expected_version=expected_version).held

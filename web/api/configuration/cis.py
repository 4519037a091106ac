"""CIs over the JSON API; its twins are the pages and the commands of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import ValidationError, fields, validate, validates_schema
from werkzeug.exceptions import BadRequest

from cmdb.configuration import register, search
from cmdb.configuration.register import retire_ci, set_ci
from cmdb.errors import InvalidInput, Problem
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictFloat
from web.api.reading import read_json
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

blueprint = Blueprint("cis", __name__, url_prefix="/cis", description="Configuration items: what there is")

CIOut = schema_of(CIS)
CIPage = page_of(CIOut, "CIPage")
STRENGTHS = validate.OneOf(["hard", "soft", "none"])
NEEDS = {
    "anyOf": [{"type": "integer"}, {"type": "string"}],
    "description": 'how many members must be up, from 1, or a share of them such as "50%"',
}


class OwnRelationIn(Strict):
    """A relation that starts at the CI."""

    type = fields.String(required=True)
    target = fields.String(required=True, metadata={"description": "id of the CI it depends on"})
    group = fields.String()
    strength = fields.String(validate=STRENGTHS, metadata={"description": "left out, the default of the type"})
    confidence = StrictFloat(metadata={"description": "in (0, 1]"})


class OwnGroupIn(Strict):
    """A redundancy group of the CI."""

    name = fields.String(required=True)
    needs = fields.Raw(required=True, metadata=NEEDS)
    strength = fields.String(validate=STRENGTHS)


class NewCI(Strict):
    """A CI to register, with what it depends on."""

    id = fields.String(required=True, metadata={"description": "kept for ever"})
    ci_class = fields.String(required=True, data_key="class")
    name = fields.String(metadata={"description": "left out, the id"})
    attributes = fields.Dict(keys=fields.String())
    unavailability = StrictFloat(allow_none=True, metadata={"description": "chance of being down, in [0, 1]"})
    mtbf_hours = StrictFloat(allow_none=True, metadata={"description": "mean time between failures, above 0"})
    relations = fields.List(fields.Nested(OwnRelationIn))
    groups = fields.List(fields.Nested(OwnGroupIn))


class CIChanges(Strict):
    """What to change of a CI; null takes a value away, and so it does within the attributes."""

    ci_class = fields.String(data_key="class")
    name = fields.String()
    attributes = fields.Dict(keys=fields.String())
    unavailability = StrictFloat(allow_none=True)
    mtbf_hours = StrictFloat(allow_none=True)


class Wanted(Paging, AsOf):
    """Which CIs: by words, or by class and attributes."""

    words = fields.String(metadata={"description": "every word occurs in id, name or attributes; goes with no filter"})
    ci_class = fields.String(data_key="class", metadata={"description": "of this class or of one below it"})
    attribute = fields.List(
        fields.String(),
        metadata={"description": 'NAME=VALUE, with a JSON value or a text (tier=1, serial="4711"); all must hold'},
    )
    status = fields.String(
        validate=validate.OneOf(["active", "proposed", "missing", "retired", "any"]),
        metadata={"description": "left out, active"},
    )
    order = fields.String(validate=validate.OneOf(["name", "class"]), metadata={"description": "left out, by id"})
    descending = fields.Boolean()

    @validates_schema
    def _words_alone(self, given: dict[str, Any], **_: Any) -> None:
        beside = given.keys() & {"ci_class", "attribute", "status", "order", "descending"}
        if "words" in given and beside:
            raise ValidationError("words go with none of class, attribute, status, order, descending", "words")


class Retiring(Strict):
    """What was decided about groups."""

    allow_broken_groups = fields.Boolean(
        load_default=False, metadata={"description": "retire although groups then have fewer members than they need"}
    )


@blueprint.route("")
class CIList(MethodView):
    @blueprint.etag
    @blueprint.response(200, CIPage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """Find CIs by words, or list those of a class that have these attributes."""
        page = {"after": wanted["after"], "limit": wanted["limit"], "at": at_of(wanted)}
        if "words" in wanted:
            return search.search_cis(context(), wanted["words"], **page)
        status = wanted.get("status", "active")
        return search.list_cis(
            context(),
            ci_class=wanted.get("ci_class"),
            attributes=_attributes(wanted.get("attribute", ())),
            status=None if status == "any" else CIStatus(status),
            order=wanted.get("order"),
            descending=wanted.get("descending", False),
            **page,
        )

    @blueprint.etag
    @blueprint.response(201, CIOut)
    @blueprint.arguments(NewCI)
    @blueprint.writes(CIS)
    def post(self, new: dict[str, Any]) -> Held[CI]:
        """Register a CI, with the relations that start at it and its groups, as one revision."""
        return register.add_ci(context(), **new)


@blueprint.route("/<path:ci_id>")
class OneCI(MethodView):
    @blueprint.etag
    @blueprint.response(200, CIOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], ci_id: str) -> CI:
        """Show a CI, retired or not, as it is or as it was."""
        return blueprint.tagged(search.get_ci(context(), ci_id, at=at_of(wanted)))

    @blueprint.etag
    @blueprint.response(200, CIOut)
    @blueprint.arguments(CIChanges)
    @blueprint.writes(CIS)
    @needs_version
    def patch(self, changes: dict[str, Any], ci_id: str, *, expected_version: int) -> Held[CI]:
        """Change what is given of a CI and keep the rest; null takes a value away."""
        words = {"class" if name == "ci_class" else name: value for name, value in changes.items()}
        return set_ci(context(), ci_id, words, expected_version=expected_version)

    @blueprint.etag
    @blueprint.response(200, CIOut)
    @blueprint.arguments(Retiring, location="query")
    @blueprint.writes(CIS)
    @needs_version
    def delete(self, decided: dict[str, Any], ci_id: str, *, expected_version: int) -> Held[CI]:
        """
        Retire a CI: its record stays, its relations and groups end in the same revision.

        Where a group of another CI would then have fewer members than it needs, that asks for a decision first (409).
        """
        retire_ci(context(), [ci_id], expected_versions={ci_id: expected_version}, **decided)
        return search.get_ci(context(), ci_id)


def _attributes(given: list[str]) -> dict[str, Any]:
    """Return the values by name; raises InvalidInput for what is no NAME=VALUE."""
    found: dict[str, Any] = {}
    problems = []
    for place, text in enumerate(given):
        name, equals, value = text.partition("=")
        read = _value(value)
        if not name or not equals or isinstance(read, (dict, list)) or read is None:
            sentence = "{text!r} is not NAME=VALUE with a text, a number, true or false"
            problems.append(Problem("query.attribute", sentence, {"text": text[:80]}, pointer=f"/attribute/{place}"))
        found[name] = read
    if problems:
        raise InvalidInput(problems, what="the query of the address")
    return found


def _value(text: str) -> Any:
    try:
        return read_json(text.encode("utf-8"))
    except BadRequest:
        return text

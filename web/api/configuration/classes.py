"""Classes of CIs over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.configuration import classes
from cmdb.configuration.classes import catalogue_of
from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.model.ci_class import CI_CLASSES, Attribute, CIClass
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import input_of
from web.api.schemas import AsOf, Paging, at_of, page_of, schema_of
from web.request import context, etag_of

blueprint = Blueprint("classes", __name__, url_prefix="/classes", description="What kinds of CIs there are")

ClassOut = schema_of(CI_CLASSES)
ClassPage = page_of(ClassOut, "ClassPage")
ClassIn = input_of(CIClass)
AttributeIn = input_of(Attribute)


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of a list that is short enough to be in memory, ordered by name."""

    rows: tuple[Any, ...]
    after: str | None


class Wanted(Paging, AsOf):
    """Which part of the catalogue, and as of when."""


class LineageOut(Schema):
    """A class with what it inherits."""

    lineage = fields.List(fields.String(), required=True, metadata={"description": "the class, its parent, and so on"})
    attributes = fields.List(
        fields.Nested(ClassOut().fields["attributes"].inner.schema.__class__),  # type: ignore[attr-defined]
        required=True,
        metadata={"description": "all of them, inherited ones first"},
    )


class RetiredClassOut(Schema):
    """A retired class, and how many living CIs still are of it."""

    retired = fields.Nested(ClassOut, required=True)
    in_use = fields.Integer(required=True)


def rows_of(named: Any, *, after: str | None, limit: int) -> Rows:
    """Return the page of a mapping by name that begins after a name."""
    names = sorted(name for name in named if after is None or name > after)
    return Rows(tuple(named[name] for name in names[:limit]), names[limit - 1] if len(names) > limit else None)


@blueprint.route("")
class Classes(MethodView):
    @blueprint.etag
    @blueprint.response(200, ClassPage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Rows:
        """List the classes, built in and your own, by name; each with its own attributes."""
        found = catalogue_of(context(), at=at_of(wanted)).classes
        return rows_of(found, after=wanted["after"], limit=wanted["limit"])

    @blueprint.etag
    @blueprint.response(201, ClassOut)
    @blueprint.arguments(ClassIn)
    @blueprint.writes(CI_CLASSES)
    def post(self, new: CIClass) -> Held[CIClass]:
        """Define a class of your own, or with `extends` add to the built-in one of its name."""
        return classes.define_class(context(), new, expected_version=0)


@blueprint.route("/<name>")
class OneClass(MethodView):
    @blueprint.etag
    @blueprint.response(200, ClassOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], name: str) -> CIClass:
        """Show a class with its own attributes, those of your extension included."""
        at = at_of(wanted)
        found = catalogue_of(context(), at=at).find_class(name)
        if found is None:
            raise NotFound(kind=CI_CLASSES.name, ids=(name,))
        blueprint.set_etag(etag_of(version_of(CI_CLASSES, name, at)))
        return found

    @blueprint.etag
    @blueprint.response(200, ClassOut)
    @blueprint.arguments(ClassIn)
    @blueprint.writes(CI_CLASSES)
    @needs_version
    def put(self, new: CIClass, name: str, *, expected_version: int) -> Held[CIClass]:
        """Change a class of your own, or your extension of a built-in one, as a whole."""
        refuse_other_name(new.name, name)
        return classes.define_class(context(), new, expected_version=expected_version)


@blueprint.route("/<name>/lineage")
class Lineage(MethodView):
    @blueprint.etag
    @blueprint.response(200, LineageOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], name: str) -> dict[str, Any]:
        """Show what a class inherits: its ancestors, and all attributes its CIs may have."""
        catalogue = catalogue_of(context(), at=at_of(wanted))
        if catalogue.find_class(name) is None:
            raise NotFound(kind=CI_CLASSES.name, ids=(name,))
        return {"lineage": catalogue.lineage(name), "attributes": list(catalogue.attributes_of(name).values())}


@blueprint.route("/<name>/attributes")
class Attributes(MethodView):
    @blueprint.etag
    @blueprint.response(201, ClassOut)
    @blueprint.arguments(AttributeIn)
    @blueprint.writes(CI_CLASSES)
    @needs_version
    def post(self, new: Attribute, name: str, *, expected_version: int) -> Held[CIClass]:
        """Add an attribute to a class, built in or not."""
        return classes.add_attribute(context(), name, new, expected_version=expected_version)


def _with_use(retired: CIClass) -> dict[str, Any]:
    return {"retired": retired, "in_use": classes.count_of(context(), retired.name)}


@blueprint.route("/<name>/retire")
class Retire(MethodView):
    @blueprint.etag
    @blueprint.response(200, RetiredClassOut)
    @blueprint.writes(CI_CLASSES, shape=_with_use)
    @needs_version
    def post(self, name: str, *, expected_version: int) -> Any:
        """Take no new CIs of the class any more; those it has stay as they are and are counted."""
        return classes.retire_class(context(), name, expected_version=expected_version).held


def version_of(kind: Any, name: str, at: int | None) -> int:
    """Return the version of your record of this name, 0 where there is only what is built in."""
    stored = context().store.get(kind, name, at=at)
    return 0 if stored is None else stored.version


def refuse_other_name(given: str, name: str) -> None:
    """Raise InvalidInput unless the document names what the address names."""
    if given != name:
        sentence = "the address names {name!r}, so the name must be that or another address"
        raise InvalidInput([Problem("request.other_name", sentence, {"name": name}, pointer="/name")], what=name)

"""Persons over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.model.person import PERSONS, Person
from cmdb.people import persons
from cmdb.records import Held
from cmdb.roles import Role
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictBoolean
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint("persons", __name__, url_prefix="/persons", description="Who there is, and what they may do")

PersonOut = schema_of(PERSONS)


class PersonIn(Strict):
    """What may be given of a person; lists are replaced as a whole."""

    name = fields.String(metadata={"description": "a name, or a title such as Chair of the CAB"})
    roles = fields.List(fields.String())
    accounts = fields.List(fields.String(), metadata={"description": "further names the person signs in by"})
    delegate_of = fields.List(fields.String(), metadata={"description": "ids of persons this one stands in for"})
    owner_groups = fields.List(fields.String(), metadata={"description": "the teams they belong to"})


class EditedPerson(PersonIn):
    """What may be changed of a person."""

    active = StrictBoolean(metadata={"description": "who is not active may do nothing"})


class NewPerson(PersonIn):
    """A person to record."""

    id = fields.String(required=True, metadata={"description": "kept for ever, and itself an account"})
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


class WantedPersons(Paging):
    """Which persons."""

    role = fields.Enum(Role, by_value=True, load_default=None)
    owner_group = fields.String(load_default=None)


@blueprint.route("")
class Persons(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(PersonOut, "PersonPage"))
    @blueprint.arguments(WantedPersons, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the persons, by id."""
        role = wanted.pop("role")
        return persons.listing(context(), role=role.value if role else None, **wanted)

    @blueprint.etag
    @blueprint.response(201, PersonOut)
    @blueprint.arguments(NewPerson)
    @blueprint.writes(PERSONS)
    def post(self, new: dict[str, Any]) -> Held[Person]:
        """Record a person."""
        return persons.add(context(), new.pop("id"), **new)


@blueprint.route("/<person>")
class OnePerson(MethodView):
    @blueprint.etag
    @blueprint.response(200, PersonOut)
    def get(self, person: str) -> Person:
        """Show a person."""
        return blueprint.tagged(persons.get(context(), person))

    @blueprint.etag
    @blueprint.response(200, PersonOut)
    @blueprint.arguments(EditedPerson)
    @blueprint.writes(PERSONS)
    @needs_version
    def patch(self, given: dict[str, Any], person: str, *, expected_version: int) -> Held[Person]:
        """Change a person: what is given replaces what is there, the rest stays."""
        return persons.edit(context(), person, expected_version=expected_version, **given)

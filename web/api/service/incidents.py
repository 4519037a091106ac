"""Incidents over the JSON API, one by one and as a file; their twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import UnsupportedMediaType

from cmdb.model.incident import HIGHEST_PRIORITY, INCIDENTS, LOWEST_PRIORITY, Incident, IncidentState, NotCaused
from cmdb.records import Held
from cmdb.service import incident_causes, incidents
from cmdb.service.incident_intake import SHOWN, import_incidents
from web.api.blueprint import Blueprint, needs_version
from web.api.configuration.estate import FieldOut
from web.api.inputs import StrictInteger
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import UPLOAD_BYTES, context

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents", description="What failed, from when until when")

TAKEN = ("text/csv", "application/octet-stream")
MOST_SHOWN = 10_000
_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"
_BODY: dict[str, Any] = {media: {"schema": {"type": "string"}} for media in TAKEN}


def _moment(what: str) -> Any:
    return fields.String(metadata={"description": f"{what}, {_MOMENT}"})


class IncidentChanges(Strict):
    """What may be given of an incident."""

    title = fields.String(metadata={"description": "one line"})
    cis = fields.List(fields.String(), metadata={"description": "ids of the CIs that failed"})
    priority = StrictInteger(metadata={"description": f"{HIGHEST_PRIORITY} (highest) to {LOWEST_PRIORITY}"})
    opened = _moment("when it began; left out at a new incident: now")
    caused_by = fields.String(allow_none=True, metadata={"description": "id of the change that caused it"})


class NewIncident(IncidentChanges):
    """An incident to open."""

    title = fields.String(required=True, metadata={"description": "one line"})
    cis = fields.List(fields.String(), required=True, metadata={"description": "ids of the CIs that failed"})
    priority = StrictInteger(
        required=True, metadata={"description": f"{HIGHEST_PRIORITY} (highest) to {LOWEST_PRIORITY}"}
    )


class Resolving(Strict):
    """That an interruption is over."""

    resolved = _moment("when it ended; left out: now")


class Declining(Strict):
    """That a change did not cause an incident."""

    change = fields.String(required=True, metadata={"description": "id of the change it is proposed for"})
    code = fields.Enum(NotCaused, by_value=True, required=True, metadata={"description": "why not"})
    note = fields.String(load_default="", metadata={"description": "what there is to add; needed where it is other"})


class Wanted(Paging, AsOf):
    """Which incidents."""

    ci = fields.String(metadata={"description": "that name this CI"})
    state = fields.List(
        fields.Enum(IncidentState, by_value=True),
        load_default=(),
        metadata={"description": "in one of these states; give it more than once for several"},
    )
    open_at = _moment("that went on at this moment")
    since = _moment("that went on at this moment or later")
    until = _moment("that began before this moment")


class Bringing(Strict):
    """What the import is to do."""

    source = fields.String(
        required=True, validate=validate.Length(1, 1000), metadata={"description": "where the file comes from"}
    )
    dry_run = fields.Boolean(load_default=False, metadata={"description": "tell the difference and write nothing"})
    show = fields.Integer(
        load_default=SHOWN,
        validate=validate.Range(0, MOST_SHOWN),
        metadata={"description": "how many single differences to tell"},
    )


class IncidentDifferenceOut(Schema):
    """One incident that is new or changed."""

    what = fields.String(required=True)
    id = fields.String(required=True)
    line = fields.Integer(required=True)
    fields_ = fields.List(fields.Nested(FieldOut), required=True, data_key="fields", attribute="fields")


class IncidentReportOut(Schema):
    """What an import of incidents did or, with `dry_run`, would do."""

    source = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    revision = fields.Integer(required=True, allow_none=True, metadata={"description": "null: nothing was written"})
    new = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    differences = fields.List(fields.Nested(IncidentDifferenceOut), required=True)


IncidentOut = schema_of(INCIDENTS)
IncidentPage = page_of(IncidentOut, "IncidentPage")


@blueprint.route("")
class Incidents(MethodView):
    @blueprint.etag
    @blueprint.response(200, IncidentPage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List incidents, the last opened first."""
        at = at_of(wanted)
        words = {"states" if name == "state" else name: value for name, value in wanted.items()}
        return incidents.listing(context(), **{**words, "at": at})

    @blueprint.etag
    @blueprint.response(201, IncidentOut)
    @blueprint.arguments(NewIncident)
    @blueprint.writes(INCIDENTS)
    def post(self, new: dict[str, Any]) -> Held[Incident]:
        """Open an incident."""
        return incidents.open_incident(context(), **new)


@blueprint.route("/import")
class Import(MethodView):
    @blueprint.response(200, IncidentReportOut)
    @blueprint.doc(requestBody={"required": True, "content": _BODY})
    @blueprint.arguments(Bringing, location="query")
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """
        Bring incidents in from CSV: new and changed ones are written as one revision.

        Importing the same twice changes nothing, so the request may be sent again. Bad input gets all its faults at
        once, each with its line, and nothing is written.
        """
        if request.mimetype not in TAKEN:
            raise UnsupportedMediaType(f"send the incidents as one of {', '.join(TAKEN)}")
        request.max_content_length = UPLOAD_BYTES  # The reader has limits of its own.
        return import_incidents(context(), request.stream, **wanted).as_json()  # type: ignore[arg-type]


@blueprint.route("/<path:incident_id>")
class OneIncident(MethodView):
    @blueprint.etag
    @blueprint.response(200, IncidentOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], incident_id: str) -> Incident:
        """Show an incident, as it is or as it was."""
        return blueprint.tagged(incidents.get(context(), incident_id, at=at_of(wanted)))

    @blueprint.etag
    @blueprint.response(200, IncidentOut)
    @blueprint.arguments(IncidentChanges)
    @blueprint.writes(INCIDENTS)
    @needs_version
    def patch(self, changes: dict[str, Any], incident_id: str, *, expected_version: int) -> Held[Incident]:
        """Change what is given of an incident and keep the rest; a null cause takes the link away."""
        return incidents.edit(context(), incident_id, changes, expected_version=expected_version)


@blueprint.route("/<path:incident_id>/decline")
class Decline(MethodView):
    @blueprint.etag
    @blueprint.response(200, IncidentOut)
    @blueprint.arguments(Declining)
    @blueprint.writes(INCIDENTS)
    @needs_version
    def post(self, given: dict[str, Any], incident_id: str, *, expected_version: int) -> Held[Incident]:
        """Record that an incident is not the doing of a change it was proposed for; it is not proposed again."""
        return incident_causes.decline(context(), incident_id, expected_version=expected_version, **given)


@blueprint.route("/<path:incident_id>/resolve")
class Resolve(MethodView):
    @blueprint.etag
    @blueprint.response(200, IncidentOut)
    @blueprint.arguments(Resolving)
    @blueprint.writes(INCIDENTS)
    @needs_version
    def post(self, given: dict[str, Any], incident_id: str, *, expected_version: int) -> Held[Incident]:
        """Record that the interruption is over."""
        return incidents.resolve(context(), incident_id, expected_version=expected_version, **given)

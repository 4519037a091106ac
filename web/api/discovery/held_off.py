"""What a run leaves out, and a dry run that is to be applied, over the JSON API; their twins are commands."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.model.run import RUNS, Run
from cmdb.records import Held
from discovery import asking
from web.api.blueprint import Blueprint
from web.api.runs import RunOut, accepted
from web.request import context

blueprint = Blueprint("held_off", __name__, url_prefix="", description="What runs of sources leave out")


class RefusalOut(Schema):
    """A target that has refused its credential."""

    target = fields.String(required=True)
    references = fields.List(
        fields.String(), required=True, metadata={"description": "the credential, by where a worker finds it"}
    )
    run = fields.String(required=True, metadata={"description": "in which run"})
    at = fields.String(required=True, metadata={"format": "date-time"})
    reason = fields.String(required=True)


class AwayOut(Schema):
    """A target nobody answered at in several runs."""

    target = fields.String(required=True)
    runs = fields.Integer(required=True, metadata={"description": "in how many runs in a row"})
    until = fields.String(required=True, metadata={"format": "date-time", "description": "it is tried again then"})


class NotAskedOut(Schema):
    """Targets that are not asked as things stand."""

    source = fields.String(required=True)
    refused = fields.List(fields.Nested(RefusalOut), required=True)
    away = fields.List(fields.Nested(AwayOut), required=True)


@blueprint.route("/sources/<name>/not-asked")
class NotAsked(MethodView):
    @blueprint.etag
    @blueprint.response(200, NotAskedOut)
    def get(self, name: str) -> dict[str, Any]:
        """
        Tell which targets of a source are left out.

        One that refused its credential is not asked until the credential or the settings change, or somebody asks for
        a run with `try_refused`. One nobody answered at in several runs is asked less often by those nobody waits for.
        """
        return asking.not_asked(context(), name)


@blueprint.route("/runs/<path:run_id>/apply")
class Apply(MethodView):
    @blueprint.etag
    @blueprint.response(202, RunOut)
    @blueprint.writes(RUNS, shape=lambda run: accepted(run))
    def post(self, run_id: str) -> Held[Run]:
        """
        Ask for exactly that to be written which a dry run of a source showed.

        The run that does it fails, and writes nothing, where it would now change something else.
        """
        return asking.apply(context(), run_id)

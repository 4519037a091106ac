"""Many CIs in one request over the JSON API: each row is done by itself and has a result of its own."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate

from cmdb.configuration import register
from cmdb.errors import ForeshockError, InvalidInput
from cmdb.model.ci import CI, CIS
from cmdb.records import Held
from web.api.blueprint import Blueprint, written_by
from web.api.configuration.cis import CIOut, NewCI
from web.api.reading import faults
from web.api.schemas import ProblemOut, Strict
from web.request import context, idempotency_key
from web.wording import problem_json

blueprint = Blueprint("bulk", __name__, url_prefix="/cis", description="Many CIs in one request")

MOST_ROWS = 1000


class Rows(Strict):
    """The CIs to register; each is judged by itself."""

    rows = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        validate=validate.Length(1, MOST_ROWS),
        metadata={"items": {"$ref": "#/components/schemas/NewCI"}},
    )


class ResultOut(Schema):
    """What became of one row."""

    row = fields.Integer(required=True, metadata={"description": "its place in the request, from 0"})
    status = fields.Integer(required=True, metadata={"description": "201, or the status of the problem"})
    version = fields.Integer(metadata={"description": "the CI's entity tag"})
    ci = fields.Nested(CIOut)
    problem = fields.Nested(ProblemOut)


class ResultsOut(Schema):
    """One result for each row, in the order of the request."""

    created = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    rows = fields.List(fields.Nested(ResultOut), required=True)


@blueprint.route("/bulk")
class Bulk(MethodView):
    @blueprint.response(201, ResultsOut, description="every row was registered")
    @blueprint.alt_response(207, schema=ResultsOut, description="some rows were not; each says why", success=True)
    @blueprint.arguments(Rows)
    def post(self, given: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """
        Register many CIs, each with what it depends on, one after the other.

        A row that can not be registered does not keep the others back. With an Idempotency-Key each row has a
        transaction id of its own, the key with the row's place, so the request may be sent again.
        """
        results = [_result(place, row) for place, row in enumerate(given["rows"])]
        failed = sum(1 for result in results if "problem" in result)
        answer = {"created": len(results) - failed, "failed": failed, "rows": results}
        return answer, 207 if failed else 201


def _result(place: int, row: dict[str, Any]) -> dict[str, Any]:
    try:
        held = _registered(place, row)
    except ForeshockError as error:
        problem = problem_json(error)
        return {"row": place, "status": problem["status"], "problem": problem}
    return {"row": place, "status": 201, "version": held.version, "ci": held.record}


def _registered(place: int, row: dict[str, Any]) -> Held[CI]:
    schema = NewCI()
    try:
        new = schema.load(row)
    except ValidationError as error:
        raise InvalidInput(faults(error.messages, schema), what=f"row {place}") from error
    key = idempotency_key()
    if key is None:
        return register.add_ci(context(), **new)
    own = f"{key}:{place}"
    before: Held[CI] | None = written_by(own, CIS, key=new["id"])
    return before or register.add_ci(context(own), **new)

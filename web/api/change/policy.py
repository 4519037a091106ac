"""The verdict policy over the JSON API; its twin is the command of this name."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import UnsupportedMediaType

from cmdb.change.policy import policy, policy_simulation
from cmdb.change.policy.policy import PolicyText
from cmdb.change.policy.policy_simulation import MOST_LISTED
from cmdb.change.policy.policy_text import LONGEST
from cmdb.model.policy import POLICIES, PolicyVersion
from cmdb.model.policy_trial import PolicyTest, Simulation
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of, shown
from web.request import context, etag_of

blueprint = Blueprint("policy", __name__, url_prefix="/policy", description="What turns an assessment into a verdict")

MEDIA_TYPE = "application/toml"

PolicyVersionOut = schema_of(POLICIES)
PolicyPage = page_of(PolicyVersionOut, "PolicyPage")


class PolicyOut(Schema):
    """A policy as an assessment names it."""

    version = fields.Integer(required=True, metadata={"description": "0: the one that comes with Foreshock"})
    sha256 = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "TOML"})


PolicyTestOut = shown(PolicyTest)
SimulationOut = shown(Simulation)


def _text(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=LONGEST), **more)


class Tested(Strict):
    """A policy, and tests beside its own."""

    policy = _text(required=True, metadata={"description": "its text, TOML"})
    cases = _text(load_default=None, metadata={"description": "a file of tests, TOML with tables [[test]]"})


class Simulated(Strict):
    """A policy, and which past assessments it judges."""

    policy = _text(required=True, metadata={"description": "its text, TOML"})
    start = fields.String(data_key="from", load_default=None, metadata={"description": "assessed from this time on"})
    end = fields.String(data_key="to", load_default=None, metadata={"description": "assessed before this time"})
    limit = fields.Integer(
        load_default=MOST_LISTED,
        validate=validate.Range(min=0, max=MOST_LISTED),
        metadata={"description": "most changes that are listed; all are counted"},
    )


@blueprint.route("")
class InForce(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any]) -> PolicyText:
        """Show the policy that judges now, or did."""
        found = policy.in_force(context(), at=at_of(wanted))
        blueprint.set_etag(etag_of(found.version))
        return found

    @blueprint.etag
    @blueprint.response(200, PolicyVersionOut)
    @blueprint.doc(requestBody={"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}})
    @blueprint.writes(POLICIES)
    @needs_version
    def put(self, *, expected_version: int) -> Held[PolicyVersion]:
        """Put a new policy in force; the body is its text. Assessments made before keep theirs."""
        if request.mimetype != MEDIA_TYPE:
            raise UnsupportedMediaType(f"send the policy as {MEDIA_TYPE}")
        return policy.set_policy(context(), request.get_data(), expected_version=expected_version)


@blueprint.route("/test")
class Test(MethodView):
    @blueprint.response(200, PolicyTestOut)
    @blueprint.arguments(Tested)
    def post(self, asked: dict[str, Any]) -> PolicyTest:
        """Judge the tests of a policy by it. Nothing is written or kept."""
        cases = asked["cases"]
        return policy.try_out(context(), asked["policy"].encode(), None if cases is None else cases.encode())


@blueprint.route("/simulate")
class Simulate(MethodView):
    @blueprint.response(200, SimulationOut)
    @blueprint.arguments(Simulated)
    def post(self, asked: dict[str, Any]) -> Simulation:
        """Tell what a policy would have said of past changes, by the facts of their assessments. Nothing is written."""
        text = asked.pop("policy").encode()
        return policy_simulation.simulate(context(), text, **asked)


@blueprint.route("/versions")
class Versions(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyPage)
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the policies that were set, newest first."""
        return policy.versions(context(), after=wanted["after"], limit=wanted["limit"])


@blueprint.route("/versions/<int:version>")
class OneVersion(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyOut)
    def get(self, version: int) -> PolicyText:
        """Show one version; 0 is the one that comes with Foreshock."""
        found = policy.get(context(), version)
        blueprint.set_etag(etag_of(found.version))
        return found

"""What goes down if CIs fail, and what rests on one CI alone, over the JSON API; its twins are the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.configuration.naming import called_then
from cmdb.model.change import Effect
from cmdb.model.common_cause import CommonCause
from cmdb.model.explanation import Label
from cmdb.model.gate import Why
from cmdb.model.outcome import Outcome
from impact.questions.confidence import ConfidenceAnswer, confidence_of
from impact.questions.impact import blast_of, impact_of
from impact.questions.spof import single_points_of
from impact.questions.unavailability import UnavailabilityAnswer, unavailability_of
from impact.questions.why import why_failing
from web.api.blueprint import Blueprint
from web.api.schemas import AsOf, Strict, at_of, shown
from web.languages import Language
from web.naming import names_of
from web.request import context
from web.wording_explained import in_each_language

blueprint = Blueprint("impact", __name__, url_prefix="", description="What would happen if")

_IDS = {"description": "ids of the CIs that fail together"}


class Failing(AsOf):
    """CIs in the query of the address."""

    ci = fields.List(fields.String(), required=True, validate=validate.Length(1), metadata=_IDS)


class FailingBody(AsOf):
    """CIs in the body, where there may be more of them."""

    cis = fields.List(fields.String(), required=True, validate=validate.Length(1), metadata=_IDS)
    at = fields.String(load_default=None, allow_none=True)


class Explained(Schema):
    """Which services and which of their new single points to explain."""

    services = fields.List(fields.String(), load_default=(), metadata={"description": "ids of affected services"})
    points = fields.List(fields.String(), load_default=(), metadata={"description": "ids of new single points"})
    explain = fields.List(
        fields.String(),
        load_default=(),
        metadata={"description": "ids of those services that get a sentence and a small graph of their own"},
    )


class ExplainBody(FailingBody, Explained):
    """What failed, and what to explain of it."""


class SentenceOut(Schema):
    """One sentence in each language."""

    en = fields.String(required=True)
    zh = fields.String(required=True)


class WhyOut(shown(Why)):  # type: ignore[misc]  # The schema is made from the dataclass.
    """What stands behind the outcomes of services, with the sentences of those that were to be explained."""

    sentences = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SentenceOut),
        required=True,
        metadata={"description": "for each service to explain why it has its outcome"},
    )


ConfidenceOut = shown(ConfidenceAnswer)
UnavailabilityOut = shown(UnavailabilityAnswer)


class Observing(Strict):
    """For how long, and until when."""

    window = fields.Float(
        load_default=None, allow_none=True, metadata={"description": "hours; null: the steady state, at any moment"}
    )
    until = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "when observation ends; null: when the revision was made"},
    )


class Components(Failing, Observing):
    """CIs in the query of the address."""


class ComponentsBody(FailingBody, Observing):
    """CIs in the body, where there may be more of them."""


class Down(AsOf):
    """What has failed beside."""

    down = fields.List(
        fields.String(), load_default=(), metadata={"description": "ids of CIs that have failed already"}
    )


def _ids(description: str) -> Any:
    return fields.List(fields.String(), required=True, metadata={"description": description})


class ServiceOut(Schema):
    """One affected service."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    tier = fields.Integer(required=True, allow_none=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    reason = _ids("the path from a failed CI to the service")
    new_single_points = _ids("CIs that now stop it alone and did not before")
    margin = fields.Integer(required=True, allow_none=True, metadata={"description": "further failures that stop it"})
    margin_high = fields.Integer(required=True, allow_none=True, metadata={"description": "at most, if not exact"})


class ImpactOut(Schema):
    """What goes down if CIs fail together."""

    revision = fields.Integer(required=True)
    failed = _ids("what was asked about, sorted")
    down = _ids("what goes down with them, sorted")
    degraded = _ids("what is degraded, sorted")
    services = fields.List(
        fields.Nested(ServiceOut), required=True, metadata={"description": "the affected ones, by tier and id"}
    )
    unaffected = fields.Integer(required=True, metadata={"description": "how many services are not affected"})
    hidden = fields.Integer(required=True, dump_default=0, metadata={"description": "CIs you may not see"})


class ReachedOut(Schema):
    """A CI of a blast radius."""

    id = fields.String(required=True)
    depth = fields.Integer(required=True, metadata={"description": "fewest relations to one of the CIs asked about"})


class BlastOut(Schema):
    """All that depends on the CIs, whatever the redundancy, by depth and id."""

    blast = fields.List(fields.Nested(ReachedOut), required=True)


class SinglePointsOut(Schema):
    """What stops a service alone."""

    revision = fields.Integer(required=True)
    service = fields.String(required=True)
    failed = _ids("what has failed already")
    down = fields.Boolean(required=True, metadata={"description": "whether that stops it by itself"})
    before = _ids("single points of failure with nothing failed")
    now = _ids("with these failed")
    added = _ids("those of now that were none before")
    common_causes = fields.List(
        fields.Nested(shown(CommonCause, False)),
        required=True,
        metadata={"description": "CIs that defeat a group by failing alone, though they are no members of it"},
    )
    common_cause_count = fields.Integer(required=True, metadata={"description": "how many there are of all"})
    unexamined = fields.Integer(required=True, metadata={"description": "CIs not looked at for want of work allowed"})
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    labels = fields.Dict(keys=fields.String(), values=fields.Nested(shown(Label, False)), required=True)


@blueprint.route("/impact")
class Impact(MethodView):
    @blueprint.etag
    @blueprint.response(200, ImpactOut)
    @blueprint.arguments(Failing, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """Tell what goes down, and what only loses its spare, if these CIs fail together."""
        return impact_of(context(), wanted["ci"], at=at_of(wanted))

    @blueprint.response(200, ImpactOut)
    @blueprint.arguments(FailingBody)
    def post(self, wanted: dict[str, Any]) -> Any:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return impact_of(context(), wanted["cis"], at=at_of(wanted))


@blueprint.route("/impact/confidence")
class ImpactConfidence(MethodView):
    @blueprint.etag
    @blueprint.response(200, ConfidenceOut)
    @blueprint.arguments(Failing, location="query")
    def get(self, wanted: dict[str, Any]) -> ConfidenceAnswer:
        """
        Tell how sure the outcomes are if these CIs fail together: what hangs on relations that may not exist.

        Beside the impact itself, so that nobody waits for it who does not ask.
        """
        return confidence_of(context(), wanted["ci"], at=at_of(wanted))

    @blueprint.response(200, ConfidenceOut)
    @blueprint.arguments(FailingBody)
    def post(self, wanted: dict[str, Any]) -> ConfidenceAnswer:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return confidence_of(context(), wanted["cis"], at=at_of(wanted))


@blueprint.route("/impact/why")
class ImpactWhy(MethodView):
    @blueprint.response(200, WhyOut)
    @blueprint.arguments(ExplainBody)
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """
        Tell why services have their outcomes; nothing is written.

        The groups the failure had to pass and why CIs are new single points, and for the services to explain one
        sentence and the small graph behind it: at most twelve nodes that alone are enough for the outcome.
        """
        at, explain = at_of(wanted), set(wanted["explain"])
        answer = impact_of(context(), wanted["cis"], at=at)
        asked = {*wanted["services"], *explain}
        services = [service for service in answer.services if service.id in asked]
        why = why_failing(context(), answer.failed, services, wanted["points"], at=answer.revision, explain=explain)
        return told(why, at=answer.revision)


def told(why: Why, effects: Mapping[str, Effect] | None = None, *, at: int) -> dict[str, Any]:
    """Return what stands behind outcomes with the sentences of what is explained, by the names of the revision."""
    found = called_then(context(), why.explained.names, at=at)
    names = {language: names_of(found, why.explained.names, language) for language in Language}
    explanations = why.explained.explanations
    sentences = {one.service: in_each_language(one, why.explained, names, effects) for one in explanations}
    return {**{field.name: getattr(why, field.name) for field in dataclass_fields(why)}, "sentences": sentences}


@blueprint.route("/impact/blast")
class Blast(MethodView):
    @blueprint.etag
    @blueprint.response(200, BlastOut)
    @blueprint.arguments(Failing, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell all that depends on these CIs by hard or soft relations, whatever the redundancy."""
        return {"blast": blast_of(context(), wanted["ci"], at=at_of(wanted))}

    @blueprint.response(200, BlastOut)
    @blueprint.arguments(FailingBody)
    def post(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return {"blast": blast_of(context(), wanted["cis"], at=at_of(wanted))}


@blueprint.route("/services/<path:service_id>/single-points")
class ServiceSinglePoints(MethodView):
    @blueprint.etag
    @blueprint.response(200, SinglePointsOut)
    @blueprint.arguments(Down, location="query")
    def get(self, wanted: dict[str, Any], service_id: str) -> Any:
        """Tell which CIs stop a service alone, now and with some CIs failed."""
        return single_points_of(context(), service_id, failed=wanted["down"], at=at_of(wanted))


@blueprint.route("/unavailability")
class ComponentUnavailabilities(MethodView):
    @blueprint.etag
    @blueprint.response(200, UnavailabilityOut)
    @blueprint.arguments(Components, location="query")
    def get(self, wanted: dict[str, Any]) -> UnavailabilityAnswer:
        """Tell how likely these CIs are down by themselves, and where each number comes from."""
        return _unavailability(wanted["ci"], wanted)

    @blueprint.response(200, UnavailabilityOut)
    @blueprint.arguments(ComponentsBody)
    def post(self, wanted: dict[str, Any]) -> UnavailabilityAnswer:
        """Tell the same for more CIs than an address holds; nothing is written."""
        return _unavailability(wanted["cis"], wanted)


def _unavailability(cis: list[str], wanted: dict[str, Any]) -> UnavailabilityAnswer:
    window, until = wanted["window"], wanted["until"]
    return unavailability_of(context(), cis, window_hours=window, until=until, at=at_of(wanted))

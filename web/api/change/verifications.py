"""Verifications and their samples over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.change.verification import samples, verification_runs, verifying
from cmdb.change.verification.sealing import signer_with
from cmdb.model.run import RUNS, Run
from cmdb.model.verification import ACCURACIES, SAMPLE_CHECKS, VERIFICATIONS, SampleCheck, Verification
from cmdb.records import Held, to_json
from web.api.blueprint import Blueprint
from web.api.inputs import StrictBoolean, StrictInteger
from web.api.runs import RunOut, accepted
from web.api.schemas import Paging, Strict, schema_of
from web.request import context
from web.signing import key_here

blueprint = Blueprint(
    "verifications", __name__, url_prefix="/verifications", description="The estate held against its baselines"
)

VerificationOut = schema_of(VERIFICATIONS)
CheckOut, AccuracyOut = schema_of(SAMPLE_CHECKS), schema_of(ACCURACIES)


class AskingVerification(Strict):
    """What is to be verified."""

    baseline = fields.String(required=True, metadata={"description": "name of an approved baseline"})
    sample = StrictInteger(load_default=verifying.SAMPLE, metadata={"description": "how many CIs to draw at random"})


class Wanted(Paging):
    """Which verifications."""

    baseline = fields.String(load_default=None, metadata={"description": "of this baseline"})


class VerificationSummaryOut(Schema):
    """A verification without what it lists."""

    id = fields.String(required=True)
    baseline = fields.String(required=True)
    made_at = fields.String(required=True, metadata={"format": "date-time"})
    made_by = fields.String(required=True)
    revision = fields.Integer(required=True)
    cis = fields.Integer(required=True)
    unseen = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    hash = fields.String(required=True)
    signed = fields.Boolean(required=True)


class VerificationSummaryPage(Schema):
    """One page of verifications, and where the next begins."""

    rows = fields.List(fields.Nested(VerificationSummaryOut), required=True)
    next = fields.String(required=True, allow_none=True)


class SealOut(Schema):
    """Whether a verification is as it was written."""

    hash_right = fields.Boolean(required=True)
    signature = fields.String(
        required=True, metadata={"description": "valid, invalid, other_key, no_key (nobody can tell here), or none"}
    )
    once = fields.Boolean(required=True, metadata={"description": "it was never written again"})
    cited = fields.Boolean(required=True, metadata={"description": "what its baseline cites can still be read"})
    chained = fields.Boolean(required=True, metadata={"description": "the one before it has the hash it names"})
    sound = fields.Boolean(required=True)


class Entering(Strict):
    """What was seen on site."""

    ci = fields.String(required=True, metadata={"description": "id of a CI of the sample"})
    right = StrictBoolean(required=True, metadata={"description": "all that is recorded of it is so"})
    note = fields.String(load_default="", metadata={"description": "what is wrong; needed where something is"})


class Concluding(Strict):
    """How a sample is concluded."""

    note = fields.String(load_default="")


class VerificationSampleOut(Schema):
    """A sample: its CIs, what was entered of them, and what it came to."""

    cis = fields.List(fields.String(), required=True)
    entered = fields.List(fields.Nested(CheckOut), required=True)
    accuracy = fields.Nested(AccuracyOut, required=True, allow_none=True)


@blueprint.route("")
class Verifications(MethodView):
    @blueprint.etag
    @blueprint.response(200, VerificationSummaryPage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """List the verifications, the newest first."""
        rows, following = verifying.summaries(context(), **wanted)
        return {"rows": rows, "next": following}

    @blueprint.etag
    @blueprint.response(202, RunOut)
    @blueprint.arguments(AskingVerification)
    @blueprint.writes(RUNS, shape=lambda run: accepted(run))
    def post(self, asked: dict[str, Any]) -> Held[Run]:
        """Ask for a verification of a baseline; a worker makes it, and Location says where to follow it."""
        return verification_runs.ask(context(), asked["baseline"], sample=asked["sample"])


@blueprint.route("/<verification>")
class OneVerification(MethodView):
    @blueprint.etag
    @blueprint.response(200, VerificationOut)
    def get(self, verification: str) -> Verification:
        """Show a verification as it was written."""
        return blueprint.tagged(verifying.get(context(), verification))


@blueprint.route("/<verification>/check")
class Checked(MethodView):
    @blueprint.etag
    @blueprint.response(200, SealOut)
    def get(self, verification: str) -> dict[str, Any]:
        """Check the seal of a verification: its hash, its signature, and that it was never written again."""
        found = verifying.check(context(), verification, signer=signer_with(key_here()))
        return {**found._asdict(), "sound": found.sound}


@blueprint.route("/<verification>/sample")
class Sampled(MethodView):
    @blueprint.etag
    @blueprint.response(200, VerificationSampleOut)
    def get(self, verification: str) -> dict[str, Any]:
        """Show the sample of a verification, and what was entered of it."""
        entered = samples.entered(context(), verification)
        accuracy = verifying.accuracy_of(context(), verification)
        return {
            "cis": list(verifying.get(context(), verification).record.sample.cis),
            "entered": [to_json(SAMPLE_CHECKS, entered[ci]) for ci in sorted(entered)],
            "accuracy": None if accuracy is None else to_json(ACCURACIES, accuracy),
        }

    @blueprint.etag
    @blueprint.response(200, CheckOut)
    @blueprint.arguments(Entering)
    @blueprint.writes(SAMPLE_CHECKS)
    def post(self, given: dict[str, Any], verification: str) -> Held[SampleCheck]:
        """Enter what was seen of one CI of the sample; once more corrects it, until the sample is concluded."""
        return samples.enter(context(), verification, given["ci"], right=given["right"], note=given["note"])


@blueprint.route("/<verification>/conclude")
class Conclude(MethodView):
    @blueprint.etag
    @blueprint.response(202, RunOut)
    @blueprint.arguments(Concluding)
    @blueprint.writes(RUNS, shape=lambda run: accepted(run))
    def post(self, given: dict[str, Any], verification: str) -> Held[Run]:
        """Ask for the sample to be concluded; a worker does it, and seals the accuracy."""
        return verification_runs.ask_to_conclude(context(), verification, note=given["note"])

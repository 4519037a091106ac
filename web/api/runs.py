"""Questions asked in the background and the runs that answer them, over the JSON API; its twins are the commands."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import after_this_request, current_app, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from cmdb import jobs
from cmdb.errors import NotFound
from cmdb.model.change import ChangeState
from cmdb.model.run import RUNS, Run, RunState
from cmdb.records import Held, to_json
from discovery.run import PREFIX
from impact.questions import background
from impact.questions.judging import QUESTIONS
from web.api.blueprint import Blueprint
from web.api.inputs import StrictBoolean, StrictFloat, StrictInteger
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, shown
from web.request import JOBS, context

blueprint = Blueprint("runs", __name__, url_prefix="", description="Long questions, and the runs of jobs")

_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


def _left_out(made: type[fields.Field[Any]], description: str, *inner: Any) -> Any:
    return made(*inner, load_default=None, allow_none=True, metadata={"description": description})


class Asked(Strict):
    """A question and its arguments, those of its direct route by the same names; each question takes only its own."""

    question = fields.String(
        required=True, validate=validate.OneOf(list(QUESTIONS)), metadata={"description": "what is asked"}
    )
    service = _left_out(fields.String, "id of a service: spof, outage, risk-groups")
    cis = _left_out(fields.List, "ids of CIs: impact, criticality (none: all of the estate)", fields.String())
    down = _left_out(fields.List, "ids of CIs that have failed already: all but impact, criticality", fields.String())
    window = _left_out(StrictFloat, "hours: outage")
    budget = _left_out(StrictInteger, "nodes of diagrams: outage, risk-groups")
    top = _left_out(StrictInteger, "how many to list: risk-groups, criticality")
    since = fields.String(
        data_key="from",
        load_default=None,
        allow_none=True,
        metadata={"description": f"conflicts: when the period begins, {_MOMENT}; left out: now"},
    )
    until = fields.String(
        data_key="to",
        load_default=None,
        allow_none=True,
        metadata={"description": f"conflicts: when the period ends, {_MOMENT}; left out: never"},
    )
    states = fields.List(
        fields.Enum(ChangeState, by_value=True),
        data_key="state",
        load_default=None,
        allow_none=True,
        metadata={"description": "conflicts: count changes in these states"},
    )
    moves = _left_out(StrictBoolean, "conflicts: whether to look for moves that help")
    at = fields.String(load_default=None, allow_none=True, metadata=AsOf().fields["at"].metadata)


class Wanted(Paging):
    """Which runs."""

    job = fields.List(fields.String(), load_default=(), metadata={"description": "of one of these jobs"})
    state = fields.List(
        fields.Enum(RunState, by_value=True), load_default=(), metadata={"description": "in one of these states"}
    )


_RunBase: Any = shown(Run)


class RunOut(_RunBase):
    """A run of a job, how far it is while it goes on, and where its answer is read once it is there."""

    progress = fields.Dict(
        keys=fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "step, done and perhaps total; null: it does not go on, or has told nothing"},
    )
    result = fields.String(
        required=True, allow_none=True, metadata={"description": "address of the answer; null: there is none"}
    )

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return [self.dump(one) for one in obj] if many else obj


RunPage = page_of(RunOut, "RunPage")


class JobOut(Schema):
    """One job: what it does, when the clock asks for it, and its last run."""

    name = fields.String(required=True)
    purpose = fields.String(required=True)
    schedule = fields.String(
        required=True, allow_none=True, metadata={"description": "a crontab in UTC; null: only when somebody asks"}
    )
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"format": "date-time", "description": "when the clock asks for it next; null: never"},
    )
    last = fields.Nested(
        RunOut, required=True, allow_none=True, metadata={"description": "the run asked for last; null: none was"}
    )


class JobsOut(Schema):
    """The jobs there are."""

    rows = fields.List(fields.Nested(JobOut), required=True)


class AnswerOut(Schema):
    """The answer of a question, as its direct route gives it."""

    revision = fields.Integer(required=True)


@blueprint.route("/questions")
class Questions(MethodView):
    @blueprint.etag
    @blueprint.response(202, RunOut)
    @blueprint.arguments(Asked)
    @blueprint.writes(RUNS, shape=lambda run: accepted(run))
    def post(self, asked: dict[str, Any]) -> Held[Run]:
        """
        Ask a question in the background; the answer says which run answers it, and Location where to follow it.

        The question is judged first, all its faults told at once. The estate is that of the newest revision, or of
        ``at``. A worker answers, `foreshock worker` or this server itself.
        """
        return background.ask(context(), asked["question"], _arguments(asked), at=at_of(asked))


@blueprint.route("/jobs")
class Jobs(MethodView):
    @blueprint.etag
    @blueprint.response(200, JobsOut)
    def get(self) -> dict[str, Any]:
        """List the jobs: what each does, when the clock asks for it, and how its last run went."""
        rows = current_app.extensions.get(JOBS)
        if rows is None:
            raise NotFound(kind="table of jobs", ids=("jobs",))
        return {"rows": [{**row, "last": row["last"] and document(row["last"], None)} for row in rows(context())]}


@blueprint.route("/runs")
class Runs(MethodView):
    @blueprint.response(200, RunPage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """List runs of jobs, those asked for last first."""
        page = jobs.listing(
            context(), jobs=wanted["job"], states=wanted["state"], after=wanted["after"], limit=wanted["limit"]
        )
        runs = [held.record for held in page.rows]
        seen = jobs.progress(context(), runs)
        return {"rows": [document(run, seen.get(run.id)) for run in runs], "after": page.after}


@blueprint.route("/runs/<path:run_id>")
class OneRun(MethodView):
    @blueprint.etag
    @blueprint.response(200, RunOut)
    def get(self, run_id: str) -> dict[str, Any]:
        """Show a run: how it stands and why, how far it is, what it counted, and where its answer is."""
        run = jobs.get(context(), run_id).record
        found = document(run, jobs.progress(context(), [run]).get(run.id))
        blueprint.set_etag(found)
        return found


@blueprint.route("/runs/<path:run_id>/cancel")
class Cancel(MethodView):
    @blueprint.response(200, RunOut)
    def post(self, run_id: str) -> dict[str, Any]:
        """Cancel a run: one that waits has ended at once, one that goes on is asked to stop and soon does."""
        run = jobs.cancel(context(), run_id).record
        return document(run, None)


@blueprint.route("/runs/<path:run_id>/result")
class Result(MethodView):
    @blueprint.response(200, AnswerOut)
    def get(self, run_id: str) -> Response:
        """Read the answer of a question: the same bytes for the same question at the same revision."""
        run, content = background.result_of(context(), run_id)
        response = Response(content, mimetype="application/json")
        response.set_etag(run.figures["result"])
        return response.make_conditional(request.environ)


def document(run: Run, seen: Any) -> dict[str, Any]:
    """Return a run as JSON, with how far it is and where its answer is."""
    there = run.state in (RunState.OK, RunState.PARTIAL) and "result" in run.figures
    where = "differences" if run.job.startswith(PREFIX) else "result"
    return {**to_json(RUNS, run), "progress": seen, "result": f"{address_of(run)}/{where}" if there else None}


def address_of(run: Run) -> str:
    """Return the path of a run on this server."""
    return f"/api/v1/runs/{quote(run.id, safe='@:')}"


def accepted(run: Run) -> dict[str, Any]:
    """Return a run that was asked for just now, and send the address at which it is followed."""

    @after_this_request
    def tell(response: Any) -> Any:
        response.headers["Location"] = address_of(run)
        return response

    return document(run, None)


_NAMES = {"since": "from", "until": "to", "states": "state"}


def _arguments(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what was given, by the names of the API; what was left out stays so."""
    found = {_NAMES.get(name, name): value for name, value in asked.items() if value is not None}
    for name in ("question", "at"):
        found.pop(name, None)
    if "state" in found:
        found["state"] = [state.value for state in found["state"]]
    return found

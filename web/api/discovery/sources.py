"""Sources of discovery, their connectors and runs over the JSON API; their twins are the commands of this name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from cmdb.model.run import RUNS, Run, RunState
from cmdb.model.source import SOURCES, Source
from cmdb.records import Held
from discovery import asking, registry, sources
from web.api.blueprint import Blueprint, needs_version
from web.api.discovery.differences import DifferenceOut
from web.api.inputs import StrictBoolean, StrictFloat, StrictInteger
from web.api.runs import RunOut, accepted
from web.api.schemas import Paging, Strict, page_of, schema_of
from web.request import context

blueprint = Blueprint("sources", __name__, url_prefix="", description="What discovery looks at, and its runs")


def _moment(what: str) -> Any:
    return fields.String(required=True, allow_none=True, metadata={"description": what, "format": "date-time"})


class SourceValues(Strict):
    """What a source says besides its name."""

    connector = fields.String(required=True, metadata={"description": "how it is looked at; see /connectors"})
    settings = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "those of the connector; a credential is a reference: env:NAME or file:PATH"},
    )
    at_once = StrictInteger(
        load_default=None, allow_none=True, metadata={"description": "how many targets may be read at one time"}
    )
    requests_a_second = StrictFloat(
        load_default=None, allow_none=True, metadata={"description": "how often each target may be asked"}
    )
    schedule = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "a crontab of five fields in UTC; null: it is run only when somebody asks"},
    )
    jitter = StrictInteger(load_default=0, metadata={"description": "seconds by which a run may begin later"})
    enabled = StrictBoolean(load_default=True)
    maintenance = fields.List(
        fields.String(),
        load_default=(),
        metadata={
            "description": "windows in which it is not run by itself: `sat,sun 00:00-24:00 Europe/Berlin` each week, "
            "`2026-12-24T18:00/2026-12-27T06:00 UTC` once"
        },
    )
    maintenance_stops = StrictBoolean(
        load_default=False, metadata={"description": "stop a run that goes on then; it goes on afterwards"}
    )
    hook = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "the reference of the secret that calls of /trigger are signed with; null: none"},
    )


class NewSource(SourceValues):
    """A source to enter."""

    id = fields.String(required=True, metadata={"description": "its name, kept for ever"})


class Asking(Strict):
    """What a run is to read, and believe."""

    targets = fields.List(fields.String(), load_default=(), metadata={"description": "left out, all"})
    may_lose = fields.List(
        fields.String(),
        load_default=(),
        metadata={"description": "scopes that are believed to have lost as much as it seems"},
    )
    dry_run = StrictBoolean(load_default=False, metadata={"description": "write nothing, and keep what would change"})
    try_refused = StrictBoolean(
        load_default=False, metadata={"description": "try credentials again that targets have refused"}
    )


SourceOut = schema_of(SOURCES)
_SourceBase: Any = SourceOut


class AttemptOut(Schema):
    """A run that could read no target."""

    run = fields.String(required=True)
    ended_at = fields.String(required=True, metadata={"format": "date-time"})
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in RunState]))


def _attempt() -> Any:
    said = "the last run, where it could read no target; null: it could, or there was none"
    return fields.Nested(AttemptOut, required=True, allow_none=True, metadata={"description": said})


class SourceStandOut(_SourceBase):
    """A source, when it was read last and how much of it was not read to its end."""

    read_at = _moment("when a target of it was last read; null: never")
    run = fields.String(required=True, allow_none=True, metadata={"description": "the run that did; null: none"})
    attempt = _attempt()
    behind = fields.Integer(required=True, metadata={"description": "scopes that were not read to their end"})

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return [self.dump(one) for one in obj] if many else obj


class BehindOut(Schema):
    """A scope that was not read to its end in the last run over all targets."""

    scope = fields.String(required=True)
    readings = fields.Integer(required=True, metadata={"description": "in how many runs it was not"})
    read_at = _moment("when it last was; null: never")


class CoverageOut(Schema):
    """How far a source was read."""

    source = fields.String(required=True)
    readings = fields.Integer(required=True, metadata={"description": "runs over all of its targets"})
    read_at = _moment("when a target of it was last read; null: never")
    run = fields.String(required=True, allow_none=True, metadata={"description": "the run that did; null: none"})
    attempt = _attempt()
    behind = fields.List(fields.Nested(BehindOut), required=True)


class SettingOut(Schema):
    """One setting that a connector takes, or a part of one."""

    name = fields.String(required=True)
    type = fields.String(required=True, metadata={"description": "what a value is, in words"})
    required = fields.Boolean(required=True)
    default = fields.Raw(
        required=True, allow_none=True, metadata={"description": "what holds where it is left out; null: nothing"}
    )
    description = fields.String(required=True)
    parts: Any = fields.List(
        fields.Nested(lambda: SettingOut()),
        required=True,
        metadata={"description": "the settings within it, where it is an object or a list of objects"},
    )


class ConnectorOut(Schema):
    """One way to look at a kind of source."""

    name = fields.String(required=True)
    purpose = fields.String(required=True)
    extra = fields.String(
        required=True, allow_none=True, metadata={"description": "the extra that brings its libraries; null: none"}
    )
    settings = fields.List(fields.Nested(SettingOut), required=True)


class ConnectorsOut(Schema):
    """The connectors, by name."""

    rows = fields.List(fields.Nested(ConnectorOut), required=True)


class DifferencePaging(Strict):
    """Which differences."""

    after = fields.Integer(
        load_default=0, validate=validate.Range(0, 2**31), metadata={"description": "the `next` of the page before"}
    )
    limit = fields.Integer(
        load_default=100, validate=validate.Range(1, 1000), metadata={"description": "how many rows at most"}
    )


class DifferencePage(Schema):
    """One page of differences, by kind and key."""

    rows = fields.List(fields.Nested(DifferenceOut), required=True)
    next = fields.Integer(required=True, allow_none=True, metadata={"description": "null: no more"})


@blueprint.route("/connectors")
class Connectors(MethodView):
    @blueprint.etag
    @blueprint.response(200, ConnectorsOut)
    def get(self) -> dict[str, Any]:
        """List the connectors and the settings they take."""
        context().allow("source:read")
        return {"rows": [registry.told(each) for each in registry.connectors().values()]}


@blueprint.route("/sources")
class Sources(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(SourceStandOut, "SourcePage"))
    @blueprint.arguments(Paging, location="query")
    def get(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """List the sources by name, with when each was read last."""
        rows, after = asking.standings(context(), after=wanted["after"], limit=wanted["limit"])
        return {"rows": rows, "after": after}

    @blueprint.etag
    @blueprint.response(201, SourceOut)
    @blueprint.arguments(NewSource)
    @blueprint.writes(SOURCES)
    def post(self, new: dict[str, Any]) -> Held[Source]:
        """Enter a source."""
        return sources.put(
            context(), new.pop("id"), new.pop("connector"), new.pop("settings"), **new, expected_version=0
        )


@blueprint.route("/sources/<name>")
class OneSource(MethodView):
    @blueprint.etag
    @blueprint.response(200, SourceOut)
    def get(self, name: str) -> Source:
        """Show a source with its settings; credentials stand in them as references."""
        return blueprint.tagged(sources.get(context(), name))

    @blueprint.etag
    @blueprint.response(200, SourceOut)
    @blueprint.arguments(SourceValues)
    @blueprint.writes(SOURCES)
    @needs_version
    def put(self, values: dict[str, Any], name: str, *, expected_version: int) -> Held[Source]:
        """Change a source as a whole: what is left out is at its default."""
        connector, settings = values.pop("connector"), values.pop("settings")
        return sources.put(context(), name, connector, settings, **values, expected_version=expected_version)


@blueprint.route("/sources/<name>/on")
class On(MethodView):
    @blueprint.etag
    @blueprint.response(200, SourceOut)
    @blueprint.writes(SOURCES)
    @needs_version
    def post(self, name: str, *, expected_version: int) -> Held[Source]:
        """Switch a source on again."""
        return sources.enable(context(), name, enabled=True, expected_version=expected_version)


@blueprint.route("/sources/<name>/off")
class Off(MethodView):
    @blueprint.etag
    @blueprint.response(200, SourceOut)
    @blueprint.writes(SOURCES)
    @needs_version
    def post(self, name: str, *, expected_version: int) -> Held[Source]:
        """Switch a source off: it is not run until it is switched on again."""
        return sources.enable(context(), name, enabled=False, expected_version=expected_version)


@blueprint.route("/sources/<name>/coverage")
class OneCoverage(MethodView):
    @blueprint.etag
    @blueprint.response(200, CoverageOut)
    def get(self, name: str) -> dict[str, Any]:
        """Tell how far a source was read: when last, and what was not read to its end."""
        return asking.how_read(context(), name)


@blueprint.route("/sources/<name>/runs")
class SourceRuns(MethodView):
    @blueprint.etag
    @blueprint.response(202, RunOut)
    @blueprint.arguments(Asking)
    @blueprint.writes(RUNS, shape=lambda run: accepted(run))
    def post(self, asked: dict[str, Any], name: str) -> Held[Run]:
        """
        Ask for a run of a source; the answer says which it is, and Location where to follow it.

        A worker does it. What a dry run would change stands at the run's `result` when it has ended.
        """
        return asking.ask(context(), name, **asked)


@blueprint.route("/runs/<path:run_id>/differences")
class RunDifferences(MethodView):
    @blueprint.etag
    @blueprint.response(200, DifferencePage)
    @blueprint.arguments(DifferencePaging, location="query")
    def get(self, wanted: dict[str, Any], run_id: str) -> dict[str, Any]:
        """List what a dry run of a source would change."""
        rows, begin = asking.differences(context(), run_id), wanted["after"]
        end = begin + wanted["limit"]
        return {"rows": rows[begin:end], "next": end if end < len(rows) else None}

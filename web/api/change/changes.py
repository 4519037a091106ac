"""Changes over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

from flask.views import MethodView
from marshmallow import fields

from cmdb.change import changes
from cmdb.change.text_input import read_window
from cmdb.model.change import CHANGES, BackOut, Change, ChangeState, ChangeType, Effect, Target, Window
from cmdb.model.graph_edit import GraphEdit
from cmdb.records import Held
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictBoolean, StrictInteger, input_of
from web.api.schemas import AsOf, Paging, Strict, at_of, page_of, schema_of
from web.request import context

blueprint = Blueprint("changes", __name__, url_prefix="/changes", description="What someone wants to do, when and why")

_MOMENT = "with its offset (2026-03-02T22:00+01:00) or its IANA zone (2026-03-02T22:00[Europe/Berlin])"


class TargetIn(Strict):
    """One CI the change touches."""

    ci = fields.String(required=True, metadata={"description": "id of the CI"})
    effect = fields.Enum(
        Effect, by_value=True, metadata={"description": "left out: down, or what the change's model says"}
    )
    offset = StrictInteger(metadata={"description": "minute of the window it goes out at; left out: 0"})
    minutes = StrictInteger(
        allow_none=True, metadata={"description": "for how long; null or left out: until the window ends"}
    )
    expected = fields.Dict(
        keys=fields.String(),
        metadata={"description": "values its attributes are to have afterwards, /name, /status (active or retired)"},
    )
    edit = fields.Nested(
        input_of(GraphEdit),
        allow_none=True,
        metadata={"description": "what add or rewire does to the graph, in the words of an estate document"},
    )


class WindowIn(Strict):
    """When the work may happen."""

    start = fields.String(required=True, metadata={"description": _MOMENT})
    end = fields.String(required=True, metadata={"description": f"{_MOMENT}; of a change from a model it may be empty"})
    zone = fields.String(metadata={"description": "the zone the times are meant in; left out, that of the start"})


class BackOutIn(Strict):
    """How to return to the state before."""

    plan = fields.String(required=True)
    minutes = StrictInteger(load_default=None, allow_none=True)
    tested_on = fields.Date(load_default=None, allow_none=True)


class ChangeIn(Strict):
    """What may be given of a change."""

    title = fields.String(metadata={"description": "one line"})
    reason = fields.String()
    type = fields.Enum(ChangeType, by_value=True)
    targets = fields.List(fields.Nested(TargetIn))
    window = fields.Nested(WindowIn, allow_none=True)
    implementer = fields.String(allow_none=True)
    steps = fields.List(fields.String())
    back_out = fields.Nested(BackOutIn, allow_none=True)
    team = fields.String(allow_none=True, metadata={"description": "the owner group that implements it"})
    model = fields.String(allow_none=True, metadata={"description": "id of an approved change model"})
    benefit = fields.String()
    communications = fields.String(metadata={"description": "who is told, when and how"})
    test_evidence = fields.String(metadata={"description": "how it is known that this works"})
    after = fields.List(
        fields.String(), metadata={"description": "ids of changes that must have succeeded before this one"}
    )
    incidents = fields.List(fields.String(), metadata={"description": "ids of incidents it is to resolve"})


class NewChange(ChangeIn):
    """A change to raise; window and targets may follow until it is submitted. A model fills in what is left out."""

    retrospective = StrictBoolean(
        metadata={"description": "it was done already, without one: its window has begun; it authorises nothing"}
    )
    submitted = StrictBoolean(metadata={"description": "hand it in at once; what keeps it from that is told as well"})


class Wanted(Paging, AsOf):
    """Which changes."""

    state = fields.List(
        fields.Enum(ChangeState, by_value=True),
        load_default=(),
        metadata={"description": "in one of these states; give it more than once for several"},
    )


ChangeOut = schema_of(CHANGES)
ChangePage = page_of(ChangeOut, "ChangePage")


@blueprint.route("")
class Changes(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangePage)
    @blueprint.arguments(Wanted, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List changes, newest first."""
        return changes.listing(
            context(), states=wanted["state"], after=wanted["after"], limit=wanted["limit"], at=at_of(wanted)
        )

    @blueprint.etag
    @blueprint.response(201, ChangeOut)
    @blueprint.arguments(NewChange)
    @blueprint.writes(CHANGES)
    def post(self, new: dict[str, Any]) -> Held[Change]:
        """Raise a change in your name, as a draft, or handed in at once."""
        return changes.new(context(), **given_of(new))


@blueprint.route("/<change_id>")
class OneChange(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(AsOf, location="query")
    def get(self, wanted: dict[str, Any], change_id: str) -> Change:
        """Show a change, as it is or as it was."""
        return blueprint.tagged(changes.get(context(), change_id, at=at_of(wanted)))

    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.arguments(ChangeIn)
    @blueprint.writes(CHANGES)
    @needs_version
    def patch(self, given: dict[str, Any], change_id: str, *, expected_version: int) -> Held[Change]:
        """
        Edit a change: what is given replaces what is there, null takes it away, the rest stays.

        After submission, an edit of targets, window, steps, back-out, type or implementer makes a new revision and
        voids the decisions on earlier ones.
        """
        return changes.edit(context(), change_id, expected_version=expected_version, **given_of(given))


@blueprint.route("/<change_id>/submit")
class Submit(MethodView):
    @blueprint.etag
    @blueprint.response(200, ChangeOut)
    @blueprint.writes(CHANGES)
    @needs_version
    def post(self, change_id: str, *, expected_version: int) -> Held[Change]:
        """Ask for the change to be judged."""
        return changes.submit(context(), change_id, expected_version=expected_version)


def given_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was given of a change in the words of the desk."""
    words = dict(given)
    if "type" in words:
        words["change_type"] = words.pop("type")
    if "targets" in words:
        words["targets"] = [_target(target) for target in words["targets"]]
    if words.get("window") is not None:
        words["window"] = window_of(words["window"])
    if words.get("back_out") is not None:
        words["back_out"] = BackOut(**words["back_out"])
    return words


def _target(given: dict[str, Any]) -> Target | str:
    """Return a target, as its bare id where no more is given: then a model says what is done to it."""
    if given.keys() == {"ci"}:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([given["ci"]])
        return line.getvalue()
    return Target(**given)


def window_of(given: dict[str, str]) -> Window | tuple[str, str]:
    """Return the window, or its texts where the desk is to say what is wrong with them."""
    window, _ = read_window(given["start"], given["end"])
    if window is None or "zone" not in given:
        return given["start"], given["end"]
    return replace(window, zone=given["zone"])

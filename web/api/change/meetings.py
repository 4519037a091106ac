"""Meetings of boards over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from cmdb.chain import sha256
from cmdb.change import telling
from cmdb.change.boards import attending, meeting_course, meetings, pack
from cmdb.model.meeting import (
    ATTENDANCES,
    MEETINGS,
    READ_MARKS,
    AgendaItem,
    Attendance,
    Meeting,
    MeetingState,
    ReadMark,
)
from cmdb.model.telling import TELLINGS
from cmdb.records import Held
from impact.questions import board_pack
from web.api.blueprint import Blueprint, needs_version
from web.api.inputs import StrictInteger
from web.api.schemas import Paging, Strict, page_of, schema_of, shown
from web.board_pack import pack_html, policy
from web.languages import Language
from web.request import context
from web.wording_notice import notice_of

blueprint = Blueprint("meetings", __name__, url_prefix="", description="Where boards meet, and what came of it")

MeetingOut = schema_of(MEETINGS)
AttendanceOut = schema_of(ATTENDANCES)


class WantedMeetings(Paging):
    """Which meetings."""

    board = fields.String(load_default=None)
    series = fields.String(load_default=None)
    state = fields.List(fields.Enum(MeetingState, by_value=True), load_default=(), data_key="state")


class Agenda(Schema):
    """The items of an agenda, in the order they are taken."""

    rows = fields.List(fields.Nested(shown(AgendaItem, False)), required=True)


class NewItem(Strict):
    """An item to put on an agenda: a change or a topic."""

    change = fields.String(load_default=None, allow_none=True)
    topic = fields.String(load_default=None, allow_none=True)
    minutes = StrictInteger(load_default=None, allow_none=True, metadata={"description": "its timer"})


class Numbered(Strict):
    """Which item of the agenda, from 1."""

    item = StrictInteger(required=True)


class Taking(Strict):
    """Which seat is taken."""

    seat = fields.String(load_default=None, allow_none=True, metadata={"description": "the member one stands in for"})


class Reading(Strict):
    """What was read."""

    pack = fields.String(load_default=None, allow_none=True, metadata={"description": "SHA-256 of the pack"})


class WantedPack(Strict):
    """Which pack of a meeting."""

    pack = fields.String(load_default=None, metadata={"description": "SHA-256 of an earlier one; left out, the newest"})


class PrintedPack(WantedPack):
    """Which pack, and in which language."""

    language = fields.Enum(Language, by_value=True, load_default=Language.EN)


class There(Schema):
    """Who is there, by seat."""

    rows = fields.List(fields.Nested(AttendanceOut), required=True)


class NoticeText(Schema):
    """The draft of a notice in one language."""

    subject = fields.String(required=True)
    text = fields.String(required=True)


class NoticeOut(Schema):
    """Who is to be told of a change, and the drafts of the notice."""

    telling = fields.Nested(schema_of(TELLINGS), required=True)
    notices = fields.Dict(keys=fields.String(), values=fields.Nested(NoticeText), required=True)


@blueprint.route("/meetings")
class Meetings(MethodView):
    @blueprint.etag
    @blueprint.response(200, page_of(MeetingOut, "MeetingPage"))
    @blueprint.arguments(WantedMeetings, location="query")
    def get(self, wanted: dict[str, Any]) -> Any:
        """List the meetings, by their beginning."""
        return meetings.listing(context(), states=wanted.pop("state"), **wanted)


@blueprint.route("/meetings/<meeting>")
class OneMeeting(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    def get(self, meeting: str) -> Meeting:
        """Show a meeting."""
        return blueprint.tagged(meetings.get(context(), meeting))


@blueprint.route("/meetings/<meeting>/agenda")
class MeetingAgenda(MethodView):
    @blueprint.etag
    @blueprint.response(200, Agenda)
    def get(self, meeting: str) -> dict[str, Any]:
        """Show the agenda: as it was frozen, or as it would be now."""
        return {"rows": meetings.agenda(context(), meeting)}

    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.arguments(NewItem)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, new: dict[str, Any], meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Put a change or a topic on the agenda."""
        return meetings.put_on(context(), meeting, expected_version=expected_version, **new)


@blueprint.route("/meetings/<meeting>/agenda/drop")
class DropItem(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.arguments(Numbered)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, which: dict[str, Any], meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Take an item off the agenda."""
        return meetings.take_off(context(), meeting, which["item"], expected_version=expected_version)


@blueprint.route("/meetings/<meeting>/freeze")
class Freeze(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Freeze agenda and pack, and open the ballots; again, renew them."""
        return board_pack.freeze(context(), meeting, expected_version=expected_version)


@blueprint.route("/meetings/<meeting>/open")
class Open(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Open a meeting."""
        return meeting_course.open_meeting(context(), meeting, expected_version=expected_version)


@blueprint.route("/meetings/<meeting>/call")
class Call(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.arguments(Numbered)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, which: dict[str, Any], meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Call an item: its timer begins."""
        return meeting_course.call(context(), meeting, which["item"], expected_version=expected_version)


@blueprint.route("/meetings/<meeting>/close")
class Close(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Close a meeting and write its minutes."""
        return meeting_course.close(context(), meeting, expected_version=expected_version)


@blueprint.route("/meetings/<meeting>/cancel")
class Cancel(MethodView):
    @blueprint.etag
    @blueprint.response(200, MeetingOut)
    @blueprint.writes(MEETINGS)
    @needs_version
    def post(self, meeting: str, *, expected_version: int) -> Held[Meeting]:
        """Call a meeting off."""
        return meeting_course.cancel(context(), meeting, expected_version=expected_version)


@blueprint.route("/meetings/<meeting>/attendance")
class Attending(MethodView):
    @blueprint.etag
    @blueprint.response(200, There)
    def get(self, meeting: str) -> dict[str, Any]:
        """List who is there."""
        meetings.get(context(), meeting)
        return {"rows": attending.attendance(context(), meeting)}

    @blueprint.etag
    @blueprint.response(201, AttendanceOut)
    @blueprint.arguments(Taking)
    @blueprint.writes(ATTENDANCES)
    def post(self, taking: dict[str, Any], meeting: str) -> Held[Attendance]:
        """Take a seat."""
        return attending.attend(context(), meeting, **taking)


@blueprint.route("/meetings/<meeting>/read")
class MarkRead(MethodView):
    @blueprint.etag
    @blueprint.response(201, schema_of(READ_MARKS))
    @blueprint.arguments(Reading)
    @blueprint.writes(READ_MARKS)
    def post(self, reading: dict[str, Any], meeting: str) -> Held[ReadMark]:
        """Say that you have read the pack."""
        return attending.mark_read(context(), meeting, seen=reading["pack"])


@blueprint.route("/meetings/<meeting>/pack")
class Pack(MethodView):
    @blueprint.response(200, {"type": "object"}, content_type="application/json")
    @blueprint.arguments(WantedPack, location="query")
    def get(self, wanted: dict[str, Any], meeting: str) -> Response:
        """Fetch what the members read ahead: the same bytes for everybody."""
        return Response(pack.read(context(), meeting, pack=wanted["pack"]), mimetype="application/json")


@blueprint.route("/meetings/<meeting>/pack.html")
class PackHtml(MethodView):
    @blueprint.response(200, schema={}, content_type="text/html")
    @blueprint.arguments(PrintedPack, location="query")
    def get(self, wanted: dict[str, Any], meeting: str) -> Response:
        """Send the pack as HTML that stands by itself: the agenda, then one A4 for each change."""
        content = pack.read(context(), meeting, pack=wanted["pack"])
        written = pack_html(json.loads(content), sha256(content).hexdigest(), wanted["language"])
        response = Response(written, mimetype="text/html")
        response.headers["Content-Security-Policy"] = policy()
        return response


@blueprint.route("/meetings/<meeting>/pack.pdf")
class PackPdf(MethodView):
    @blueprint.response(200, schema={}, content_type="application/pdf")
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.arguments(PrintedPack, location="query")
    def get(self, wanted: dict[str, Any], meeting: str) -> Response:
        """Send the same as PDF; 409 where a part that makes it is not installed."""
        from web.board_pdf import pack_pdf

        content = pack.read(context(), meeting, pack=wanted["pack"])
        written = pack_pdf(json.loads(content), sha256(content).hexdigest(), wanted["language"])
        return Response(written, mimetype="application/pdf")


@blueprint.route("/meetings/<meeting>/minutes")
class Minutes(MethodView):
    @blueprint.response(200, {"type": "object"}, content_type="application/json")
    def get(self, meeting: str) -> Response:
        """Fetch the minutes: as they were kept, or until it is closed what they would be."""
        return Response(pack.written_minutes(context(), meeting), mimetype="application/json")


@blueprint.route("/changes/<change>/notice")
class ChangeNotice(MethodView):
    @blueprint.etag
    @blueprint.response(200, NoticeOut)
    def get(self, change: str) -> dict[str, Any]:
        """Tell who is to be told of a change, and draft the notice in each language."""
        found = telling.notice(context(), change)
        return {"telling": found, "notices": {each.value: notice_of(found, each) for each in Language}}

"""What a board reads ahead: the agenda frozen with the one-page summary of each change, and the projected outage."""

from __future__ import annotations

from typing import Any

from cmdb.change.boards import meetings
from cmdb.change.boards.pack import Enclosed
from cmdb.context import Context
from cmdb.model.kind import Kind
from cmdb.model.meeting import ItemKind, Meeting
from cmdb.model.summary import ChangeSummary
from cmdb.records import Held, to_document, to_json
from impact.questions.projected_outage import ProjectedOutage, projected_outage
from impact.questions.summary import summary_of

SHOWN = (ItemKind.DECISION, ItemKind.TOPIC)
"""The changes on these items have a page of their own; all others are one line."""
SUMMARIES = Kind(ChangeSummary, name="change_summary")
OUTAGES = Kind(ProjectedOutage, name="projected_outage")


def freeze(context: Context, meeting_id: str, *, expected_version: int | None = None) -> Held[Meeting]:
    """
    Freeze the agenda of a meeting and its pack, in which each change has what its one-page summary says.

    Raises as :func:`cmdb.change.boards.meetings.freeze`, and:
        NotAllowed: the actor may not read impact, the calendar, changes or incidents.
    """
    return meetings.freeze(context, meeting_id, expected_version=expected_version, enclose=enclosed)


def enclosed(context: Context, meeting: Meeting) -> Enclosed:
    """Return what goes into the pack of a meeting whose agenda is set, by the estate at its revision."""
    shown = dict.fromkeys(item.ref for item in meeting.agenda if item.kind in SHOWN and item.ref is not None)
    outage = projected_outage(context, at=meeting.graph_revision)
    return Enclosed({change: _said(context, change) for change in sorted(shown)}, to_json(OUTAGES, outage))


def _said(context: Context, change_id: str) -> dict[str, Any]:
    """Return what the summary says beside the change and its assessment, which the pack holds as they are."""
    document = to_document(SUMMARIES, summary_of(context, change_id))
    return {key: value for key, value in document.items() if key not in ("change", "assessment")}

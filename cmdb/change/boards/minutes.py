"""The minutes of a meeting, written by what was recorded: who was there, what was called, voted and decided."""

from __future__ import annotations

from typing import Any

from cmdb.change.boards import ballots
from cmdb.change.record import tasks
from cmdb.context import Context
from cmdb.model.ballot import BALLOTS, VOTES
from cmdb.model.ballot_standing import BallotStanding
from cmdb.model.board import BOARDS
from cmdb.model.decision import DECISIONS
from cmdb.model.meeting import ATTENDANCES, MEETINGS, READ_MARKS, AgendaItem, Attendance, Meeting
from cmdb.model.task import TASKS
from cmdb.ports.store import Equals
from cmdb.records import to_json

FORMAT = "board-minutes/1"


def made(context: Context, meeting: Meeting) -> dict[str, Any]:
    """Return the minutes as a document; of the same records it is the same in every byte."""
    board = context.records.get(BOARDS, meeting.board)
    there = attendance(context, meeting.id)
    filled = {each.seat for each in there}
    document = to_json(MEETINGS, meeting)
    votes = {each.ballot.id: each for each in ballots.of_meeting(context, meeting.id)}
    return {
        "format": FORMAT,
        "meeting": {
            key: document[key]
            for key in ("id", "start", "duration", "opened_at", "closed_at", "state", "graph_revision", "pack")
        },
        "board": {"id": board.id, "name": board.name, "rule": board.rule.value, "quorum": board.quorum},
        "chair": board.chair,
        "present": [to_json(ATTENDANCES, each) for each in there],
        "absent": [seat for seat in board.members if seat not in filled],
        "read_ahead": [
            each.person
            for each in _marks(context, meeting.id)
            if meeting.pack is not None and each.pack == meeting.pack
        ],
        "items": [_item(context, meeting, number, item, votes) for number, item in enumerate(meeting.agenda, 1)],
    }


def attendance(context: Context, meeting_id: str) -> tuple[Attendance, ...]:
    """Return who is there, by seat."""
    found = context.records.find(ATTENDANCES, [Equals("meeting", meeting_id)])
    return tuple(sorted(found, key=lambda each: each.seat))


def _marks(context: Context, meeting_id: str) -> list[Any]:
    found = context.records.find(READ_MARKS, [Equals("meeting", meeting_id)])
    return sorted(found, key=lambda each: each.person)


def _item(
    context: Context, meeting: Meeting, number: int, item: AgendaItem, votes: dict[str, BallotStanding]
) -> dict[str, Any]:
    of_item = [each for each in votes.values() if item.ref is not None and each.ballot.change == item.ref]
    return {
        "number": number,
        **to_json(MEETINGS, item),
        "called": _called(meeting, number),
        "ballots": [_ballot(context, each) for each in of_item],
    }


def _called(meeting: Meeting, number: int) -> list[dict[str, Any]]:
    """Return from when until when the item was spoken about, each time it was called."""
    rows = to_json(MEETINGS, meeting)["called"]
    ends = [*(each["at"] for each in rows[1:]), to_json(MEETINGS, meeting)["closed_at"]]
    return [
        {"from": each["at"], "to": end, "by": each["by"]}
        for each, end in zip(rows, ends, strict=False)
        if each["item"] == number
    ]


def _ballot(context: Context, found: BallotStanding) -> dict[str, Any]:
    ballot = found.ballot
    decision = None if ballot.decision is None else context.records.get(DECISIONS, ballot.decision)
    conditions = [task for task in tasks.of_change(context, ballot.change) if decision and task.decision == decision.id]
    return {
        **{key: to_json(BALLOTS, ballot)[key] for key in ("id", "change", "change_revision", "assessment_hash")},
        "void": found.because,
        "undecided": None if decision is not None else found.tally.because,
        "recused": [{"seat": each.seat, "because": each.because} for each in found.recused],
        "votes": [to_json(VOTES, vote) for vote in found.votes],
        "decision": None if decision is None else to_json(DECISIONS, decision),
        "conditions": [{key: to_json(TASKS, task)[key] for key in ("id", "title")} for task in conditions],
    }

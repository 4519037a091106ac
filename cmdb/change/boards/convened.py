"""What every act on a meeting needs: the record in a state that allows it, the items, and who acts."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem, WrongState
from cmdb.model.board import Board
from cmdb.model.meeting import MEETINGS, Meeting, MeetingState
from cmdb.people.persons import person_of
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held

LONGEST_MINUTES = 24 * 60


def held_in(
    context: Context, meeting_id: str, move: str, expected_version: int | None, *possible: MeetingState
) -> Held[Meeting]:
    """Return the meeting at the version that was seen, in a possible state; raises VersionConflict, WrongState."""
    held = context.records.held(MEETINGS, meeting_id)
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=MEETINGS.name, key=meeting_id, expected=expected_version, actual=held.version)
    if held.record.state not in possible:
        states = [state.value for state in possible]
        raise WrongState(subject=meeting_id, move=move, state=held.record.state.value, possible=states)
    return held


def put_meeting(context: Context, held: Held[Meeting], meeting: Meeting, because: str) -> Held[Meeting]:
    """Write a meeting over the version it was made from."""
    return context.records.put(MEETINGS, meeting, because=because, expected_version=held.version)


def person_acting(context: Context) -> str:
    """Return the id of the person who acts; the account where nobody is recorded for it."""
    person = person_of(context.store, context.actor.id)
    return context.actor.id if person is None else person.id


def not_in_use(board: Board) -> list[Problem]:
    """Return the problem of a board that decides nothing."""
    return [] if board.active else [Problem("board.not_in_use", "{id} is not in use", {"id": board.id}, "/board")]


def duration_problems(minutes: int) -> list[Problem]:
    """Return the problem of a meeting that is too short or too long."""
    if 1 <= minutes <= LONGEST_MINUTES:
        return []
    facts = {"minutes": minutes, "most": LONGEST_MINUTES}
    return [Problem("meeting.duration", "a meeting of {minutes} minutes; from 1 to {most}", facts, "/duration")]


def no_item(item: int, count: int) -> list[Problem]:
    """Return the problem of a number that no item of the agenda has."""
    if 1 <= item <= count:
        return []
    facts = {"item": item, "count": count}
    sentence = "there is no item {item}: the agenda has {count} item(s)"
    return [Problem("meeting.no_item", sentence, facts, "/item")]


def refuse(problems: Sequence[Problem], what: str) -> None:
    """Return if there is no problem; raises InvalidInput with all of them."""
    if problems:
        raise InvalidInput(problems, what=what)

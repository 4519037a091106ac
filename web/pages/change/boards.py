"""The pages of boards, their meetings and ballots: read, voted and decided by forms; the twins of the commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from cmdb.change.boards import attending, ballots, boards, meeting_course, meeting_series, meetings, pack, votes
from cmdb.change.boards.boards import seats_of
from cmdb.errors import InvalidInput
from cmdb.model.ballot import VoteChoice
from cmdb.model.ballot_standing import BallotStanding
from cmdb.model.change import CHANGES
from cmdb.model.meeting import Meeting, MeetingSeries, MeetingState
from cmdb.records import Held
from impact.questions import board_pack
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted, seen_version
from web.request import context
from web.wording_board import (
    ITEM_WORDS,
    MEETING_WORDS,
    RULE_WORDS,
    VOTE_WORDS,
    ballot_words,
    recused_words,
    votes_words,
    why_on_agenda,
)

Answer = Response | tuple[str, int]
_FIELDS: dict[str, Place] = {
    "/until": ("until", "Until"),
    "/change": ("change", "Change"),
    "/starts": ("starts", "Begins"),
    "/duration": ("duration", "Minutes"),
    "/rule": ("rule", "Again by a rule"),
    "/excluded": ("excluded", "Except"),
    "/start": ("start", "Begins"),
    "/topic": ("topic", "Topic"),
    "/minutes": ("minutes", "Timer"),
    "/seat": ("seat", "For"),
    "/reason": ("reason", "Reason"),
    "/conditions": ("conditions", "Conditions"),
    "/choice": ("choice", "Vote"),
    "/comment": ("comment", "Comment"),
}
_WORDS: dict[str, Any] = {
    "rule_words": RULE_WORDS,
    "meeting_words": MEETING_WORDS,
    "item_words": ITEM_WORDS,
    "vote_words": VOTE_WORDS,
    "why_on_agenda": why_on_agenda,
    "ballot_words": ballot_words,
    "votes_words": votes_words,
    "recused_words": recused_words,
    "choices": [(choice.value, VOTE_WORDS[choice]) for choice in VoteChoice],
}


@pages.get("/boards", endpoint="boards")
def list_boards() -> str:
    """List the boards, and how many ballots wait for the reader."""
    page = boards.listing(context(), after=request.args.get("after"), limit=100)
    return render_template(
        "change/boards.html",
        rows=[held.record for held in page.rows],
        next_url=url_for("pages.boards", after=page.after) if page.after else None,
        waiting=len(ballots.inbox(context())),
        **_WORDS,
    )


@pages.get("/boards/<board>", endpoint="board")
def show_board(board: str) -> str:
    """Show a board, its meetings and what it is asked."""
    return _board(board, Form())


@pages.post("/boards/<board>/meetings", endpoint="plan_board_meetings")
def plan(board: str) -> Answer:
    """Plan meetings, one for each line, or by a rule from the first on."""
    return _tried(
        lambda form: meeting_series.plan(
            context(),
            board,
            form.lines("starts"),
            duration=_whole(form.text("duration"), 60, "/duration"),
            rule=form.text("rule") or None,
            excluded=form.lines("excluded"),
        ),
        url_for("pages.board", board=board),
        "The meetings are planned.",
        lambda form: _board(board, form),
    )


@pages.post("/meeting-series/<series>/end", endpoint="end_meeting_series")
def end_series(series: str) -> Answer:
    """End a series, and call its planned meetings off."""
    board = meeting_series.get(context(), series).record.board
    return _tried(
        lambda form: meeting_series.end(
            context(), series, reason=form.text(f"{series}-reason"), expected_version=seen_version(form)
        ),
        url_for("pages.board", board=board),
        "The series has ended.",
        lambda form: _board(board, form),
        prefix=f"{series}-",
    )


@pages.post("/boards/<board>/ask", endpoint="ask_board")
def ask(board: str) -> Answer:
    """Ask the members about a change, between meetings."""
    return _tried(
        lambda form: ballots.ask(context(), board, form.text("change"), until=form.text("until")),
        url_for("pages.board", board=board),
        "The members are asked.",
        lambda form: _board(board, form),
    )


@pages.get("/board-inbox", endpoint="board_inbox")
def inbox() -> str:
    """List the ballots that wait for the reader."""
    return _inbox(Form())


@pages.get("/meetings/<meeting>", endpoint="board_meeting")
def show_meeting(meeting: str) -> str:
    """Show a meeting: agenda, who is there, and the ballots with their forms."""
    return _meeting(meeting, Form())


@pages.get("/meetings/<meeting>/minutes", endpoint="board_minutes")
def show_minutes(meeting: str) -> str:
    """Show the minutes, made from the recorded bytes."""
    from web.board_papers import minutes_body

    return _paper(meeting, "Minutes", minutes_body(_read(pack.written_minutes(context(), meeting))))


def _plainly(act: Callable[..., Any]) -> Callable[[Form, str], Any]:
    return lambda form, meeting: act(context(), meeting, expected_version=seen_version(form))


def _put_on(form: Form, meeting: str) -> Any:
    given = {"change": form.text("change") or None, "topic": form.text("topic") or None}
    minutes = form.text("minutes")
    timer = _whole(minutes, 0, "/minutes") if minutes else None
    return meetings.put_on(context(), meeting, minutes=timer, expected_version=seen_version(form), **given)


_ACTS: dict[str, tuple[Callable[[Form, str], Any], str]] = {
    "freeze": (_plainly(board_pack.freeze), "The agenda is frozen: all members read the same."),
    "open": (_plainly(meeting_course.open_meeting), "The meeting is open."),
    "close": (_plainly(meeting_course.close), "The meeting is closed, and its minutes are kept."),
    "cancel": (_plainly(meeting_course.cancel), "The meeting is called off."),
    "add": (_put_on, "It is on the agenda."),
    "move": (
        lambda form, meeting: meeting_series.move(
            context(), meeting, form.text("start"), expected_version=seen_version(form)
        ),
        "It begins at another time now.",
    ),
    "attend": (
        lambda form, meeting: attending.attend(context(), meeting, seat=form.text("seat") or None),
        "You are there.",
    ),
    "read": (lambda form, meeting: attending.mark_read(context(), meeting, seen=form.text("pack") or None), "Noted."),
}


@pages.post("/meetings/<meeting>/act/<act>", endpoint="act_on_meeting")
def act_on(meeting: str, act: str) -> Answer:
    """Do something with a meeting; a fault comes back at its field."""
    from werkzeug.exceptions import NotFound

    if act not in _ACTS:
        raise NotFound
    do, said = _ACTS[act]
    back = url_for("pages.board_meeting", meeting=meeting)
    return _tried(lambda form: do(form, meeting), back, said, lambda form: _meeting(meeting, form))


@pages.post("/meetings/<meeting>/items/<int:item>/<act>", endpoint="act_on_meeting_item")
def act_on_item(meeting: str, item: int, act: str) -> Answer:
    """Call an item, or take it off the agenda."""
    from werkzeug.exceptions import NotFound

    desks = {"call": (meeting_course.call, "It is called."), "drop": (meetings.take_off, "It is off the agenda.")}
    if act not in desks:
        raise NotFound
    desk, said = desks[act]
    return _tried(
        lambda form: desk(context(), meeting, item, expected_version=seen_version(form)),
        url_for("pages.board_meeting", meeting=meeting),
        said,
        lambda form: _meeting(meeting, form),
    )


@pages.post("/ballots/<ballot>/vote", endpoint="vote_in_ballot")
def vote(ballot: str) -> Answer:
    """Vote, on the assessment the form was made from."""
    found = ballots.show(context(), ballot).ballot

    def act(form: Form) -> Any:
        return votes.vote(
            context(),
            ballot,
            form.value(f"{ballot}-choice"),
            reason=form.text(f"{ballot}-reason"),
            conditions=form.lines(f"{ballot}-conditions"),
            seat=form.text(f"{ballot}-seat") or None,
            assessment=form.value("assessment") or None,
        )

    return _tried(act, _home(found.meeting), "Your vote is kept.", _again(found.meeting), prefix=f"{ballot}-")


@pages.post("/ballots/<ballot>/decide", endpoint="decide_ballot")
def decide(ballot: str) -> Answer:
    """Make the decision that the votes came to."""
    found = ballots.show(context(), ballot).ballot

    def act(form: Form) -> Any:
        return ballots.decide(
            context(),
            ballot,
            expected_version=seen_version(form),
            assessment=form.value("assessment") or None,
            comment=form.text(f"{ballot}-comment"),
        )

    return _tried(act, _home(found.meeting), "It is decided.", _again(found.meeting), prefix=f"{ballot}-")


# how they look -------------------------------------------------------------------------------------------------------
def _board(board_id: str, form: Form) -> str:
    held = boards.get(context(), board_id)
    found = meetings.listing(context(), board=board_id, limit=200)
    asked = ballots.listing(context(), board=board_id, limit=200)
    return render_template(
        "change/board.html",
        board=held.record,
        form=form,
        meetings=[each.record for each in found.rows],
        meetings_more=found.after is not None,
        series=_coming_again(board_id),
        asked=[_shown(ballots.show(context(), each.record.id)) for each in asked.rows if each.record.is_open],
        **_WORDS,
    )


def _coming_again(board_id: str) -> list[Held[MeetingSeries]]:
    """Return the series of a board that still come again."""
    found = meeting_series.listing(context(), board=board_id, limit=1000).rows
    return [each for each in found if each.record.schedule is not None and each.record.ended is None]


def _inbox(form: Form) -> str:
    found = [_shown(each) for each in ballots.inbox(context())]
    return render_template("change/board_inbox.html", ballots=found, form=form, **_WORDS)


def _meeting(meeting_id: str, form: Form) -> str:
    held = meetings.get(context(), meeting_id)
    meeting = held.record
    return render_template(
        "change/meeting.html",
        meeting=meeting,
        version=held.version,
        board=boards.get(context(), meeting.board).record,
        form=form,
        items=meetings.agenda(context(), meeting_id),
        current=meeting.called[-1].item if meeting.called and meeting.state is MeetingState.OPEN else None,
        minutes_left=_left(meeting),
        there=attending.attendance(context(), meeting_id),
        ballots=[_shown(each) for each in ballots.of_meeting(context(), meeting_id)],
        states=MeetingState,
        **_WORDS,
    )


def _shown(found: BallotStanding) -> dict[str, Any]:
    """Return a ballot as the pages show it: how it stands, what it is about, and what the reader may do."""
    seats = seats_of(context(), found.ballot.members, context().actor.id)
    return {
        "found": found,
        "version": ballots.get(context(), found.ballot.id).version,
        "change": context().records.get(CHANGES, found.ballot.change),
        "seats": [(seat, "yourself" if way == "self" else f"as delegate of {seat}") for seat, way in seats.items()],
        "may_vote": bool(seats) and found.ballot.is_open and not found.void,
        "may_decide": found.tally.choice is not None
        and found.ballot.is_open
        and not found.void
        and bool(set(seats) & set(found.presiding)),
    }


def _left(meeting: Meeting) -> int | None:
    """Return the minutes that are left of the item that was called, negative where it is over its time."""
    if not meeting.called or meeting.state is not MeetingState.OPEN:
        return None
    last = meeting.called[-1]
    spent = (context().clock.now() - last.at).total_seconds() // 60
    return int(meeting.agenda[last.item - 1].minutes - spent)


def _tried(
    act: Callable[[Form], Any], back: str, said: str, again: Callable[[Form], str], *, prefix: str = ""
) -> Answer:
    """Act and come back, with what was wrong at its field."""
    form = posted()
    try:
        act(form)
    except InvalidInput as wrong:
        form.take(wrong, lambda problem: _place(problem.pointer or "", prefix))
        return again(form), 422
    flash(said)
    return redirect(back, 303)


def _place(pointer: str, prefix: str) -> Place:
    while pointer and pointer not in _FIELDS:
        pointer = pointer.rpartition("/")[0]
    name, label = _FIELDS.get(pointer, ("", ""))
    return (f"{prefix}{name}" if name else ""), label


def _home(meeting: str | None) -> str:
    return url_for("pages.board_inbox") if meeting is None else url_for("pages.board_meeting", meeting=meeting)


def _again(meeting: str | None) -> Callable[[Form], str]:
    return _inbox if meeting is None else (lambda form: _meeting(meeting, form))


def _whole(text: str, otherwise: int, pointer: str) -> int:
    from cmdb.errors import Problem

    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        problem = Problem("change.not_whole", "{text!r} is no whole number of minutes", {"text": text[:80]}, pointer)
        raise InvalidInput([problem], what="the form")
    return int(text)


def _read(content: bytes) -> dict[str, Any]:
    import json

    document: dict[str, Any] = json.loads(content)
    return document


def _paper(meeting: str, what: str, body: str) -> str:
    # The paper is made of escaped facts alone, so it can stand in a page as it is.
    return render_template("change/board_paper.html", meeting=meeting, what=what, body=Markup(body))

"""
The minutes of a board's meeting as text and as HTML to be printed; its pack is :mod:`web.board_pack`.

They are made from the recorded bytes alone, so the same bytes give the same paper, without the store and years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from cmdb.model.ballot import VoteChoice
from cmdb.model.ballot_standing import UNDECIDED, VOID
from cmdb.model.meeting import ItemKind
from web.wording_board import ITEM_WORDS, VOTE_WORDS, recused_words
from web.wording_change import moment_words

_STYLE = (
    "body{font:10pt/1.4 sans-serif;max-width:180mm;margin:10mm auto;overflow-wrap:anywhere}"
    "h1{font-size:16pt}h2{font-size:12pt}"
)
Document = Mapping[str, Any]


def minutes_text(document: Document) -> str:
    """Return the minutes as plain text."""
    return "\n".join(line for _, line in _minutes(document)) + "\n"


def minutes_html(document: Document) -> str:
    """Return the minutes as one HTML file."""
    return _page(f"Minutes {document['meeting']['id']}", minutes_body(document))


def minutes_body(document: Document) -> str:
    """Return the same as a part of a page."""
    tags = {0: "h1", 1: "h2", 2: "p"}
    lines = [(tags[level], escape(line.strip())) for level, line in _minutes(document) if line]
    return "\n".join(f"<{tag}>{line}</{tag}>" for tag, line in lines)


def _minutes(document: Document) -> Iterator[tuple[int, str]]:
    """Yield the lines of the minutes, each with its level: 0 the title, 1 a heading, 2 a line below it."""
    meeting, board = document["meeting"], document["board"]
    yield 0, f"Minutes of {board['name']}, {meeting['id']}"
    opened, closed = _when(meeting["opened_at"]), _when(meeting["closed_at"])
    yield 2, f"  Planned for {_when(meeting['start'])}; opened {opened}; closed {closed}"
    yield 2, f"  Present: {', '.join(map(_seat, document['present'])) or 'nobody'} (quorum {board['quorum']})"
    yield 2, f"  Absent: {', '.join(document['absent']) or 'nobody'}"
    yield 2, f"  Read ahead: {', '.join(document['read_ahead']) or 'nobody'}"
    yield 2, f"  Pack: SHA-256 {meeting['pack'] or 'none'}, estate at revision {meeting['graph_revision']}"
    for item in document["items"]:
        yield 2, ""
        ref = f"{item['ref']} " if item["ref"] else ""
        yield 1, f"{item['number']}. {ITEM_WORDS[ItemKind(item['kind'])]}: {ref}{item['title']}"
        for called in item["called"]:
            yield 2, f"  From {_when(called['from'])} until {_when(called['to'])}"
        for ballot in item["ballots"]:
            yield from ((2, f"  {line}") for line in _ballot(ballot))


def _ballot(ballot: Document) -> Iterator[str]:
    yield f"{ballot['id']} on revision {ballot['change_revision']}, assessment {ballot['assessment_hash']}"
    for recusal in ballot["recused"]:
        yield f"{recusal['seat']} is recused, {recused_words(recusal['because'])}"
    for vote in ballot["votes"]:
        stood = "" if vote["person"] == vote["seat"] else f" (by {vote['person']})"
        said = "; ".join([*([vote["reason"]] if vote["reason"] else []), *vote["conditions"]])
        yield f"{vote['seat']}{stood}: {VOTE_WORDS[VoteChoice(vote['choice'])]}{f': {said}' if said else ''}"
    decision = ballot["decision"]
    if decision is not None:
        yield f"Decided: {decision['choice']} ({decision['id']}) by {decision['by']}. {decision['comment']}".rstrip()
        for condition in ballot["conditions"]:
            yield f"Condition {condition['id']}: {condition['title']}"
    elif ballot["void"] not in (None, "meeting_over"):
        yield f"Void: {VOID[ballot['void']]}"
    else:
        code = ballot["undecided"]
        yield f"Not decided{f': {UNDECIDED[code]}' if code else ': nobody made the decision'}"


def _seat(present: Document) -> str:
    stood = present["person"] != present["seat"]
    return f"{present['seat']} (by {present['person']})" if stood else str(present["seat"])


def _when(text: str | None, zone: str = "UTC") -> str:
    from datetime import datetime

    return "not yet" if text is None else moment_words(datetime.fromisoformat(text), zone)


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'

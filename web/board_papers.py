"""
What a board reads and keeps, as text and as HTML to be printed: the pack with a page for each change, and the minutes.

Both are made from the recorded bytes alone, so the same bytes give the same paper, without the store and years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.ballot import VoteChoice
from cmdb.model.ballot_standing import UNDECIDED, VOID
from cmdb.model.change import CHANGES
from cmdb.model.meeting import BECAUSE, ItemKind
from cmdb.records import from_document
from web.wording_board import ITEM_WORDS, VOTE_WORDS, recused_words
from web.wording_change import VERDICT_WORDS, moment_words, verdict_sentences, window_words

_STYLE = (
    "body{font:10pt/1.4 sans-serif;max-width:180mm;margin:10mm auto}h1{font-size:16pt}h2{font-size:12pt}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:1mm 2mm;text-align:left}"
    "section.change{break-before:page}p.hash{font:8pt monospace;overflow-wrap:anywhere}"
)
Document = Mapping[str, Any]


# the pack ------------------------------------------------------------------------------------------------------------
def pack_html(document: Document, sha256: str) -> str:
    """Return the pack as one HTML file: the agenda, then a page for each change that is to be decided about."""
    return _page(f"{document['board']['name']} {document['meeting']['id']}", pack_body(document, sha256))


def pack_body(document: Document, sha256: str) -> str:
    """Return the same as a part of a page."""
    board, meeting = document["board"], document["meeting"]
    zone = board.get("zone", "UTC")
    agenda = meeting["agenda"]
    decided = [item["ref"] for item in agenda if item["kind"] == ItemKind.DECISION.value]
    body = [
        f"<h1>{escape(board['name'])}: {escape(_when(meeting['start'], zone))}</h1>",
        f"<p>{escape(meeting['id'])}, {meeting['duration']} minutes,"
        f" estate at revision {meeting['graph_revision']}</p>",
        *_table(("No.", "Item", "Why", "Minutes"), (_agenda_row(n, item) for n, item in enumerate(agenda, 1))),
        *(change_sheet(document["changes"][change]) for change in decided),
        f'<p class="hash">SHA-256 {escape(sha256)}</p>',
    ]
    return "\n".join(body)


def change_sheet(entry: Document) -> str:
    """Return the page of one change from what the pack holds of it; the one-page summary takes this place."""
    change = from_document(CHANGES, entry["change"])
    lines = [f'<section class="change"><h2>{escape(change.id)} {escape(change.title)}</h2>']
    if entry["assessment"] is not None:
        assessment = from_document(ASSESSMENTS, entry["assessment"])
        lines.append(f"<p><b>{assessment.verdict.value}</b>: {VERDICT_WORDS[Verdict(assessment.verdict)]}</p><ul>")
        lines += [f"<li>{escape(line)}</li>" for line in verdict_sentences(assessment)]
        lines.append(f'</ul><p class="hash">Assessment {escape(assessment.hash)}</p>')
    told = (
        ("Reason", change.reason),
        ("Requested by", change.requester),
        ("Implemented by", change.implementer or change.team or "nobody named"),
        ("Window", window_words(change.window) if change.window else "not set"),
        ("Back-out", change.back_out.plan if change.back_out else "none"),
        ("Targets", ", ".join(target.ci for target in change.targets)),
        ("Open tasks", ", ".join(task["title"] for task in entry["tasks"] if "done_at" not in task) or "none"),
    )
    lines += _table(("What", ""), told)
    return "\n".join([*lines, "</section>"])


def _agenda_row(number: int, item: Document) -> tuple[str, str, str, str]:
    ref = f"{item['ref']} " if item["ref"] else ""
    why = f"{ITEM_WORDS[ItemKind(item['kind'])]}: {BECAUSE[item['because']]}"
    return str(number), f"{ref}{item['title']}", why, str(item["minutes"] or "")


# the minutes ---------------------------------------------------------------------------------------------------------
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


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in headers)
    body = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return ["<table>", f"<tr>{head}</tr>", *(f"<tr>{row}</tr>" for row in body), "</table>"]


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'

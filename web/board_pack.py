"""
A board's pack as HTML to be printed: the agenda with the projected outage, then the one page of each change.

It is made from the recorded bytes alone, so the same bytes give the same paper, without the store and years later.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES
from cmdb.model.kind import Kind
from cmdb.model.meeting import ItemKind
from cmdb.model.summary import ChangeSummary
from cmdb.records import from_document
from web.languages import Language
from web.summary.html import STYLESHEETS as SUMMARY_STYLESHEETS
from web.summary.html import Frame, page_style
from web.summary.rendering import Form, rendered
from web.wording_change import verdict_sentences, window_words
from web.wording_figures import figure as figure_words
from web.wording_pack import ITEMS, PACK, WHY
from web.wording_summary import words_in

Document = Mapping[str, Any]
STYLESHEETS = (*SUMMARY_STYLESHEETS, "pack.css")
_MAIN = ('<main id="content" tabindex="-1">', "</main>")
SUMMARIES = Kind(ChangeSummary, name="change_summary")
_SHOWN = (ItemKind.DECISION.value, ItemKind.TOPIC.value)


def pack_html(document: Document, sha256: str, language: Language = Language.EN, *, frame: Frame | None = None) -> str:
    """Return the pack as one HTML file that stands by itself; ``frame`` is what stands around it on a screen."""
    sheets = [sheet_html(summary, language) for summary in summaries_of(document)]
    return _page(document, language, "\n".join([_front(document, sha256, language), *sheets]), frame)


def agenda_html(document: Document, sha256: str, language: Language = Language.EN) -> str:
    """Return what stands before the pages of the changes as an HTML file of its own."""
    return _page(document, language, _front(document, sha256, language), None)


def summaries_of(document: Document) -> Iterator[ChangeSummary]:
    """Yield what the page of each change says, in the order of the agenda."""
    yield from (_summary(entry) for entry in _entries(document) if entry.get("summary") is not None)


def sheet_html(summary: ChangeSummary, language: Language) -> str:
    """Return the one page of a change as a part of a larger one: its anchors carry its id, its headings are lower."""
    whole = rendered(summary, Form.HTML, language).decode()
    body = whole.partition(_MAIN[0])[2].partition(_MAIN[1])[0]
    # The page is written with quotes in its own markup alone: in what it tells they are escaped.
    own = f"{escape(summary.change.id)}-"
    for name in ('id="', 'aria-labelledby="'):
        body = body.replace(name, f"{name}{own}")
    for level in (3, 2, 1):
        body = body.replace(f"<h{level}", f"<h{level + 1}").replace(f"</h{level}>", f"</h{level + 1}>")
    return f'<article class="sheet" lang="{language.tag}">{body}</article>'


def policy() -> str:
    """Return the content security policy the file is sent with: nothing is loaded, and its own style holds."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def agenda_body(document: Document, sha256: str, language: Language) -> str:
    """Return the agenda and the projected outage as a part of a page."""
    say, board, meeting = PACK[language], document["board"], document["meeting"]
    start = words_in(language).moment(datetime.fromisoformat(meeting["start"]), board.get("zone", "UTC"))
    facts = {"meeting": meeting["id"], "minutes": meeting["duration"], "revision": meeting["graph_revision"]}
    who = {"members": ", ".join(board["members"]), "chair": board["chair"], "quorum": board["quorum"]}
    rows = [_agenda_row(number, item, language) for number, item in enumerate(meeting["agenda"], 1)]
    parts = [
        f'<article class="agenda" lang="{language.tag}"><h1>{escape(board["name"])}: {escape(start)}</h1>',
        _said(say["meeting"].format(**facts)),
        _said(say["members"].format(**who)),
        f"<h2>{escape(say['agenda'])}</h2>",
        *(_table([say[key] for key in ("number", "item", "why", "minutes")], rows) if rows else [_said(say["empty"])]),
        *_outage(document.get("projected_outage"), board.get("zone", "UTC"), language),
        f'<p class="hash">SHA-256 {escape(sha256)}</p></article>',
    ]
    return "\n".join(parts)


def _entries(document: Document) -> Iterator[Document]:
    """Yield what the pack holds of each change that is decided or spoken about, in the order of the agenda."""
    refs = (item["ref"] for item in document["meeting"]["agenda"] if item["kind"] in _SHOWN and item["ref"])
    yield from (document["changes"][change] for change in dict.fromkeys(refs))


def _front(document: Document, sha256: str, language: Language) -> str:
    """Return the agenda, and of a pack of format 1, which has no summaries, what its records say of each change."""
    without = [entry for entry in _entries(document) if entry.get("summary") is None]
    return "\n".join([agenda_body(document, sha256, language), *map(_records, without)])


def _records(entry: Document) -> str:
    change = from_document(CHANGES, entry["change"])
    lines = [f'<article class="sheet"><h2>{escape(change.id)} {escape(change.title)}</h2>']
    if entry["assessment"] is not None:
        assessment = from_document(ASSESSMENTS, entry["assessment"])
        lines.append(_said(f"{assessment.verdict.value}: {' '.join(verdict_sentences(assessment))}"))
        lines.append(f'<p class="hash">{escape(assessment.hash)}</p>')
    window = window_words(change.window) if change.window else ""
    back_out = change.back_out.plan if change.back_out else ""
    told = (change.reason, window, back_out, ", ".join(target.ci for target in change.targets))
    return "\n".join([*lines, *(_said(each) for each in told if each), "</article>"])


def _summary(entry: Document) -> ChangeSummary:
    """Return the summary of a change from what the pack holds of it."""
    change = from_document(CHANGES, entry["change"])
    found = entry["assessment"]
    read = from_document(SUMMARIES, {**entry["summary"], "change": entry["change"], "assessment": found})
    # Records read by their own kinds are those of any format these had.
    return replace(read, change=change, assessment=None if found is None else from_document(ASSESSMENTS, found))


def _agenda_row(number: int, item: Document, language: Language) -> tuple[str, ...]:
    title = f"{item['ref']} {item['title']}" if item["ref"] else item["title"]
    why = f"{ITEMS[language][ItemKind(item['kind'])]}: {WHY[language][item['because']]}"
    return str(number), title, why, str(item["minutes"] or "")


def _outage(outage: Document | None, zone: str, language: Language) -> Iterator[str]:
    """Yield what all changes of the weeks ahead take out of each service, where the pack says so."""
    if outage is None:
        return
    say, moment = PACK[language], words_in(language).moment
    start, end = (moment(datetime.fromisoformat(outage[key]), zone) for key in ("from", "to"))
    yield f"<h2>{escape(say['outage'])}</h2>"
    yield _said(say["period"].format(count=outage["considered"], start=start, end=end))
    heads = ("service", "tier", "planned", "joint", "agreed", "expected", "left", "changes")
    rows = [_outage_row(row, outage["drafts"], say) for row in outage["services"]]
    yield from _table([say[key] for key in heads], rows) if rows else [_said(say["no_outage"])]
    if outage["unknown"]:
        yield _said(say["unknown"].format(ids=", ".join(outage["unknown"])))
    if outage["unlisted"]:
        yield _said(say["unlisted"].format(count=outage["unlisted"]))


def _outage_row(row: Document, drafts: Iterable[str], say: Mapping[str, str]) -> tuple[str, ...]:
    def figure(key: str) -> str:
        return say["not_known"] if row[key] is None else figure_words(row[key])

    changes = sorted({each for stretch in row["stretches"] for each in stretch["changes"]})
    named = [say["draft"].format(change=each) if each in drafts else each for each in changes]
    incidents = sorted({each for stretch in row["stretches"] for each in stretch["incidents"]})
    whose = ", ".join([*named, *(say["incident"].format(incident=each) for each in incidents)])
    figures = map(
        figure, ("planned_minutes", "joint_minutes", "agreed_minutes", "expected_minutes", "budget_left_minutes")
    )
    return row["name"], "" if row["tier"] is None else str(row["tier"]), *figures, whose


def _said(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in headers)
    body = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return ["<table>", f"<thead><tr>{head}</tr></thead>", *(f"<tr>{row}</tr>" for row in body), "</table>"]


def _page(document: Document, language: Language, body: str, frame: Frame | None) -> str:
    title = f"{document['board']['name']} {document['meeting']['id']}"
    links = [f'<link rel="stylesheet" href="{escape(each)}">' for each in frame.stylesheets] if frame else []
    looks = "\n".join(links or [f"<style>{_style()}</style>"])
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n{looks}'
    lead = _lead(frame, PACK[language]["title"]) if frame else ""
    return (
        f'<!doctype html>\n<html lang="{language.tag}">\n<head>\n{head}\n<title>{escape(title)}</title>\n</head>\n'
        f'<body class="pack">\n{lead}<main id="content" tabindex="-1">\n{body}\n</main>\n</body>\n</html>\n'
    )


def _lead(frame: Frame, title: str) -> str:
    links = " ".join(f'<a href="{escape(address)}">{escape(words)}</a>' for words, address in frame.links)
    skip = f'<a class="skip" href="#content">{escape(frame.skip)}</a>'
    return f'{skip}\n<nav aria-label="{escape(title)}">{links}</nav>\n'


@cache
def _style() -> str:
    own = Path(__file__).resolve().parent / "static" / "pack.css"
    return page_style() + own.read_text(encoding="utf-8")

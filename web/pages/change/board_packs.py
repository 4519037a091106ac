"""The pack of a meeting as a page that stands by itself, each change on one A4, and the same as PDF."""

from __future__ import annotations

import json

from flask import Response, request, url_for

from cmdb.chain import sha256
from cmdb.change.boards import pack
from web.board_pack import STYLESHEETS, pack_html
from web.languages import Language
from web.pages.blueprint import pages
from web.pages.stories import reader_language
from web.request import context
from web.summary.html import Frame
from web.wording_summary import words_in

_NAMES = {Language.EN: "English", Language.ZH: "中文"}


@pages.get("/meetings/<meeting>/pack", endpoint="board_pack")
def show(meeting: str) -> Response:
    """Show what the members read ahead, made from the recorded bytes."""
    language = reader_language()
    content, wanted = _content(meeting)
    links = (
        (meeting, url_for("pages.board_meeting", meeting=meeting)),
        ("PDF", url_for("pages.board_pack_pdf", meeting=meeting, lang=language.value, pack=wanted)),
        *(
            (_NAMES[each], url_for("pages.board_pack", meeting=meeting, lang=each.value, pack=wanted))
            for each in Language
        ),
    )
    sheets = tuple(url_for("static", filename=name) for name in STYLESHEETS)
    frame = Frame(links, words_in(language).PAGE["skip"], sheets)
    written = pack_html(json.loads(content), sha256(content).hexdigest(), language, frame=frame)
    return Response(written, mimetype="text/html")


@pages.get("/meetings/<meeting>/pack.pdf", endpoint="board_pack_pdf")
def as_pdf(meeting: str) -> Response:
    """Send the pack as PDF."""
    from web.board_pdf import pack_pdf

    content, _ = _content(meeting)
    written = pack_pdf(json.loads(content), sha256(content).hexdigest(), reader_language())
    return Response(written, mimetype="application/pdf")


def _content(meeting: str) -> tuple[bytes, str | None]:
    """Return the bytes of the pack that is asked for, and which one that is, None for the newest."""
    wanted = request.args.get("pack")
    return pack.read(context(), meeting, pack=wanted), wanted

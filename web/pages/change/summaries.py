"""The one-page summary of a change as a page that stands by itself and prints on one A4, and the same as PDF."""

from __future__ import annotations

from flask import Response, url_for

from impact.questions.summary import summary_of
from web.languages import Language
from web.pages.blueprint import pages
from web.pages.stories import reader_language
from web.request import context
from web.summary.html import STYLESHEETS, Frame
from web.summary.rendering import Form, rendered
from web.wording_summary import words_in

_NAMES = {Language.EN: "English", Language.ZH: "中文"}


@pages.get("/changes/<id>/summary", endpoint="change_summary")
def show(id: str) -> Response:  # noqa: A002 - the name is part of the address
    """Show the page."""
    language = reader_language()
    links = (
        (id, url_for("pages.change", id=id)),
        ("PDF", url_for("pages.change_summary_pdf", id=id, lang=language.value)),
        *((_NAMES[each], url_for("pages.change_summary", id=id, lang=each.value)) for each in Language),
    )
    sheets = tuple(url_for("static", filename=name) for name in STYLESHEETS)
    frame = Frame(links, words_in(language).PAGE["skip"], sheets)
    return Response(rendered(summary_of(context(), id), Form.HTML, language, frame=frame), mimetype=Form.HTML.media)


@pages.get("/changes/<id>/summary.pdf", endpoint="change_summary_pdf")
def as_pdf(id: str) -> Response:  # noqa: A002
    """Send the page as PDF."""
    return Response(rendered(summary_of(context(), id), Form.PDF, reader_language()), mimetype=Form.PDF.media)

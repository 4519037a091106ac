"""The one page in the form somebody wants: text, HTML or PDF."""

from __future__ import annotations

from enum import StrEnum

from cmdb.model.summary import ChangeSummary
from web.languages import Language
from web.summary.blocks import Page
from web.summary.fitting import A4, TERMINAL, fit
from web.summary.html import Frame, html_of
from web.summary.page import page_of


class Form(StrEnum):
    """A form of the page; ``media`` is its media type."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"

    @property
    def media(self) -> str:
        return {Form.TEXT: "text/plain", Form.HTML: "text/html", Form.PDF: "application/pdf"}[self]


def rendered(
    summary: ChangeSummary, form: Form, language: Language = Language.EN, *, frame: Frame | None = None
) -> bytes:
    """
    Return the page of a change as bytes, UTF-8 where it is text; the same summary gives the same on one machine.

    ``frame`` is what stands around the HTML on a screen.

    Raises:
        PdfUnavailable, DoesNotFit: as :func:`web.summary.pdf.pdf_of`.
    """

    def make(scale: float) -> Page:
        return page_of(summary, language, scale)

    if form is Form.PDF:
        from web.summary.pdf import pdf_of

        return pdf_of(make)
    if form is Form.HTML:
        return html_of(*fit(make, A4), frame=frame).encode()
    from web.summary.text import text_of

    return text_of(*fit(make, TERMINAL)).encode()

"""What stands in the way of a PDF, each with what to install."""

from __future__ import annotations

from cmdb.errors import Family, ForeshockError


class PdfUnavailable(ForeshockError):
    """A part that PDF needs is not on this machine; the same page as HTML needs none."""

    code = "summary.pdf_unavailable"
    sentence = "a PDF can not be made here: {missing}; {remedy}. As HTML the page prints on one A4 without it"
    family = Family.REFUSED

    def __init__(self, *, missing: str, remedy: str) -> None:
        super().__init__(missing=missing, remedy=remedy)


class DoesNotFit(ForeshockError):
    """With the fonts of this machine, what has to stand on the page takes more than one A4."""

    code = "summary.does_not_fit"
    sentence = "the summary of {change} does not fit on one A4 with the fonts of this machine; as text or HTML it does"
    family = Family.REFUSED

    def __init__(self, *, change: str) -> None:
        super().__init__(change=change)

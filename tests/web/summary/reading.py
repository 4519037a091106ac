"""Reading a PDF back: its pages, its words, and how large and where each piece of text stands."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

SMALLEST = 8.0
MARGIN = 28.0


@dataclass(frozen=True)
class Read:
    """One PDF: number of pages, its text, and size (points), left end and base line of each piece of text."""

    pages: int
    text: str
    pieces: tuple[tuple[float, float, float], ...]
    created: str | None

    @property
    def smallest(self) -> float:
        return min(size for size, _, _ in self.pieces)

    @property
    def packed(self) -> str:
        """The text without any space, since lines break anywhere."""
        return re.sub(r"\s", "", self.text)

    def between(self, start: str, end: str) -> str:
        """Return the text from one heading to the next."""
        return self.text.partition(start)[2].partition(end)[0]


def read(content: bytes) -> Read:
    """Return what a reader of the PDF sees; skips where the library is not there."""
    pypdf = pytest.importorskip("pypdf", reason="reading a PDF back needs pypdf: the extra `pdf`")
    found = pypdf.PdfReader(io.BytesIO(content))
    pieces: list[tuple[float, float, float]] = []

    def see(text: str, cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            pieces.append((size * abs(tm[3] * cm[3]), cm[4] + cm[0] * tm[4], cm[5] + cm[3] * tm[5]))

    text = "\n".join(page.extract_text(visitor_text=see) for page in found.pages)
    return Read(len(found.pages), text, tuple(pieces), found.metadata.get("/CreationDate"))


def pdf_or_skip() -> None:
    """Skip where a part that a PDF needs is missing: WeasyPrint, Pango, or a font for Chinese."""
    missing = _missing()
    if missing:
        pytest.skip(missing)


@cache
def _missing() -> str:
    from web.summary import pdf
    from web.summary.errors import PdfUnavailable

    try:
        weasyprint = pdf.weasyprint_here()
    except PdfUnavailable as missing:
        return str(missing)
    with pdf._characters_missing() as boxes:
        pdf._set(weasyprint, "<p>变</p>", {}).write_pdf()
    return "no font for Chinese is here; fonts-wqy-microhei (Debian) is one" if boxes else ""

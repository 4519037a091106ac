"""
A board's pack as PDF: the agenda on as many A4 as it takes, then each change on one, as its one-page summary is set.

WeasyPrint sets them and pypdf, which is asked here alone, puts them together; the same bytes of the pack give the same
file on the same machine.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from web.board_pack import agenda_html, summaries_of
from web.languages import Language
from web.summary.errors import PdfUnavailable
from web.summary.pdf import weasyprint_here
from web.summary.rendering import Form, rendered


def pack_pdf(document: Mapping[str, Any], sha256: str, language: Language = Language.EN) -> bytes:
    """
    Return the pack as PDF.

    Raises:
        PdfUnavailable: WeasyPrint, Pango, pypdf or a font for the characters of a change is missing.
        DoesNotFit: as :func:`web.summary.pdf.pdf_of`.
    """
    writer = _pypdf().PdfWriter()
    front = weasyprint_here().HTML(string=agenda_html(document, sha256, language), url_fetcher=_fetch_nothing)
    parts = [front.write_pdf(pdf_identifier=sha256[:32].encode())]
    parts += [rendered(summary, Form.PDF, language) for summary in summaries_of(document)]
    for part in parts:
        writer.append(io.BytesIO(part), import_outline=False)
    writer.compress_identical_objects()
    writer.add_metadata({"/Title": f"{document['board']['name']} {document['meeting']['id']}"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _pypdf() -> Any:
    try:
        import pypdf
    except ImportError as missing:
        remedy = "install foreshock[pdf]"
        raise PdfUnavailable(missing="the library pypdf is not installed", remedy=remedy) from missing
    return pypdf


def _fetch_nothing(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"nothing is loaded into the pack: {url}")

"""
The one page as PDF, by WeasyPrint: measured as it is set, and what does not fit is counted.

Everything in the file comes from the page, its dates and its identity too, so the same record gives the same bytes on
the same machine. WeasyPrint needs Pango, and Chinese a font that has it; what is missing is said. A character that no
font has, beside those, stands as its code point.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from web.summary.blocks import Page, Shown
from web.summary.errors import DoesNotFit, PdfUnavailable
from web.summary.fitting import A4, fit
from web.summary.html import html_of, page_style

BOTTOM = 785.0
"""How far down the content of an A4 may reach, in points: its lower margin begins 28.3 pt above its end."""

MOST_TRIES = 5
MOST_KEPT = 32
_KEPT: dict[Page, bytes] = {}
"""The pages that were set last."""
_ROOM_LEFT = 3 * A4.line
_TALL = "@page { size: 210mm 1500mm }"
_PX = 0.75
_EAST_ASIAN = (range(0x3000, 0x3100), range(0x4E00, 0x9FA6), range(0xAC00, 0xD7A4), range(0xFF00, 0xFFF0))
"""Characters without which a page in Chinese, Japanese or Korean can not be read."""
Spelled = Mapping[int, str]


def pdf_of(make: Callable[[float], Page]) -> bytes:
    """
    Return the page as PDF, one A4; ``make`` makes it with texts cut by a scale.

    Raises:
        PdfUnavailable: WeasyPrint, Pango or a font for the characters of the page is missing.
        DoesNotFit: the fonts of this machine are so large that not even the least fits.
    """
    # All members of a board open the same page, so it is set once; what it says at its longest tells it from any other.
    longest = make(1.0)
    content = _KEPT.get(longest)
    if content is None:
        content = _made(make)
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[longest] = content
    return content


def _made(make: Callable[[float], Page]) -> bytes:
    weasyprint = weasyprint_here()
    content, missing = _written(weasyprint, make, {})
    unread = sorted(each for each in missing if any(ord(each) in script for script in _EAST_ASIAN))
    if unread:
        raise PdfUnavailable(
            missing=f"no font of this machine has {', '.join(unread[:5])}",
            remedy="install a font for Chinese, such as fonts-wqy-microhei or fonts-noto-cjk (Debian)",
        )
    if missing:
        content, _ = _written(weasyprint, make, {ord(each): f"[U+{ord(each):04X}]" for each in missing})
    return content


def _written(weasyprint: Any, make: Callable[[float], Page], spelled: Spelled) -> tuple[bytes, frozenset[str]]:
    """Return the PDF, and the characters that no font has; ``spelled`` is what stands for such ones."""
    page, shown = _measured(weasyprint, make, spelled)
    with _characters_missing() as missing:
        document = _set(weasyprint, html_of(page, shown), spelled)
        if len(document.pages) != 1:
            raise DoesNotFit(change=page.change)
        content: bytes = document.write_pdf(pdf_identifier=page.identity[:32].encode())
    return content, frozenset(missing)


def _measured(weasyprint: Any, make: Callable[[float], Page], spelled: Spelled) -> tuple[Page, Shown]:
    """
    Return the page, and how many entries of each list fit as WeasyPrint sets them.

    The estimate of the fitting is set on an endless sheet; where that is too long or leaves room, the next one is of a
    sheet as much shorter or longer. The longest that fits is taken.
    """
    height, best, longest = A4.height, None, -1.0
    tried: list[tuple[Page, Shown]] = []
    fits, too_high = 0.0, math.inf
    for _ in range(MOST_TRIES):
        found = fit(make, replace(A4, height=height))
        if found not in tried:
            tried.append(found)
            over = _end_of(weasyprint, *found, spelled) - BOTTOM
            if longest < over + BOTTOM <= BOTTOM:
                best, longest = found, over + BOTTOM
        if -_ROOM_LEFT < over <= 0 or _all_shown(*found):
            break
        fits, too_high = (height, too_high) if over <= 0 else (fits, height)
        height -= over + A4.line
        if not fits < height < too_high:
            height = (fits + too_high) / 2
    if best is None:
        raise DoesNotFit(change=tried[0][0].change)
    return best


def _all_shown(page: Page, shown: Shown) -> bool:
    return all(shown[name] == each.shown_at_most for name, each in page.listings.items())


def _end_of(weasyprint: Any, page: Page, shown: Shown, spelled: Spelled) -> float:
    """Return how far down the page reaches, in points."""
    document = _set(weasyprint, html_of(page, shown, style=f"{page_style()}{_TALL}"), spelled)
    _, _, _, bottom = document.pages[-1].anchors["end"]
    return float(bottom) * _PX


def _set(weasyprint: Any, text: str, spelled: Spelled) -> Any:
    return weasyprint.HTML(string=text.translate(spelled), url_fetcher=_fetch_nothing).render()


def _fetch_nothing(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"nothing is loaded into the page: {url}")


def weasyprint_here() -> Any:
    """Return the library; raises PdfUnavailable where it, or Pango below it, is not there."""
    try:
        import weasyprint
    except ImportError as missing:
        raise PdfUnavailable(
            missing="the library WeasyPrint is not installed", remedy="install foreshock[pdf]"
        ) from missing
    except OSError as missing:
        raise PdfUnavailable(
            missing="the library Pango can not be loaded",
            remedy="install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0 (Debian), else pango",
        ) from missing
    return weasyprint


class _Missing(logging.Handler):
    """Hears of the characters that no font has, of this thread alone: others may be at it too."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: set[str] = set()
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and "notdef" in str(record.msg) and isinstance(record.args, tuple):
            self.found.add(str(record.args[0]))


@contextmanager
def _characters_missing() -> Iterator[set[str]]:
    logger, handler = logging.getLogger("weasyprint"), _Missing()
    logger.addHandler(handler)
    try:
        yield handler.found
    finally:
        logger.removeHandler(handler)

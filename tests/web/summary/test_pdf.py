"""The one page as PDF, read back: one A4 whatever the change is, nothing below 8 pt, what is left out counted."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache

import pytest

from tests.web.summary.extremes import Extreme
from tests.web.summary.reading import MARGIN, SMALLEST, pdf_or_skip, read
from web.languages import Language
from web.summary import pdf
from web.summary.errors import PdfUnavailable
from web.summary.rendering import Form, rendered

# One of each size (nothing, some, all), in both scripts; all fifty are a promise.
SOME = ((0, Language.EN), (2, Language.EN), (7, Language.ZH))


@cache
def made(seed: int, language: Language = Language.EN) -> bytes:
    """Return the PDF of one generated change."""
    pdf_or_skip()
    return rendered(Extreme(seed).summary(), Form.PDF, language)


def holds(seed: int, language: Language) -> None:
    """Hold one page to what is promised of it."""
    page, summary = read(made(seed, language)), Extreme(seed).summary()
    assert page.pages == 1
    assert page.smallest >= SMALLEST - 0.01
    assert all(left >= MARGIN and MARGIN <= base <= 842 - MARGIN for _, left, base in page.pieces)
    words = HEADINGS[language]
    targets, assessment = summary.change.targets, summary.assessment
    services = {each.id for each in assessment.services} if assessment else set()
    if assessment and assessment.consequence:
        services |= {each.id for each in assessment.consequence.services}
    assert all_told(page.between(words["targets"], words["verdict"]), "ci", language) == len(targets)
    assert all_told(page.between(words["services"], words["weak"]), "svc", language) == len(services)


HEADINGS = {
    Language.EN: {"targets": "target", "verdict": "1 Verdict", "services": "3 Services", "weak": "4 New single"},
    Language.ZH: {"targets": "个目标", "verdict": "1 结论", "services": "3 服务", "weak": "4 新的单点"},
}
COUNTED = {Language.EN: r"(?:^|, )([\d,]+)\smore$", Language.ZH: r"(?:^|；)另有\s([\d,]+)\s项$"}


def all_told(section: str, stem: str, language: Language) -> int:
    """Return how many a section names, and how many more it counts."""
    left = [int(found.replace(",", "")) for found in re.findall(COUNTED[language], section, re.MULTILINE)]
    return len(set(re.findall(rf"{stem}(\d+)-", re.sub(r"\s", "", section)))) + sum(left)


@pytest.mark.parametrize(("seed", "language"), SOME)
def test_one_page_of_readable_text_with_all_of_it_counted(seed, language):
    """One A4, nothing below 8 pt or beyond the margins; the named and the counted add up."""
    holds(seed, language)


def test_three_hundred_targets_are_counted():
    """The check above would find a target that was dropped: the page says how many it does not name."""
    assert len(Extreme(0).summary().change.targets) == 300
    assert re.search(r"300targets:ci0-.*?2\d\dmore", read(made(0)).packed)


def test_the_same_record_gives_the_same_bytes():
    """Nothing of the file comes from a clock or from chance; its dates are those of the record."""
    first = made(2)
    pdf._KEPT.clear()
    assert made.__wrapped__(2) == first
    assert read(made(0)).created == "D:20260221120000Z"


def test_a_page_is_set_once_and_another_one_anew(monkeypatch):
    """Who opens it after the first gets the same bytes at once; a page that says anything else is set itself."""
    first = made(2)
    pdf._KEPT.clear()
    set_pages = []
    monkeypatch.setattr(pdf, "_made", lambda make: set_pages.append(make(1.0).title) or first)
    summary = Extreme(2).summary()
    assert rendered(summary, Form.PDF) == rendered(summary, Form.PDF) == first
    rendered(replace(summary, change=replace(summary.change, reason="Another")), Form.PDF)
    pdf._KEPT.clear()
    assert len(set_pages) == 2


def test_a_character_no_font_has_stands_as_its_code_point():
    """What can not be drawn is told, not left out: a rare ideograph, where this machine has no font for it."""
    pdf_or_skip()
    weasyprint = pdf.weasyprint_here()
    page = read(pdf._set(weasyprint, "<p>\U000f0000</p>", {0xF0000: "[U+F0000]"}).write_pdf())
    assert page.text.strip() == "[U+F0000]"


@pytest.mark.parametrize(
    ("error", "said"),
    [(ImportError("no"), r"install foreshock\[pdf\]"), (OSError("no"), "libpango-1.0-0")],
)
def test_a_missing_part_is_named_with_what_to_install(monkeypatch, error, said):
    """Without the library, and without Pango under it; HTML goes on without both."""

    class Missing:
        def find_spec(self, name, *_):
            if name == "weasyprint":
                raise error

    pdf._KEPT.clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(PdfUnavailable, match=said):
        rendered(Extreme(2).summary(), Form.PDF)
    assert rendered(Extreme(2).summary(), Form.HTML).startswith(b"<!doctype html>")


def test_a_missing_font_is_named_with_what_to_install(monkeypatch):
    """Where no font has Chinese, a page of boxes is refused, and the characters are named."""
    pdf_or_skip()
    pdf._KEPT.clear()
    monkeypatch.setattr(pdf, "_written", lambda *_: (b"", frozenset("变更")))
    with pytest.raises(PdfUnavailable, match=r"变, 更; install a font for Chinese, such as fonts-wqy-microhei"):
        rendered(Extreme(2).summary(), Form.PDF, Language.ZH)

"""How much of the page fits: as much as there is room for, always the least, and every entry shown or counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.web.summary.extremes import Extreme
from web.languages import Language
from web.summary.fitting import A4, TERMINAL, fit, fitted, height_of, least_of
from web.summary.page import page_of
from web.summary.text import wrapped


def the_page(seed: int, language: Language = Language.EN):
    summary = Extreme(seed).summary()
    return fit(lambda scale: page_of(summary, language, scale), A4)


@pytest.mark.parametrize("seed", range(40))
def test_every_entry_is_shown_or_counted(seed):
    """Shown and counted are all there are, and never fewer are shown than the least."""
    page, shown = the_page(seed)
    for name, listing in page.listings.items():
        assert shown[name] + listing.more(shown[name]) == len(listing.entries) + listing.unlisted
        assert min(listing.least, listing.shown_at_most) <= shown[name] <= listing.shown_at_most


@pytest.mark.parametrize("seed", range(40))
def test_it_fits_and_no_list_could_grow(seed):
    """The page is full: one entry more of any list would not fit."""
    page, shown = the_page(seed)
    assert height_of(page, A4, shown) <= A4.height
    for name, listing in page.listings.items():
        if shown[name] < listing.shown_at_most:
            step = listing.shown_at_most - shown[name] if listing.whole else 1
            assert height_of(page, A4, {**shown, name: shown[name] + step}) > A4.height


def test_a_larger_sheet_shows_no_less_in_all():
    """More room is used, up to where everything is shown."""
    page, _ = the_page(1)
    counts = [sum(fitted(page, replace(A4, height=height)).values()) for height in (700, 1000, 100_000)]
    assert counts == sorted(counts)
    assert counts[-1] == sum(each.shown_at_most for each in page.listings.values())
    assert counts[0] >= sum(least_of(page).values())


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 10, 1), ("ab cd", 5, 1), ("ab cd", 4, 2), ("abcdefghij", 4, 3), ("变更电源", 4, 2), ("ab变更", 4, 2)],
)
def test_lines_break_at_spaces_beside_wide_characters_and_in_long_words(text, width, lines):
    """Counted in columns of a terminal."""
    assert TERMINAL.lines_of(text, width) == lines


def test_a_quotation_mark_stays_with_what_it_encloses():
    """No line of the terminal ends in an opening mark or begins with a closing one, at whatever width."""
    text = "its twin “Orders database, South” is down; “甲、乙” and “Orders database, North”, Host N1 stay."
    for width in range(12, 60):
        lines = list(wrapped(text, width=width))
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert not [line for line in lines if line.endswith("“") or line.startswith("”")], width

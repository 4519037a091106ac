"""
How much of the page fits: lists grow in turns, the most important first, until the sheet is full.

Measured with the widths of characters in a common font, so a page says the same wherever it is set as text or HTML; the
PDF is measured again as it is set (:mod:`web.summary.pdf`). Same page and sheet, same answer.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from web.languages import Language
from web.summary.blocks import Block, Listing, Page, Place, Shown, Style

SCALES = (1.0, 0.6, 0.4, 0.25, 0.15)
"""By how much texts are cut shorter, one after the other, until what has to be shown leaves room for more."""

_BROAD = frozenset("mwMW@%—")
_NARROW = frozenset("iljftr.,:;'|!()[] ")
_TOKENS = re.compile(
    r"\s+|\u201c?(?:[^\s\u1100-\U0010ffff]+|[\u1100-\u201b\u201e-\uffff]|[\U00010000-\U0010ffff])"
    r"(?:\u201d[^\s\u1100-\U0010ffff]*)?|[\u201c\u201d]"
)
"""What a line may break between; a quotation mark stays with what it encloses, and a comma with the mark."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    The room there is, in points or in characters: widths over the whole page and in one column, height of the page.

    ``line`` is the height of a line of text, ``title`` that of the title; ``em`` the width of a wide character.
    ``block`` is what a block takes beside its lines, ``row`` what a row of a table takes, ``inset`` the width that a
    cell or a line loses at its sides, ``gap`` what stands between two lists. ``least`` is the part of the height that
    what has to be shown may take; where it takes more, texts are cut shorter.
    """

    full: float
    half: float
    height: float
    line: float
    title: float
    em: float
    block: float
    row: float
    inset: float
    gap: float
    least: float
    plain: bool = False

    def width_of(self, text: str) -> float:
        """Return how wide a text is in one line."""
        return sum(_ems(character, self.plain) for character in text) * self.em

    def lines_of(self, text: str, width: float, scale: float = 1.0) -> int:
        """Return in how many lines a text breaks, at spaces, beside wide characters and, if need be, in a word."""
        lines, used = 1, 0.0
        for token in _TOKENS.findall(text):
            wide = self.width_of(token) * scale
            if used + wide <= width:
                used += wide
            elif token.isspace():
                continue
            elif wide <= width:
                lines, used = lines + 1, wide
            else:
                whole = math.ceil(wide / width)
                lines, used = lines + whole - (used == 0), wide - (whole - 1) * width
        return lines


A4 = Sheet(
    full=536.0,
    half=258.0,
    height=770.0,
    line=10.5,
    title=14.5,
    em=8.0,
    block=6.5,
    row=2.6,
    inset=10.0,
    gap=2.5,
    least=0.85,
)
"""A4 with margins of 10 mm at 8 pt, in points."""

TERMINAL = Sheet(
    full=100, half=100, height=120, line=1, title=1, em=2, block=1, row=0, inset=4, gap=0, least=0.97, plain=True
)
"""A page of text, in characters and lines: one column below the other."""


@cache
def _ems(character: str, plain: bool) -> float:
    width = unicodedata.east_asian_width(character)
    if plain:
        return 1.0 if width in "WF" else 0.5
    if width in "WFA":
        return 1.0
    if character in _NARROW:
        return 0.36
    if character in _BROAD:
        return 0.92
    return 0.68 if character.isupper() else 0.56


def fit(make: Callable[[float], Page], sheet: Sheet) -> tuple[Page, Shown]:
    """
    Return the page and how many entries of each list are shown on the sheet.

    ``make`` makes the page of a scale by which texts are cut. The longest texts are taken whose least leaves a part of
    the sheet for lists to grow. Where even the shortest are too long, less is shown of the lists that matter least.
    """
    for scale in SCALES:
        page = make(scale)
        if height_of(page, sheet, least_of(page)) <= sheet.least * sheet.height:
            break
    while height_of(page, sheet, least_of(page)) > sheet.height:
        spared = [each for each in page.listings.values() if each.rank and min(each.least, each.shown_at_most)]
        if not spared:
            break
        page = _sparing(page, max(spared, key=lambda each: (each.rank, each.name)))
    return page, fitted(page, sheet)


def _sparing(page: Page, listing: Listing) -> Page:
    """Return the page with one entry less of a list that has to be shown."""
    less = replace(listing, least=min(listing.least, listing.shown_at_most) - 1)
    if listing is page.targets:
        return replace(page, targets=less)
    blocks = (
        replace(block, listings=tuple(less if each is listing else each for each in block.listings))
        for block in page.blocks
    )
    return replace(page, blocks=tuple(blocks))


def least_of(page: Page) -> dict[str, int]:
    """Return what of each list is shown whatever the room."""
    return {name: min(each.least, each.shown_at_most) for name, each in page.listings.items()}


def fitted(page: Page, sheet: Sheet) -> Shown:
    """Return how many entries of each list are shown on the sheet."""
    every = page.listings
    shown = least_of(page)
    growing = sorted((each for each in every.values() if not each.whole), key=lambda each: each.rank)
    while growing:
        growing = [each for each in growing if _grown(page, sheet, shown, each, each.step)]
    for each in sorted((each for each in every.values() if each.whole), key=lambda each: each.rank):
        _grown(page, sheet, shown, each, each.shown_at_most)
    return shown


def _grown(page: Page, sheet: Sheet, shown: dict[str, int], listing: Listing, step: int) -> bool:
    """Show more of a list where there is room, and tell whether it may grow again."""
    before, most = shown[listing.name], listing.shown_at_most
    for wanted in {min(before + step, most): None, min(before + (1 if not listing.whole else step), most): None}:
        if wanted > before:
            shown[listing.name] = wanted
            if height_of(page, sheet, shown) <= sheet.height:
                return wanted < most
            shown[listing.name] = before
    return False


def height_of(page: Page, sheet: Sheet, shown: Shown) -> float:
    """Return how high the page is with so many entries shown."""
    heights = dict.fromkeys(Place, 0.0)
    for block in page.blocks:
        heights[block.place] += _block_height(page, block, sheet, shown)
    columns = (heights[Place.LEFT], heights[Place.RIGHT])
    between = sum(columns) if sheet.plain else max(columns)
    # The verdict stands in a box, which takes as much again as a block.
    return sheet.block + _head_height(page, sheet, shown) + heights[Place.TOP] + between + heights[Place.BOTTOM]


def left_words(page: Page, listing: Listing, shown: int) -> str:
    """Return what is said of the entries that are not shown; empty where there are none."""
    more = listing.more(shown)
    if more <= 0:
        return ""
    if listing.whole:
        return listing.left_out
    said = page.more.format(count=f"{more:,}")
    if shown or listing.style is Style.FLOW or not listing.heading:
        return said
    return f"{listing.heading}{colon_of(page.language)}{said}"


def _head_height(page: Page, sheet: Sheet, shown: Shown) -> float:
    title = sheet.lines_of(f"{page.change} {page.title}", sheet.full, sheet.title / sheet.line) * sheet.title
    meta = sum(sheet.lines_of(line, sheet.full) for line in page.meta) * sheet.line
    targets = _listing_height(page, page.targets, sheet, sheet.full, shown[page.targets.name])
    foot = sheet.lines_of(page.foot, sheet.full) * sheet.line
    return title + meta + targets + foot


def _block_height(page: Page, block: Block, sheet: Sheet, shown: Shown) -> float:
    full = block.place in (Place.TOP, Place.BOTTOM)
    width = (sheet.full if full else sheet.half) - (0 if sheet.plain else sheet.inset)
    title = sheet.lines_of(f"{block.number} {block.title} {block.note}", width, 1.1) * sheet.line
    return (
        title
        + sheet.block
        + sum(_listing_height(page, each, sheet, width, shown[each.name]) for each in block.listings)
    )


def _listing_height(page: Page, listing: Listing, sheet: Sheet, width: float, shown: int) -> float:
    left = left_words(page, listing, shown)
    if not shown and not left:
        return 0.0
    entries = listing.entries[:shown]
    if listing.style is Style.FLOW:
        room = width - sheet.inset if sheet.plain else width
        return sheet.lines_of(flow_of(page, listing, shown), room) * sheet.line + sheet.gap
    if not shown:
        return sheet.line + sheet.gap
    lines = _entry_lines(listing, entries, sheet, width) + bool(left) + bool(listing.heading)
    rows = len(entries) + 1 if listing.style is Style.TABLE else 0
    return lines * sheet.line + rows * sheet.row + sheet.gap


def _entry_lines(listing: Listing, entries: Iterable[Sequence[str]], sheet: Sheet, width: float) -> int:
    if listing.style is Style.TABLE:
        widths = [column.share * width - sheet.inset for column in listing.columns]
        cells = [[column.title for column in listing.columns], *entries]
        return sum(max(map(sheet.lines_of, row, widths)) for row in cells)
    if listing.style is Style.FACTS:
        return sum(sheet.lines_of(": ".join(entry), width - sheet.inset) for entry in entries)
    if listing.style is Style.TREE:
        return sum(sheet.lines_of(entry[0], width) for entry in entries)
    return sum(sheet.lines_of(entry[0], width - sheet.inset) for entry in entries)


def flow_of(page: Page, listing: Listing, shown: int) -> str:
    """Return the entries of a running text with what is counted: "300 targets: a, b, c, 297 more"."""
    said = [entry[0] for entry in listing.entries[:shown]]
    left = left_words(page, listing, shown)
    zh = page.language is Language.ZH
    text = ("；" if zh else ", ").join([*said, *([left] if left else [])])
    if not listing.heading or not text:
        return listing.heading or text
    return f"{listing.heading}{colon_of(page.language)}{text}"


def colon_of(language: Language) -> str:
    """Return what stands between a label and its value."""
    return "：" if language is Language.ZH else ": "

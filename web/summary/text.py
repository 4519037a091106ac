"""The one page as plain text, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from web.summary.blocks import Block, Listing, Page, Shown, Style
from web.summary.fitting import TERMINAL, colon_of, flow_of, left_words

_WIDTH = int(TERMINAL.full)
_LEADS = {Style.FACTS: "  ", Style.TREE: "    "}


def text_of(page: Page, shown: Shown) -> str:
    """Return the page as text of at most 100 columns; the same page, the same text."""
    return "\n".join([*_lines(page, shown), ""])


def _lines(page: Page, shown: Shown) -> Iterator[str]:
    yield from wrapped(f"{page.change} {page.title}")
    for line in page.meta:
        yield from wrapped(line)
    yield from wrapped(flow_of(page, page.targets, shown[page.targets.name]))
    for block in page.blocks:
        yield ""
        yield from _block(page, block, shown)
    yield ""
    yield from wrapped(page.foot)


def _block(page: Page, block: Block, shown: Shown) -> Iterator[str]:
    note = f" - {block.note}" if block.note else ""
    yield from wrapped(f"{block.number} {block.title}{note}")
    for listing in block.listings:
        yield from _listing(page, listing, shown[listing.name])


def _listing(page: Page, listing: Listing, shown: int) -> Iterator[str]:
    left = left_words(page, listing, shown)
    if not shown and not left:
        return
    if listing.style is Style.FLOW:
        yield from wrapped(flow_of(page, listing, shown), "  ")
        return
    if listing.heading and shown:
        yield from wrapped(f"{listing.heading}{colon_of(page.language).rstrip()}", "  ")
    entries = listing.entries[:shown]
    if listing.style is Style.TABLE and entries:
        yield from _table(listing, entries)
    else:
        for entry in entries:
            yield from wrapped(colon_of(page.language).join(entry), _LEADS.get(listing.style, "  - "))
    if left:
        yield f"  {left}"


def _table(listing: Listing, entries: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    widths = [int(column.share * (_WIDTH - 2)) - 2 for column in listing.columns]
    for row in [tuple(column.title for column in listing.columns), *entries]:
        cells = [list(wrapped(cell, width=width)) or [""] for cell, width in zip(row, widths, strict=True)]
        for place in range(max(map(len, cells))):
            parts = [cell[place] if place < len(cell) else "" for cell in cells]
            columns = zip(parts, widths, listing.columns, strict=True)
            padded = [_padded(part, width, column.figures) for part, width, column in columns]
            yield f"  {'  '.join(padded)}".rstrip()


def _padded(text: str, width: int, figures: bool) -> str:
    room = " " * (width - round(TERMINAL.width_of(text)))
    return f"{room}{text}" if figures else f"{text}{room}"


def wrapped(text: str, lead: str = "", width: int = _WIDTH) -> Iterator[str]:
    """Yield a text in lines of at most ``width`` columns, the first behind ``lead`` and the others below it."""
    line, room = "", width - len(lead)
    start = lead
    for token in _broken(text, room):
        if line and TERMINAL.width_of(line) + TERMINAL.width_of(token) > room:
            yield f"{start}{line.rstrip()}"
            start, line = " " * len(lead), token.lstrip()
        else:
            line += token
    if line.strip() or not lead:
        yield f"{start}{line.rstrip()}"


def _broken(text: str, room: int) -> Iterator[str]:
    """Yield the pieces a text may break between; a word that is longer than a line is broken in itself."""
    from web.summary.fitting import _TOKENS

    for token in _TOKENS.findall(text):
        piece = ""
        for character in token:
            if piece and TERMINAL.width_of(piece + character) > room:
                yield piece
                piece = ""
            piece += character
        yield piece

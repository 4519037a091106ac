"""Aligned text for people: tables and fields, with East Asian characters counted as wide as they are drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

GAP = "  "
_NARROWEST_LAST = 24
_WIDEST = 100
_WIDE = {"W", "F"}


def width(text: str) -> int:
    """
    Return how many columns a terminal draws a text in.

    >>> width("web1"), width("结账")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()) -> Iterator[str]:
    """
    Yield the lines of a table; a line is never wider than the terminal as long as folding the last column can help it.

    ``right`` names the headers of columns with figures. Nothing is ever cut.
    """
    cells = [[plain(value) for value in row] for row in rows]
    # One id of hundreds of characters stands out of its column; it does not push all others aside.
    widths = [min(max(map(width, column)), _WIDEST) for column in zip(headers, *cells, strict=True)]
    aligned = [header in right for header in headers]
    yield click.style(_line(headers, widths, aligned), bold=True)
    room = _room() - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
    for row in cells:
        folded = _fold(row[-1], room) if room >= _NARROWEST_LAST and not aligned[-1] else [row[-1]]
        yield _line([*row[:-1], folded[0]], widths, aligned)
        for more in folded[1:]:
            yield _line([*[""] * (len(row) - 1), more], widths, aligned)


def moment(text: str | None, none: str = "never") -> str:
    """Return a moment of a JSON document in words, ``"Mon 2 Mar 2026, 22:00 UTC"``, and ``none`` for null."""
    from datetime import datetime

    from web.wording_change import moment_words

    return moment_words(datetime.fromisoformat(text)) if text else none


def fields(pairs: Iterable[tuple[str, Any]], *, indent: str = "") -> Iterator[str]:
    """Yield one line for each named value, the values below each other; values that are empty are left out."""
    shown = [(name, plain(value)) for name, value in pairs if value not in (None, "", (), [])]
    widest = max((width(name) for name, _ in shown), default=0)
    for name, value in shown:
        yield f"{indent}{click.style(name, dim=True)}{' ' * (widest - width(name))}{GAP}{value}"


def heading(text: str, aside: str = "") -> Iterator[str]:
    """Yield an empty line and a heading, with something smaller beside it."""
    yield ""
    yield click.style(text, bold=True) + (f"{GAP}{click.style(aside, dim=True)}" if aside else "")


def plain(value: Any) -> str:
    """Return a JSON value as people write it, on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        # A control character in a name could move the cursor or colour the screen.
        return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{plain(key)}={plain(inner)}" for key, inner in value.items())
    return str(value)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for cell, wide, to_right in zip(cells, widths, right, strict=True):
        space = " " * (wide - width(cell))
        parts.append(space + cell if to_right else cell + space)
    return GAP.join(parts).rstrip()


def _fold(text: str, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(lines[-1]) + 1 + width(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _room() -> int:
    """Return the width of the terminal; output that goes elsewhere is never folded, so that tools can read it."""
    import sys

    if not sys.stdout.isatty():
        return 1_000_000
    import shutil

    return shutil.get_terminal_size().columns

"""
The page before anybody sets it: its blocks, each with lists of entries, the most important entry of a list first.

Whatever is not shown is counted: a list knows all its entries, and how many more the record itself only counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from web.languages import Language


class Style(StrEnum):
    """How a list is set: a line for each entry, rows of a table, one running text, label and value, or a drawing."""

    LINES = "lines"
    TABLE = "table"
    FLOW = "flow"
    FACTS = "facts"
    TREE = "tree"


class Place(StrEnum):
    """Where a block stands: over the whole width, above or below the two columns, or in one of them."""

    TOP = "top"
    LEFT = "left"
    RIGHT = "right"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its share of the width, and whether it holds figures."""

    title: str
    share: float
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """
    Entries of one kind, each a tuple of texts (one text but for tables, and for facts label and value).

    ``least`` are shown if that many fit, and no more than ``most``. ``step`` is how many come in at a time, ``rank``
    whose turn is first; a ``whole`` list is shown whole or not at all. ``unlisted`` counts what the record does not
    name; ``left_out`` is what is said of a whole list that does not fit.
    """

    name: str
    style: Style
    entries: tuple[tuple[str, ...], ...]
    rank: int
    heading: str = ""
    columns: tuple[Column, ...] = ()
    unlisted: int = 0
    most: int | None = None
    least: int = 0
    step: int = 1
    whole: bool = False
    left_out: str = ""

    @property
    def shown_at_most(self) -> int:
        """How many entries are shown where there is room for all."""
        return len(self.entries) if self.most is None else min(self.most, len(self.entries))

    def more(self, shown: int) -> int:
        """Return how many there are beside those shown."""
        return len(self.entries) - shown + self.unlisted


def lines_of(
    name: str,
    said: Sequence[str],
    *,
    rank: int,
    least: int = 0,
    most: int | None = None,
    unlisted: int = 0,
    heading: str = "",
) -> Listing:
    """Return sentences as a list, a line for each."""
    entries = tuple((each,) for each in said)
    return Listing(name, Style.LINES, entries, rank, heading, unlisted=unlisted, most=most, least=least)


@dataclass(frozen=True, slots=True)
class Block:
    """One point of the page; ``tone`` is a class for its looks, empty where it has none of its own."""

    number: int
    name: str
    title: str
    place: Place
    listings: tuple[Listing, ...]
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """
    The whole page: the title, lines of what the change is, the ten points, and the last line.

    ``more`` is the text with a place for ``count`` that counts what is not shown. ``created`` is the moment the record
    it tells of was made, in RFC 3339, and ``identity`` what tells it from any other: both are the file's own too.
    """

    change: str
    title: str
    language: Language
    meta: tuple[str, ...]
    targets: Listing
    blocks: tuple[Block, ...]
    foot: str
    more: str
    kind: str
    created: str
    identity: str

    @property
    def listings(self) -> dict[str, Listing]:
        """All lists by name, in the order of the page."""
        return {each.name: each for each in (self.targets, *(one for block in self.blocks for one in block.listings))}


Shown = Mapping[str, int]
"""How many entries of each list are shown, by its name."""

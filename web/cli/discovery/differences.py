"""The differences of a run, a rehearsal or a decision, for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from web.cli.tables import heading, plain

if TYPE_CHECKING:
    from cmdb.configuration.observing import Taken
    from web.cli.session import Session
    from web.naming import Names

MOST_SHOWN = 40


def rows_of(taken: Taken) -> list[dict[str, Any]]:
    """Return the differences as JSON."""
    return [each._asdict() for each in taken.differences]


def difference_lines(session: Session, rows: Sequence[dict[str, Any]], *, show: int = MOST_SHOWN) -> Iterator[str]:
    """Yield a line for each difference, up to ``show``, and how many more there are."""
    from web.wording_becoming import ends_of

    if not rows:
        yield "Nothing changes."
        return
    yield from heading("Differences")
    names = session.names(ci for each in rows[:show] for ci in ends_of(each))
    # What is new is not in the estate where nothing was written.
    told = {row["key"]: row["after"]["name"] for row in rows if row["kind"] == "ci" and row["after"]}
    yield from (f"  {_line(each, {**told, **names})}" for each in rows[:show])
    if len(rows) > show:
        yield f"  and {len(rows) - show} more (--show {len(rows)} shows all)"


def _line(each: dict[str, Any], names: Names) -> str:
    from web.wording_becoming import becoming_words

    way, what, values = becoming_words(each, names)
    return plain(f"{way:<8} {what}" + (f": {values}" if values else ""))

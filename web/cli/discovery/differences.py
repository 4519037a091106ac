"""The differences of a run, a rehearsal or a decision, for people and for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from web.cli.tables import heading, plain, table
from web.naming import names_of

if TYPE_CHECKING:
    from cmdb.configuration.observing import Taken
    from cmdb.model.called import Called
    from web.cli.session import Session
    from web.naming import Names

MOST_SHOWN = 40


def rows_of(taken: Taken) -> list[dict[str, Any]]:
    """Return the differences as JSON."""
    return [each._asdict() for each in taken.differences]


def difference_lines(session: Session, rows: Sequence[dict[str, Any]], *, show: int = MOST_SHOWN) -> Iterator[str]:
    """
    Yield how many differences there are of each sort, and a line for each, up to ``show``: some of every sort.

    What is not shown is counted.
    """
    from web.wording_becoming import becoming_words, ends_of, sort_of

    if not rows:
        yield "Nothing changes."
        return
    yield from heading("Differences", f"{len(rows):,}")
    counts = Counter((*sort_of(row), becoming_words(row).way) for row in rows)
    found = [[kind, sort.replace("_", " "), way, f"{count:,}"] for (kind, sort, way), count in sorted(counts.items())]
    yield from table(("KIND", "CLASS OR TYPE", "", "HOW MANY"), found)
    shown = some_of_each(rows, show)
    new = _new(rows)
    names = {**names_of(new), **session.names(ci for each in shown for ci in (*ends_of(each), each["key"]))}
    yield ""
    yield from (f"  {_line(each, names)}" for each in shown)
    if len(rows) > len(shown):
        left = Counter(row["kind"] for row in rows) - Counter(row["kind"] for row in shown)
        words = ", ".join(f"{count:,} of kind {kind}" for kind, count in sorted(left.items()))
        yield f"  not shown: {words} (--show {len(rows)} shows all)"


def some_of_each(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """
    Return up to ``most`` differences in their order, in turn one of every sort, so that none hides another.

    >>> rows = [{"kind": "ci", "key": n, "before": None, "after": {"class": "server"}} for n in "abc"]
    >>> rows += [{"kind": "relation", "key": "r", "before": None, "after": {"type": "runs_on"}}]
    >>> [row["key"] for row in some_of_each(rows, 2)]
    ['a', 'r']
    """
    from web.wording_becoming import sort_of

    nth: Counter[tuple[str, str]] = Counter()
    turns = []
    for place, row in enumerate(rows):
        sort = sort_of(row)
        turns.append((nth[sort], place))
        nth[sort] += 1
    return [rows[place] for place in sorted(place for _, place in sorted(turns)[:most])]


def _new(rows: Sequence[dict[str, Any]]) -> dict[str, Called]:
    """Return what CIs are called that are new, and so in no estate where nothing was written, with their wholes."""
    from cmdb.configuration.naming import TIES
    from cmdb.model.called import Called

    said = [row["after"] for row in rows if row["before"] is None and row["kind"] == "relation"]
    wholes: dict[str, tuple[str, str]] = {}
    for type_ in reversed(TIES):
        wholes |= {each["source"]: (type_, each["target"]) for each in said if each["type"] == type_}
    new = {row["key"]: row["after"] for row in rows if row["kind"] == "ci" and row["before"] is None}
    return {
        ci: Called(ci, each["class"], each.get("name") or ci, *wholes.get(ci, (None, None))) for ci, each in new.items()
    }


def _line(each: dict[str, Any], names: Names) -> str:
    from web.wording_becoming import becoming_words

    way, what, values = becoming_words(each, names)
    return plain(f"{way:<8} {what}" + (f": {values}" if values else ""))

"""
The table that ``make promises`` ends with: promise, store, what was asked, what was seen.

A test says ``kept = promise(name, asked, store)`` before it begins and ``kept.seen(text)`` when it knows. The rows go
with pytest's own reports, so tests may run in one process or in several.
"""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

FILE = "bench/promises.md"
STORES = {"sqlite": "SQLite", "neo4j": "Neo4j"}
UNSEEN = "nothing: the test did not come so far"
_BEFORE = "foreshock/promises"  # Where pytest keeps the rows for the next run.
HEAD = ("promise", "store", "asked", "seen")


class Row(NamedTuple):
    """One line of the table."""

    promise: str
    store: str
    asked: str
    seen: str


class Promise:
    """A promise that a test is about to prove."""

    def __init__(self, row: dict[str, str]) -> None:
        self._row = row

    def seen(self, text: str) -> None:
        """Say what was seen; call it before what is asserted about it, so that a broken promise stands there too."""
        self._row["seen"] = text


@pytest.fixture
def promise(request: pytest.FixtureRequest) -> Callable[..., Promise]:
    """Announce a promise: ``promise(name, asked, store)``; one test may announce several."""

    def announce(name: str, asked: str, store: str = "SQLite") -> Promise:
        row = {"promise": name, "store": STORES.get(store, store), "asked": asked, "seen": UNSEEN}
        request.node.user_properties.append(("promise", row))
        return Promise(row)

    return announce


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--promises",
        choices=("anew", "more"),
        help=f"end with the table of promises and write it to {FILE}; 'more' adds to the run before and renews rows",
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    wanted = config.getoption("--promises", None)
    if not wanted:
        return
    cache = getattr(config, "cache", None)  # Not there without its plugin.
    before = cache.get(_BEFORE, None) if cache and wanted == "more" else None
    fresh = {*_rows(terminalreporter.stats)}
    again = {row[:3] for row in fresh}
    former = (Row(*row) for row in (before or {}).get("rows", ()))
    rows = sorted({*fresh, *(row for row in former if row[:3] not in again)})
    left = [*(before or {}).get("left", ()), *_not_run(terminalreporter.stats)]
    if cache:
        cache.set(_BEFORE, {"rows": rows, "left": left})
    terminalreporter.section("promises")
    for line in _aligned([Row(*HEAD), *rows]):
        terminalreporter.write_line(line)
    for line in left:
        terminalreporter.write_line(line)
    target = config.rootpath / FILE
    target.parent.mkdir(exist_ok=True)
    target.write_text(markdown(rows, left), encoding="utf-8")


def _rows(stats: dict[str, list[Any]]) -> Iterator[Row]:
    """Yield the rows of this run; what a failed test saw is marked."""
    for outcome in ("passed", "failed"):
        for report in stats.get(outcome, ()):
            rows = [Row(**row) for name, row in report.user_properties if name == "promise" and report.when == "call"]
            yield from (row._replace(seen=f"BROKEN: {row.seen}") if report.failed else row for row in rows)


def _not_run(stats: dict[str, list[Any]]) -> Iterator[str]:
    for report in stats.get("skipped", ()):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        yield f"not run: {report.nodeid.rpartition('/')[2]}: {str(reason).removeprefix('Skipped: ')}"


def _aligned(rows: list[Row]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    for row in rows:
        yield "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row.seen])


def markdown(rows: list[Row], left: list[str]) -> str:
    """Return the table as a page, with what it was measured on."""
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    lines = [
        "# Promises, asked and seen",
        "",
        f"Written by `make promises` on {datetime.now(UTC).date()}: {versions}.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|" + "---|" * len(HEAD),
        *("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows),
    ]
    return "\n".join([*lines, *(["", *left] if left else [])]) + "\n"

"""
The one table that ``make bench`` ends with: job, size, ours, peer, ratio, goal, kept or not, peak memory.

A benchmark says :func:`tell` for each of its rows, beside the lines it prints for who runs it alone. Rows go to the
file that FORESHOCK_BENCH_ROWS names, a JSON object a line, and nowhere without it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROWS = "FORESHOCK_BENCH_ROWS"
BEGIN, END = "<!-- the last run: begin -->", "<!-- the last run: end -->"
HEAD = ("benchmark", "job", "size", "ours", "peer", "ratio", "goal", "kept", "peak memory", "when")


class Row(NamedTuple):
    """One line, as text: a missing figure is empty; ``kept`` is yes, NO, or empty where no goal is stated."""

    benchmark: str
    job: str
    size: str
    ours: str
    peer: str
    ratio: str
    goal: str
    kept: str
    memory: str
    when: str


def tell(
    job: str,
    size: str,
    ours: str,
    *,
    peer: str = "",
    ratio: str = "",
    goal: str = "",
    kept: bool | str | None = None,
    memory_mb: float | None = None,
) -> None:
    """Add a row; ``memory_mb`` of None lets the peak of the benchmark's whole process stand there."""
    target = os.environ.get(ROWS)
    if not target:
        return
    verdict = kept if isinstance(kept, str) else {True: "yes", False: "NO", None: ""}[kept]
    memory = "" if memory_mb is None else megabytes(memory_mb)
    row = {"job": job, "size": size, "ours": ours, "peer": peer, "ratio": ratio, "goal": goal, "kept": verdict}
    with Path(target).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**row, "memory": memory}, ensure_ascii=False) + "\n")


def megabytes(count: float) -> str:
    return f"{count:,.0f} MB"


def told(path: Path, benchmark: str, *, memory: str, when: str) -> list[Row]:
    """Return the rows that a benchmark has told into a file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [Row(benchmark=benchmark, when=when, **json.loads(line)) for line in lines]
    return [row if row.memory else row._replace(memory=f"{memory} in all") for row in rows]


def aligned(rows: Iterable[Row]) -> list[str]:
    """Return the rows under their heads, in columns."""
    table: list[Sequence[str]] = [HEAD, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table]


def read(page: str) -> list[Row]:
    """Return the rows of the last run that a page keeps."""
    kept = page.partition(BEGIN)[2].partition(END)[0].splitlines()
    cells = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in kept if line.startswith("| "))
    wide = (line + [""] * (len(HEAD) - len(line)) for line in cells if len(line) == len(HEAD))
    return [Row(*line) for line in wide if tuple(line) != HEAD]


def written(page: str, rows: Iterable[Row], machine: str) -> str:
    """Return the page with these rows, and the machine, in place of those it kept."""
    before, _, rest = page.partition(BEGIN)
    lines = [
        machine,
        "",
        "| " + " | ".join(HEAD) + " |",
        "|" + "---|" * len(HEAD),
        *("| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in rows),
    ]
    return "\n".join([f"{before}{BEGIN}", *lines, f"{END}{rest.partition(END)[2]}"])


def merged(former: Iterable[Row], fresh: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """Return the fresh rows and those of benchmarks that were not run, in the order of the benchmarks."""
    ran = {row.benchmark for row in fresh}
    rows = [*fresh, *(row for row in former if row.benchmark not in ran and row.benchmark in order)]
    return sorted(rows, key=lambda row: order.index(row.benchmark))

"""
Every benchmark, one after the other, and one table of all rows: ``python -m bench [NAME ...]``.

``python -m bench.impact`` and so on runs one alone, without the table. Each is a process of its own, so its peak of
memory is its own too. The table is kept in ``bench/README.md`` with the machine and the day; what was not run this time
stays there as it was, with its own day.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.table import ROWS, Row, aligned, megabytes, merged, read, told, written

BENCHMARKS = (
    *("impact", "neo4j_hub", "assess", "conflicts", "aralia", "data_centre", "debian", "alarms"),
    *("live", "cold_start", "store", "intake", "history", "risk"),
)
PAGE = Path(__file__).resolve().parent / "README.md"


def machine() -> str:
    """Return what this was measured on, as a sentence."""
    cpus = Path("/proc/cpuinfo")
    names = [line.partition(": ")[2] for line in cpus.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}."
    )


def run(name: str, folder: Path) -> tuple[list[Row], bool]:
    """Run one benchmark to its end; return its rows, and whether it ended well."""
    print(f"\n== {name}", flush=True)
    rows = folder / name
    command = [sys.executable, "-m", f"bench.{name}"]
    _, status, used = os.wait4(os.posix_spawn(command[0], command, {**os.environ, ROWS: str(rows)}), 0)
    when = f"{datetime.now(UTC):%Y-%m-%d}"
    found = told(rows, name, memory=megabytes(used.ru_maxrss / 1024), when=when)
    if status:
        found.append(Row(name, "the benchmark itself", "", "did not come to its end", "", "", "", "NO", "", when))
    return found, not status


def main() -> int:
    """Run those named, or all; print the table and keep it."""
    parser = argparse.ArgumentParser(description="Run the benchmarks and print one table of all rows.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default")
    names = parser.parse_args().names or BENCHMARKS
    if unknown := sorted({*names} - {*BENCHMARKS}):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    fresh: list[Row] = []
    well = True
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            rows, ended = run(name, Path(folder))
            fresh += rows
            well = well and ended
    print("\n== the table", *aligned(fresh), sep="\n", flush=True)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written(page, merged(read(page), fresh, BENCHMARKS), machine()), encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())

"""
How long small commands take from cold, as medians beside a bare ``python -c pass`` measured in the same run.

``python bench/cold_start.py [RUNS]`` prints a table; every run is a process of its own on a store with one small estate.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 21
GOAL_SECONDS = 0.15
BARE = ("-c", "pass")
START = ("-c", "from web.cli import main; main()")
COMMANDS = (
    ("--version",),
    ("--help",),
    ("ci", "show", "db-a"),
    ("ci", "show", "db-a", "-o", "json"),
    ("ci", "search", "orders"),
    ("ci", "history", "db-a"),
    ("ci", "tree", "checkout"),
    ("class", "show", "server"),
    ("change", "list"),
    ("impact", "db-a"),
)


def main() -> None:
    """Measure every command RUNS times, in turns so that a slow moment of the machine meets all of them."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORESHOCK_STORE": f"sqlite:///{folder}/estate.db"}
        estate = ROOT / "web" / "demo" / "estate.json"
        _seconds([*START, "import", "estate", str(estate)], environment)
        lines = {"python -c pass": BARE, **{f"foreshock {' '.join(c)}": (*START, *c) for c in COMMANDS}}
        taken: dict[str, list[float]] = {name: [] for name in lines}
        for _ in range(runs):
            for name, words in lines.items():
                taken[name].append(_seconds(words, environment))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    bare = medians["python -c pass"]
    print(f"{'median of ' + str(runs):40} seconds  beyond python")
    for name, seconds in medians.items():
        mark = "" if seconds <= GOAL_SECONDS else f"  above the goal of {GOAL_SECONDS}"
        print(f"{name:40} {seconds:7.3f}  {seconds - bare:13.3f}{mark}")


def _seconds(words: Sequence[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

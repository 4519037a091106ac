"""
How long small commands take from cold, as medians beside a bare ``python -c pass`` measured in the same run.

``python -m bench.cold_start [RUNS]`` prints a table; every run is its own process on a store with one small estate.
The processor's time stands beside the clock's, because a busy machine stretches only the latter.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.table import tell

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
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in lines}
        for _ in range(runs):
            for name, words in lines.items():
                taken[name].append(_seconds(words, environment))
    medians = {
        name: [statistics.median(column) for column in zip(*pairs, strict=True)] for name, pairs in taken.items()
    }
    bare_clock, bare_processor = medians["python -c pass"]
    print(f"{'median of ' + str(runs):36} {'clock s':>8} {'over python':>12} {'processor s':>12} {'over python':>12}")
    for name, (clock, processor) in medians.items():
        mark = "" if clock <= GOAL_SECONDS else f"  above the goal of {GOAL_SECONDS}"
        beyond = f"{clock - bare_clock:12.3f} {processor:12.3f} {processor - bare_processor:12.3f}"
        print(f"{name:36} {clock:8.3f} {beyond}{mark}")
        peer, size = f"python -c pass {bare_clock:.3f} s", f"median of {runs}"
        # The goal is that of small commands, and a question of impact reads the estate.
        goal, kept = ("", None) if name.startswith("foreshock impact") else (f"{GOAL_SECONDS} s", clock <= GOAL_SECONDS)
        if name.startswith("foreshock"):
            tell(f"{name} from cold", size, f"{clock:.3f} s", peer=peer, goal=goal, kept=kept)


def _seconds(words: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the clock's and the processor's seconds of one run."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return clock, used


if __name__ == "__main__":
    main()

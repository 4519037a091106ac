"""
A large estate from its compressed file into the store and into the live graph: time, and peak memory of each process.

``python -m bench.intake [CIS]`` (a million by default, with about three relations each); each step is a process of its
own, so that its memory is its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from bench.table import tell

ROOT = Path(__file__).resolve().parent.parent
CIS = 1_000_000
LOAD = """
import time
from web.bootstrap import make_context, open_store
from web.settings import read
settings = read()
store = open_store(settings)
from impact.questions.graphs import graph_of
began = time.perf_counter()
graph = graph_of(make_context(settings, store))
taken = time.perf_counter() - began
print(f"    {len(graph)} CIs, {len(graph.targets)} relations, {len(graph.owners)} groups in {taken:.1f} s, "
      f"{graph.array_bytes() / 1e6:.0f} MB of arrays beside the ids")
store.close()
"""


def main() -> None:
    """Draw the estate, import it, import it again, load the graph."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else CIS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "estate.jsonl.gz")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORESHOCK_STORE": f"sqlite:///{folder}/store.db"}
        steps = {
            "draw the estate": ("-m", "bench.synthetic", str(size), str(file)),
            "import it": ("-m", "web.cli", "import", "estate", str(file)),
            "import it again": ("-m", "web.cli", "import", "estate", str(file)),
            "load the graph": ("-c", LOAD),
        }
        for name, words in steps.items():
            measured(name, [sys.executable, *words], environment, f"{size:,} CIs")
        print(f"{'file / store':<18} {file.stat().st_size / 1e6:.0f} MB / {store_bytes(folder) / 1e6:.0f} MB")


def measured(name: str, command: list[str], environment: dict[str, str], size: str) -> None:
    """Run a step and print its seconds and the peak of its memory."""
    sys.stdout.flush()
    began = time.perf_counter()
    _, status, used = os.wait4(os.posix_spawn(command[0], command, environment), 0)
    if status:
        raise SystemExit(f"{name} failed")
    taken, processor = time.perf_counter() - began, used.ru_utime + used.ru_stime
    tell(f"a large estate: {name}", size, f"{taken:.0f} s", memory_mb=used.ru_maxrss / 1024)
    print(f"{name:<18} {taken:7.1f} s ({processor:.1f} s of processor), peak {used.ru_maxrss / 1024:.0f} MB")


def store_bytes(folder: str) -> int:
    """Return the size of the store's files."""
    return sum(path.stat().st_size for path in Path(folder).glob("store.db*"))


if __name__ == "__main__":
    main()

"""
The same work on SQLite and on a Neo4j server, side by side: an import, the live graph, eight writers, common reads.

``python -m bench.both_stores [--cis 100000] [--seconds 20] [--neo4j ADDRESS]``. Without an address a server is started
for the run, where Java and Maven are; the database it leads to is emptied first. Every step is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cmdb.model.ci import CIS
from cmdb.ports.store import Equals, Patch
from web.bootstrap import make_context, open_store
from web.settings import read

WRITERS = 8
ROOT = Path(__file__).resolve().parent.parent


def import_(file: str) -> dict[str, Any]:
    """Import the estate."""
    from cmdb.configuration.intake import import_estate

    settings = read()
    store = open_store(settings)
    began = time.perf_counter()
    with Path(file).open("rb") as opened:
        import_estate(make_context(settings, store), opened, source="bench")
    return {"import s": round(time.perf_counter() - began, 1)}


def graph() -> dict[str, Any]:
    """Bring the newest state into the live graph."""
    from impact.questions.graphs import graph_of

    settings = read()
    context = make_context(settings, open_store(settings))
    began = time.perf_counter()
    found = graph_of(context)
    taken = round(time.perf_counter() - began, 1)
    return {"CIs": len(found), "relations": len(found.targets), "into arrays s": taken}


def write(number: str, seconds: str) -> dict[str, Any]:
    """Commit one-document batches to CIs of this writer's own for so long."""
    store = open_store(read())
    mine = [stored.key for stored in store.find(CIS, limit=WRITERS * 20).rows][int(number) % WRITERS :: WRITERS]
    count, end = 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        op = Patch(CIS, mine[count % len(mine)], {"name": f"{number} {count}"})
        store.apply([op], txn_id=f"bench-{number}-{count}", actor="bench", reason="bench")
        count += 1
    return {"commits": count}


def reads() -> dict[str, Any]:
    """Time common questions, as medians in milliseconds."""
    store = open_store(read())
    keys = [stored.key for stored in store.find(CIS, limit=50).rows]
    questions = {
        "get ms": lambda key: store.get(CIS, key),
        "neighbours ms": lambda key: store.neighbours(key, "both"),
        "find by class ms": lambda _: store.find(CIS, [Equals("class", "server")]),
        "search ms": lambda key: store.search(CIS, key),
    }
    found = {}
    for name, ask in questions.items():
        taken = []
        for key in keys:
            began = time.perf_counter()
            ask(key)
            taken.append(time.perf_counter() - began)
        found[name] = round(sorted(taken)[len(taken) // 2] * 1e3, 2)
    return found


STEPS = {"import": import_, "graph": graph, "write": write, "reads": reads}


def start(store: str, *words: str) -> subprocess.Popen[str]:
    """Start a step as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORESHOCK_STORE": store}
    command = [sys.executable, "-m", "bench.both_stores", "--step", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def answers(*started: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Wait for steps and return what each found."""
    texts = [each.communicate()[0] for each in started]
    if any(each.returncode for each in started):
        raise SystemExit("a step failed")
    return [json.loads(text) for text in texts]


def measured(store: str, file: Path, seconds: float) -> dict[str, Any]:
    """Return all figures of one store."""
    figures: dict[str, Any] = {}
    for words in (("import", str(file)), ("graph",), ("reads",)):
        figures.update(*answers(start(store, *words)))
    for writers in (1, WRITERS):
        found = answers(*(start(store, "write", str(n + 100 * writers), str(seconds)) for n in range(writers)))
        figures[f"{writers} writer(s), commits/s"] = round(sum(each["commits"] for each in found) / seconds)
    return figures


def main() -> None:
    """Measure both and print them beside each other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cis", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--neo4j", default=os.environ.get("FORESHOCK_TEST_NEO4J", "").partition(",")[0])
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step[0]](*given.step[1:])))
        return
    from tests.neo4j_server import Named, own_neo4j

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "estate.jsonl.gz"
        subprocess.run([sys.executable, "-m", "bench.synthetic", str(given.cis), str(file)], cwd=ROOT, check=True)
        sqlite = measured(f"sqlite:///{folder}/store.db", file, given.seconds)
        server = Named(given.neo4j) if given.neo4j else own_neo4j(folder / "neo4j", heap="2g")
        with server as ready:
            ready.wipe()
            neo4j = measured(ready.address, file, given.seconds)
    print(f"{'':28} {'SQLite':>12} {'Neo4j':>12}")
    for what, figure in sqlite.items():
        print(f"{what:28} {figure:>12,} {neo4j[what]:>12,}")


if __name__ == "__main__":
    main()

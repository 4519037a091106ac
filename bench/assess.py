"""
A whole assessment by a warm service, and how long a cold one takes to have its graph: ``python -m bench.assess [CIS]``.

100,000 CIs by default, in a store of its own. Changes are drawn as those of :mod:`bench.conflicts`: recorded, submitted
and then assessed one after the other by the same process, as a server's desk does it, record and all.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from bench.conflicts import drawn
from bench.live import estate
from bench.synthetic import Synthetic
from bench.table import tell
from cmdb.change import changes
from cmdb.context import Context
from cmdb.model.change import BackOut, Target, Window
from cmdb.roles import Actor, Role
from cmdb.stores.sqlite import open_store
from impact.kernels import warm
from impact.questions.assess import assess
from impact.questions.graphs import graph_of
from impact.reading.following import following
from web.bootstrap import SystemClock

CIS, CHANGES = 100_000, 60
GOAL, COLD = 1.0, 3.0
START = datetime(2999, 1, 1, tzinfo=UTC)


def submitted(context: Context, estate_of: Synthetic) -> list[str]:
    """Record the changes and submit them; return their ids."""
    graph, found = graph_of(context), []
    for party in drawn(graph, estate_of, CHANGES):
        start, end = (START + timedelta(seconds=moment) for moment in party.outages[0][1:])
        raised = changes.new(
            context,
            title=party.id,
            reason="bench",
            targets=[Target(graph.ids[ci]) for ci, _, _ in party.outages],
            window=Window(start, end),
            back_out=BackOut("the former version"),
        ).record
        changes.submit(context, raised.id)
        found.append(raised.id)
    return found


def main() -> None:
    """Print the time of the cold start, and of the assessments."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else CIS
    warm()
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder, "store.db"))) as store:
        store.apply(estate(size), txn_id="estate", actor="bench", reason="bench")
        actor = Actor("bench", frozenset({Role.ADMINISTRATOR}))
        context = Context(store, store.coordination, SystemClock(), actor)
        began = time.perf_counter()
        graph = graph_of(context)
        cold = time.perf_counter() - began
        told = f"{len(graph):,} CIs, {len(graph.targets):,} relations"
        print(f"{told}: cold start of the graph {cold:.2f} s   goal {COLD:g} s", flush=True)
        tell("cold start of the graph from the store", told, f"{cold:.2f} s", goal=f"{COLD:g} s", kept=cold < COLD)
        seconds = []
        with following(store):
            for change in submitted(context, Synthetic(size)):
                began = time.perf_counter()
                assess(Context(store, store.coordination, SystemClock(), actor), change)
                seconds.append(time.perf_counter() - began)
    seconds.sort()
    p50, p95 = seconds[len(seconds) // 2], seconds[ceil(len(seconds) * 0.95) - 1]
    found = f"p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f}"
    print(f"{len(seconds)} whole assessments: {found} ms, most {seconds[-1] * 1e3:.0f}   goal p95 {GOAL:g} s")
    tell("a whole assessment, warm", told, found, goal=f"p95 {GOAL:g} s", kept=p95 < GOAL)


if __name__ == "__main__":
    main()

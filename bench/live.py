"""
The live graph: its memory, its cold start, how soon a commit is in it, and how soon while eight readers ask.

``python -m bench.live [CIS] [--store FILE] [--seconds N]``: 20,000 CIs by default, drawn and written first unless a
store is given. The writer is a process of its own, as another web process or an import would be; the readers are
threads beside the follower, as those of a server are, and ask one question after the other without a pause.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.synthetic import Synthetic
from bench.table import tell
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Op, Put
from cmdb.stores.sqlite import open_store
from impact.answers import what_goes_down
from impact.graph import Graph
from impact.kernels import warm
from impact.reading import following as follower_module
from impact.reading.defaults import defaults_in
from impact.reading.following import following
from impact.reading.making import built

READERS, WRITES_A_SECOND, RELATIONS_A_WRITE, UPDATES = 8, 20, 10, 100
OF_RELATIONS = ("targets", "strengths", "confidence_codes", "effects")
OF_GROUPS = (
    "owners",
    "needs",
    "falls_at",
    "group_strengths",
    "share_codes",
    "member_starts",
    "member_ends",
    "group_name_codes",
)


def estate(size: int) -> Iterator[Op]:
    """Yield a synthetic estate as a batch."""
    drawn = Synthetic(size)
    for kind, documents in ((CIS, drawn.items()), (RELATIONS, drawn.relations()), (GROUPS, drawn.groups())):
        yield from (Put(kind, document) for document in documents)


def at(times: list[float], share: float) -> float:
    """Return the time that so large a share does not exceed, in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1e3 if times else float("nan")


def told(times: list[float]) -> str:
    return f"p50 {at(times, 0.5):.1f} ms, p99 {at(times, 0.99):.1f} ms, most {at(times, 1):.1f} ms of {len(times)}"


def memory_and_cold_start(path: Path) -> Graph:
    """Load the graph from nothing, and tell time, processor and memory."""
    store = open_store(path)
    defaults = defaults_in(store, store.revision())
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    graph = built(store, defaults, store.revision())
    taken = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cis, relations, groups = len(graph), len(graph.targets), len(graph.owners)
    print(f"{cis:,} CIs, {relations:,} relations, {groups:,} groups")
    print(f"cold start            {taken:.2f} s ({processor:.2f} s of processor), peak {after.ru_maxrss // 1024} MB")
    of_relations = sum(getattr(graph, name).nbytes for name in OF_RELATIONS)
    of_groups = sum(getattr(graph, name).nbytes for name in OF_GROUPS)
    of_cis = graph.array_bytes() - of_relations - of_groups
    ids = sum(map(sys.getsizeof, graph.ids))
    print(
        f"memory                {of_cis / cis:.0f} bytes a CI and {ids / cis:.0f} for its id, "
        f"{of_relations / relations:.1f} a relation, {of_groups / max(1, groups):.1f} a group; "
        f"{(graph.array_bytes() + ids) / 1e6:.0f} MB in all"
    )
    bytes_told = f"{of_cis / cis:.0f} bytes a CI, {of_relations / relations:.1f} a relation"
    kept = of_cis / cis < 100 and of_relations / relations < 20
    size = f"{cis:,} CIs, {relations:,} relations"
    tell("memory of the live graph", size, bytes_told, goal="100 a CI, 20 a relation", kept=kept)
    store.close()
    return graph


def relations(draw: random.Random, ids: tuple[str, ...], turn: int) -> list[Op]:
    """Return a batch of relations between any CIs, never the same twice; soft, for hard ones would knot the estate."""
    ends = [draw.choices(ids, k=2) for _ in range(RELATIONS_A_WRITE)]
    kind = {"type": f"bench_{turn}", "strength": "soft"}
    return [Put(RELATIONS, {"source": a, "target": b, **kind}) for a, b in ends]


def updates(path: Path) -> None:
    """Time from a commit to the graph that shows it, with nobody else asking, for each sort of change."""
    store = open_store(path)
    draw, name = random.Random(time.time_ns()), f"{time.time_ns()}"
    with following(store) as follower:
        graph = follower.newest(0)
        assert graph is not None
        ids = graph.ids
        del graph
        kinds: dict[str, Callable[[int], list[Op]]] = {
            "10 relations": lambda turn: relations(draw, ids, turn),
            "one new group of 3": lambda turn: _pool(draw, ids, turn),
            "one new CI": lambda turn: [
                Put(CIS, {"id": f"{draw.choice(ids)}-{turn}", "class": "server", "name": f"new {turn}"})
            ],
            "one CI renamed": lambda turn: [
                Put(CIS, {"id": draw.choice(ids), "class": "server", "name": f"other {turn}"})
            ],
        }
        for kind, ops in kinds.items():
            times = []
            for turn in range(UPDATES):
                applied = store.apply(ops(turn), txn_id=f"{name} {kind} {turn}", actor="bench", reason="bench")
                began = time.perf_counter()
                follower.reach(applied.revision)
                times.append(time.perf_counter() - began)
            print(f"commit to visible     {kind:<20} {told(times)}")
    store.close()


def _pool(draw: random.Random, ids: tuple[str, ...], turn: int) -> list[Op]:
    owner, *members = draw.sample(ids, 4)
    name = f"pool {turn}"
    group = Put(GROUPS, {"item": owner, "name": name, "needs": 1})
    return [group, *(Put(RELATIONS, {"source": owner, "type": "x", "target": m, "group": name}) for m in members)]


def write(path: Path, seconds: float) -> None:
    """Write at a steady rate, and print revision and moment of each commit: what the writing process does."""
    store = open_store(path)
    draw, name = random.Random(time.time_ns()), f"{time.time_ns()}"
    with store.snapshot() as state:
        ids = tuple(ci for (some,) in state.columns(CIS, "id") for ci in some)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    for turn in range(int(seconds * WRITES_A_SECOND)):
        time.sleep(max(0.0, began + turn / WRITES_A_SECOND - time.monotonic()))
        called = time.monotonic()
        applied = store.apply(relations(draw, ids, turn), txn_id=f"{name} {turn}", actor="bench", reason="bench")
        print(json.dumps([applied.revision, called, time.monotonic()]), flush=True)
    store.close()


def under_load(path: Path, seconds: float, readers: int) -> None:
    """Time from a commit of another process to the graph that shows it, while readers ask without a pause."""
    warm()  # As a server has done before long.
    store = open_store(path)
    shown: list[tuple[int, float]] = []
    with following(store) as follower:
        publish = follower._shelf.publish

        def noted(kept: Any) -> None:
            publish(kept)
            shown.append((-1 if kept is None else kept.last, time.monotonic()))

        follower._shelf.publish = noted  # type: ignore[method-assign]
        follower.newest(0)
        command = [sys.executable, "-m", "bench.live", "--write", str(seconds), "--store", str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            writer.stdout.readline()
            done = threading.Event()
            asked: list[list[float]] = [[] for _ in range(readers)]
            threads = [threading.Thread(target=ask, args=(follower, done, times, n)) for n, times in enumerate(asked)]
            for thread in threads:
                thread.start()
            writer.stdin.write("go\n")
            writer.stdin.flush()
            commits = [json.loads(line) for line in writer.stdout]
            follower.reach(commits[-1][0])
            done.set()
            for thread in threads:
                thread.join()
        del follower._shelf.publish
    store.close()
    lags, whole, place = [], [], 0
    for revision, called, moment in commits:
        while shown[place][0] < revision:
            place += 1
        lags.append(max(0.0, shown[place][1] - moment))
        whole.append(shown[place][1] - called)
    times = [each for some in asked for each in some]
    rate = f"; answers {told(times)} ({len(times) / seconds:,.0f} a second)" if times else ""
    tell(f"lag of the live graph, {readers} readers", f"{WRITES_A_SECOND} writes a second", told(lags))
    print(f"lag, {readers} readers        after the commit {told(lags)}; from the call on {told(whole)}{rate}")


def ask(follower: Any, done: threading.Event, times: list[float], seed: int) -> None:
    """Ask what goes down, again and again."""
    draw = random.Random(seed)
    while not done.is_set():
        began = time.perf_counter()
        graph = follower.newest(0)
        what_goes_down(graph, [draw.choice(graph.ids)])
        times.append(time.perf_counter() - began)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cis", type=int, nargs="?", default=20_000)
    parser.add_argument("--store", type=Path, help="one that holds an estate; it is written to")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to write")
    parser.add_argument("--write", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write is not None:
        return write(given.store, given.write)
    # However long a busy machine takes to load the estate, that is not what is measured then.
    follower_module.PATIENCE = 3600.0
    with tempfile.TemporaryDirectory() as folder:
        path = given.store or Path(folder, "store.db")
        if given.store is None:
            store = open_store(path)
            store.apply(estate(given.cis), txn_id="estate", actor="bench", reason="bench")
            store.close()
        memory_and_cold_start(path)
        gc.collect()
        updates(path)
        for readers in (0, READERS):
            under_load(path, given.seconds, readers)
    return None


if __name__ == "__main__":
    main()

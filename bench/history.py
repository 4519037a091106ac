"""
What history costs: bytes a CI and a change, reading as of any of many revisions, letting go of the old ones, copying.

Run it as ``python -m bench.history [--cis 100000] [--revisions 10000] [--changes 100] [--folder DIR]``. Reading as of a
revision is printed before and after most of the history was let go, each as median and worst of random revisions; the
time of the processor beside it tells how much of the worst is others' work on the machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from bench.store import estate, timed
from bench.table import tell
from cmdb.copying import copy
from cmdb.model.ci import CIS
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Patch
from cmdb.stores.sqlite import SqliteStore, open_store

ASKED = 20
KEPT = 5
CI_PATHS = ("id", "class", "status", "unavailability", "mtbf_hours")
RELATION_PATHS = ("source", "target", "type", "group", "strength", "confidence")


def write_history(store: SqliteStore, cis: int, revisions: int, changes: int) -> None:
    """Write the revisions, each changing so many CIs, and print what a change takes."""
    chance, before = random.Random(3), store.size() or 0
    with timed(f"{revisions:,} revisions of {changes} changes") as note:
        for turn in range(revisions):
            numbers = chance.sample(range(cis), changes)
            ops = [Patch(CIS, f"ci:node{number:07d}", {"attributes": {"os": f"Linux 6.{turn}"}}) for number in numbers]
            store.apply(ops, txn_id=f"turn-{turn}", actor="job:discovery", reason="discovery:run")
        took = ((store.size() or 0) - before) / (revisions * changes)
        note(f"{took:,.0f} bytes a change, {before / cis:,.0f} bytes a CI with its three relations before")


def rows_of(store: SqliteStore, at: int, kind: Kind[object], paths: Sequence[str]) -> int:
    """Read a whole snapshot by columns and return how many rows there were."""
    with store.snapshot(at=at) as state:
        return sum(len(columns[0]) for columns in state.columns(kind, *paths))


def read_as_of(store: SqliteStore, cis: int, revisions: Sequence[int]) -> None:
    """Print how long each way of reading takes as of these revisions."""
    chance = random.Random(5)
    asks: dict[str, Callable[[int], object]] = {
        "one CI": lambda at: store.get(CIS, f"ci:node{chance.randrange(cis):07d}", at=at),
        "a page of 100 CIs": lambda at: store.find(CIS, limit=100, at=at),
        "neighbours of a CI": lambda at: store.neighbours(f"ci:node{chance.randrange(cis):07d}", "both", at=at),
        "all CIs by columns": lambda at: rows_of(store, at, CIS, CI_PATHS),
        "all relations by columns": lambda at: rows_of(store, at, RELATIONS, RELATION_PATHS),
    }
    for name, ask in asks.items():
        seconds, processor = [], []
        for at in revisions:
            start, worked = time.perf_counter(), time.process_time()
            ask(at)
            seconds.append(time.perf_counter() - start)
            processor.append(time.process_time() - worked)
        size = f"{cis:,} CIs, {len(revisions)} revisions at random"
        tell(
            f"as of a revision: {name}",
            size,
            f"median {statistics.median(seconds) * 1e3:.2f} ms, worst {max(seconds) * 1e3:.1f}",
        )
        told = [1000 * value for value in (statistics.median(seconds), max(seconds), max(processor))]
        print(
            f"  as of a revision: {name:<24} median {told[0]:8.2f} ms  worst {told[1]:8.2f} ms"
            f"  worst of processor {told[2]:8.2f} ms",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cis", type=int, default=100_000)
    parser.add_argument("--revisions", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "history.db"
        with closing(open_store(path)) as store:
            with timed(f"{options.cis:,} CIs, {options.cis * 3:,} relations"):
                store.apply(estate(options.cis, 3), txn_id="bulk", actor="bench", reason="bulk")
            write_history(store, options.cis, options.revisions, options.changes)
            newest = store.revision()
            read_as_of(store, options.cis, chance.sample(range(1, newest + 1), ASKED))
            floor = newest - options.revisions // 10
            kept = chance.sample(range(1, floor), KEPT)
            before = store.size() or 0
            with timed("the log verified") as note:
                note(f"{len(store.check())} findings")
            with timed(f"nine tenths let go, {KEPT} revisions kept") as note:
                done = store.compact(floor, keep=kept, txn_id="cut", actor="bench")
                size = store.size() or 0
                note(f"{done.gone:,} versions, {before / 1e6:,.0f} MB before, {size / 1e6:,.0f} MB after")
            read_as_of(store, options.cis, [*kept[:10], *chance.sample(range(floor, newest + 1), 10)])
            with (
                timed("copied to another file and verified") as note,
                closing(open_store(path.with_name("b"))) as other,
            ):
                copied = copy(store, other)
                note(f"{copied.revision:,} revisions, {(other.size() or 0) / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()

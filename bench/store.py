"""
What the embedded store costs: bulk load, one commit beside a raw append and sync, a snapshot to rows, common reads.

Run it as ``python -m bench.store [--cis 1000000] [--relations 3] [--folder DIR]``. Figures of one run are printed
beside each other, as ratios where a peer exists, so that a slow disk or a busy machine does not mislead.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.table import tell
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Equals, Op, Patch, Put
from cmdb.stores.sqlite import SqliteStore, open_store

CLASSES = ("virtual_machine", "host", "switch", "database_instance", "application", "storage")


def estate(cis: int, relations: int, *, seed: int = 7) -> Iterator[Op]:
    """Yield an estate without any gift of order: ids are scattered, targets are skewed to a few hubs."""
    chance = random.Random(seed)
    numbers = list(range(cis))
    chance.shuffle(numbers)
    for number in numbers:
        name = f"node{number:07d}"
        attributes = {"fqdn": f"{name}.dc{number % 9}.example.net", "os": "Linux 6.1", "tier": number % 4}
        yield Put(
            CIS,
            {
                "id": f"ci:{name}",
                "class": CLASSES[number % 6],
                "name": name,
                "attributes": attributes,
                "status": "active",
            },
            claims=(f"fqdn:{attributes['fqdn']}",) if number % 10 == 0 else (),
        )
    for number in numbers:
        source = f"ci:node{number:07d}"
        for place in range(relations):
            target = f"ci:node{int(chance.random() ** 2 * (cis // relations)) * relations + place:07d}"
            group = "pool" if number % 5 == 0 else None
            yield Put(
                RELATIONS, {"source": source, "type": "depends_on", "target": target, "group": group, "confidence": 1}
            )
        if number % 5 == 0:
            yield Put(GROUPS, {"item": source, "name": "pool", "needs": 1, "strength": "hard"})


@contextmanager
def timed(what: str) -> Iterator[Callable[[str], None]]:
    """Print how long something took, with a note about it."""
    notes: list[str] = []
    start = time.perf_counter()
    yield notes.append
    print(f"{what:<44} {time.perf_counter() - start:9.2f} s  {' '.join(notes)}", flush=True)


def bulk(store: SqliteStore, cis: int, relations: int) -> None:
    """Time the reading of the ops alone, then the load."""
    with timed("making the ops alone") as note:
        note(f"{sum(1 for _ in estate(cis, relations)):,} ops")
    with timed(f"bulk load {cis:,} CIs, {cis * relations:,} relations") as note:
        heard: list[float] = []
        began = time.perf_counter()
        store.apply(
            estate(cis, relations),
            txn_id="bulk",
            actor="bench",
            reason="bulk",
            progress=lambda _: heard.append(time.perf_counter()),
        )
        size = store.path.stat().st_size
        seconds = time.perf_counter() - began
        told = f"{cis:,} CIs, {cis * relations:,} relations"
        goal, kept = ("180 s", seconds <= 180) if cis == 1_000_000 else ("", None)
        tell("bulk load into the embedded store", told, f"{seconds:.0f} s", goal=goal, kept=kept)
        note(f"{size / 2**30:.2f} GiB, {size / (cis * (1 + relations)):.0f} B/op, peak {_peak()} MiB")


def snapshot(store: SqliteStore) -> None:
    """Time what the impact engine reads."""
    of_cis = ("id", "class", "name", "unavailability", "mtbf_hours", "status", "attributes.tier")
    of_relations = ("source", "type", "target", "group", "strength", "confidence")
    with timed("snapshot to columns") as note, store.snapshot() as state:
        cis, relations = (
            sum(len(columns[0]) for columns in state.columns(kind, *paths))
            for kind, paths in ((CIS, of_cis), (RELATIONS, of_relations))
        )
        note(f"{cis:,} CIs, {relations:,} relations, peak {_peak()} MiB")


def commits(store: SqliteStore, folder: Path, times: int = 1000) -> None:
    """Set one commit beside one raw append and sync of 4 KiB, turn by turn in the same run."""
    raw, ours = [], []
    file = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    with store.snapshot() as state:
        first = next(state.columns(CIS, "id"))[0][0]
    for turn in range(times):
        start = time.perf_counter()
        os.write(file, b"x" * 4096)
        os.fdatasync(file)
        middle = time.perf_counter()
        store.apply([Patch(CIS, first, {"name": f"turn {turn}"})], txn_id=f"turn-{turn}", actor="bench", reason="one")
        ours.append(time.perf_counter() - middle)
        raw.append(middle - start)
    os.close(file)
    ratio = statistics.median(ours) / statistics.median(raw)
    told = f"p50 {statistics.median(ours) * 1e3:.2f} ms, p99 {sorted(ours)[int(times * 0.99)] * 1e3:.2f}"
    peer = f"raw append and sync {statistics.median(raw) * 1e3:.2f} ms"
    tell("one commit", f"{times:,} of them", told, peer=peer, ratio=f"{1 / ratio:.2f}")
    print(
        f"one commit p50 {statistics.median(ours) * 1e3:.3f} ms, p99 {sorted(ours)[int(times * 0.99)] * 1e3:.3f} ms;"
        f" raw append + fdatasync p50 {statistics.median(raw) * 1e3:.3f} ms: ratio {ratio:.2f}"
    )


def reads(store: SqliteStore) -> None:
    """Time common questions."""
    with store.snapshot() as state:
        keys = list(next(state.columns(CIS, "id"))[0])
    questions: dict[str, Callable[[str], object]] = {
        "get": lambda key: store.get(CIS, key),
        "revision": lambda _: store.revision(),
        "neighbours in": lambda key: store.neighbours(key, "in"),
        "find by class": lambda _: store.find(CIS, [Equals("class", "host")]),
        "search one": lambda key: store.search(CIS, key[3:]),
        "search many": lambda _: store.search(CIS, "linux"),
    }
    for name, ask in questions.items():
        taken = []
        for key in keys[:50]:
            start = time.perf_counter()
            ask(key)
            taken.append(time.perf_counter() - start)
        print(f"{name:<44} {statistics.median(taken) * 1e6:9.1f} us p50")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cis", type=int, default=100_000)
    parser.add_argument("--relations", type=int, default=3, help="for each CI")
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        store = open_store(folder / "store.db")
        try:
            bulk(store, given.cis, given.relations)
            snapshot(store)
            commits(store, folder)
            reads(store)
            with timed("check") as note:
                note(f"{len(store.check())} findings")
        finally:
            store.close()


if __name__ == "__main__":
    main()

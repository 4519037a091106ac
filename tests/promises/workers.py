"""
The jobs of the promises' tests: writers, schedulers and leaders that are killed, stopped and woken, on any store.

Run as ``python -m tests.promises.workers JOB ADDRESS ARGUMENT...``; the answer is one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from cmdb.errors import Family, ForeshockError
from cmdb.model.ci import CIS
from cmdb.ports.errors import Fenced, VersionConflict
from cmdb.ports.store import Applied, Fence, Op, Put
from tests.contracts.things import NOTES
from tests.promises.places import SQLITE, is_embedded, open_at
from tests.promises.processes import Tell, Worker

WRITERS = 4
BATCH = 3
Result = TypeVar("Result")


def insist(store: Any, ops: list[Op], txn_id: str) -> Applied:
    """Write as a caller does who was told that trying again is safe: the same batch under the same transaction id."""
    return again_and_again(lambda: store.apply(ops, txn_id=txn_id, actor="a", reason="r"))


def again_and_again(work: Callable[[], Result], *, seconds: float = 60.0) -> Result:
    """Do as a caller does who is told that trying again is safe."""
    end = time.monotonic() + seconds
    while True:
        try:
            return work()
        except ForeshockError as error:
            if error.family is not Family.RETRY or time.monotonic() > end:
                raise
            time.sleep(0.1)


# kill -9 -------------------------------------------------------------------------------------------------------------
def batch(writer: int, number: int) -> list[Op]:
    """Documents that are only right together."""
    ops = [
        Put(NOTES, {"id": f"w{writer}-{n}", "number": number, "title": f"value {number} of {n}"}) for n in range(BATCH)
    ]
    return [*ops, Put(CIS, {"id": f"w{writer}-{number}", "class": "server", "name": str(number)})]


def write_on(address: str, writer: int, number: int, tell: Tell) -> None:
    """Write batches with growing numbers, and tell each one, and when, only when it is acknowledged."""
    # A machine that is out of breath keeps a server from answering longer than an opening waits.
    store = again_and_again(lambda: open_at(address))
    while True:
        insist(store, batch(writer, number), f"w{writer}-{number}")
        tell(f"{number} {time.monotonic()}")
        number += 1


def write(address: str, writer: int) -> None:
    """Write on from 1, telling on standard output, until somebody ends this process."""
    write_on(address, writer, 1, lambda line: print(line, flush=True))


def kill(address: str, trials: int, seed: int) -> dict[str, Any]:
    """Kill four writers at a random moment, again and again; count what was acknowledged and is not there, or torn."""
    chance = random.Random(seed)
    longest = 0.12 if is_embedded(address) else 0.6
    acknowledged, faults, died = [0] * WRITERS, Faults(), 0
    with closing(open_at(address)):
        pass
    for trial in range(trials):
        # Each goes on with the batch whose answer it did not get, under the same transaction id.
        starts = [number + 1 for number in acknowledged]
        workers = [
            Worker(lambda tell, w=writer, s=start: write_on(address, w, s, tell)) for writer, start in enumerate(starts)
        ]
        if not is_embedded(address) and trial % 2 == 0:
            # Every second time all four are in the midst of writing; else they may still be on their way to the server.
            for worker in workers:
                worker.heard()
        time.sleep(chance.uniform(0.01, longest))
        for worker in chance.sample(workers, WRITERS):
            worker.send(signal.SIGKILL)
        for writer, worker in enumerate(workers):
            acknowledged[writer] = max([acknowledged[writer], *(int(line.split()[0]) for line in worker.end())])
            died += worker.status != -signal.SIGKILL
        with closing(open_at(address)) as store:
            faults.find(store, acknowledged, check=trial % 10 == 9 or trial == trials - 1)
    return {"acknowledged": sum(acknowledged), "faults": {**faults.found, "died of itself": died}}


class Faults:
    """What is wrong with a store that writers told to hold their batches up to certain numbers."""

    def __init__(self) -> None:
        self.found = {"lost": 0, "torn": 0, "doubled": 0, "unsound": 0}

    def find(self, store: Any, acknowledged: list[int], *, check: bool) -> None:
        """Add what is wrong now; a batch more than was acknowledged is right, a part of one is not."""
        revision, notes, cis = settled(store, acknowledged)
        total = 0
        for writer, number in enumerate(acknowledged):
            found = notes[writer]
            numbers = {row.document["number"] if row else 0 for row in found}
            last = min(numbers)
            total += last
            self.found["torn"] += len(numbers) != 1
            self.found["lost"] += last < number or (number > 0 and cis[writer] is None)
            self.found["doubled"] += any(row.version != row.document["number"] for row in found if row)
        self.found["doubled"] += revision != total
        self.found["unsound"] += bool(store.check()) if check else 0


def settled(store: Any, acknowledged: list[int]) -> tuple[int, list[list[Any]], list[Any]]:
    """Read all at one revision; what a killed client had sent may still be arriving at a server."""
    while True:
        revision = store.revision()
        notes = [[store.get(NOTES, f"w{writer}-{n}") for n in range(BATCH)] for writer in range(WRITERS)]
        cis = [store.get(CIS, f"w{writer}-{number}") for writer, number in enumerate(acknowledged)]
        if store.revision() == revision:
            return revision, notes, cis


# letting go of history -----------------------------------------------------------------------------------------------
def compactions(address: str, trials: int, seed: int) -> dict[str, int]:
    """Kill whoever lets go of history at a random moment, again and again; what stays must read as before."""
    chance, found = random.Random(seed), {"changed": 0, "unsound": 0, "died": 0}
    kept: list[int] = []
    longest = 0.0
    for trial in range(trials + 1):
        with closing(open_at(address)) as store:
            for n in range(15):
                ops = [Put(NOTES, {"id": f"n{one}", "rank": trial, "title": f"{n} {one}"}) for one in range(40)]
                insist(store, ops, f"{trial}-{n}")
            newest = store.revision()
            floor = newest - 2
            kept = sorted({*kept[-3:], newest - 7})
            before = {at: state(store, at) for at in (*kept, floor, newest)}
            if trial == 0:
                # The first is let through, for how long it takes says when to kill the others.
                began = time.monotonic()
                store.compact(floor, keep=kept, txn_id="whole", actor="a")
                longest = time.monotonic() - began
                continue

        def cut(tell: Tell, floor: int = floor, kept: list[int] = kept, name: str = f"cut-{trial}") -> None:
            with closing(open_at(address)) as store:
                tell("begun")
                store.compact(floor, keep=kept, txn_id=name, actor="a")

        worker = Worker(cut)
        worker.heard()
        time.sleep(chance.uniform(0.0, longest))
        worker.send(signal.SIGKILL)
        worker.end()
        found["died"] += worker.status == -signal.SIGKILL
        with closing(open_at(address)) as store:
            for again in (False, True):
                if again:
                    store.compact(floor, keep=kept, txn_id=f"again-{trial}", actor="a")
                    assert store.floor() == floor
                found["changed"] += any(state(store, at) != documents for at, documents in before.items())
                found["unsound"] += bool(store.check())
    return found


def state(store: Any, at: int) -> list[Any]:
    """Return all that lived as of a revision."""
    with store.snapshot(at=at) as snapshot:
        return [(row.key, row.version, row.document) for row in snapshot.documents(NOTES)]


# lost updates --------------------------------------------------------------------------------------------------------
def increments(address: str, processes: int, times: int) -> dict[str, Any]:
    """Let processes increment one number; each reads, adds one, and writes if nobody else has."""
    with closing(open_at(address)) as store:
        store.apply([Put(NOTES, {"id": "sum", "rank": 0})], txn_id="zero", actor="a", reason="r")

    def work(name: int, tell: Tell) -> None:
        conflicts = 0
        with closing(open_at(address)) as store:
            for n in range(times):
                while True:
                    row = store.get(NOTES, "sum")
                    op = Put(NOTES, {"id": "sum", "rank": row.document["rank"] + 1}, expected=row.version)
                    try:
                        insist(store, [op], f"{name}-{n}-{row.version}")
                    except VersionConflict:
                        conflicts += 1
                    else:
                        break
        tell(str(conflicts))

    began = time.monotonic()
    workers = [Worker(lambda tell, name=name: work(name, tell)) for name in range(processes)]
    conflicts = sum(int(line) for worker in workers for line in worker.end())
    seconds = time.monotonic() - began
    assert not any(worker.status for worker in workers)
    with closing(open_at(address)) as store:
        row = store.get(NOTES, "sum")
        return {
            "value": row.document["rank"],
            "version": row.version,
            "revision": store.revision(),
            "conflicts": conflicts,
            "seconds": round(seconds, 1),
        }


# jobs ----------------------------------------------------------------------------------------------------------------
def schedulers(address: str, slots: int, seed: int) -> dict[str, int]:
    """Let four schedulers race for the same slots while they are stopped, woken, killed and started again."""
    chance = random.Random(seed)
    moment = 0.02 if is_embedded(address) else 0.2
    with closing(open_at(address)):
        pass

    def work(order: list[int], tell: Tell) -> None:
        with closing(open_at(address)) as store:
            for slot in order:
                if store.coordination.claim_run("job", str(slot)):
                    tell(str(slot))

    def start() -> Worker:
        # Nearly the same order, so that they meet at every slot.
        order = sorted(range(slots), key=lambda slot: slot + chance.uniform(0, 3))
        return Worker(lambda tell: work(order, tell))

    workers, ended, stopped, killed, frozen = [start() for _ in range(4)], [], None, 0, 0
    while stopped is not None or not all(worker.ended() for worker in workers):
        time.sleep(moment)
        if stopped is not None:
            stopped.send(signal.SIGCONT)
            stopped = None
        elif chance.random() < 0.3:
            stopped = chance.choice(workers)
            stopped.send(signal.SIGSTOP)
            frozen += 1
        elif chance.random() < 0.1 and killed < 10:
            victim = workers.pop(chance.randrange(4))
            victim.send(signal.SIGKILL)
            killed += 1
            ended.append(victim)
            workers.append(start())
    told = [int(line) for worker in [*ended, *workers] for line in worker.end()]
    assert not any(worker.status for worker in workers)
    with closing(open_at(address)) as store:
        left = sum(store.coordination.claim_run("job", str(slot)) for slot in range(slots))
    twice = len(told) - len(set(told))
    return {"started": len(told), "twice": twice, "killed": killed, "frozen": frozen, "left": left}


def leaders(address: str, turns: int) -> dict[str, int]:
    """Stop a leader until its lease is another's, then wake it: its write must be fenced."""
    stale = 0
    with closing(open_at(address)):
        pass
    for turn in range(turns):
        old = Worker(lambda tell, turn=turn: lead(address, f"old-{turn}", tell))
        os.waitpid(old.process, os.WUNTRACED)
        with closing(open_at(address)) as store:
            while (lease := store.coordination.lease("leader", holder=f"new-{turn}", seconds=60)) is None:
                time.sleep(0.01)
            say(store, f"new-{turn}", Fence("leader", lease.token))
            old.send(signal.SIGCONT)
            stale += old.end() != ["leading", "fenced"]
            stale += store.get(NOTES, "said").document["by"] != f"new-{turn}"
            store.coordination.release(lease)
    return {"turns": turns, "stale": stale}


def lead(address: str, name: str, tell: Tell) -> None:
    """Take the lease for a moment, stop, and write after having been woken."""
    with closing(open_at(address)) as store:
        lease = store.coordination.lease("leader", holder=name, seconds=0.05)
        tell("leading")
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            say(store, name, Fence("leader", lease.token))
        except Fenced:
            tell("fenced")


def say(store: Any, name: str, fence: Fence) -> None:
    """Write as the leader."""
    store.apply([Put(NOTES, {"id": "said", "by": name})], txn_id=name, actor="a", reason="r", fence=fence)


# one sync a commit, and what a power cut leaves ----------------------------------------------------------------------
def commits(address: str, number: int, synchronous: str, log_bytes: int) -> dict[str, int]:
    """Commit one by one; a mark in the file ``acknowledged`` follows each answer, and one stands before the first."""
    from cmdb.stores.sqlite import connection

    connection.LOG_BYTES = log_bytes
    chance = random.Random(number)
    with closing(open_at(address)) as store:
        store.apply([Put(NOTES, {"id": "n", "rank": 0})], txn_id="zero", actor="a", reason="r")
        store._database.connection.execute(f"PRAGMA synchronous = {synchronous}")
        folder = Path(address.removeprefix(SQLITE)).parent
        marks = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(marks, b"0\n")
        for n in range(1, number + 1):
            text = "x" * chance.choice([1, 10, 3000, 20_000])
            ops = [Put(NOTES, {"id": "n", "rank": n}), Put(NOTES, {"id": f"n{n % 7}", "title": text + str(n)})]
            store.apply(ops, txn_id=f"t{n}", actor="a", reason="r")
            os.write(marks, f"{n}\n".encode())
        os.close(marks)
        return {"revision": store.revision()}


JOBS = {job.__name__: job for job in (write, kill, compactions, increments, schedulers, leaders, commits)}


def main() -> None:
    """Do the job that is named, and print its answer."""
    job, address, *rest = sys.argv[1:]
    arguments = [int(text) if text.isdigit() else text for text in rest]
    print(json.dumps(JOBS[job](address, *arguments)))


if __name__ == "__main__":
    main()

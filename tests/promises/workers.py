"""
The processes of the promises' tests: writers, schedulers and leaders that are killed, stopped and woken.

Run as ``python -m tests.promises.workers JOB ARGUMENT...``; the answer is one line of JSON. A driver forks its workers
itself, so that a hundred kills do not cost a hundred starts of the interpreter.
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

from cmdb.model.ci import CIS
from cmdb.ports.errors import Fenced, VersionConflict
from cmdb.ports.store import Fence, Put
from cmdb.stores.sqlite import open_store
from tests.contracts.things import NOTES

WRITERS = 4
BATCH = 3


class Worker:
    """A forked process and the pipe it tells its deeds by."""

    def __init__(self, work: Callable[[Callable[[str], None]], None]) -> None:
        self.reader, writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            status = 1
            try:
                os.close(self.reader)
                work(lambda line: os.write(writer, f"{line}\n".encode()) and None)
                status = 0
            finally:
                os._exit(status)
        os.close(writer)

    def send(self, number: int) -> None:
        os.kill(self.process, number)

    def end(self) -> list[str]:
        """Wait for the process and return all it told; ``status`` is its exit status, below 0 the signal it died of."""
        with os.fdopen(self.reader, "rb") as pipe:
            told = pipe.read().decode().splitlines()
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return told


# kill -9 -------------------------------------------------------------------------------------------------------------
def batch(writer: int, number: int) -> list[Put]:
    """Documents that are only right together."""
    ops = [
        Put(NOTES, {"id": f"w{writer}-{n}", "number": number, "title": f"value {number} of {n}"}) for n in range(BATCH)
    ]
    return [*ops, Put(CIS, {"id": f"w{writer}-{number}", "class": "server", "name": str(number)})]


def write_on(path: Path, writer: int, number: int, tell: Callable[[str], None]) -> None:
    """Write batches with growing numbers, and tell each one only when it is acknowledged."""
    store = open_store(path)
    while True:
        store.apply(batch(writer, number), txn_id=f"w{writer}-{number}", actor="a", reason="r")
        tell(str(number))
        number += 1


def kill(path: Path, trials: int, seed: int) -> dict:
    """Kill four writers at a random moment, again and again; count what was acknowledged and is not there, or torn."""
    chance = random.Random(seed)
    acknowledged, lost, torn, doubled, unsound, died = [0] * WRITERS, 0, 0, 0, 0, 0
    with closing(open_store(path)):
        pass
    for trial in range(trials):
        # Each goes on with the batch whose answer it did not get, under the same transaction id.
        starts = [number + 1 for number in acknowledged]
        workers = [
            Worker(lambda tell, w=writer, s=start: write_on(path, w, s, tell)) for writer, start in enumerate(starts)
        ]
        time.sleep(chance.uniform(0.01, 0.12))
        for worker in chance.sample(workers, WRITERS):
            worker.send(signal.SIGKILL)
        for writer, worker in enumerate(workers):
            acknowledged[writer] = max([acknowledged[writer], *map(int, worker.end())])
            died += worker.status != -signal.SIGKILL
        with closing(open_store(path)) as store:
            total = 0
            for writer, number in enumerate(acknowledged):
                found = [store.get(NOTES, f"w{writer}-{n}") for n in range(BATCH)]
                numbers = {row.document["number"] if row else 0 for row in found}
                torn += len(numbers) != 1
                last = min(numbers)
                total += last
                lost += last < number or (number > 0 and store.get(CIS, f"w{writer}-{number}") is None)
                doubled += any(row.version != row.document["number"] for row in found if row)
            doubled += store.revision() != total
            unsound += bool(store.check()) if trial % 10 == 9 or trial == trials - 1 else 0
    faults = {"lost": lost, "torn": torn, "doubled": doubled, "unsound": unsound, "died of itself": died}
    return {"acknowledged": sum(acknowledged), "faults": faults}


# lost updates --------------------------------------------------------------------------------------------------------
def increments(path: Path, processes: int, times: int) -> dict:
    """Let processes increment one number; each reads, adds one, and writes if nobody else has."""
    with closing(open_store(path)) as store:
        store.apply([Put(NOTES, {"id": "sum", "rank": 0})], txn_id="zero", actor="a", reason="r")

    def work(name: int, tell: Callable[[str], None]) -> None:
        conflicts = 0
        with closing(open_store(path)) as store:
            for n in range(times):
                while True:
                    row = store.get(NOTES, "sum")
                    op = Put(NOTES, {"id": "sum", "rank": row.document["rank"] + 1}, expected=row.version)
                    try:
                        store.apply([op], txn_id=f"{name}-{n}-{row.version}", actor="a", reason="r")
                    except VersionConflict:
                        conflicts += 1
                    else:
                        break
        tell(str(conflicts))

    workers = [Worker(lambda tell, name=name: work(name, tell)) for name in range(processes)]
    conflicts = sum(int(line) for worker in workers for line in worker.end())
    assert not any(worker.status for worker in workers)
    with closing(open_store(path)) as store:
        row = store.get(NOTES, "sum")
        return {
            "value": row.document["rank"],
            "version": row.version,
            "revision": store.revision(),
            "conflicts": conflicts,
        }


# jobs ----------------------------------------------------------------------------------------------------------------
def schedulers(path: Path, slots: int, seed: int) -> dict:
    """Let four schedulers race for the same slots while they are stopped, woken, killed and started again."""
    chance = random.Random(seed)
    with closing(open_store(path)):
        pass

    def work(order: list[int], tell: Callable[[str], None]) -> None:
        with closing(open_store(path)) as store:
            for slot in order:
                if store.coordination.claim_run("job", str(slot)):
                    tell(str(slot))

    def start() -> Worker:
        # Nearly the same order, so that they meet at every slot.
        order = sorted(range(slots), key=lambda slot: slot + chance.uniform(0, 3))
        return Worker(lambda tell: work(order, tell))

    workers, ended, stopped, killed = [start() for _ in range(4)], [], None, 0
    while any(worker.process for worker in workers):
        time.sleep(0.02)
        if stopped is not None:
            stopped.send(signal.SIGCONT)
            stopped = None
        elif chance.random() < 0.3:
            stopped = chance.choice(workers)
            stopped.send(signal.SIGSTOP)
        elif chance.random() < 0.1 and killed < 10:
            victim = workers.pop(chance.randrange(4))
            victim.send(signal.SIGKILL)
            killed += 1
            ended.append(victim)
            workers.append(start())
        if stopped is None and all(
            os.waitid(os.P_PID, w.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) for w in workers
        ):
            break
    told = [int(line) for worker in [*ended, *workers] for line in worker.end()]
    assert not any(worker.status for worker in workers)
    with closing(open_store(path)) as store:
        left = sum(store.coordination.claim_run("job", str(slot)) for slot in range(slots))
    return {"started": len(told), "twice": len(told) - len(set(told)), "killed": killed, "left": left}


def leaders(path: Path, turns: int) -> dict:
    """Stop a leader until its lease is another's, then wake it: its write must be fenced."""
    with closing(open_store(path)):
        pass
    stale = 0
    for turn in range(turns):

        def lead(tell: Callable[[str], None], turn: int = turn) -> None:
            with closing(open_store(path)) as store:
                lease = store.coordination.lease("leader", holder=f"old-{turn}", seconds=0.05)
                tell("leading")
                os.kill(os.getpid(), signal.SIGSTOP)
                op = Put(NOTES, {"id": "said", "by": f"old-{turn}"})
                try:
                    fence = Fence("leader", lease.token)
                    store.apply([op], txn_id=f"old-{turn}", actor="a", reason="r", fence=fence)
                except Fenced:
                    tell("fenced")

        old = Worker(lead)
        os.waitpid(old.process, os.WUNTRACED)
        with closing(open_store(path)) as store:
            while (lease := store.coordination.lease("leader", holder=f"new-{turn}", seconds=60)) is None:
                time.sleep(0.01)
            fence = Fence("leader", lease.token)
            op = Put(NOTES, {"id": "said", "by": f"new-{turn}"})
            store.apply([op], txn_id=f"new-{turn}", actor="a", reason="r", fence=fence)
            old.send(signal.SIGCONT)
            stale += "fenced" not in old.end()
            stale += store.get(NOTES, "said").document["by"] != f"new-{turn}"
            store.coordination.release(lease)
    return {"turns": turns, "stale": stale}


# one sync a commit, and what a power cut leaves ----------------------------------------------------------------------
def commits(path: Path, number: int, synchronous: str, log_bytes: int) -> dict:
    """Commit one by one; a mark in the file ``acknowledged`` follows each answer, and one stands before the first."""
    from cmdb.stores.sqlite import connection

    connection.LOG_BYTES = log_bytes
    chance = random.Random(number)
    with closing(open_store(path)) as store:
        store.apply([Put(NOTES, {"id": "n", "rank": 0})], txn_id="zero", actor="a", reason="r")
        store._database.connection.execute(f"PRAGMA synchronous = {synchronous}")
        marks = os.open(path.with_name("acknowledged"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(marks, b"0\n")
        for n in range(1, number + 1):
            text = "x" * chance.choice([1, 10, 3000, 20_000])
            ops = [Put(NOTES, {"id": "n", "rank": n}), Put(NOTES, {"id": f"n{n % 7}", "title": text + str(n)})]
            store.apply(ops, txn_id=f"t{n}", actor="a", reason="r")
            os.write(marks, f"{n}\n".encode())
        os.close(marks)
        return {"revision": store.revision()}


def main() -> None:
    """Do the job that is named, and print its answer."""
    job, path, *rest = sys.argv[1:]
    arguments = [int(text) if text.isdigit() else text for text in rest]
    jobs = {
        "kill": kill,
        "increments": increments,
        "schedulers": schedulers,
        "leaders": leaders,
        "commits": commits,
    }
    print(json.dumps(jobs[job](Path(path), *arguments)))


if __name__ == "__main__":
    main()

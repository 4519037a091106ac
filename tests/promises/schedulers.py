"""Workers as ``foreshock worker`` has them, on a clock that the test moves, so that a night takes a minute."""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cmdb.jobs import Job
from cmdb.running import Pace
from cmdb.work import Work
from discovery import registry
from tests.discovery.paper import CONNECTOR
from tests.promises.places import is_embedded, open_at
from tests.promises.processes import Tell
from tests.promises.run_workers import pace_of
from web.settings import Settings
from web.told import Told
from web.worker.table import table
from web.worker.working import Worker

AT_ONCE = 2


class SharedClock:
    """A clock that every process reads and the test sets: seconds since 1970, in a file."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    def now(self) -> datetime:
        return datetime.fromtimestamp(struct.unpack("d", self._memory[:8])[0], UTC)

    def set(self, now: datetime) -> None:
        self._memory[:8] = struct.pack("d", now.timestamp())


class Watched(Mapping[str, Job]):
    """The jobs of sources, each begun under the eyes of ``tell``; a worker's death is nothing they did."""

    def __init__(self, inner: Mapping[str, Job], tell: Tell) -> None:
        self._inner = inner
        self._tell = tell

    def __getitem__(self, name: str) -> Job:
        job = self._inner[name]

        def call(work: Work) -> Any:
            self._tell(f"{work.run.id} {work.run.attempt}")
            return job.call(work)

        return job._replace(call=call, attempts=1000)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._inner if name.startswith("discover:"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def with_paper() -> None:
    known = {**registry.connectors(), "paper": replace(CONNECTOR, at_once=1)}
    registry.connectors = lambda: MappingProxyType(known)


def pace(address: str) -> Pace:
    """Return how patient a worker is: four of them and their runs share the machine, and want for breath."""
    return pace_of(address)._replace(hold=max(1.5, pace_of(address).hold), tick=0.1, grace=5.0)


def schedule(address: str, clock: Path, tell: Tell) -> None:
    """Be a worker, clock and all, until SIGTERM; tell each attempt that is begun."""
    with_paper()
    stop = Told()
    signal.signal(signal.SIGTERM, stop.set)
    with closing(open_at(address)) as store:
        jobs = Watched(table(Settings(), store), tell)
        beat = 0.1 if is_embedded(address) else 0.7
        Worker(
            store,
            SharedClock(clock),
            jobs,
            holder=f"w{os.getpid()}",
            at_once=AT_ONCE,
            pace=pace(address),
            poll=0.1,
            beat=beat,
        ).run(stop, patience=60)

"""An acknowledged write survives kill -9 of the Neo4j server, and who writes goes on by itself when it is back."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.promises.conftest import ROOT
from tests.promises.places import open_at
from tests.promises.workers import WRITERS, Faults

RESUMED = 3.0


@contextmanager
def writer(address: str, number: int, told: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let a process write until the end of the block, and tell its acknowledged batches in a file."""
    command = [sys.executable, "-m", "tests.promises.workers", "write", address, str(number)]
    with told.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stdout=output) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged(told: Path) -> list[tuple[int, float]]:
    """Return the batches that were acknowledged, and when; a line still being written is left out."""
    lines = [line.split() for line in told.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [(int(number), float(moment)) for number, moment in lines]


def first_after(told: Path, moment: float, process: subprocess.Popen[bytes]) -> float:
    """Wait for the first acknowledgement after a moment, and return its time."""
    while True:
        later = [when for _, when in acknowledged(told) if when > moment]
        if later:
            return later[0]
        assert process.poll() is None, "the writer gave up"
        time.sleep(0.02)


def restarts(mortal, tmp_path, promise, times) -> float:
    """Kill and start the server under four writers; return how long the slowest took to go on, in seconds."""
    survived = promise(
        "an acknowledged write survives kill -9 of the server",
        f"0 lost, 0 doubled in {times} restarts under 4 writers",
        "Neo4j",
    )
    resumed = promise("clients resume by themselves after a restart of the server", "within 3 s of its start", "Neo4j")
    chance, waits, starts = random.Random(1), [], []
    files = [tmp_path / f"writer-{number}" for number in range(WRITERS)]
    with closing(open_at(mortal.full_address)):
        pass
    with ExitStack() as stack:
        writers = [stack.enter_context(writer(mortal.full_address, number, told)) for number, told in enumerate(files)]
        for told, process in zip(files, writers, strict=True):
            first_after(told, 0.0, process)
        for _ in range(times):
            time.sleep(chance.uniform(0.1, 1.0))
            mortal.kill()
            began = time.monotonic()
            ready = mortal.start().ready() and time.monotonic()
            starts.append(ready - began)
            # A writer may be acknowledged between the server's being ready and our seeing it.
            waits += [first_after(told, began, process) - ready for told, process in zip(files, writers, strict=True)]
    last = [acknowledged(told)[-1][0] for told in files]
    faults = Faults()
    with closing(open_at(mortal.full_address)) as store:
        faults.find(store, last, check=True)
    told = ", ".join(f"{number} {fault}" for fault, number in faults.found.items())
    survived.seen(f"{told} of {sum(last):,} acknowledged")
    waits.sort()
    resumed.seen(
        f"slowest {waits[-1]:.1f} s, median {waits[len(waits) // 2]:.1f} s"
        f" (the server's own start: median {sorted(starts)[times // 2]:.1f} s)"
    )
    assert set(faults.found.values()) == {0}
    return waits[-1]


def test_two_restarts_under_four_writers_lose_nothing(mortal, tmp_path, promise):
    """The short form; how long they took is not judged on a machine that does other things too."""
    restarts(mortal, tmp_path, promise, 2)


@pytest.mark.promises
@pytest.mark.timed
def test_twenty_restarts_under_four_writers_lose_nothing(mortal, tmp_path, promise):
    """As promised."""
    assert restarts(mortal, tmp_path, promise, 20) <= RESUMED

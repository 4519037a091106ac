"""Eight who ask while one writes get the answers of a frozen snapshot, and the memory stays what it is."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.promises.asking import (
    A_SECOND,
    READERS,
    Ask,
    Asked,
    Asks,
    Question,
    Telling,
    Writer,
    different,
    memory_mb,
    questions,
    watched,
    writing,
)
from tests.promises.asking import __name__ as asking
from tests.promises.places import SQLITE, open_at

ROOT = Path(__file__).resolve().parents[2]
LONG, MINUTE, GROWTH = 600, 60, 1.05
SIZE = 300
Way = Callable[[Path, int, float, float], tuple[Asked, list[float]]]


def live(path: Path, size: int, seconds: float, every: float) -> tuple[Asked, list[float]]:
    """Ask the live graph in the process that writes, with few pages kept; return what was told, and its memory."""
    command = [sys.executable, "-m", asking, *map(str, (path, size, seconds, every))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    asked = Asked(every)
    asked.tenths = Counter({int(tenths): number for tenths, number in told["tenths"].items()})
    asked.kept = [Telling(revision, Question(*question), digest) for revision, question, digest in told["kept"]]
    asked.faults = told["faults"]
    return asked, told["memory"]


def served(path: Path, size: int, seconds: float, every: float) -> tuple[Asked, list[float]]:
    """Ask a server over HTTP while another process writes; the memory is the server's."""
    asked = Asked(every)
    with closing(open_at(f"{SQLITE}{path}")) as store:
        writer = Writer(store, size)
        writer.begin()
        with serving(path) as (server, asks), writing(writer), asked.by(READERS, asks, questions(size)):
            return asked, watched(seconds, server)


@contextmanager
def serving(path: Path) -> Iterator[tuple[int, Asks]]:
    """Run ``foreshock serve``; yields its process and what makes a connection to ask by."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("FORESHOCK_")}
    command = [sys.executable, "-m", "web.cli", "serve", "--port", "0", "-o", "json"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**settings, "FORESHOCK_STORE": f"{SQLITE}{path}"}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = urlsplit(json.loads("".join(process.stdout.readline() for _ in range(3)))["address"])

        @contextmanager
        def connected() -> Iterator[Ask]:
            with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)) as connection:

                def ask(question: Question) -> str:
                    connection.request("GET", question.path)
                    answer = connection.getresponse()
                    text = answer.read().decode()
                    assert answer.status == 200, text
                    return text

                yield ask

        try:
            yield process.pid, connected
        finally:
            process.send_signal(signal.SIGTERM)


WAYS = {"in the process of the live graph": live, "by foreshock serve": served}
ways = pytest.mark.parametrize("way", WAYS)


def unconfirmed(path: Path, asked: Asked, way: str) -> list[Telling]:
    """Return the tellings that differ from a frozen snapshot; there are some to compare, of many revisions."""
    assert asked.faults == []
    assert len({telling.revision for telling in asked.kept}) > 3
    return different(f"{SQLITE}{path}", asked.kept, served=WAYS[way] is served)


@ways
def test_those_who_ask_while_one_writes_are_told_what_a_frozen_snapshot_says(way, path):
    """A few seconds of it; the promise is ten minutes."""
    asked, _ = WAYS[way](path, 150, 3, 0.2)
    assert unconfirmed(path, asked, way) == []


@pytest.mark.promises
@pytest.mark.timed
@ways
def test_ten_minutes_of_asking_while_one_writes_leave_no_trace(way, path, promise):
    """Answers equal those of the revision they name; no more memory after ten minutes than after one."""
    if not memory_mb():
        pytest.skip("this system does not tell how much memory a process has")
    kept = promise(
        f"{READERS} threads ask, one writes {A_SECOND} times a second, {way}",
        f"a frozen snapshot's answers; memory after {LONG // MINUTE} minutes at most {GROWTH - 1:.0%} above after one",
    )
    asked, memory = WAYS[way](path, SIZE, LONG, 2.0)
    wrong = unconfirmed(path, asked, way)
    kept.seen(
        f"{len(wrong)} of {len(asked.kept):,} compared differ, of {asked.tenths.total():,} answers at "
        f"{max(telling.revision for telling in asked.kept):,} revisions; p50 {asked.p(0.5):.1f} ms, "
        f"p95 {asked.p(0.95):.1f} ms; memory {memory[MINUTE]:.0f} MB after one minute, {memory[LONG]:.0f} after "
        f"{LONG // MINUTE}, {max(memory):.0f} at most"
    )
    assert wrong == []
    assert memory[LONG] <= memory[MINUTE] * GROWTH

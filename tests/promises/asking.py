"""
Many who ask while one writes: what they were told, how long it took, and what the memory did meanwhile.

A *telling* is an answer with the revision it names; some of them are kept, to be compared with what a graph says that
is built from a snapshot of that revision and of which nobody else knows. ``python -m tests.promises.asking STORE
SECONDS EVERY`` asks the live graph in a process of its own, so that the memory is that of nothing else.
"""

from __future__ import annotations

import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from bench.synthetic import Synthetic
from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Delete, Op, Put, Store
from cmdb.stores.sqlite import connection
from impact.kernels import warm
from impact.questions.impact import impact_of
from impact.questions.outage import outage_of
from impact.questions.risk_groups import risk_groups_of
from impact.questions.spof import single_points_of
from impact.reading.defaults import defaults_in
from impact.reading.following import following
from impact.reading.making import built, key_of
from impact.reading.shelf import Kept, shelf_of
from tests.builders import an_actor
from tests.promises.places import SQLITE, open_at
from web.app import create_app
from web.bootstrap import SystemClock

READERS, A_SECOND = 8, 20
CHANCES = (0, 0.001, 0.01, 0.05)
STATUSES = ("active", "active", "retired")
COMING_AND_GOING = {"virtual_machine", "service_instance"}
ASKED_ABOUT = ("power_feed", "pdu", "switch", "rack", "storage_array", "server", "application")
_REVISION = re.compile(r"revision\W+(\d+)")


# the writer ----------------------------------------------------------------------------------------------------------
class Writer:
    """An estate that changes for ever and never grows: what is ended comes back, what is retired is used again."""

    def __init__(self, store: Store, size: int, seed: int = 1) -> None:
        self.store, self.chance = store, random.Random(seed)
        drawn = Synthetic(size)
        self.items, self.relations, self.groups = list(drawn.items()), list(drawn.relations()), list(drawn.groups())
        self.ended: set[int] = set()
        self.turns = count()

    def begin(self) -> None:
        """Write the estate in one batch."""
        rows = [(CIS, self.items), (RELATIONS, self.relations), (GROUPS, self.groups)]
        self._write(Put(kind, document) for kind, documents in rows for document in documents)

    def go_on(self) -> None:
        """Write one to four changes of the estate, in one batch that may change nothing."""
        ops = [self._op() for _ in range(self.chance.randint(1, 4))]
        self._write({(op.kind.name, _key(op)): op for op in ops}.values())

    def _write(self, ops: Iterable[Op]) -> None:
        self.store.apply(ops, txn_id=f"turn-{next(self.turns)}", actor="writer", reason="estate:changed")

    def _op(self) -> Op:
        draw = self.chance.random()
        if draw < 0.3:
            ci = {**self.chance.choice(self.items), "unavailability": self.chance.choice(CHANCES)}
            return Put(CIS, {**ci, "status": self.chance.choice(STATUSES)} if ci["class"] in COMING_AND_GOING else ci)
        if draw < 0.6:
            return Put(GROUPS, {**self.chance.choice(self.groups), "needs": self.chance.randint(1, 2)})
        place = self.chance.randrange(len(self.relations))
        if place in self.ended or "group" in self.relations[place]:
            self.ended.discard(place)
            return Put(RELATIONS, {**self.relations[place], "confidence": self.chance.choice((0.5, 0.9, 1))})
        self.ended.add(place)
        return Delete(RELATIONS, RELATIONS.key(self.relations[place]))


def _key(op: Any) -> str:
    return op.key if isinstance(op, Delete) else op.kind.key(op.document)


@contextmanager
def writing(writer: Writer) -> Iterator[None]:
    """Let a thread write at a steady rate while the ``with`` lasts."""
    done = threading.Event()

    def write() -> None:
        began = time.monotonic()
        for turn in count():
            if done.wait(max(0.0, began + turn / A_SECOND - time.monotonic())):
                return
            writer.go_on()

    with _joined(done, [threading.Thread(target=write)]):
        yield


@contextmanager
def _joined(done: threading.Event, threads: list[threading.Thread]) -> Iterator[None]:
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


# the readers ---------------------------------------------------------------------------------------------------------
class Question(NamedTuple):
    """What is asked, and about which CI or service."""

    kind: str
    id: str

    @property
    def path(self) -> str:
        """Return where the API answers it; more may follow with ``&``."""
        if self.kind == "impact":
            return f"/api/v1/impact?ci={quote(self.id)}"
        return f"/api/v1/services/{quote(self.id)}/{self.kind}?"

    def answer(self, context: Context, at: int | None = None) -> str:
        """Return what the desk answers, as text."""
        asked = {
            "impact": lambda: impact_of(context, [self.id], at=at),
            "single-points": lambda: single_points_of(context, self.id, at=at),
            "outage": lambda: outage_of(context, self.id, at=at),
            "risk-groups": lambda: risk_groups_of(context, self.id, at=at),
        }
        return repr(asked[self.kind]())


class Telling(NamedTuple):
    """The digest of an answer to a question, and the revision that it names; answers themselves would fill memory."""

    revision: int
    question: Question
    digest: str


Ask = Callable[[Question], str]
Asks = Callable[[], AbstractContextManager[Ask]]
"""Makes what one thread asks with."""


def questions(size: int) -> list[Question]:
    """Return what is asked of an estate: mostly the impact of one CI, of those that are there at every revision."""
    drawn, chance = Synthetic(size), random.Random(7)
    kinds = ("single-points", "outage", "risk-groups")
    found = [Question(kind, service) for kind in kinds for service in drawn.ids("service")]
    lasting = [list(drawn.ids(ci_class)) for ci_class in ASKED_ABOUT]
    return [*found, *(Question("impact", chance.choice(chance.choice(lasting))) for _ in range(9 * len(found)))]


class Asked:
    """
    What readers were told: how many answers in how many tenths of a millisecond, and one telling ``every`` so often.

    Both are of a size that does not grow with the number of answers.
    """

    def __init__(self, every: float) -> None:
        self.every = every
        self.tenths: Counter[int] = Counter()
        self.kept: list[Telling] = []
        self.faults: list[str] = []

    def p(self, share: float) -> float:
        """Return the milliseconds that so large a share of the answers did not exceed."""
        left = share * self.tenths.total()
        for tenths in sorted(self.tenths):
            left -= self.tenths[tenths]
            if left <= 0:
                return (tenths + 1) / 10
        return float("nan")

    @contextmanager
    def by(self, readers: int, asks: Asks, of: list[Question]) -> Iterator[None]:
        """Let threads ask without a pause while the ``with`` lasts."""
        done = threading.Event()
        threads = [threading.Thread(target=self._read, args=(asks, of, done, seed)) for seed in range(readers)]
        with _joined(done, threads):
            yield

    def _read(self, asks: Asks, of: list[Question], done: threading.Event, seed: int) -> None:
        try:
            chance, next_kept, tenths = random.Random(seed), 0.0, Counter[int]()
            with asks() as ask:
                while not done.is_set():
                    question = chance.choice(of)
                    began = time.monotonic()
                    answer = ask(question)
                    ended = time.monotonic()
                    tenths[int((ended - began) * 10_000)] += 1
                    if ended >= next_kept:
                        next_kept = ended + self.every
                        self.kept.append(Telling(_revision(answer), question, digest_of(answer)))
            self.tenths.update(tenths)
        except Exception as error:  # Told by the test, which would otherwise miss a thread and nothing else.
            self.faults.append(repr(error))


def digest_of(answer: str) -> str:
    return sha256(answer.encode()).hexdigest()


def _revision(answer: str) -> int:
    found = _REVISION.search(answer)
    assert found is not None, answer
    return int(found[1])


# frozen --------------------------------------------------------------------------------------------------------------
def different(address: str, tellings: list[Telling], *, served: bool) -> list[Telling]:
    """
    Return the tellings that a graph built from a snapshot of their revision, by itself, does not confirm.

    What was ``served`` is compared with the API's own answer there, byte for byte.
    """
    with closing(open_at(address)) as store:
        context = context_on(store)
        client = create_app(lambda _: context_on(store)).test_client()
        found, frozen = [], -1
        for telling in sorted(tellings):
            if telling.revision != frozen:
                frozen = telling.revision
                freeze(store, frozen)
            again = (
                client.get(f"{telling.question.path}&at={frozen}").text
                if served
                else telling.question.answer(context, frozen)
            )
            if digest_of(again) != telling.digest:
                found.append(telling)
        return found


def freeze(store: Store, revision: int) -> None:
    """Let a handle that follows nothing answer from a snapshot of this revision."""
    defaults = defaults_in(store, revision)
    shelf_of(store).put(Kept(key_of(defaults), defaults, revision, revision, built(store, defaults, revision)))


def context_on(store: Store) -> Context:
    return Context(store, store.coordination, SystemClock(), an_actor("reader", "engineer"))


# memory --------------------------------------------------------------------------------------------------------------
def memory_mb(process: int | str = "self") -> float:
    """Return the resident memory of a process, 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def watched(seconds: float, process: int | str = "self") -> list[float]:
    """Return the memory of a process at each of so many seconds, the first of them at once."""
    began, found = time.monotonic(), []
    for second in range(int(seconds) + 1):
        time.sleep(max(0.0, began + second - time.monotonic()))
        found.append(memory_mb(process))
    return found


def few_pages() -> None:
    """
    Let connections remember few pages of the file, so that what grows is ours.

    SQLite keeps up to 32 MB of them for each connection, and fills that as the log grows: 6 MB in four minutes of
    writing, and 1 MB with this.
    """
    settings = (each for each in connection._SETTINGS if "cache_size" not in each)
    connection._SETTINGS = (*settings, "PRAGMA cache_size = -2048")


def main() -> None:
    """Ask the live graph of a store for some seconds while this process writes to it as well, and print what was."""
    few_pages()
    path, size, seconds, every = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    warm()  # As a server does, so that kernels are in the memory from the beginning.
    asked = Asked(every)
    with closing(open_at(f"{SQLITE}{path}")) as store, following(store):
        writer = Writer(store, size)
        writer.begin()

        def asks() -> AbstractContextManager[Ask]:
            return nullcontext(lambda question: question.answer(context_on(store)))

        with writing(writer), asked.by(READERS, asks, questions(size)):
            memory = watched(seconds)
    told = {"memory": memory, "tenths": asked.tenths, "kept": asked.kept, "faults": asked.faults}
    print(json.dumps(told))


if __name__ == "__main__":
    main()

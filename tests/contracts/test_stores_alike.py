"""Every store gives the same answers as the embedded one: the same history, asked every way there is."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest

from cmdb.errors import ForeshockError
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Between, Delete, Equals, Fence, Holds, OneOf, Patch, Put, Unwritten
from tests.contracts.conftest import ADAPTERS, sqlite
from tests.contracts.things import NOTES, ci, group, key_of, note, relation, rows_of

KINDS = (CIS, GROUPS, NOTES, RELATIONS)
NAMES = ["a", "b", "c", "d", "", "Ä", "a\0", "\uffee", "\U0001f600", "x" * 450 + "1", "x" * 450 + "0", "x" * 400]
VALUES = [
    0,
    1,
    -1.5,
    2**53 - 1,
    1e20,
    True,
    False,
    "",
    "1",
    "Straße",
    "x" * 500,
    "x" * 400,
    [1, "a"],
    {"k": None},
    None,
]
CLAIMS = [*[()] * 9, ("k:1",), ("k:2", "k:1"), ("k:" + "y" * 900,)]
ORDERS = {"ci": ("name", "class"), "group": ("item",), "note": ("rank", "state", "made.at"), "relation": ("type",)}


class Asking:
    """Random batches and random questions, always the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.numbers = count()
        self.past: list = []

    def one(self, *choices):
        return self.chance.choice(choices[0] if len(choices) == 1 else choices)

    def op(self):
        one, other = self.one(NAMES), self.one(NAMES)
        expected = self.one([None] * 15 + [0, 1, 2])
        harmless = (
            lambda: ci(one, name=self.one(NAMES)),
            lambda: note(one, rank=self.one(VALUES), state=self.one(VALUES)),
        )
        op = self.one(
            *harmless * 4,
            lambda: ci(one, expected=expected, claims=self.one(CLAIMS), name=self.one(NAMES), rank=self.one(VALUES)),
            lambda: ci(one, attributes={"tier": self.one(VALUES), self.one(NAMES): self.one(VALUES)}),
            lambda: relation(one, other, expected=expected, confidence=self.one(0.25, 1, None)),
            lambda: group(one, "g", self.one(1, 2, "50%")),
            lambda: note(
                one, claims=self.one(CLAIMS), rank=self.one(VALUES), state=self.one(VALUES), title=self.one(NAMES),
                made={"at": self.one(VALUES)}, tags=[self.one(VALUES), self.one(VALUES)],
            ),
            lambda: Patch(NOTES, one, {"rank": self.one(VALUES), "made": {"by": self.one(VALUES)}}, expected),
            lambda: Patch(CIS, one, {"name": self.one(NAMES), "id": self.one(one, one, one, other)}, expected),
            lambda: Delete(self.one(CIS, NOTES), one, expected),
            lambda: Delete(RELATIONS, key_of(one, other)),
        )  # fmt: skip
        return op()

    def batch(self):
        """Arguments of apply: mostly a few ops of different documents, sometimes one that was applied before."""
        if self.past and self.chance.random() < 0.1:
            ops, options = self.one(self.past)
            return (ops, options) if self.chance.random() < 0.5 else ([*ops, note("more")], options)
        ops = [self.op() for _ in range(self.chance.randint(0, 4))]
        if not self.past:
            ops = [ci(name) for name in NAMES] + [note(name) for name in NAMES[:6]]
        options = {
            "txn_id": f"t{next(self.numbers)}",
            "fence": self.one([None] * 20 + [Fence("nobody", 1)]),
            "unwritten": self.one([None] * 15 + [Unwritten(("ci", "note"), self.chance.randint(0, 5))]),
        }
        if self.chance.random() < 0.95:
            ops = list(
                {(op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key): op for op in ops}.values()
            )
        self.past.append((ops, options))
        return ops, options

    def filter(self):
        path = self.one(
            "rank", "state", "made.at", "made.by", "name", "class", "source", "attributes.tier", "title", "tags"
        )
        plain = [value for value in VALUES if isinstance(value, str | int | float)]
        text, number = self.one([v for v in plain if isinstance(v, str)]), self.one(-1.5, 0, 1, 1e20, 10**30)
        return self.one(
            Equals(path, self.one(plain)),
            OneOf(path, (text, number, self.one(NAMES))),
            Between(path, number, None),
            Between(path, None, text),
            Between(path, self.one("", "a", "x" * 450), None),
            Between(path),
            Holds(path, self.one(plain)),
        )

    def question(self, newest: int):
        """A question: a function of a store."""
        kind, at = self.one(KINDS), self.one(None, self.chance.randint(0, newest + 1))
        where, limit = [self.filter() for _ in range(self.chance.randint(0, 2))], self.chance.randint(1, 5)
        order, descending = self.one(None, *ORDERS[kind.name]), self.one(True, False)
        name, words = self.one(NAMES), self.one("x", "xxx", "straße", "1", "", "x" * 420, "ä \0", "server")
        direction, paths = (
            self.one("in", "out", "both"),
            ("id", "name", "rank", "made.at", "source", "attributes", "state"),
        )
        before = self.one(None, 1, 2, 3)
        return self.one(
            lambda store: store.get_many(kind, NAMES, at=at),
            lambda store: pages(store.find, kind, where, order=order, descending=descending, limit=limit, at=at),
            lambda store: pages(store.find, kind, (), order=order, descending=descending, limit=limit, at=at),
            lambda store: store.count(kind, where, at=at),
            lambda store: pages(store.search, kind, words, limit=limit, at=at),
            lambda store: pages(store.neighbours, name, direction, limit=limit, at=at),
            lambda store: store.history(CIS if kind is RELATIONS else kind, name, before=before, limit=limit, at=at),
            lambda store: snapshot(store, kind, paths, at),
        )  # fmt: skip


def pages(ask, *arguments, **options):
    """All pages of an answer, with their continuations."""
    found, after = [], None
    while True:
        page = ask(*arguments, after=after, **options)
        found.append(page)
        after = page.after
        if after is None:
            return found


def snapshot(store, kind, paths, at):
    """A snapshot, both ways of reading it; types count."""
    with store.snapshot(at=at) as state:
        rows = rows_of(state, kind, *paths)
        return state.revision, repr(rows), list(state.documents(kind))


def answer(ask):
    """What came of it: an answer, or the kind of refusal with its facts."""
    try:
        return ask()
    except ForeshockError as refused:
        return type(refused), refused.facts


def compare(one, other, clock, seed: int, *, batches: int, questions: int) -> int:
    """Apply a random history to both and ask both; return the newest revision."""
    asking = Asking(seed)
    for clock.batches in range(batches):
        ops, options = asking.batch()
        done = [answer(partial(store.apply, ops, actor="a", reason="r", **options)) for store in (one, other)]
        assert done[0] == done[1], (seed, ops, options)
        for _ in range(questions):
            question = asking.question(one.revision())
            said = [answer(partial(question, store)) for store in (one, other)]
            assert said[0] == said[1], seed
    feeds = [[(revision, list(revision.entries)) for revision in store.changes(0)] for store in (one, other)]
    assert feeds[0] == feeds[1]
    assert [(revision.hash, revision.at) for revision, _ in feeds[0]] == [(r.hash, r.at) for r, _ in feeds[1]]
    for revision, _ in feeds[0]:
        assert one.revision_at(revision.at) == other.revision_at(revision.at)
    assert one.check() == other.check() == ()
    return one.revision()


class Clock:
    """The time of both stores: a second later with each batch, sometimes set back."""

    def __init__(self) -> None:
        self.batches = 0

    def __call__(self) -> datetime:
        seconds = self.batches - (7 if self.batches % 5 == 0 else 0)
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def histories(other, folder, seeds, **sizes) -> int:
    """Compare one history after another, each on empty stores; return the number of revisions."""
    revisions = 0
    for seed in seeds:
        (place := folder / str(seed)).mkdir()
        clock = Clock()
        stores = [adapter(place)(clock=clock) for adapter in (sqlite, other)]
        try:
            revisions += compare(*stores, clock, seed, **sizes)
        finally:
            for store in stores:
                store.close()
    return revisions


@pytest.mark.parametrize("other", ADAPTERS[1:], ids=lambda adapter: adapter.__name__)
def test_a_history_is_the_same_in_every_store(other, tmp_path):
    """Ten random histories: answers, refusals and their facts, hashes."""
    assert histories(other, tmp_path, range(10), batches=12, questions=2) > 30


@pytest.mark.promises
@pytest.mark.parametrize("other", ADAPTERS[1:], ids=lambda adapter: adapter.__name__)
def test_200_histories_are_the_same_in_every_store(other, tmp_path, promise):
    """As promised."""
    kept = promise("both stores alike", "0 differences in 200 random histories", other.__name__)
    revisions = histories(other, tmp_path, range(1000, 1200), batches=25, questions=4)
    kept.seen(f"0 differences in 200 random histories of {revisions:,} revisions, refusals and hashes included")

"""What a question costs: in proportion to its answer, not to the store, now and as of an old revision."""

from __future__ import annotations

from contextlib import closing

import pytest

from cmdb.model.ci import CIS
from cmdb.ports.store import Between, Delete, Equals, OneOf
from cmdb.stores.sqlite import open_store
from tests.contracts.things import NOTES, ci, note, relation, write

MANY = 5000
KEY = "c02500"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Thousands of CIs, relations and notes, and one CI with a thousand versions."""
    with closing(open_store(tmp_path_factory.mktemp("plans") / "store.db")) as store:
        ops = [ci(f"c{n:05}", name=f"n{n}", status=("active", "retired")[n % 2]) for n in range(MANY)]
        ops += [relation(f"c{n:05}", f"c{(n * 7) % MANY:05}") for n in range(MANY)]
        ops += [note(f"n{n:05}", rank=n, state=str(n % 500)) for n in range(MANY)]
        write(store, *ops)
        for n in range(200):
            write(store, ci(KEY, name=f"v{n}"), note("n02500", rank=n, state="x"))
        for n in range(3):
            write(store, *[note(f"n{m:05}", rank=m, state=str(m % 500), turn=n) for m in range(MANY)])
        yield store


QUESTIONS = {
    "get": lambda store, at: store.get(CIS, KEY, at=at),
    "get many": lambda store, at: store.get_many(CIS, [f"c{n:05}" for n in range(0, MANY, 500)], at=at),
    "by key": lambda store, at: store.find(CIS, limit=5, at=at),
    "by key, last": lambda store, at: store.find(CIS, limit=5, descending=True, at=at),
    "out": lambda store, at: store.neighbours(KEY, "out", limit=5, at=at),
    "in": lambda store, at: store.neighbours(KEY, "in", limit=5, at=at),
    "both": lambda store, at: store.neighbours(KEY, "both", limit=5, at=at),
    "history": lambda store, at: store.history(CIS, KEY, limit=5, at=at),
    "search": lambda store, at: store.search(CIS, "v199", limit=5, at=at),
    "revision": lambda store, _: store.revision(),
    "changes": lambda store, _: [list(revision.entries) for revision in store.changes(150, limit=3)],
}
NOW = {
    "equals": lambda store: store.find(NOTES, [Equals("state", "123")], limit=5),
    "one of": lambda store: store.find(NOTES, [OneOf("state", ("1", "2"))], limit=20),
    "between": lambda store: store.find(NOTES, [Between("rank", 100, 109)], order="rank", limit=5),
    "above": lambda store: store.find(NOTES, [Between("rank", low=4990)], order="rank", limit=20),
    "first": lambda store: store.find(NOTES, order="rank", limit=5),
    "last": lambda store: store.find(NOTES, order="rank", descending=True, limit=5),
    "next": lambda store: store.find(
        NOTES, order="rank", limit=5, after=store.find(NOTES, order="rank", limit=5).after
    ),
    "count": lambda store: store.count(CIS),
    "counted": lambda store: store.count(NOTES, [Equals("state", "123")]),
}


def cost(store, ask) -> int:
    """How many hundreds of SQLite's own instructions a question takes."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection = store._database.connection
    connection.set_progress_handler(step, 100)
    try:
        ask()
    finally:
        connection.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("at", [None, 1, 100])
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_reads_no_more_than_its_answer(store, name, at):
    """A scan of five thousand rows would take hundreds of these steps."""
    assert cost(store, lambda: QUESTIONS[name](store, at)) < 60


@pytest.mark.parametrize("name", NOW)
def test_an_indexed_field_is_found_by_its_index(store, name):
    """Filters, ranges, orders, pages and counts."""
    assert cost(store, lambda: NOW[name](store)) < 60


def test_a_small_write_reads_no_more_than_it_touches(store):
    """Among them a delete, which must see that nothing is left behind."""
    write(store, ci("end"), relation(KEY, "end"))
    delete = [Delete(relation(KEY, "end").kind, f'["{KEY}","depends_on","end",null]'), Delete(CIS, "end")]
    assert cost(store, lambda: write(store, *delete)) < 60
    assert cost(store, lambda: write(store, ci("new", claims=("x",)), relation(KEY, "new"))) < 60


def test_the_scan_that_these_would_be_is_seen(store):
    """The measure can tell: an unindexed filter reads everything."""
    assert cost(store, lambda: store.find(CIS, [Equals("attributes.nothing", 1)])) > 200

"""Copying a store: all of it arrives and is proven to have, whatever interrupts it."""

from __future__ import annotations

from contextlib import closing

import pytest

from cmdb.copying import CopyDiffers, TargetAhead, copy
from cmdb.model.ci import CIS
from cmdb.ports.dump import BlobRow
from cmdb.ports.errors import HistoryGone, Incomplete, NotAContinuation
from cmdb.stores.sqlite import open_store
from tests.contracts.histories import KINDS, everything, random_history
from tests.contracts.plain import PlainStore
from tests.contracts.things import ci, write


@pytest.fixture
def stores(tmp_path):
    with closing(open_store(tmp_path / "one.db")) as one, closing(open_store(tmp_path / "two.db")) as two:
        yield one, two


def test_a_copy_is_the_same_and_says_what_it_is(stores):
    """With its revision, the end of the chain, and how many of each kind live."""
    one, two = stores
    random_history(one, PlainStore(KINDS), 20, seed=1)
    one.compact(5, keep=[2], txn_id="cut", actor="a")
    heard = []
    copied = copy(one, two, lambda step, count: heard.append((step, count)))
    assert everything(two) == everything(one)
    (newest,) = one.changes(one.revision() - 1)
    assert (copied.since, copied.revision, copied.floor, copied.hash) == (0, one.revision(), 5, newest.hash)
    assert copied.kinds == {**{kind.name: one.count(kind) for kind in KINDS}, "baseline": 1}


def test_a_copy_of_nothing_is_nothing(stores):
    """An empty store has no chain yet."""
    one, two = stores
    assert copy(one, two).revision == 0
    assert copy(one, two).kinds == {}


def test_the_same_again_adds_what_was_written_since(stores):
    """And nothing when nothing was."""
    one, two = stores
    write(one, ci("a"), ci("b"))
    assert copy(one, two).since == 0
    write(one, ci("c"))
    again = copy(one, two)
    assert (again.since, again.revision, again.kinds) == (1, 2, {"ci": 3})
    assert copy(one, two) == again._replace(since=2)
    assert everything(two) == everything(one)


def test_an_interrupted_copy_goes_on(stores):
    """Until then the other store says that it is not whole."""
    one, two = stores
    for n in range(6):
        write(one, *[ci(f"c{m:04}", name=f"v{n}") for m in range(5000)])

    def stop(_, count):
        if count > 21_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(one, two, stop)
    assert 0 < two.revision() < 6
    with pytest.raises(Incomplete):
        two.get(CIS, "c0000")
    assert copy(one, two).since > 0
    assert two.count(CIS, at=2) == 5000


def test_another_history_is_not_written_over(stores):
    """Nor is one that the first store can not continue any more."""
    one, two = stores
    write(two, ci("theirs"))
    for n in range(5):
        write(one, ci("a", name=f"v{n}"))
    with pytest.raises(NotAContinuation):
        copy(one, two)
    one.compact(4, txn_id="cut", actor="a")
    with pytest.raises(HistoryGone):
        copy(one, two)
    assert two.count(CIS) == 1


def test_a_newer_store_is_not_gone_back_in(stores):
    """Whoever mixed the two up is told so, and nothing happens."""
    one, two = stores
    write(one, ci("a"))
    copy(one, two)
    write(two, ci("b"))
    with pytest.raises(TargetAhead, match="at revision 2, the one to copy from only at 1"):
        copy(one, two)
    assert two.revision() == 2


def test_what_did_not_arrive_is_told(stores, monkeypatch):
    """Both are counted, whatever was said on the way."""
    one, two = stores
    write(one, ci("a"), ci("b"))
    one.put_blob(b"x")
    rows = list(one.dump())
    monkeypatch.setattr(one, "dump", lambda **_: iter([row for row in rows if not isinstance(row, BlobRow)]))
    monkeypatch.setattr(one, "count", lambda *_, **__: 3)
    with pytest.raises(CopyDiffers, match="number of ci records: 3 in the first store, 2 in the other"):
        copy(one, two)

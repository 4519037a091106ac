"""What whoever mends a store may rely on; damage itself is each adapter's own affair."""

from __future__ import annotations

from cmdb.model.ci import CIS
from cmdb.ports.store import Delete
from tests.contracts.histories import KINDS, everything, random_history
from tests.contracts.plain import PlainStore
from tests.contracts.things import ci, ids, write


def test_a_sound_store_is_mended_without_a_finding(store):
    """What derives from the log is made anew, and everything reads as before."""
    random_history(store, PlainStore(KINDS), 20, seed=8)
    store.compact(10, keep=[3], txn_id="cut", actor="role:keeper")
    before, rows = everything(store), list(store.dump())
    assert store.repair() == ()
    assert everything(store) == before
    assert list(store.dump()) == rows
    assert store.check() == ()


def test_mending_an_empty_store_does_nothing(store):
    """And makes no revision."""
    assert store.repair() == ()
    assert store.revision() == 0


def test_one_may_write_and_search_after_mending(store):
    """Claims are held, words are found."""
    write(store, ci("a", name="needle", claims=("x",)), ci("b"))
    store.repair()
    write(store, Delete(CIS, "a"))
    write(store, ci("c", name="needle too", claims=("x",)))
    assert ids(store.search(CIS, "NEEDLE")) == ["c"]
    assert store.check() == ()


def test_the_size_of_a_store(store):
    """Grows with what is in it, where the adapter can tell."""
    before = store.size()
    write(store, *[ci(f"c{n}", name="x" * 1000) for n in range(2000)])
    assert before is None or store.size() > before > 0

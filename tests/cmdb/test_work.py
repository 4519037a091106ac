"""A store whose every write counts only while a lease is the newest."""

from __future__ import annotations

import pytest

from cmdb.ports.errors import Fenced
from cmdb.ports.store import Compacted, Fence
from cmdb.work import FencedStore
from tests.builders import the_context
from tests.contracts.things import ci, write


def test_nothing_is_written_behind_the_fence():
    """Neither a batch nor the revision that says what history was let go."""
    context = the_context(role="administrator")
    store = context.store
    for name in ("a", "b"):
        write(store, ci("x", name=name))
    lease = context.coordination.lease("run", holder="first", seconds=60)
    stale = FencedStore(store, Fence("run", lease.token))
    context.coordination.release(lease)
    lease = context.coordination.lease("run", holder="second", seconds=60)
    with pytest.raises(Fenced):
        write(stale, ci("y"))
    with pytest.raises(Fenced):
        stale.compact(2, txn_id="stale", actor="job:history-compact")
    assert (store.revision(), store.floor()) == (2, 0)
    held = FencedStore(store, Fence("run", lease.token))
    assert held.compact(2, txn_id="held", actor="job:history-compact") == Compacted(floor=2, gone=1, kept=0)
    assert store.check() == ()

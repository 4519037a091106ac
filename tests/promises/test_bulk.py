"""A large estate is loaded into the embedded store in one batch, and comes into the arrays, each within its time."""

from __future__ import annotations

import time
from contextlib import closing
from itertools import pairwise

import pytest

from bench.store import estate
from cmdb.stores.sqlite import open_store
from impact.reading.defaults import defaults_in
from impact.reading.making import built

CIS, EACH = 1_000_000, 3
LOAD, READ = 180.0, 15.0


@pytest.mark.promises
@pytest.mark.timed
def test_a_million_cis_are_loaded_and_read(path, promise):
    """And nothing of it is missing; the times by the clock and of the processor."""
    loaded = promise("bulk load of 1M CIs + 3M relations", f"{LOAD:.0f} s")
    read = promise("snapshot of 1M CIs + 3M relations to arrays", f"{READ:.0f} s")
    with closing(open_store(path)) as store:
        taken = [(time.monotonic(), time.process_time())]
        done = store.apply(estate(CIS, EACH), txn_id="bulk", actor="a", reason="r")
        taken.append((time.monotonic(), time.process_time()))
        graph = built(store, defaults_in(store, done.revision), done.revision)
        taken.append((time.monotonic(), time.process_time()))
        spans = [(end[0] - start[0], end[1] - start[1]) for start, end in pairwise(taken)]
        for kept, (clock, processor) in zip((loaded, read), spans, strict=True):
            kept.seen(f"{clock:.1f} s by the clock, {processor:.1f} s of processor")
        assert done.changed >= CIS * (1 + EACH)
        assert len(graph.ids) == CIS
    assert spans[0][0] <= LOAD
    assert spans[1][0] <= READ

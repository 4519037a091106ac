"""Any history, any floor, any revisions kept: what can be read equals the plain model, all else says it is gone."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.ports.errors import HistoryGone
from tests.contracts.histories import KINDS, random_history, state_at
from tests.contracts.plain import PlainStore


def check_against(store, plain, floor, kept):
    """Hold every read as of every revision to the model; compare those that are gone with what a store says."""
    for at in range(plain.revision + 1):
        if at < floor and at not in kept:
            with pytest.raises(HistoryGone) as refused:
                state_at(store, at)
            assert refused.value.facts == {"revision": at, "oldest": floor}
            continue
        with store.snapshot(at=at) as state:
            for kind in KINDS:
                wanted = plain.living(kind, at)
                assert list(state.documents(kind)) == wanted
                assert list(store.find(kind, limit=1000, at=at).rows) == wanted
                assert store.count(kind, at=at) == len(wanted)
                assert store.get_many(kind, [row.key for row in wanted], at=at) == {row.key: row for row in wanted}
        for kind in KINDS[:1] + KINDS[2:3]:
            for word in ("c1", "strasse"):
                assert list(store.search(kind, word, at=at).rows) == plain.search(kind, word, at)
    got = [
        (revision.number, [entry for entry in revision.entries if entry.kind != "baseline"])
        for revision in store.changes(floor)
    ]
    assert got == list(enumerate(plain.entries))[floor + 1 :]
    check_histories(store, plain, floor, kept)


def check_histories(store, plain, floor, kept):
    """Every version that some readable revision shows is told, and no other; ``before`` wherever that is told too."""
    readable = [at for at in range(plain.revision + 1) if at >= floor or at in kept]
    for kind_name, key in plain.versions:
        kind = plain.kinds[kind_name]
        whole = plain.history(kind, key)[::-1]
        ends = [number for number, _ in whole[1:]] + [plain.revision + 1]
        left = {
            entry.version
            for (number, entry), end in zip(whole, ends, strict=True)
            if end > plain.revision or any(number <= at < end for at in readable)
        }
        got = store.history(kind, key, limit=1000)[::-1]
        assert [one.version for one in got] == sorted(left)
        for one in got:
            _, entry = whole[one.version - 1]
            assert one.after == entry.after
            assert one.before == (entry.before if one.version - 1 in left else None)


def run(adapter, seed, batches, cuts):
    chance = random.Random(seed)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as one, tempfile.TemporaryDirectory(dir=memory) as other:
        with closing(adapter(Path(one))()) as store:
            plain, floor, kept = PlainStore(KINDS), 0, set()
            for cut in range(cuts):
                random_history(store, plain, batches, seed=seed * 10 + cut)
                newest = plain.revision
                readable = [at for at in range(newest + 1) if at >= floor or at in kept]
                floor = chance.randint(floor, newest)
                kept = set(chance.sample(readable, min(len(readable), chance.randint(0, 4))))
                store.compact(floor, keep=sorted(kept), txn_id=f"cut-{cut}", actor="role:keeper")
                kept = {at for at in kept if at < floor}
                if store.revision() > newest:
                    # The model knows no baselines; to it this one is a revision that changed nothing.
                    plain.states.append(plain.states[-1])
                    plain.entries.append([])
                check_against(store, plain, floor, kept)
                assert store.check() == ()
            rows = list(store.dump())
        with closing(adapter(Path(other))()) as loaded:
            assert loaded.load(rows) == plain.revision
            check_against(loaded, plain, floor, kept)
            assert list(loaded.dump()) == rows
            assert loaded.check() == ()


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=25)


@SETTINGS
@given(seed=st.integers(0, 10**6), batches=st.integers(1, 8))
def test_any_history_let_go_in_part_reads_as_the_plain_model(adapter, seed, batches):
    """And a dump of what is left becomes a store of which the same can be read."""
    run(adapter, seed, batches, cuts=3)


@pytest.mark.promises
def test_many_histories_let_go_in_part_read_as_the_plain_model(adapter):
    """The same, for longer; a question to a server takes ten times as long as one to a file."""

    @settings(SETTINGS, max_examples=30 if adapter.__name__ == "neo4j" else 300)
    @given(seed=st.integers(0, 10**6), batches=st.integers(1, 20))
    def many(seed, batches):
        run(adapter, seed, batches, cuts=3)

    many()

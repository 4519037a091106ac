"""Who applies the feed has at every revision exactly what a snapshot shows."""

from __future__ import annotations

import random

import pytest

from cmdb.errors import ForeshockError
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Delete, Op, Patch, Put
from tests.contracts.things import NOTES, ci, group, note, relation

KINDS = (CIS, GROUPS, NOTES, RELATIONS)


def random_batch(chance: random.Random, state: dict) -> list[Op]:
    """A batch that mostly fits what is there: new and changed things, and deletes with all that hangs on them."""
    living = sorted(key for kind, key in state if kind == "ci")
    ops: dict[tuple[str, str], Op] = {}

    def add(op: Op) -> None:
        ops[op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key] = op

    for _ in range(chance.randint(1, 8)):
        one, other = (chance.choice(living or ["c0"]) for _ in range(2))
        draw = chance.random()
        if draw < 0.35 or not living:
            add(ci(f"c{chance.randrange(60)}", rank=chance.randrange(5)))
        elif draw < 0.6:
            add(relation(one, other, confidence=chance.randint(1, 4) / 4))
        elif draw < 0.7:
            add(group(one, "g", chance.randint(1, 3)))
        elif draw < 0.8:
            add(note(f"n{chance.randrange(20)}", rank=chance.randrange(5)))
        elif draw < 0.9:
            add(Patch(CIS, one, {"name": f"v{chance.randrange(9)}", "rank": None}))
        else:
            add(Delete(CIS, one))
            for (kind, key), document in state.items():
                if one in (document.get("source"), document.get("target"), document.get("item")):
                    add(Delete(next(k for k in KINDS if k.name == kind), key))
    return list(ops.values())


def follow(store, batches: int, *, seed: int) -> int:
    """Write random batches; after each, compare the fed state with a snapshot. Returns how many made a revision."""
    chance, fed = random.Random(seed), {}
    start = store.revision()
    for turn in range(batches):
        try:
            store.apply(random_batch(chance, fed), txn_id=f"{seed}-{turn}", actor="a", reason="r")
        except ForeshockError:
            continue
        for revision in store.changes(start):
            assert revision.number == start + 1
            start = revision.number
            for entry in revision.entries:
                assert fed.get((entry.kind, entry.key)) == entry.before
                if entry.after is None:
                    del fed[entry.kind, entry.key]
                else:
                    fed[entry.kind, entry.key] = entry.after
        with store.snapshot() as state:
            shown = {(kind.name, row.key): row.document for kind in KINDS for row in state.documents(kind)}
        assert shown == fed
    return start


def check_every_past(store, last: int) -> None:
    """The same for every revision that has passed, from a snapshot as of it."""
    fed: dict = {}
    for revision in store.changes(0):
        for entry in revision.entries:
            fed[entry.kind, entry.key] = entry.after
        with store.snapshot(at=revision.number) as state:
            shown = {(kind.name, row.key): row.document for kind in KINDS for row in state.documents(kind)}
        assert shown == {place: document for place, document in fed.items() if document is not None}
    assert revision.number == last


def test_the_feed_equals_the_snapshot_at_every_revision(store):
    """For two hundred random batches, as they come and looking back."""
    last = follow(store, 200, seed=1)
    assert last > 150
    check_every_past(store, last)
    assert store.check() == ()


@pytest.mark.promises
def test_the_feed_equals_the_snapshot_at_every_revision_of_2000_batches(store, adapter, promise):
    """As promised."""
    kept = promise("the feed equals the snapshot", "at every revision of 2,000 random batches", adapter.__name__)
    last = follow(store, 2000, seed=2)
    check_every_past(store, last)
    kept.seen(f"0 differences at {last:,} revisions, as they came and looking back")

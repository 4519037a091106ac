"""What everyone who follows a store may rely on: revisions, snapshots, changes, waiting."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.chain import START
from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Delete, Entry, Patch
from tests.contracts.things import NOTES, ci, group, key_of, note, relation, rows_of, write


# changes -------------------------------------------------------------------------------------------------------------
def test_the_feed_tells_every_revision_in_order_and_whole(store):
    """With its entries by kind and key, what was before and what came after."""
    store.apply([ci("b"), ci("a"), note("z")], txn_id="one", actor="role:x", reason="first")
    write(store, Patch(CIS, "a", {"name": "A"}), Delete(CIS, "b"))
    write(store, ci("b"))
    first, second, third = store.changes(0)
    assert (first.number, first.actor, first.reason, first.txn_id, first.size) == (1, "role:x", "first", "one", 3)
    assert [(entry.kind, entry.key) for entry in first.entries] == [("ci", "a"), ("ci", "b"), ("note", "z")]
    a, b = ({"id": id_, "class": "server", "name": id_} for id_ in "ab")
    assert list(second.entries) == [Entry("ci", "a", 2, a, {**a, "name": "A"}), Entry("ci", "b", 2, b, None)]
    assert list(third.entries) == [Entry("ci", "b", 3, None, b)]


def test_the_feed_starts_where_one_is(store):
    """``since`` is what the follower has; ``limit`` is how many it wants."""
    for n in range(5):
        write(store, ci(f"c{n}"))
    assert [revision.number for revision in store.changes(2)] == [3, 4, 5]
    assert [revision.number for revision in store.changes(1, limit=2)] == [2, 3]
    assert list(store.changes(5)) == []
    assert list(store.changes(0, limit=0)) == []


def test_entries_may_be_walked_more_than_once_and_late(store):
    """Each walk reads them anew, even after others have written."""
    store.apply((ci(f"c{n:04}") for n in range(2500)), txn_id="t", actor="a", reason="r")
    (revision,) = store.changes(0)
    walk = iter(revision.entries)
    assert next(walk).key == "c0000"
    write(store, Delete(CIS, "c0001"), ci("c0002", name="new"))
    assert next(walk).after == {"id": "c0001", "class": "server", "name": "c0001"}
    assert [entry.key for entry in revision.entries] == [f"c{n:04}" for n in range(2500)]
    assert all(entry.before is None for entry in revision.entries)


def test_the_chain_links_every_revision_to_the_one_before(store):
    """The first hangs on the start of all chains, and no two are alike."""
    for n in range(4):
        write(store, ci("a", name=str(n)))
    revisions = list(store.changes(0))
    assert [revision.previous_hash for revision in revisions] == [
        START,
        *[revision.hash for revision in revisions[:-1]],
    ]
    assert len({revision.hash for revision in revisions}) == 4
    assert all(len(revision.hash) == 64 for revision in revisions)


def test_time_never_runs_backwards_in_the_log(store):
    """Aware, in UTC, and about now."""
    for n in range(20):
        write(store, ci("a", name=str(n)))
    times = [revision.at for revision in store.changes(0)]
    assert times == sorted(times)
    assert all(moment.utcoffset() == timedelta(0) for moment in times)
    assert abs(datetime.now(UTC) - times[-1]) < timedelta(minutes=5)


def test_the_revision_at_a_moment(store):
    """The newest made at or before it, whatever the offset it is given in."""
    longago = datetime(1970, 1, 1, tzinfo=UTC)
    assert store.revision_at(datetime.now(UTC)) == 0
    for n in range(3):
        write(store, ci("a", name=str(n)))
    for revision in store.changes(0):
        elsewhere = revision.at.astimezone(datetime.strptime("+0530", "%z").tzinfo)
        assert store.revision_at(elsewhere) >= revision.number
        assert store.revision_at(revision.at - timedelta(microseconds=1)) < revision.number
    assert store.revision_at(longago) == 0
    assert store.revision_at(datetime.now(UTC) + timedelta(days=400)) == 3


# snapshots -----------------------------------------------------------------------------------------------------------
def test_a_snapshot_does_not_see_what_is_written_while_it_is_read(store):
    """Neither through the same handle nor in the middle of a walk."""
    write(store, *[ci(f"c{n}") for n in range(5)])
    with store.snapshot() as state:
        walk = state.documents(CIS)
        assert next(walk).key == "c0"
        write(store, Delete(CIS, "c3"), ci("c4", name="new"), ci("c9"))
        assert state.revision == 1
        assert [row.key for row in walk] == ["c1", "c2", "c3", "c4"]
        assert rows_of(state, CIS, "name") == [(f"c{n}",) for n in range(5)]
    with store.snapshot() as state:
        assert state.revision == 2
        assert rows_of(state, CIS, "name") == [("c0",), ("c1",), ("c2",), ("new",), ("c9",)]


def test_a_snapshot_as_of_a_revision(store):
    """Versions that were replaced since and documents that ended are there, later ones are not."""
    write(store, ci("a"), ci("b"), relation("a", "b"))
    write(store, ci("a", name="new"), Delete(RELATIONS, key_of("a", "b")))
    write(store, ci("c"))
    with store.snapshot(at=1) as state:
        assert state.revision == 1
        assert rows_of(state, CIS, "id", "name") == [("a", "a"), ("b", "b")]
        assert [row.version for row in state.documents(CIS)] == [1, 1]
        assert rows_of(state, RELATIONS, "source", "target") == [("a", "b")]
    with store.snapshot(at=2) as state:
        assert rows_of(state, CIS, "id", "name") == [("a", "new"), ("b", "b")]
        assert rows_of(state, RELATIONS, "source") == []
    with store.snapshot(at=0) as state:
        assert rows_of(state, CIS, "id") == []


def test_rows_give_what_the_document_has(store):
    """Text, numbers and booleans as they are, objects and lists parsed, None for what is not there."""
    write(
        store,
        note("a", rank=1, state="x", made={"at": True}, tags=["t", 1], free={"b": [None]}),
        note("b", rank=[2], state=None, made="text"),
        note("c", rank=0.5, state=False, made={"at": {"x": 1}}),
    )
    with store.snapshot() as state:
        rows = rows_of(state, NOTES, "free", "rank", "id", "made.at", "state", "tags", "free.b", "rank", "nowhere.x")
    assert rows == [
        ({"b": [None]}, 1, "a", True, "x", ["t", 1], [None], 1, None),
        (None, [2], "b", None, None, None, None, [2], None),
        (None, 0.5, "c", {"x": 1}, False, None, None, 0.5, None),
    ]
    assert [type(row[3]) for row in rows] == [bool, type(None), dict]


def test_rows_of_the_graph(store):
    """What the impact engine reads: CIs, relations and groups."""
    write(
        store,
        ci("a", attributes={"tier": 1}, unavailability=0.25, status="active"),
        ci("b", mtbf_hours=100),
        relation("a", "b", group="pool", confidence=0.5),
        relation("a", "b", strength="soft"),
        group("a", "pool"),
    )
    with store.snapshot() as state:
        paths = ("id", "class", "name", "unavailability", "mtbf_hours", "status", "attributes.tier")
        assert rows_of(state, CIS, *paths) == [
            ("a", "server", "a", 0.25, None, "active", 1),
            ("b", "server", "b", None, 100, None, None),
        ]
        assert rows_of(state, RELATIONS, "source", "type", "target", "group", "strength", "confidence") == [
            ("a", "depends_on", "b", "pool", None, 0.5),
            ("a", "depends_on", "b", None, "soft", None),
        ]
        assert rows_of(state, GROUPS, "item", "name", "needs") == [("a", "pool", 1)]


def test_rows_come_in_batches_that_hold_everything_once(store):
    """However many there are; no batch is empty."""
    store.apply((ci(f"c{n:05}") for n in range(25_000)), txn_id="t", actor="a", reason="r")
    with store.snapshot() as state:
        batches = list(state.columns(CIS, "id", "name"))
        assert [ci for ids, _ in batches for ci in ids] == [f"c{n:05}" for n in range(25_000)]
        assert all(len(ids) == len(names) > 0 for ids, names in batches)


def test_two_walks_of_one_snapshot_do_not_disturb_each_other(store):
    """Reading two kinds side by side is how a merge is done."""
    write(store, *[ci(f"c{n}") for n in range(3)], *[note(f"c{n}") for n in range(3)])
    with store.snapshot() as state:
        pairs = list(zip(state.documents(CIS), state.documents(NOTES), strict=True))
    assert [(a.key, b.key) for a, b in pairs] == [("c0", "c0"), ("c1", "c1"), ("c2", "c2")]


# following -----------------------------------------------------------------------------------------------------------
def test_another_handle_sees_what_was_written(place):
    """At once, for an acknowledged write is there for everybody."""
    one, other = place.open(), place.open()
    assert other.revision() == 0
    for n in range(3):
        write(one, ci("a", name=str(n)))
        assert other.revision() == n + 1
        assert other.get(CIS, "a").document["name"] == str(n)
    with pytest.raises(NotFound):
        other.get(CIS, "a", at=4)


def test_waiting_ends_as_soon_as_the_revision_is_there(place):
    """A reader behind another process waits for what it has been told of."""
    store = place.open()
    write(store, ci("a"))
    assert store.wait_for(1, seconds=60) == 1
    reached = []
    ready = threading.Event()

    def wait() -> None:
        mine = place.open()
        ready.set()
        reached.append(mine.wait_for(3, seconds=60))
        mine.close()

    thread = threading.Thread(target=wait)
    thread.start()
    ready.wait()
    write(store, ci("b"))
    write(store, ci("c"))
    thread.join(30)
    assert reached == [3]


def test_waiting_gives_up_in_time(store):
    """And says how far the store is."""
    assert store.wait_for(1, seconds=0.05) == 0
    assert store.wait_for(1, seconds=0) == 0

"""What everyone may rely on when one store is poured into another: all of it arrives, or it says what did not."""

from __future__ import annotations

import time

import pytest

from cmdb.errors import ForeshockError, InvalidInput
from cmdb.model.ci import CIS
from cmdb.ports.dump import BlobRow, End, IdleRow, KindRow, LeaseRow, QueuedRunRow, RevisionRow, Start, VersionRow
from cmdb.ports.errors import HistoryGone, Incomplete, NotAContinuation
from cmdb.ports.store import Delete, Fence, Patch
from tests.contracts.histories import KINDS, everything, random_history
from tests.contracts.plain import PlainStore
from tests.contracts.things import NOTES, ci, group, note, relation, write


@pytest.fixture
def full(store):
    """A store with a bit of everything that has history."""
    write(store, ci("a", claims=("serial:1",)), ci("b", attributes={"tier": 1}), note("n", title="Straße\0 🐘"))
    write(store, relation("a", "b", confidence=0.5), group("a", "pool"), Patch(CIS, "a", {"name": "Å"}))
    write(store, Delete(CIS, "b"), Delete(relation("a", "b").kind, '["a","depends_on","b",null]'))
    write(store, ci("b", name="again"), ci("b2", rank=1e20), note("n", rank=[1]), txn_id="last")
    write(store, note("n", rank=[1]), txn_id="idle")
    store.put_blob(b"attachment\0\xff")
    return store


# what arrives --------------------------------------------------------------------------------------------------------
def test_an_empty_store_has_a_dump_too(store, another):
    """A start and an end, and loading it leaves the other empty."""
    rows = list(store.dump())
    assert [type(row) for row in rows] == [Start, End]
    other = another.open()
    assert other.load(rows) == 0
    assert other.check() == ()
    assert write(other, ci("a")).revision == 1


def test_every_way_of_reading_gives_the_same_in_the_other_store(full, another):
    """Now, as of every revision, histories and the feed with times, actors and hashes."""
    before, rows = everything(full), list(full.dump())
    other = another.open()
    assert other.load(iter(rows)) == full.revision()
    assert everything(other) == before
    assert other.check() == ()
    assert list(other.dump()) == rows


def test_transaction_ids_claims_and_blobs_arrive(full, another):
    """A batch that was applied there is not applied here again, also one that had changed nothing."""
    rows = list(full.dump())
    other = another.open()
    other.load(rows)
    assert write(other, note("n", rank=[1]), txn_id="idle").repeated
    assert other.applied("last") == full.applied("last")
    assert other.get_blob(full.put_blob(b"attachment\0\xff")) == b"attachment\0\xff"
    with pytest.raises(ForeshockError, match="serial:1"):
        write(other, ci("c", claims=("serial:1",)))
    write(other, Delete(CIS, "a"), Delete(group("a", "pool").kind, '["a","pool"]'))
    write(other, ci("c", claims=("serial:1",)))
    assert other.check() == ()


@pytest.mark.parametrize("seed", range(3))
def test_any_history_arrives(store, another, seed):
    """Random ones, and both go on from there alike."""
    plain = PlainStore(KINDS)
    random_history(store, plain, 30, seed=seed)
    before, rows = everything(store), list(store.dump())
    other = another.open()
    other.load(rows)
    assert everything(other) == before
    random_history(other, plain, 10, seed=seed + 100)
    assert other.revision() == plain.revision
    assert other.check() == ()


def test_what_processes_agreed_on_goes_on(store, another):
    """Claimed runs stay claimed, series go on, the queue is in its order, counters count on."""
    coordination = store.coordination
    assert coordination.claim_run("job", "slot")
    assert coordination.next_number("CHG", first=1001) == 1001
    for name in ("one", "two", "three", "four"):
        coordination.enqueue("q", name, {"name": name})
    coordination.enqueue("q", "later", {}, delay=600)
    held = coordination.take("q", holder="w", seconds=600)
    assert coordination.done(coordination.take("q", holder="w", seconds=600))
    coordination.count("sign-in", seconds=600, by=3)
    rows = list(store.dump())
    other = another.open()
    other.load(rows)
    moved = other.coordination
    assert moved.claim_run("job", "slot") is False
    assert moved.claim_run("job", "other") is True
    assert moved.next_number("CHG", first=1001) == 1002
    assert moved.enqueue("q", "two", {}) is False
    assert moved.heartbeat(held, seconds=600) is True
    assert [moved.take("q", holder="x", seconds=60).payload for _ in range(2)] == [{"name": "three"}, {"name": "four"}]
    assert moved.take("q", holder="x", seconds=60) is None
    assert moved.count("sign-in", seconds=600) == 4


def test_no_fencing_token_is_ever_given_twice(store, another):
    """A lease is not taken over as held; what was fenced in the old store is refused in the new one."""
    lease = store.coordination.lease("leader", holder="one", seconds=600)
    rows = list(store.dump())
    later = store.coordination.lease("leader", holder="one", seconds=600)
    other = another.open()
    other.load(rows)
    taken = other.coordination.lease("leader", holder="two", seconds=600)
    assert taken.token > later.token > lease.token
    with pytest.raises(ForeshockError):
        write(other, ci("a"), fence=Fence("leader", lease.token))
    assert write(other, ci("a"), fence=Fence("leader", taken.token)).revision == 1


def test_a_dump_is_ordered_and_speaks_for_itself(full):
    """Start, kinds, each revision with its versions by kind and key, the rest, and the end of the chain."""
    rows = list(full.dump())
    assert rows[0] == Start(0, 4, 0)
    assert {row.name for row in rows if isinstance(row, KindRow)} == {"ci", "relation", "group", "note"}
    revisions = [row for row in rows if isinstance(row, RevisionRow)]
    assert [row.number for row in revisions] == [1, 2, 3, 4]
    assert rows[-1] == End(4, revisions[-1].hash)
    fourth = rows[rows.index(revisions[-1]) + 1 :][:3]
    assert [(row.kind, row.key, row.version) for row in fourth] == [("ci", "b", 3), ("ci", "b2", 1), ("note", "n", 2)]
    assert [row for row in rows if isinstance(row, IdleRow)] == [IdleRow("idle", rows[-3].digest, 4)]
    assert [row.content for row in rows if isinstance(row, BlobRow)] == [b"attachment\0\xff"]
    assert list(full.dump()) == rows


def test_a_dump_does_not_see_what_is_written_while_it_is_read(place):
    """It is consistent at the revision it began with."""
    store, writer = place.open(), place.open()
    write(store, *[ci(f"c{n}") for n in range(50)])
    walk = store.dump()
    rows = [next(walk) for _ in range(5)]
    write(writer, *[ci(f"c{n}", name="new") for n in range(50)], ci("new"))
    rows += walk
    assert rows[-1].revision == 1
    assert sum(isinstance(row, VersionRow) for row in rows) == 50


def test_a_run_that_ends_while_a_dump_is_read_is_not_off_the_queue_in_it(place):
    """Its end is in no revision of the dump, and what is off the queue nobody would ever end."""
    store, other = place.open(), place.open()
    write(store, note("job@1", state="running"))
    store.coordination.enqueue("q", "job@1", {})
    walk = store.dump()
    rows = [next(walk)]
    run = other.coordination.take("q", holder="w", seconds=60)
    write(other, note("job@1", state="ok"))
    assert other.coordination.done(run)
    rows += walk
    assert rows[-1].revision == 1
    assert [row.done for row in rows if isinstance(row, QueuedRunRow)] == [False]


# going on ------------------------------------------------------------------------------------------------------------
def test_a_dump_since_a_revision_continues_a_store(full, another):
    """What was loaded up to there, and what was written since."""
    rows = list(full.dump())
    other = another.open()
    other.load(rows)
    write(full, ci("a", name="later"), ci("d"))
    write(full, Delete(CIS, "d"))
    before, rest = everything(full), list(full.dump(since=4))
    assert [row.number for row in rest if isinstance(row, RevisionRow)] == [5, 6]
    assert other.load(rest) == 6
    assert everything(other) == before
    assert other.load(list(full.dump(since=6))) == 6
    assert other.check() == ()


def test_an_interrupted_load_goes_on_with_whole_revisions(place, another):
    """Wherever it is cut; until it is whole, whoever uses the store is told so."""
    store = place.open()
    plain = PlainStore(KINDS)
    random_history(store, plain, 12, seed=5)
    before, since = everything(store), 0
    other = another.open()
    for cut in (9, 2, 25, 1, 40):
        part = list(store.dump(since=since))

        def broken(part=part, cut=cut):
            yield from part[:cut]
            raise OSError("the line is dead")

        with pytest.raises(OSError, match="the line is dead"):
            other.load(broken())
        assert other.revision() >= since
        since = other.revision()
        for use in (
            lambda: other.get(CIS, "c1"),
            lambda: other.find(CIS),
            lambda: other.history(CIS, "c1"),
            lambda: list(other.changes(0)),
            lambda: other.snapshot().__enter__(),
            lambda: other.check(),
            lambda: write(other, ci("x")),
            lambda: next(iter(other.dump())),
            lambda: other.floor(),
            lambda: another.open().get(CIS, "c1"),
        ):
            with pytest.raises(Incomplete) as refused:
                use()
            assert refused.value.facts["revision"] == since
    other.load(store.dump(since=since))
    assert everything(other) == before
    assert other.check() == ()


def test_progress_is_told_and_may_stop_it(store, another):
    """In rows; what an interruption left is gone on with."""
    for n in range(4):
        store.apply((ci(f"c{m:05}", name=f"v{n}") for m in range(4000)), txn_id=f"t{n}", actor="a", reason="r")
    rows, heard = list(store.dump()), []

    def stop(count):
        heard.append(count)
        if count > 9000:
            raise KeyboardInterrupt

    other = another.open()
    with pytest.raises(KeyboardInterrupt):
        other.load(rows, progress=stop)
    assert heard == sorted(heard)
    other.load(store.dump(since=other.revision()))
    assert other.count(CIS) == 4000
    assert other.check() == ()


# compacted stores ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("keep", [(), (2, 5)])
def test_a_store_that_let_go_of_history_arrives_with_its_floor(store, another, keep):
    """What can be read is the same, and so is what is gone."""
    plain = PlainStore(KINDS)
    random_history(store, plain, 14, seed=3)
    store.compact(9, keep=keep, txn_id="cut", actor="role:keeper")
    before, rows = everything(store), list(store.dump())
    assert rows[0].floor == 9
    other = another.open()
    other.load(rows)
    assert everything(other) == before
    assert other.check() == ()
    assert list(other.dump()) == rows
    other.compact(10, keep=keep, txn_id="cut again", actor="role:keeper")
    assert other.check() == ()


def test_no_dump_begins_below_the_floor(store):
    """But at the floor, and from the beginning."""
    for n in range(6):
        write(store, ci("a", name=f"v{n}"))
    store.compact(4, txn_id="cut", actor="role:keeper")
    for since in (1, 3):
        with pytest.raises(HistoryGone):
            next(iter(store.dump(since=since)))
    assert next(iter(store.dump(since=4))) == Start(4, 7, 4)
    assert next(iter(store.dump())) == Start(0, 7, 4)


def test_a_load_below_the_floor_is_whole_or_not_there(store, another):
    """For no dump could go on in the middle of it."""
    for n in range(8):
        write(store, ci("a", name=f"v{n}"), ci(f"c{n}"))
    store.compact(6, keep=[2], txn_id="cut", actor="role:keeper")
    before, rows = everything(store), list(store.dump())
    other = another.open()
    for cut in (4, 8, 12):
        with pytest.raises(InvalidInput):
            other.load(rows[:cut])
        assert other.revision() == 0 or other.revision() >= 6
        if other.revision():
            break
    other.load(store.dump(since=other.revision()))
    assert everything(other) == before


# bad dumps -----------------------------------------------------------------------------------------------------------
def test_a_store_that_holds_another_history_is_left_alone(full, another):
    """One with revisions of its own, and one that has gone on."""
    other = another.open()
    write(other, ci("theirs"))
    before = everything(other)
    rows = list(full.dump())
    for wrong in (rows, list(full.dump(since=1)), list(full.dump(since=2)), list(full.dump(since=4))):
        with pytest.raises(NotAContinuation) as refused:
            other.load(wrong)
        assert refused.value.facts["revision"] == 1
    assert everything(other) == before
    assert other.check() == ()


def damages(rows):
    """Dumps in which one thing is wrong, by a word for it, with the number of the row that shows it."""
    place = {type(row): number for number, row in enumerate(rows)}
    versions = [number for number, row in enumerate(rows) if isinstance(row, VersionRow)]
    headers = [number for number, row in enumerate(rows) if isinstance(row, RevisionRow)]

    def other(place, **changes):
        return [*rows[:place], rows[place]._replace(**changes), *rows[place + 1 :]]

    def without(number):
        return rows[:number] + rows[number + 1 :]

    def after(number):
        """The row that shows what is wrong with the revision a row belongs to."""
        return next(n for n in range(number + 1, len(rows)) if not isinstance(rows[n], VersionRow)) + 1

    body = rows[versions[0]].body
    yield "a body", other(versions[0], body=body.replace("server", "Server")), after(versions[0])
    yield "a claim", other(versions[0], claims=None), after(versions[0])
    yield "a version", other(versions[1], version=7), after(versions[1])
    yield "an actor", other(headers[1], actor="role:nobody"), after(headers[1])
    yield "a size", other(headers[1], size=17), after(headers[1])
    yield "a hash", other(headers[2], hash="0" * 64), after(headers[2])
    yield "a link", other(headers[2], previous_hash="1" * 64), headers[2] + 1
    yield "a number", other(headers[2], number=9), headers[2] + 1
    yield "a kind that is not told", without(1), versions[0]
    yield "a version that is missing", without(versions[1]), after(versions[1]) - 1
    yield "a revision that is missing", without(headers[1]), headers[1] + 1
    yield "rows out of order", [*rows[:1], rows[-1], *rows[1:]], 2
    yield "two starts", [rows[0], *rows], 2
    yield "no start", rows[1:], 1
    yield "no end", rows[:-1], len(rows)
    yield "a wrong end", other(place[End], hash="2" * 64), len(rows)
    yield "something after the end", [*rows, rows[-1]], len(rows) + 1
    yield "two of the same", [*rows[: versions[0] + 1], *rows[versions[0] :]], versions[0] + 2
    yield "a floor of its own", other(0, floor=99), 1


@pytest.mark.parametrize("turn", range(19))
def test_whatever_is_wrong_with_a_dump_is_told_with_its_place(full, another, turn):
    """No revision that was altered is taken, and what was taken before it can be gone on with."""
    rows = list(full.dump())
    found = list(damages(rows))
    assert len(found) == 19
    what, wrong, row = found[turn]
    other = another.open()
    with pytest.raises(InvalidInput) as refused:
        other.load(wrong)
    (problem,) = refused.value.problems
    assert (what, problem.line) == (what, row)
    assert problem.message
    assert other.revision() <= 4
    other.load(full.dump(since=other.revision()))
    assert other.check() == ()
    assert other.get(NOTES, "n").document == {"id": "n", "rank": [1]}


def test_what_was_sealed_below_the_floor_can_not_be_altered_on_the_way(store, another):
    """No hash of a revision stands for it any more, but the baseline does."""
    for n in range(6):
        write(store, ci("a", name=f"v{n}"), ci(f"c{n}"))
    store.compact(5, keep=[2], txn_id="cut", actor="role:keeper")
    rows = list(store.dump())
    number = next(n for n, row in enumerate(rows) if isinstance(row, VersionRow) and row.key == "c1")
    rows[number] = rows[number]._replace(body=rows[number].body.replace("c1", "cX", 1).replace("cX", "c1", 1) + " ")
    other = another.open()
    with pytest.raises(InvalidInput):
        other.load(rows)
    with pytest.raises(Incomplete):
        other.get(CIS, "a")


def test_held_runs_and_leases_are_told_as_they_are(store):
    """With times in seconds since 1970."""
    store.coordination.lease("leader", holder="one", seconds=100)
    store.coordination.enqueue("q", "r", {"a": 1})
    store.coordination.take("q", holder="w", seconds=100)
    rows = list(store.dump())
    (lease,) = [row for row in rows if isinstance(row, LeaseRow)]
    (run,) = [row for row in rows if isinstance(row, QueuedRunRow)]
    assert (lease.name, lease.holder, lease.token) == ("leader", "one", 1)
    assert (run.id, run.queue, run.payload, run.holder, run.attempt, run.done) == ("r", "q", '{"a":1}', "w", 1, False)
    for until in (lease.until, run.held_until):
        assert abs(until - time.time() - 100) < 60

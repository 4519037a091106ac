"""What everyone may rely on when history is let go: what stays reads as before, what went says so, nothing is lost."""

from __future__ import annotations

import pytest

from cmdb.errors import NotFound
from cmdb.model.baseline import BASELINE, BASELINES
from cmdb.model.ci import CIS
from cmdb.ports.errors import HistoryGone, WrittenMeanwhile
from cmdb.ports.store import Compacted, Delete, Unwritten
from tests.contracts.things import NOTES, ci, ids, note, relation, write


def compact(store, floor, **options):
    """Let go of what lies below ``floor``, in a role's name."""
    return store.compact(floor, txn_id=f"compact-{floor}", actor="role:keeper", **options)


@pytest.fixture
def ten(store):
    """A store with ten revisions: one CI that changes in each, and a note that changes in the first and the tenth."""
    write(store, ci("a", name="v1"), note("n", title="first words"))
    for n in range(2, 10):
        write(store, ci("a", name=f"v{n}"))
    write(store, ci("a", name="v10"), note("n", title="last words"))
    return store


def test_a_store_that_let_go_of_nothing_is_whole(ten):
    """Its floor is 0, and every revision can be read."""
    assert ten.floor() == 0
    assert compact(ten, 0) == Compacted(0, 0, 0)
    assert ten.revision() == 10
    assert [ten.get(CIS, "a", at=at).version for at in range(1, 11)] == list(range(1, 11))


def test_from_the_floor_on_everything_reads_as_before(ten):
    """Point reads, pages, snapshots, neighbours, words and the feed."""
    assert compact(ten, 6) == Compacted(6, 5, 0)
    assert ten.floor() == 6
    for at in range(6, 11):
        assert ten.get(CIS, "a", at=at).document["name"] == f"v{at}"
        assert ids(ten.search(NOTES, "first", at=at)) == ([] if at == 10 else ["n"])
        assert ten.count(CIS, at=at) == 1
        with ten.snapshot(at=at) as state:
            assert [row.version for row in state.documents(CIS)] == [at]
    revisions = list(ten.changes(6))
    assert [revision.number for revision in revisions] == [7, 8, 9, 10, 11]
    (entry,) = revisions[0].entries
    assert (entry.before["name"], entry.after["name"]) == ("v6", "v7")
    assert ten.check() == ()


def test_below_the_floor_every_read_says_that_it_is_gone(ten):
    """With the oldest revision that can be read; none answers with half of what was there."""
    compact(ten, 6)
    asks = [
        lambda at: ten.get(CIS, "a", at=at),
        lambda at: ten.get_many(CIS, ["a"], at=at),
        lambda at: ten.find(CIS, at=at),
        lambda at: ten.count(CIS, at=at),
        lambda at: ten.search(CIS, "v", at=at),
        lambda at: ten.neighbours("a", "both", at=at),
        lambda at: ten.history(CIS, "a", at=at),
        lambda at: ten.snapshot(at=at).__enter__(),
        lambda at: list(ten.changes(at)),
    ]
    for ask in asks:
        for at in (0, 1, 5):
            with pytest.raises(HistoryGone) as refused:
                ask(at)
            assert refused.value.facts == {"revision": at, "oldest": 6}


def test_kept_revisions_below_the_floor_stay_readable(ten):
    """As of them only; the feed still begins at the floor."""
    assert compact(ten, 8, keep=[2, 5, 9]) == Compacted(8, 5, 2)
    for at in (2, 5, 8, 9, 10):
        assert ten.get(CIS, "a", at=at).document["name"] == f"v{at}"
        assert ids(ten.search(NOTES, "first", at=at)) == ([] if at == 10 else ["n"])
        with ten.snapshot(at=at) as state:
            assert state.revision == at
            assert [row.version for row in state.documents(CIS)] == [at]
    for at in (0, 1, 3, 4, 6, 7):
        with pytest.raises(HistoryGone):
            ten.get(CIS, "a", at=at)
    with pytest.raises(HistoryGone):
        next(ten.changes(5))
    assert ten.check() == ()


def test_history_ends_at_what_is_there(ten):
    """Where the version before is gone, ``before`` is None; what is kept below the floor is told too."""
    compact(ten, 8, keep=[3, 4])
    past = ten.history(CIS, "a")
    assert [one.version for one in past] == [10, 9, 8, 4, 3]
    assert [one.before and one.before["name"] for one in past] == ["v9", "v8", None, "v3", None]
    assert [one.version for one in ten.history(CIS, "a", at=4)] == [4, 3]
    assert [one.version for one in ten.history(CIS, "a", before=9, limit=2)] == [8, 4]


def test_versions_go_on_counting(store):
    """Also those of a document that had ended below the floor."""
    write(store, ci("a"), ci("b"))
    write(store, Delete(CIS, "a"))
    write(store, ci("b", name="new"))
    compact(store, 3)
    assert store.get(CIS, "a") is None
    assert [one.version for one in store.history(CIS, "a")] == [2]
    write(store, ci("a", expected=0))
    assert store.get(CIS, "a").version == 3
    assert store.check() == ()


def test_headers_and_transaction_ids_stay(store):
    """A batch that was applied below the floor is still known, and its id is never taken for a new one."""
    first = write(store, ci("a"), txn_id="first")
    for n in range(4):
        write(store, ci("a", name=f"v{n}"))
    moment = next(store.changes(4)).at
    compact(store, 5)
    assert store.applied("first") == first._replace(repeated=True)
    assert write(store, ci("a"), txn_id="first") == first._replace(repeated=True)
    assert store.revision_at(moment) >= 5
    assert store.get(CIS, "a").document["name"] == "v3"


def test_what_stays_is_sealed_by_a_revision(ten):
    """The baseline says the floor and what is kept, in the name of who let go; doing the same again writes nothing."""
    compact(ten, 6, keep=[2])
    assert ten.revision() == 11
    held = ten.get(BASELINES, BASELINE)
    assert (held.document["floor"], held.document["kept"], held.revision) == (6, [2], 11)
    (revision,) = ten.changes(10)
    assert (revision.actor, revision.txn_id) == ("role:keeper", "compact-6")
    assert compact(ten, 6, keep=[2]) == Compacted(6, 0, 1)
    assert ten.compact(6, keep=[2], txn_id="again", actor="role:other") == Compacted(6, 0, 1)
    assert ten.revision() == 11


def test_the_newest_revision_may_be_the_floor(ten):
    """Then nothing is left but what is there now."""
    assert compact(ten, 10) == Compacted(10, 10, 0)
    assert ten.get(CIS, "a", at=10) == ten.get(CIS, "a")
    assert [one.version for one in ten.history(CIS, "a")] == [10]
    assert ten.check() == ()


def test_each_list_of_kept_revisions_is_whole(ten):
    """What a later one leaves out goes."""
    compact(ten, 5, keep=[2, 3])
    compact(ten, 8, keep=[3, 6])
    assert [ten.get(CIS, "a", at=at).version for at in (3, 6, 8)] == [3, 6, 8]
    for at in (2, 5, 7):
        with pytest.raises(HistoryGone):
            ten.get(CIS, "a", at=at)
    ten.compact(8, keep=[6], txn_id="less", actor="role:keeper")
    with pytest.raises(HistoryGone):
        ten.get(CIS, "a", at=3)
    assert ten.check() == ()


def test_what_is_gone_or_not_made_can_not_be_kept(ten):
    """And a floor never sinks; nothing is written."""
    compact(ten, 5)
    for floor, keep in ((4, ()), (8, (2,)), (8, (0,))):
        with pytest.raises(HistoryGone):
            compact(ten, floor, keep=keep)
    for floor, keep in ((12, ()), (-1, ()), (8, (3, 99))):
        with pytest.raises(NotFound):
            compact(ten, floor, keep=keep)
    assert (ten.floor(), ten.revision()) == (5, 11)


def test_a_dry_run_only_counts(ten):
    """The same figures as the deed, and nothing is written."""
    foreseen = compact(ten, 8, keep=[3], dry_run=True)
    assert (ten.floor(), ten.revision()) == (0, 10)
    assert ten.get(CIS, "a", at=1).version == 1
    assert compact(ten, 8, keep=[3]) == foreseen == Compacted(8, 6, 1)


def test_nothing_is_let_go_when_what_was_looked_at_has_changed(ten):
    """A revision that came to be cited meanwhile would be lost else."""
    with pytest.raises(WrittenMeanwhile):
        compact(ten, 8, unwritten=Unwritten(("note",), 9))
    assert ten.floor() == 0
    assert compact(ten, 8, unwritten=Unwritten(("note", "group"), 10)).floor == 8


def test_unwritten_holds_below_the_floor_too(ten):
    """What was written between a revision that is gone and the floor is still known to have been."""
    compact(ten, 8)
    with pytest.raises(WrittenMeanwhile):
        write(ten, ci("b"), unwritten=Unwritten(("ci",), 3))
    write(ten, ci("b"), unwritten=Unwritten(("relation",), 3))
    write(ten, note("m"), unwritten=Unwritten(("group",), 1))


def test_it_may_be_stopped_and_done_again(store):
    """Reads are right all the time: as before until the floor moves, from then on as after."""
    write(store, *[ci(f"c{n:05}") for n in range(12_000)])
    write(store, *[ci(f"c{n:05}", name="two") for n in range(12_000)])
    write(store, *[ci(f"c{n:05}", name="three") for n in range(12_000)])
    heard = 0
    for stop in (1, 3, 5, 7, 9, 11):
        steps = [0]

        def stopping(count, stop=stop, steps=steps):
            # Between two parts the same is told once more; only what is new is a step.
            if count != steps[-1]:
                steps.append(count)
            if len(steps) > stop:
                raise KeyboardInterrupt

        try:
            compact(store, 3, progress=stopping)
        except KeyboardInterrupt:
            heard += 1
        assert store.count(CIS) == store.count(CIS, at=3) == 12_000
        assert store.check() == ()
        if store.floor() == 3:
            with pytest.raises(HistoryGone):
                store.get(CIS, "c00000", at=2)
            assert [one.version for one in store.history(CIS, "c11999")] == [3]
        else:
            assert store.get(CIS, "c00000", at=2).version == 2
            assert [one.version for one in store.history(CIS, "c11999")] == [3, 2, 1]
    assert heard
    compact(store, 3)
    assert store.floor() == 3
    assert store.revision() == 4
    assert store.check() == ()


def test_another_handle_sees_the_floor_at_once(place):
    """A process that was open before does not go on reading what is going away."""
    one, other = place.open(), place.open()
    for n in range(5):
        write(one, ci("a", name=f"v{n}"), relation("a", "a", confidence=(n + 1) / 8))
    revisions = list(other.changes(0))
    assert other.get(CIS, "a", at=2).version == 2
    compact(one, 4)
    assert other.floor() == 4
    with pytest.raises(HistoryGone):
        other.get(CIS, "a", at=2)
    with pytest.raises(HistoryGone):
        list(revisions[1].entries)
    assert len(list(revisions[4].entries)) == 2


def test_a_snapshot_that_is_open_reads_on_or_says_that_it_is_gone(place):
    """It is never short of a document."""
    one, other = place.open(), place.open()
    write(one, *[ci(f"c{n:04}") for n in range(3000)])
    write(one, *[ci(f"c{n:04}", name="new") for n in range(3000)])
    with other.snapshot(at=1) as state:
        walk = state.documents(CIS)
        assert next(walk).document["name"] == "c0000"
        compact(one, 2)
        try:
            rest = list(walk)
        except HistoryGone:
            return
        assert len(rest) == 2999
        assert {row.version for row in rest} == {1}


def test_letting_go_takes_no_more_room_than_before(store):
    """Versions by the ten thousand leave room behind, where the adapter can tell."""
    for n in range(20):
        write(store, *[note(f"n{m:03}", body=f"{n} " + "text of some length " * 40) for m in range(300)])
    before = store.size()
    compact(store, 20)
    after = store.size()
    assert before is after is None or after < before / 2

"""What everyone who writes may rely on, in every store."""

from __future__ import annotations

import pytest

from cmdb.errors import NotFound
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import (
    Fenced,
    KeyChanged,
    MissingEndpoint,
    RepeatedKey,
    TransactionReused,
    UniqueViolation,
    VersionConflict,
)
from cmdb.ports.store import Applied, Delete, Fence, Patch
from tests.contracts.things import NOTES, ci, group, key_of, note, relation, write


def test_a_batch_is_one_revision_and_revisions_have_no_gap(store):
    """Ten documents are one revision; what failed in between leaves no hole in the count."""
    assert store.revision() == 0
    assert write(store, *[ci(f"c{n}") for n in range(10)]) == Applied(1, 10)
    with pytest.raises(NotFound):
        write(store, Delete(CIS, "nobody"))
    assert write(store, ci("late")) == Applied(2, 1)
    assert store.revision() == 2


def test_a_batch_is_all_or_nothing(store):
    """One refused op among many leaves nothing of the others."""
    write(store, ci("a"))
    with pytest.raises(VersionConflict):
        write(store, ci("b"), ci("a", name="new", expected=7), ci("c"))
    assert store.revision() == 1
    assert store.count(CIS) == 1
    assert store.get(CIS, "a").document["name"] == "a"


def test_versions_count_from_one_and_name_the_revision_that_wrote_them(store):
    """A document tells its version, and when it came about."""
    write(store, ci("a"), ci("b"))
    write(store, ci("a", name="second"))
    a, b = store.get(CIS, "a"), store.get(CIS, "b")
    assert (a.version, a.revision) == (2, 2)
    assert (b.version, b.revision) == (1, 1)


def test_an_op_that_changes_nothing_is_no_change(store):
    """Putting the same again, in another order of fields or as 1.0 for 1, makes no version and no revision."""
    write(store, note("a", rank=1, made={"at": "x", "by": "y"}))
    assert write(store, note("a", made={"by": "y", "at": "x"}, rank=1.0)) == Applied(1, 0)
    assert write(store, Patch(NOTES, "a", {"rank": 1, "gone": None})) == Applied(1, 0)
    assert write(store, note("a", made={"by": "y", "at": "x"}, rank=1), note("b")) == Applied(2, 1)
    assert store.get(NOTES, "a").version == 1


def test_an_empty_batch_makes_no_revision(store):
    """Nothing is nothing."""
    assert write(store) == Applied(0, 0)
    assert store.revision() == 0


# expected versions ---------------------------------------------------------------------------------------------------
def test_an_expected_version_must_be_the_newest(store):
    """Who has read version 1 can not overwrite version 2, and is told both."""
    write(store, ci("a"))
    write(store, ci("a", name="second", expected=1))
    for op in (ci("a", expected=1), Patch(CIS, "a", {"name": "x"}, expected=1), Delete(CIS, "a", expected=1)):
        with pytest.raises(VersionConflict) as refused:
            write(store, op)
        assert refused.value.facts == {"kind": "ci", "key": "a", "expected": 1, "actual": 2}


def test_expecting_zero_means_that_there_must_be_none(store):
    """The first of two who register the same id wins; after a delete the id is free again."""
    write(store, ci("a", expected=0))
    with pytest.raises(VersionConflict) as refused:
        write(store, ci("a", name="other", expected=0))
    assert refused.value.facts["actual"] == 1
    write(store, Delete(CIS, "a"))
    write(store, ci("a", name="again", expected=0))


def test_expecting_a_version_of_what_is_not_there_is_a_conflict_with_version_zero(store):
    """It was deleted meanwhile: actual is 0."""
    write(store, ci("a"))
    write(store, Delete(CIS, "a"))
    with pytest.raises(VersionConflict) as refused:
        write(store, ci("a", expected=1))
    assert refused.value.facts["actual"] == 0


def test_an_expected_version_counts_even_if_nothing_would_change(store):
    """The conflict is told although the document is already as the writer wants it."""
    write(store, ci("a"))
    write(store, ci("a", name="second"))
    with pytest.raises(VersionConflict):
        write(store, ci("a", name="second", expected=1))


# patches and deletes -------------------------------------------------------------------------------------------------
def test_a_patch_merges_objects_removes_nulls_and_replaces_all_else(store):
    """RFC 7396, with lists replaced whole and objects made where there were none."""
    write(store, note("a", made={"at": 1, "by": "x"}, tags=[1, 2], state="old"))
    write(store, Patch(NOTES, "a", {"made": {"by": None, "of": {"deep": 1, "null": None}}, "tags": [3], "state": None}))
    assert store.get(NOTES, "a").document == {"id": "a", "made": {"at": 1, "of": {"deep": 1}}, "tags": [3]}


def test_patching_or_deleting_what_is_not_there_names_all_that_is_missing(store):
    """Not the first alone."""
    write(store, ci("a"))
    with pytest.raises(NotFound) as refused:
        write(store, Patch(CIS, "z", {"name": "x"}), ci("b"), Delete(CIS, "y"), Patch(CIS, "a", {"name": "x"}))
    assert refused.value.facts["kind"] == "ci"
    assert refused.value.facts["ids"] == ("y", "z")
    assert store.revision() == 1


def test_a_patch_can_not_change_the_key(store):
    """A CI keeps its id and a relation its ends; the error says into what it would have turned."""
    write(store, ci("a"), ci("b"), relation("a", "b"))
    with pytest.raises(KeyChanged) as refused:
        write(store, Patch(CIS, "a", {"id": "c"}))
    assert refused.value.facts == {"kind": "ci", "key": "a", "became": "c"}
    with pytest.raises(KeyChanged):
        write(store, Patch(RELATIONS, key_of("a", "b"), {"target": "a"}))
    with pytest.raises(KeyChanged):
        write(store, Patch(CIS, "a", {"id": None}))


def test_a_deleted_document_is_gone_and_its_versions_go_on(store):
    """The delete is version 2, what comes under the same key later is version 3."""
    write(store, ci("a"))
    assert write(store, Delete(CIS, "a")) == Applied(2, 1)
    assert store.get(CIS, "a") is None
    write(store, ci("a"))
    assert store.get(CIS, "a").version == 3


def test_a_key_may_stand_in_a_batch_once(store):
    """Even far apart, and even if both say the same."""
    far_apart = [ci("twice"), *[ci(f"c{n:05}") for n in range(6000)], ci("twice")]
    for ops in ([ci("a"), ci("a")], [ci("a"), Delete(CIS, "a")], far_apart):
        with pytest.raises(RepeatedKey) as refused:
            write(store, *ops)
        assert refused.value.facts == {"kind": "ci", "key": ops[0].document["id"]}
    assert write(store, ci("a"), note("a")).changed == 2  # another kind, another document


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 2**53, "\ud800", {"a": [float("-inf")]}])
def test_what_is_not_json_is_refused(store, bad):
    """NaN, infinities, whole numbers beyond 2**53 - 1 and broken Unicode never reach the store."""
    with pytest.raises(ValueError):  # noqa: PT011
        write(store, note("a", value=bad))
    assert store.revision() == 0


def test_any_json_comes_back_as_it_was_written(store):
    """Text of every kind, nesting, empty things, large and tiny numbers."""
    document = {
        "text": 'NUL \0 quote " back \\ line \n astral \U0001f600 combining e\u0301',
        "": {"a.b": [], "'": {}, '"': [None, True, False, 0, -1, 2**53 - 1, 0.1, 1e-7, 1e20, 1.5e300]},
        "deep": [[[[[{"a": [{"b": "c"}]}]]]]],
        "no_break\u00a0space": "\u2028",
    }
    write(store, note("a", **document))
    assert store.get(NOTES, "a").document == {"id": "a", **document}
    write(store, Patch(NOTES, "a", {"more": 1}))
    assert store.get(NOTES, "a").document == {"id": "a", **document, "more": 1}


@pytest.mark.parametrize(
    "key", ["", " ", "a'b", 'a"b', "a`b", "a\\b", "a%_b", "a\0b", "\U0001f600", "x" * 10_000, "..", "Ä"]
)
def test_any_text_may_be_a_key(store, key):
    """Ids come from other tools; none is misread and none is taken for another."""
    write(store, ci(key), ci("b"), relation(key, "b"))
    assert store.get(CIS, key).key == key
    assert store.neighbours(key, "out").rows[0].document["source"] == key
    assert store.history(CIS, key)[0].after["id"] == key
    assert [entry.key for entry in next(store.changes(0)).entries][:2] == sorted([key, "b"])


# the batch as a stream -----------------------------------------------------------------------------------------------
def test_a_batch_may_be_a_long_iterator_and_progress_hears_of_it(store):
    """The ops are taken once from a generator, in any order, and progress ends at their number."""
    heard: list[int] = []
    ops = (ci(f"c{(n * 7919) % 12_000:05}") for n in range(12_000))
    done = store.apply(ops, txn_id="long", actor="a", reason="r", progress=heard.append)
    assert done == Applied(1, 12_000)
    assert heard[-1] == 12_000
    assert heard == sorted(heard)
    assert len(heard) > 1
    assert store.count(CIS) == 12_000
    assert [entry.key for entry in next(store.changes(0)).entries] == [f"c{n:05}" for n in range(12_000)]


def test_a_long_batch_on_what_is_there_changes_only_what_differs(store):
    """Of twelve thousand puts, patches and deletes those that say something new count."""
    store.apply((ci(f"c{n:05}") for n in range(12_000)), txn_id="first", actor="a", reason="r")
    ops = [ci(f"c{n:05}", name="new") if n % 4 == 0 else ci(f"c{n:05}") for n in range(11_000)]
    ops += [Delete(CIS, f"c{n:05}") for n in range(11_000, 12_000)]
    assert store.apply(reversed(ops), txn_id="second", actor="a", reason="r") == Applied(2, 2750 + 1000)
    assert store.count(CIS) == 11_000
    assert store.get(CIS, "c00004").version == 2
    assert store.get(CIS, "c00005").version == 1
    assert store.check() == ()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("before", [3, 7000])
def test_an_exception_of_the_source_undoes_the_batch(store, stop, before):
    """Ctrl-C in the middle of an import writes nothing, and the store works on."""

    def ops():
        for n in range(before):
            yield ci(f"c{n}")
        raise stop

    with pytest.raises(stop):
        store.apply(ops(), txn_id="broken", actor="a", reason="r")
    assert store.revision() == 0
    assert store.count(CIS) == 0
    assert write(store, ci("a"), txn_id="broken") == Applied(1, 1)


@pytest.mark.parametrize("moment", range(5))
def test_an_exception_of_progress_undoes_the_batch(store, moment):
    """However often it was called before."""
    heard: list[int] = []

    def progress(taken: int) -> None:
        heard.append(taken)
        if len(heard) > moment:
            raise RuntimeError("enough")

    ops = (ci(f"c{n:05}") for n in range(16_000))
    with pytest.raises(RuntimeError, match="enough"):
        store.apply(ops, txn_id="cancelled", actor="a", reason="r", progress=progress)
    assert store.revision() == 0
    assert write(store, ci("a")) == Applied(1, 1)


def test_a_source_may_read_the_store_while_it_is_read(store):
    """An import compares with what is there while it hands over its ops."""
    write(store, ci("a"), ci("b"))

    def ops():
        with store.snapshot() as state:
            for row in state.documents(CIS):
                assert store.get(CIS, row.key) == row
                yield Patch(CIS, row.key, {"name": row.key + "!"})

    assert store.apply(ops(), txn_id="t", actor="a", reason="r") == Applied(2, 2)


# transaction ids -----------------------------------------------------------------------------------------------------
def test_the_same_batch_under_the_same_id_is_applied_once(store):
    """A retry answers as the first time, whatever happened since."""
    first = write(store, ci("a"), ci("b"), txn_id="t1")
    write(store, ci("a", name="later"))
    again = write(store, ci("a"), ci("b"), txn_id="t1")
    assert (first, again) == (Applied(1, 2), Applied(1, 2, repeated=True))
    assert store.get(CIS, "a").document["name"] == "later"
    assert store.revision() == 2


def test_a_batch_that_changed_nothing_is_remembered_too(store):
    """Repeated later, when it would change something, it still does nothing."""
    write(store, ci("a"))
    assert write(store, ci("a"), txn_id="t1") == Applied(1, 0)
    write(store, ci("a", name="later"))
    assert write(store, ci("a"), txn_id="t1") == Applied(1, 0, repeated=True)
    assert store.get(CIS, "a").document["name"] == "later"


def test_another_batch_under_a_used_id_is_refused(store):
    """The id belongs to the first; any difference makes another batch."""
    write(store, ci("a"), ci("b"), txn_id="t1")
    write(store, ci("a"), txn_id="idle")
    for ops in (
        [ci("a")],
        [ci("a"), ci("b", name="x")],
        [ci("a"), ci("b", expected=0)],
        [ci("a"), ci("b", claims=("x",))],
    ):
        with pytest.raises(TransactionReused) as refused:
            write(store, *ops, txn_id="t1")
        assert refused.value.facts == {"txn_id": "t1", "revision": 1}
    with pytest.raises(TransactionReused):
        write(store, ci("c"), txn_id="idle")
    assert store.revision() == 1


def test_a_refused_batch_does_not_use_up_its_id(store):
    """After the fault is mended the same id serves."""
    with pytest.raises(MissingEndpoint):
        write(store, relation("a", "b"), txn_id="t1")
    assert write(store, ci("a"), ci("b"), relation("a", "b"), txn_id="t1") == Applied(1, 3)


# claims --------------------------------------------------------------------------------------------------------------
def test_a_claim_is_held_by_one_living_document(store):
    """Two servers can not have one serial number; the error names the holder."""
    write(store, ci("a", claims=("serial:1",)))
    with pytest.raises(UniqueViolation) as refused:
        write(store, note("b", claims=("serial:2", "serial:1")))
    assert refused.value.facts == {"claim": "serial:1", "holder": "a"}
    assert store.get(NOTES, "b") is None


def test_claims_within_one_batch_meet_too(store):
    """The first by kind and key is the holder."""
    with pytest.raises(UniqueViolation) as refused:
        write(store, ci("b", claims=("x",)), ci("a", claims=("x",)))
    assert refused.value.facts == {"claim": "x", "holder": "a"}


def test_a_put_replaces_claims_and_a_patch_keeps_them_unless_told(store):
    """What is let go can be taken by others, what is kept can not."""
    write(store, ci("a", claims=("one", "two")))
    write(store, Patch(CIS, "a", {"name": "patched"}))
    with pytest.raises(UniqueViolation):
        write(store, ci("b", claims=("one",)))
    write(store, Patch(CIS, "a", {}, claims=("two",)))
    assert store.get(CIS, "a").version == 3
    write(store, ci("b", claims=("one",)))
    write(store, ci("a", name="patched"))
    write(store, ci("c", claims=("two",)))
    assert store.check() == ()


def test_deleting_frees_claims_and_writing_again_takes_them(store):
    """A retired serial number can be given to another, and then the first can not come back with it."""
    write(store, ci("a", claims=("x",)))
    write(store, Delete(CIS, "a"))
    write(store, ci("b", claims=("x",)))
    with pytest.raises(UniqueViolation):
        write(store, ci("a", claims=("x",)))


def test_claims_are_judged_when_the_batch_is_in_place(store):
    """Two documents may swap what they hold, and one may take over from one that ends."""
    write(store, ci("a", claims=("one",)), ci("b", claims=("two",)), ci("c", claims=("three",)))
    swap = ci("a", claims=("two", "three")), ci("b", claims=("one",)), Delete(CIS, "c")
    assert write(store, *swap) == Applied(2, 3)
    with pytest.raises(UniqueViolation) as refused:
        write(store, ci("d", claims=("three",)))
    assert refused.value.facts["holder"] == "a"
    assert store.check() == ()


# ends ----------------------------------------------------------------------------------------------------------------
def test_a_relation_needs_both_ends_and_a_group_its_item(store):
    """Every missing end is named."""
    write(store, ci("a"))
    with pytest.raises(MissingEndpoint) as refused:
        write(store, relation("a", "b"), relation("x", "a"), group("y", "pool"))
    assert refused.value.facts["ends"] == (
        ("group", '["y","pool"]', "y"),
        ("relation", key_of("a", "b"), "b"),
        ("relation", key_of("x", "a"), "x"),
    )
    assert refused.value.facts["count"] == 3
    assert store.count(RELATIONS) == store.count(GROUPS) == 0


def test_the_number_of_named_ends_has_a_limit_and_the_count_has_none(store):
    """Thousands of faults are counted, a readable number is named."""
    write(store, ci("a"))
    with pytest.raises(MissingEndpoint) as refused:
        write(store, *[relation("a", f"none{n}") for n in range(1000)])
    assert refused.value.facts["count"] == 1000
    assert 0 < len(refused.value.facts["ends"]) < 1000


def test_ends_are_judged_when_the_batch_is_in_place(store):
    """The relation may come before its ends, and go after them."""
    write(store, relation("a", "b"), group("a", "pool"), ci("b"), ci("a"))
    write(store, Delete(CIS, "a"), Delete(RELATIONS, key_of("a", "b")), Delete(GROUPS, '["a","pool"]'))
    assert store.count(CIS) == 1
    assert store.check() == ()


def test_an_end_can_not_be_deleted_from_under_a_relation_or_group(store):
    """Who deletes a CI ends its relations in the same batch; all that would be left are named."""
    write(
        store, ci("a"), ci("b"), ci("c"), relation("a", "b"), relation("b", "c"), relation("b", "b"), group("b", "pool")
    )
    with pytest.raises(MissingEndpoint) as refused:
        write(store, Delete(CIS, "b"), Delete(RELATIONS, key_of("a", "b")))
    assert set(refused.value.facts["ends"]) == {
        ("relation", key_of("b", "c"), "b"),
        ("relation", key_of("b", "b"), "b"),
        ("group", '["b","pool"]', "b"),
    }


def test_a_relation_can_not_come_back_to_a_deleted_end(store):
    """Once there is not there."""
    write(store, ci("a"), ci("b"))
    write(store, Delete(CIS, "b"))
    with pytest.raises(MissingEndpoint):
        write(store, relation("a", "b"))


# fences --------------------------------------------------------------------------------------------------------------
def test_a_write_with_the_newest_token_counts(store, coordination):
    """The holder of a lease writes."""
    lease = coordination.lease("leader", holder="one", seconds=60)
    assert write(store, ci("a"), fence=Fence("leader", lease.token)).changed == 1


def test_a_write_with_an_old_released_or_unknown_token_is_refused(store, coordination):
    """A leader that was replaced, has given up, or never was one, writes nothing."""
    old = coordination.lease("leader", holder="one", seconds=60)
    new = coordination.lease("leader", holder="one", seconds=60)
    for fence in (Fence("leader", old.token), Fence("leader", new.token + 1), Fence("other", 1)):
        with pytest.raises(Fenced) as refused:
            write(store, ci("a"), fence=fence)
        assert refused.value.facts == {"name": fence.name, "token": fence.token}
    coordination.release(new)
    with pytest.raises(Fenced):
        write(store, ci("a"), fence=Fence("leader", new.token))
    assert store.revision() == 0


def test_a_write_under_an_expired_lease_is_refused(store, coordination):
    """Even though nobody else has taken it yet."""
    lease = coordination.lease("leader", holder="one", seconds=0)
    with pytest.raises(Fenced):
        write(store, ci("a"), fence=Fence("leader", lease.token))

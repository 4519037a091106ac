"""What processes may rely on when they agree: leases, runs, queues, counters, in every store."""

from __future__ import annotations

import threading
import time

import pytest

SHORT = 0.05


# leases --------------------------------------------------------------------------------------------------------------
def test_a_lease_has_one_holder(coordination):
    """The second waits until it is given back."""
    lease = coordination.lease("leader", holder="one", seconds=60)
    assert (lease.name, lease.holder) == ("leader", "one")
    assert coordination.lease("leader", holder="two", seconds=60) is None
    assert coordination.lease("other", holder="two", seconds=60) is not None
    coordination.release(lease)
    assert coordination.lease("leader", holder="two", seconds=60).token > lease.token


def test_an_expired_lease_is_free(coordination):
    """Its holder can not renew it, and the next has a greater token."""
    first = coordination.lease("leader", holder="one", seconds=SHORT)
    time.sleep(2 * SHORT)
    assert coordination.renew(first, seconds=60) is False
    second = coordination.lease("leader", holder="two", seconds=60)
    assert second.token > first.token
    coordination.release(first)
    assert coordination.renew(second, seconds=60) is True


def test_renewing_extends_from_now(coordination):
    """A holder that renews in time keeps the lease and the token."""
    lease = coordination.lease("leader", holder="one", seconds=60)
    assert coordination.renew(lease, seconds=SHORT) is True
    time.sleep(2 * SHORT)
    assert coordination.lease("leader", holder="two", seconds=60) is not None


def test_the_holder_may_take_its_lease_again(coordination):
    """After a restart under the same name; the token it had before is dead."""
    before = coordination.lease("leader", holder="one", seconds=60)
    after = coordination.lease("leader", holder="one", seconds=60)
    assert after.token > before.token
    assert coordination.renew(before, seconds=60) is False
    coordination.release(before)
    assert coordination.renew(after, seconds=60) is True


# runs ----------------------------------------------------------------------------------------------------------------
def test_a_run_is_claimed_once_for_ever(coordination):
    """By job and slot."""
    assert coordination.claim_run("discovery", "2026-03-01") is True
    assert coordination.claim_run("discovery", "2026-03-01") is False
    assert coordination.claim_run("discovery", "2026-03-02") is True
    assert coordination.claim_run("report", "2026-03-01") is True


def test_a_queue_gives_the_oldest_first_and_each_once(coordination):
    """With its payload; queues do not mix."""
    assert coordination.enqueue("q", "one", {"a": [1, {"b": None}]}) is True
    assert coordination.enqueue("q", "two", {}) is True
    assert coordination.enqueue("other", "three", {}) is True
    first = coordination.take("q", holder="w", seconds=60)
    assert (first.id, first.queue, first.payload, first.attempt) == ("one", "q", {"a": [1, {"b": None}]}, 1)
    assert coordination.take("q", holder="w", seconds=60).id == "two"
    assert coordination.take("q", holder="w", seconds=60) is None
    assert coordination.take("empty", holder="w", seconds=60) is None


def test_a_run_is_added_once_for_ever(coordination):
    """While it waits, while it is held, and when it is done."""
    assert coordination.enqueue("q", "one", {}) is True
    assert coordination.enqueue("q", "one", {"other": 1}) is False
    run = coordination.take("q", holder="w", seconds=60)
    assert coordination.enqueue("q", "one", {}) is False
    assert coordination.done(run) is True
    assert coordination.enqueue("q", "one", {}) is False
    assert coordination.take("q", holder="w", seconds=60) is None


def test_a_run_whose_holder_went_silent_is_taken_again(coordination):
    """The first holder learns it at its next word, and can not finish it any more."""
    coordination.enqueue("q", "one", {})
    first = coordination.take("q", holder="w1", seconds=SHORT)
    time.sleep(2 * SHORT)
    second = coordination.take("q", holder="w2", seconds=60)
    assert (second.id, second.attempt) == ("one", 2)
    assert coordination.heartbeat(first, seconds=60) is False
    assert coordination.done(first) is False
    assert coordination.heartbeat(second, seconds=60) is True
    assert coordination.done(second) is True
    assert coordination.heartbeat(second, seconds=60) is False
    assert coordination.done(second) is False


def test_heartbeats_keep_a_run(coordination):
    """Longer than it was first taken for."""
    coordination.enqueue("q", "one", {})
    run = coordination.take("q", holder="w1", seconds=SHORT)
    assert coordination.heartbeat(run, seconds=60) is True
    time.sleep(2 * SHORT)
    assert coordination.take("q", holder="w2", seconds=60) is None


def test_a_delayed_run_waits(coordination):
    """And does not hold up those that are due."""
    coordination.enqueue("q", "later", {}, delay=60)
    coordination.enqueue("q", "soon", {}, delay=SHORT)
    assert coordination.take("q", holder="w", seconds=60) is None
    time.sleep(2 * SHORT)
    assert coordination.take("q", holder="w", seconds=60).id == "soon"
    assert coordination.take("q", holder="w", seconds=60) is None


# counters ------------------------------------------------------------------------------------------------------------
def test_a_counter_counts_and_expires(coordination):
    """It starts anew some seconds after its first count, not after its last."""
    assert [coordination.count("sign-in", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert coordination.count("sign-in", seconds=60, by=10) == 13
    assert coordination.count("other", seconds=2 * SHORT) == 1
    time.sleep(SHORT)
    coordination.count("other", seconds=60)
    time.sleep(2 * SHORT)
    assert coordination.count("other", seconds=60) == 1


def test_numbers_of_a_series_are_never_given_twice(place):
    """To threads that ask at once, through handles of their own; each series counts for itself."""
    given: list[int] = []

    def ask() -> None:
        store = place.open()
        try:
            for _ in range(25):
                given.append(store.coordination.next_number("change"))
        finally:
            store.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 101))
    assert place.open().coordination.next_number("incident", first=1000) == 1000


def test_coordination_makes_no_revision(store, coordination):
    """Nobody needs to read it next year."""
    coordination.lease("leader", holder="one", seconds=60)
    coordination.claim_run("job", "slot")
    coordination.enqueue("q", "one", {})
    coordination.count("c", seconds=60)
    coordination.next_number("n")
    assert store.revision() == 0
    assert list(store.changes(0)) == []


@pytest.mark.parametrize("name", ["", "a'b", "\U0001f600", "a\0b", "x" * 3000])
def test_any_text_names_a_lease_a_run_and_a_counter(coordination, name):
    """And none is taken for another."""
    assert coordination.lease(name, holder=name, seconds=60).name == name
    assert coordination.claim_run(name, name) is True
    assert coordination.enqueue(name, name, {name: name}) is True
    assert coordination.take(name, holder=name, seconds=60).payload == {name: name}
    assert coordination.count(name, seconds=60) == 1
    assert coordination.next_number(name + "x") == 1

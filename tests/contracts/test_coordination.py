"""What processes may rely on when they agree: leases, runs, queues, counters, in every store."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

SHORT = 1.0


def at_once(place: Any, workers: int, work: Callable[[Any, int], None]) -> None:
    """Let threads work together, each through a handle of its own; whatever one of them raises is raised here."""
    begin, faults = threading.Barrier(workers), []

    def run(number: int) -> None:
        try:
            with closing(place.open()) as store:
                begin.wait()
                work(store.coordination, number)
        except BaseException as fault:
            # Nobody is to wait for one that did not come.
            begin.abort()
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise next((fault for fault in faults if not isinstance(fault, threading.BrokenBarrierError)), faults[0])


# leases --------------------------------------------------------------------------------------------------------------
def test_a_lease_has_one_holder(coordination):
    """The second waits until it is given back."""
    lease = coordination.lease("leader", holder="one", seconds=60)
    assert (lease.name, lease.holder) == ("leader", "one")
    assert coordination.lease("leader", holder="two", seconds=60) is None
    assert coordination.lease("other", holder="two", seconds=60) is not None
    coordination.release(lease)
    assert coordination.lease("leader", holder="two", seconds=60).token > lease.token


def test_an_expired_lease_is_free(coordination, clock):
    """Its holder can not renew it, and the next has a greater token."""
    first = coordination.lease("leader", holder="one", seconds=SHORT)
    clock.advance(2 * SHORT)
    assert coordination.renew(first, seconds=60) is False
    second = coordination.lease("leader", holder="two", seconds=60)
    assert second.token > first.token
    coordination.release(first)
    assert coordination.renew(second, seconds=60) is True


def test_without_a_clock_of_the_tests_time_goes_by_itself(store):
    """A lease that nobody renews is free after a while, and not at once."""
    held = store.coordination.lease("leader", holder="one", seconds=3)
    assert store.coordination.lease("leader", holder="two", seconds=3) is None
    end = time.monotonic() + 30
    while (taken := store.coordination.lease("leader", holder="two", seconds=3)) is None:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert taken.token > held.token


def test_renewing_extends_from_now(coordination, clock):
    """A holder that renews in time keeps the lease and the token."""
    lease = coordination.lease("leader", holder="one", seconds=60)
    assert coordination.renew(lease, seconds=SHORT) is True
    clock.advance(2 * SHORT)
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


def test_a_run_whose_holder_went_silent_is_taken_again(coordination, clock):
    """The first holder learns it at its next word, and can not finish it any more."""
    coordination.enqueue("q", "one", {})
    first = coordination.take("q", holder="w1", seconds=SHORT)
    clock.advance(2 * SHORT)
    second = coordination.take("q", holder="w2", seconds=60)
    assert (second.id, second.attempt) == ("one", 2)
    assert coordination.heartbeat(first, seconds=60) is False
    assert coordination.done(first) is False
    assert coordination.heartbeat(second, seconds=60) is True
    assert coordination.done(second) is True
    assert coordination.heartbeat(second, seconds=60) is False
    assert coordination.done(second) is False


def test_heartbeats_keep_a_run(coordination, clock):
    """Longer than it was first taken for."""
    coordination.enqueue("q", "one", {})
    run = coordination.take("q", holder="w1", seconds=SHORT)
    assert coordination.heartbeat(run, seconds=60) is True
    clock.advance(2 * SHORT)
    assert coordination.take("q", holder="w2", seconds=60) is None


def test_a_delayed_run_waits(coordination, clock):
    """And does not hold up those that are due."""
    coordination.enqueue("q", "later", {}, delay=60)
    coordination.enqueue("q", "soon", {}, delay=SHORT)
    assert coordination.take("q", holder="w", seconds=60) is None
    clock.advance(2 * SHORT)
    assert coordination.take("q", holder="w", seconds=60).id == "soon"
    assert coordination.take("q", holder="w", seconds=60) is None


def test_a_run_that_is_given_back_is_free_at_once(coordination):
    """By a heartbeat of no seconds; it keeps its place before younger ones."""
    coordination.enqueue("q", "one", {})
    coordination.enqueue("q", "two", {})
    first = coordination.take("q", holder="w1", seconds=60)
    assert coordination.heartbeat(first, seconds=0) is True
    again = coordination.take("q", holder="w2", seconds=60)
    assert (again.id, again.attempt) == ("one", 2)
    assert coordination.heartbeat(first, seconds=60) is False


def test_runs_of_silent_holders_come_back_in_their_old_order(coordination):
    """Before everything that became due after them, however late their holders fell silent."""
    for name in ("one", "two", "three", "four"):
        coordination.enqueue("q", name, {})
    held = [coordination.take("q", holder="w", seconds=60) for _ in range(3)]
    for run in reversed(held):
        coordination.heartbeat(run, seconds=0)
    assert [coordination.take("q", holder="w", seconds=60).id for _ in range(4)] == ["one", "two", "three", "four"]


def test_a_run_that_is_put_off_comes_back_later_and_holds_up_nobody(coordination, clock):
    """Which is how a retry waits: its holder says how long, and then nothing more."""
    coordination.enqueue("q", "one", {})
    coordination.enqueue("q", "two", {})
    first = coordination.take("q", holder="w", seconds=60)
    assert coordination.heartbeat(first, seconds=3 * SHORT) is True
    assert coordination.take("q", holder="w", seconds=60).id == "two"
    assert coordination.take("q", holder="w", seconds=60) is None
    clock.advance(4 * SHORT)
    again = coordination.take("q", holder="w", seconds=60)
    assert (again.id, again.attempt, again.payload) == ("one", 2, {})


def test_one_run_can_be_wanted_by_its_id(coordination):
    """It is taken past its elders, if it is in this queue, due, not held and not done; else nothing is."""
    for name in ("one", "two"):
        coordination.enqueue("q", name, {"of": name})
    coordination.enqueue("q", "later", {}, delay=60)
    run = coordination.take("q", holder="w", seconds=60, only="two")
    assert (run.id, run.payload, run.attempt) == ("two", {"of": "two"}, 1)
    assert coordination.take("q", holder="w", seconds=60, only="two") is None
    assert coordination.take("q", holder="w", seconds=60, only="later") is None
    assert coordination.take("other", holder="w", seconds=60, only="one") is None
    assert coordination.take("q", holder="w", seconds=60, only="nobody") is None
    coordination.done(run)
    assert coordination.take("q", holder="w", seconds=60, only="two") is None
    assert coordination.take("q", holder="w", seconds=60).id == "one"


def test_eight_takers_lose_no_run_and_finish_none_twice(place):
    """Although each of them falls silent now and then in the middle of a run, and two more go on adding."""
    runs = 60
    ended: list[str] = []
    taken: list[tuple[str, int]] = []

    def work(coordination: Any, number: int) -> None:
        if number >= 8:
            for n in range(number - 8, runs, 2):
                assert coordination.enqueue("q", f"r{n}", {"n": n}) is True
            return
        chance = random.Random(number)
        while len(ended) < runs:
            run = coordination.take("q", holder=f"w{number}", seconds=60)
            if run is None:
                time.sleep(0.01)
                continue
            taken.append((run.id, run.attempt))
            assert run.payload == {"n": int(run.id[1:])}
            if chance.random() < 0.2:
                assert coordination.heartbeat(run, seconds=0) is True
            elif coordination.done(run):
                ended.append(run.id)

    at_once(place, 10, work)
    assert Counter(ended) == Counter({f"r{n}": 1 for n in range(runs)})
    assert len(taken) == len(set(taken)), "one attempt of a run was given to two takers"
    assert place.open().coordination.take("q", holder="w", seconds=60) is None


def test_among_many_takers_only_the_newest_holder_is_heard(place):
    """Every taker of a run that is free at once beats and ends it; one word counts, that of the last taking."""
    for n in range(5):
        place.open().coordination.enqueue("q", f"r{n}", {})
    takings: list[Any] = []
    heard: list[tuple[str, Any]] = []

    def work(coordination: Any, number: int) -> None:
        mine = [coordination.take("q", holder=f"w{number}", seconds=0, only=f"r{n}") for n in range(5)]
        takings.extend(mine)
        met.wait()
        heard.extend([("beat", run) for run in mine if coordination.heartbeat(run, seconds=60)])
        met.wait()
        heard.extend([("done", run) for run in mine if coordination.done(run)])

    met = threading.Barrier(6)
    at_once(place, 6, work)
    assert sorted((run.id, run.attempt) for run in takings) == [(f"r{n}", a) for n in range(5) for a in range(1, 7)]
    last = [(f"r{n}", 6) for n in range(5)]
    assert sorted((run.id, run.attempt) for word, run in heard if word == "beat") == last
    assert sorted((run.id, run.attempt) for word, run in heard if word == "done") == last


# counters ------------------------------------------------------------------------------------------------------------
def test_a_counter_counts_and_expires(coordination, clock):
    """It starts anew some seconds after its first count, not after its last."""
    assert [coordination.count("sign-in", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert coordination.count("sign-in", seconds=60, by=10) == 13
    assert coordination.count("other", seconds=2 * SHORT) == 1
    clock.advance(SHORT)
    coordination.count("other", seconds=60)
    clock.advance(2 * SHORT)
    assert coordination.count("other", seconds=60) == 1


def test_counts_of_many_at_once_all_count(place):
    """None is lost and no sum is told twice, so a limit is kept by exactly those who came first."""
    told: list[int] = []

    def work(coordination: Any, _: int) -> None:
        told.extend([coordination.count("sign-in", seconds=60) for _ in range(10)])

    at_once(place, 6, work)
    assert sorted(told) == list(range(1, 61))


def test_when_a_counter_expires_one_of_many_begins_it_anew(place, clock):
    """The others count on from there."""
    assert place.open().coordination.count("sign-in", seconds=SHORT, by=1000) == 1000
    clock.advance(2 * SHORT)
    told: list[int] = []
    at_once(place, 6, lambda coordination, _: told.append(coordination.count("sign-in", seconds=60)))
    assert sorted(told) == [1, 2, 3, 4, 5, 6]


# last seen -----------------------------------------------------------------------------------------------------------
def test_what_was_last_seen_is_there_until_it_is_forgotten(coordination, clock):
    """The newest state of each name, whole; what is forgotten is as if it had never been."""
    assert coordination.seen(["run-1"]) == {}
    coordination.leave("run-1", {"step": "fetch", "done": 1}, seconds=60)
    coordination.leave("run-1", {"done": 2, "parts": [None, {"a": "\U0001f600"}]}, seconds=60)
    coordination.leave("run-2", {"done": 3}, seconds=SHORT)
    both = coordination.seen(["run-1", "run-2", "run-3"])
    assert both == {"run-1": {"done": 2, "parts": [None, {"a": "\U0001f600"}]}, "run-2": {"done": 3}}
    clock.advance(2 * SHORT)
    assert list(coordination.seen(["run-2", "run-1"])) == ["run-1"]
    coordination.leave("run-2", {}, seconds=60)
    assert coordination.seen(["run-2"]) == {"run-2": {}}
    assert coordination.seen([]) == {}


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
    coordination.leave("run-1", {"done": 1}, seconds=60)
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
    coordination.leave(name, {name: name}, seconds=60)
    assert coordination.seen([name, name + "x"]) == {name: {name: name}}

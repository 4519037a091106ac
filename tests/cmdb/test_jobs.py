"""Asking for runs, finding them, cancelling them: nothing is lost between record and queue, nothing asked for twice."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from cmdb import jobs
from cmdb.errors import IllegalMove, InvalidInput, NotAllowed, NotFound, Problem
from cmdb.model.run import RUNS, Run, RunState, Said
from cmdb.ports.errors import StoreBusy
from cmdb.records import from_document, to_document
from tests.builders import as_actor, the_context

SLOT = "2026-03-02T02:30:00Z"


@pytest.fixture
def context():
    return the_context(role="engineer")


def queued(context):
    """Take everything off the queue and return the ids."""
    found = []
    while (run := context.coordination.take(jobs.QUEUE, holder="test", seconds=600)) is not None:
        found.append(run.id)
    return found


def test_a_run_is_a_record_and_an_entry_of_the_queue(context):
    """The entry holds nothing but the id: all that is known of the run stands in its record."""
    run = jobs.submit(context, "scan", parameters={"site": "north"}, because=Said("x.y", {"n": 1})).record
    assert (run.id, run.job, run.slot, run.state) == ("scan@1", "scan", "1", RunState.QUEUED)
    assert (run.requested_by, run.queued_at) == ("engineer", context.clock.now())
    assert jobs.get(context, "scan@1").record == run
    taken = context.coordination.take(jobs.QUEUE, holder="test", seconds=60)
    assert (taken.id, taken.payload) == ("scan@1", {})


def test_who_asks_without_a_slot_gets_the_next_number_of_the_job(context):
    """Each job counts for itself."""
    ids = [jobs.submit(context, job).record.id for job in ("scan", "scan", "verify", "scan")]
    assert ids == ["scan@1", "scan@2", "verify@1", "scan@3"]
    assert queued(context) == ids


def test_asking_twice_for_one_slot_is_asking_once(context):
    """Whoever asks, and also when it has ended."""
    first = jobs.submit(context, "scan", slot=SLOT)
    other = as_actor(context, "engineer", "somebody")
    assert jobs.submit(other, "scan", slot=SLOT) == first
    assert queued(context) == [f"scan@{SLOT}"]
    jobs.cancel(context, first.record.id)
    assert jobs.submit(other, "scan", slot=SLOT).record.state is RunState.CANCELLED
    assert queued(context) == []


def test_many_who_ask_for_one_slot_at_once_ask_once(context):
    """The record is written where there is none, and the queue knows an id for ever."""
    begin, told = threading.Barrier(4), []

    def ask() -> None:
        mine = as_actor(context, "engineer")
        begin.wait()
        for n in range(5):
            told.append(jobs.submit(mine, "scan", slot=str(n)).record.id)
        context.store.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 20
    assert sorted(queued(context)) == sorted(set(told))
    assert context.store.count(RUNS) == 5


def test_a_run_that_was_recorded_and_never_queued_is_found(context, monkeypatch):
    """Its asker died in between; whoever looks first adds it, and nobody a second time."""

    def dies(*_, **__):
        raise StoreBusy(seconds=1)

    with monkeypatch.context() as dying:
        dying.setattr(type(context.coordination), "enqueue", dies)
        with pytest.raises(StoreBusy):
            jobs.submit(context, "scan", slot=SLOT)
    fine = jobs.submit(context, "scan", slot="other").record.id
    assert jobs.get(context, f"scan@{SLOT}").record.state is RunState.QUEUED
    assert jobs.recover(context, set()) == (f"scan@{SLOT}",)
    assert jobs.recover(context, set()) == ()
    assert sorted(queued(context)) == sorted([f"scan@{SLOT}", fine])


def test_what_is_known_to_be_queued_is_not_asked_about_again(context, monkeypatch):
    """A long queue costs one look for each run, not one at every round."""
    jobs.submit(context, "scan")
    known: set[str] = set()
    jobs.recover(context, known)
    monkeypatch.setattr(type(context.coordination), "enqueue", lambda *_, **__: pytest.fail("asked again"))
    assert jobs.recover(context, known) == ()
    assert known == {"scan@1"}


def test_cancelling_a_run_that_waits_ends_it(context):
    """At once, and for ever."""
    jobs.submit(context, "scan")
    run = jobs.cancel(context, "scan@1").record
    assert (run.state, run.cancelled_by, run.ended_at) == (RunState.CANCELLED, "engineer", context.clock.now())
    assert run.said == Said("run.cancelled", {"by": "engineer"})
    with pytest.raises(IllegalMove) as refused:
        jobs.cancel(context, "scan@1")
    assert (refused.value.code, refused.value.facts["because"]) == ("run.ended", "run.ended")
    assert str(refused.value) == "scan@1 has ended already and can not be cancelled: it was cancelled"


def test_cancelling_a_run_that_goes_on_asks_its_worker(context):
    """It stays running until the worker has stopped; asking twice is asking once."""
    run = jobs.submit(context, "scan").record
    context.records.put(RUNS, replace(run, state=RunState.RUNNING, attempt=1), because="run:running")
    assert context.coordination.lease(jobs.lease_of(run.id), holder="w1", seconds=600)
    asked = jobs.cancel(context, run.id)
    assert (asked.record.state, asked.record.cancelled_by) == (RunState.RUNNING, "engineer")
    assert jobs.cancel(as_actor(context, "engineer", "other"), run.id) == asked


def test_cancelling_a_run_whose_worker_died_ends_it(context):
    """Nobody holds it any more, so nobody would hear of it; who asked first stands as the one who cancelled."""
    run = jobs.submit(context, "scan").record
    context.records.put(RUNS, replace(run, state=RunState.RUNNING, attempt=1, worker="w1"), because="run:running")
    lease = context.coordination.lease(jobs.lease_of(run.id), holder="w1", seconds=600)
    assert jobs.cancel(context, run.id).record.state is RunState.RUNNING
    context.coordination.release(lease)
    ended = jobs.cancel(as_actor(context, "engineer", "other"), run.id).record
    assert (ended.state, ended.cancelled_by) == (RunState.CANCELLED, "engineer")
    assert ended.said == Said("run.cancelled", {"by": "engineer"})
    assert context.coordination.lease(jobs.lease_of(run.id), holder="w2", seconds=600), "it is given back"
    with pytest.raises(IllegalMove):
        jobs.cancel(context, run.id)


def test_runs_are_listed_newest_first_by_job_and_state(context):
    """Page after page."""
    for n in range(5):
        context.clock.forward(minutes=1)
        jobs.submit(context, "scan" if n % 2 else "verify")
    jobs.cancel(context, "verify@2")
    ids = [held.record.id for held in jobs.listing(context).rows]
    assert ids == ["verify@3", "scan@2", "verify@2", "scan@1", "verify@1"]
    assert [held.record.id for held in jobs.listing(context, jobs=["scan"]).rows] == ["scan@2", "scan@1"]
    waiting = jobs.listing(context, states=[RunState.QUEUED], jobs=["verify"], limit=1)
    assert [held.record.id for held in waiting.rows] == ["verify@3"]
    more = jobs.listing(context, states=[RunState.QUEUED], jobs=["verify"], limit=1, after=waiting.after)
    assert [held.record.id for held in more.rows] == ["verify@1"]


def test_the_newest_slot_is_that_of_one_asker(context):
    """The clock's slots are not confused by what people asked for."""
    clock = as_actor(context, "engineer", "clock")
    assert jobs.newest_slot(context, "scan", requested_by="clock") is None
    for slot in ("2026-03-02T02:30:00Z", "2026-03-04T02:30:00Z", "2026-03-03T02:30:00Z"):
        jobs.submit(clock, "scan", slot=slot)
    jobs.submit(context, "scan")
    jobs.submit(clock, "verify", slot="2027-01-01T00:00:00Z")
    assert jobs.newest_slot(context, "scan", requested_by="clock") == "2026-03-04T02:30:00Z"


@pytest.mark.parametrize("desk", [jobs.submit, jobs.cancel])
def test_a_viewer_may_look_and_do_nothing(context, desk):
    """Nothing is written."""
    jobs.submit(context, "scan")
    viewer = as_actor(context, "viewer", "guest")
    assert jobs.get(viewer, "scan@1").record.job == "scan"
    before = context.store.revision()
    with pytest.raises(NotAllowed):
        desk(viewer, "scan@1")
    assert context.store.revision() == before


def test_a_run_that_is_not_there_is_not_found(context):
    """By whatever is done to it."""
    for desk in (jobs.get, jobs.cancel):
        with pytest.raises(NotFound):
            desk(context, "scan@9")


def test_an_error_is_kept_as_code_and_facts_that_json_has():
    """Whatever an error carries; one nobody foresaw is told by name and message."""
    busy = jobs.said_of(StoreBusy(seconds=float("inf")))
    assert busy == Said("store.busy", {"seconds": "inf"})
    fault = Problem("a.b", "{n} is wrong", {"n": 1}, pointer="/x")
    refused = InvalidInput([fault], what="the file")
    assert jobs.said_of(refused).code == "input.invalid"
    assert jobs.details_of(refused) == (Said("run.fault", {"code": "a.b", "place": "/x", "message": "1 is wrong"}),)
    assert jobs.said_of(KeyError("k")) == Said("run.unexpected", {"error": "KeyError", "message": "'k'"})
    assert jobs.details_of(KeyError("k")) == ()


def test_a_run_is_the_same_after_the_store(context):
    """With every field set."""
    now = context.clock.now()
    run = Run(
        "scan@1", "scan", "1", RunState.PARTIAL, "engineer", now, {"a": [1]}, Said("b"), 2, 1, "w", now, now, "me",
        Said("c", {"d": {"e": None}}), (Said("f", {"g": "h"}),), {"seen": 3},
    )  # fmt: skip
    assert from_document(RUNS, to_document(RUNS, run)) == run

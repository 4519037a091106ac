"""Each source is a job: by its schedule, while it is on, and never twice at one time."""

from __future__ import annotations

import pytest

from cmdb import jobs
from cmdb.model.run import RUNS
from cmdb.model.source import SOURCES, Source
from tests.builders import the_context
from web.settings import Settings
from web.worker.clock import JobClock
from web.worker.table import JobOff, refuse_missing, table


def put(context, **more):
    record = Source("dc1", "paper", **more)
    context.records.put(SOURCES, record, because="test:put")


def test_a_source_is_a_job_as_soon_as_it_is_there():
    """No restart of a worker: its table is asked each time."""
    context = the_context()
    found = table(Settings(), context.store)
    assert "discover:dc1" not in found
    put(context, schedule="15 * * * *")
    assert found["discover:dc1"].schedule.cron == "15 * * * *"
    assert list(found)[-1] == "discover:dc1"
    assert len(found) == len(list(found))
    assert found["discover:dc1"].at_once == 1
    put(context, schedule="15 * * * *", enabled=False)
    assert found["discover:dc1"].schedule is None
    with pytest.raises(JobOff):
        refuse_missing("history-compact", Settings(), context.store)


def test_the_clock_asks_for_a_source_that_came_later():
    """At the beat after its moment, once."""
    context = the_context(at="2026-03-02T12:00Z")
    clock = JobClock(context.store, context.clock, table(Settings(), context.store), holder="w1")
    clock.beat()
    put(context, schedule="15 * * * *")
    context.clock.forward(minutes=16)
    for _ in range(3):
        clock.beat()
    asked = [run for run in context.records.find(RUNS) if run.job == "discover:dc1"]
    assert [run.slot for run in asked] == ["2026-03-02T12:15:00Z"]
    assert jobs.get(context, asked[0].id).record.requested_by == "clock"

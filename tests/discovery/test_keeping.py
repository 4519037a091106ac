"""A run that is begun anew goes on with what was read, as of when it was; the older never takes the place of newer."""

from __future__ import annotations

import pytest

from cmdb import jobs
from cmdb.model.ci import CIS
from cmdb.model.coverage import COVERAGES
from cmdb.ports.errors import StoreBusy
from cmdb.running import Pace, Runner
from discovery import keeping, sources
from discovery import run as running
from discovery.run import job_of
from tests.discovery.conftest import Told

HOST = {"name": "web1", "serial": "Acme|S1"}
MORE = {**HOST, "listens": ["nginx:80"]}


@pytest.fixture
def begun(paper, monkeypatch):
    """A run whose store was busy when all was read; its source, and what lets it be begun anew an hour later."""
    dc1 = paper()
    dc1.write("row1", HOST)
    monkeypatch.setattr(keeping, "FIRST", 0.0)
    taken = running.take

    def busy(*_, **__):
        monkeypatch.setattr(running, "take", taken)
        raise StoreBusy(seconds=1.0)

    monkeypatch.setattr(running, "take", busy)
    job = job_of(sources.get(dc1.context, "dc1").record, Told())
    asked = jobs.queued(dc1.context, job.name).record.id
    runner = Runner(dc1.context.store, dc1.context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
    assert runner.step(only=asked)
    dc1.context.clock.forward(hours=1)

    def again():
        assert runner.step(only=asked)
        assert jobs.get(dc1.context, asked).record.attempt == 2
        return {ci.id for ci in dc1.context.records.find(CIS)}

    return dc1, again


def test_what_was_read_is_not_read_again_and_counts_as_of_then(begun):
    """Whoever asks whether a host was looked at since a change of half an hour ago, is told that it was not."""
    dc1, again = begun
    then = dc1.context.clock.now()
    dc1.write("row1", MORE)
    assert again() == {"dc1:web1"}
    read = dc1.context.records.get(COVERAGES, "dc1").read_at
    assert (then - read).total_seconds() == 3600


def test_what_another_run_has_read_since_is_newer(begun):
    """Else what came up meanwhile would be missing again for as long as it takes to look once more."""
    dc1, again = begun
    dc1.write("row1", MORE)
    dc1.run()
    assert again() == {"dc1:web1", "dc1:web1/nginx"}
    assert dc1.context.records.get(COVERAGES, "dc1").read_at == dc1.context.clock.now()
    assert all(ci.status == "active" for ci in dc1.context.records.find(CIS))

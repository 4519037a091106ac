"""A dry run can be applied: exactly what it showed, or nothing."""

from __future__ import annotations

import pytest

from cmdb import jobs
from cmdb.configuration import register
from cmdb.errors import NotAllowed
from cmdb.model.ci import CIS
from cmdb.model.run import RunState
from cmdb.running import Pace, Runner
from discovery import asking, sources
from discovery.applying import NothingToApply
from discovery.run import job_of
from tests.builders import as_actor
from tests.discovery.conftest import Told

WEB = {"name": "web1", "serial": "Acme|S1", "os": "debian", "listens": ["nginx:80"]}
DB = {"name": "db1", "serial": "Acme|S2"}


def applied(paper, run):
    asked = asking.apply(paper.context, run).record.id
    job = job_of(sources.get(paper.context, paper.name).record, Told(TOKEN="hunter2-hunter2"))
    runner = Runner(paper.context.store, paper.context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
    assert runner.step(only=asked)
    return jobs.get(paper.context, asked).record


def names(paper):
    return {ci.id: ci.attributes.get("os") for ci in paper.context.records.find(CIS)}


@pytest.fixture
def dc1(paper):
    made = paper()
    made.write("row1", WEB)
    return made


def test_what_was_shown_is_written_though_the_world_outside_went_on(dc1):
    """The source is not read again: what is there now was not shown to anybody."""
    dry = dc1.run(dry_run=True)
    dc1.write("row1", {**WEB, "os": "ubuntu"}, DB)
    dc1.context.clock.forward(minutes=40)
    ended = applied(dc1, dry.id)
    assert (ended.state, ended.figures["created"]) == (RunState.OK, dry.figures["created"])
    assert names(dc1) == {"dc1:web1": "debian", "dc1:web1/nginx": None}
    shown = asking.differences(dc1.context, dry.id)
    for row in shown:
        if row["kind"] == "ci":
            assert dc1.context.store.get(CIS, row["key"]).document == row["after"]


def test_it_is_applied_once(dc1):
    """The second time its source was read since."""
    dry = dc1.run(dry_run=True)
    applied(dc1, dry.id)
    again = applied(dc1, dry.id)
    assert (again.state, again.said.code) == (RunState.FAILED, "discover.not_as_shown")


def test_what_would_change_something_else_is_refused_with_what(dc1):
    """A person registered the host meanwhile: the one that was to be created is known, and nothing is written."""
    dry = dc1.run(dry_run=True)
    register.add_ci(
        dc1.context, id="srv", ci_class="server", name="web", attributes={"vendor": "Acme", "serial_number": "S1"}
    )
    revision = dc1.context.store.revision()
    ended = applied(dc1, dry.id)
    assert (ended.state, ended.said.code) == (RunState.FAILED, "discover.not_as_shown")
    assert {"ci dc1:web1", "ci srv"} <= set(ended.said.facts["changed"])
    assert names(dc1) == {"srv": None}
    kinds = {entry.kind for made in dc1.context.store.changes(revision) for entry in made.entries}
    assert kinds == {"run"}


def test_a_dry_run_of_some_targets_is_applied_as_such(dc1):
    """And what it did not look at stays."""
    dc1.write("row2", DB)
    dry = dc1.run(dry_run=True, targets=["row2"])
    assert applied(dc1, dry.id).figures["targets"] == 1
    assert set(names(dc1)) == {"dc1:db1"}


def test_settings_that_changed_since_are_said(dc1):
    """It may have been another place that was looked at."""
    dry = dc1.run(dry_run=True)
    settings = {"folder": str(dc1.folder), "token": "env:TOKEN"}
    sources.put(dc1.context, "dc1", "paper", settings)
    assert applied(dc1, dry.id).said.code == "discover.nothing_to_apply"


def test_only_a_dry_run_that_ended_can_be_applied(dc1):
    """And by those who may look at sources."""
    wet = dc1.run()
    waiting = asking.ask(dc1.context, "dc1", dry_run=True).record
    for run in (wet, waiting):
        with pytest.raises(NothingToApply):
            asking.apply(dc1.context, run.id)
    with pytest.raises(NotAllowed):
        asking.apply(as_actor(dc1.context, "viewer"), wet.id)

"""What was refused is not tried again, by whichever run, until something has changed or a person says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb import jobs
from cmdb.configuration import findings
from cmdb.model.lockout import LOCKOUTS
from cmdb.model.run import RunState
from cmdb.running import Pace, Runner
from discovery import asking, breaker, reading, sources
from discovery.run import job_of
from tests.builders import as_actor
from tests.discovery.conftest import Told

HOST = {"name": "web1", "serial": "Acme|S1"}


@pytest.fixture
def dc1(paper):
    """A source with a credential, one target that is well, and one that refuses."""
    made = paper()
    sources.put(made.context, "dc1", "paper", {"folder": str(made.folder), "token": "env:TOKEN"})
    made.write("row1", HOST)
    made.write("row2", fail="CredentialsRefused")
    return made


def run(paper, token="hunter2-hunter2", by="asker", **parameters):
    """Run the source with the credential a worker has now, asked for by a person or the clock."""
    job = job_of(sources.get(paper.context, paper.name).record, Told(TOKEN=token))
    asker = as_actor(paper.context, "engineer", by)
    asked = jobs.queued(asker, job.name, parameters=parameters).record.id
    runner = Runner(paper.context.store, paper.context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
    assert runner.step(only=asked)
    return jobs.get(paper.context, asked).record


def codes(ended):
    return [said.code for said in ended.details if said.code.startswith("target.")]


def open_findings(paper):
    return [each.code for each in findings.listing(paper.context)[0]]


# refused credentials -------------------------------------------------------------------------------------------------
def test_a_refused_credential_is_not_tried_by_later_runs(dc1):
    """Neither by the clock's nor by a person's; the run and a finding say which, and another target is read on."""
    assert codes(run(dc1)) == ["target.credentials_refused"]
    for by in ("clock", "asker"):
        ended = run(dc1, by=by)
        assert (ended.state, codes(ended)) == (RunState.PARTIAL, ["target.credential_held"])
    assert open_findings(dc1) == ["credential.refused"]
    refused = asking.not_asked(dc1.context, "dc1")["refused"]
    assert [(row["target"], row["references"]) for row in refused] == [("row2", ["env:TOKEN"])]


def test_a_person_who_says_so_has_it_tried_once(dc1):
    """And when it is accepted then, everything is as if it had never been refused."""
    run(dc1)
    assert codes(run(dc1, try_refused=True)) == ["target.credentials_refused"]
    assert codes(run(dc1)) == ["target.credential_held"]
    dc1.write("row2", {"name": "web2"})
    assert codes(run(dc1, try_refused=True)) == []
    assert open_findings(dc1) == []
    assert dc1.context.store.count(LOCKOUTS) == 0
    assert codes(run(dc1)) == []


@pytest.mark.parametrize("anyway", [False, True])
def test_a_run_that_is_begun_anew_does_not_try_it_again(dc1, monkeypatch, anyway):
    """Its worker died after the refusal was written down: the next attempt knows it, whoever asked for what."""
    from cmdb.ports.errors import StoreBusy
    from discovery import run as running

    if anyway:
        run(dc1)
    taken, tried = running.take, []

    def once(*given, **more):
        monkeypatch.setattr(running, "take", taken)
        raise StoreBusy(seconds=1.0)

    told = reading.Guard.told
    monkeypatch.setattr(running, "take", once)
    monkeypatch.setattr(reading.Guard, "told", lambda self, *given: (tried.append(given[0]), told(self, *given)))
    job = job_of(sources.get(dc1.context, "dc1").record, Told(TOKEN="hunter2-hunter2"))
    asked = jobs.queued(dc1.context, job.name, parameters={"try_refused": anyway}).record.id
    runner = Runner(dc1.context.store, dc1.context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
    assert runner.step(only=asked)
    dc1.context.clock.forward(hours=1)
    assert runner.step(only=asked)
    ended = jobs.get(dc1.context, asked).record
    assert (ended.attempt, codes(ended), tried) == (2, ["target.credential_held"], ["row2"])


def test_another_credential_is_tried(dc1):
    """By itself, as soon as the worker finds another one behind the reference; the old one is not remembered."""
    run(dc1)
    assert codes(run(dc1, token="another-one-2")) == ["target.credentials_refused"]
    assert codes(run(dc1, token="another-one-2")) == ["target.credential_held"]
    written = str([entry for revision in dc1.context.store.changes(0) for entry in revision.entries])
    assert "hunter2" not in written
    assert "another-one" not in written


def test_other_settings_are_tried(dc1):
    """They may name another account, or another place."""
    run(dc1)
    (dc1.folder.parent / "link").symlink_to(dc1.folder)
    settings = {"folder": str(dc1.folder.parent / "link"), "token": "env:TOKEN"}
    sources.put(dc1.context, "dc1", "paper", settings)
    assert codes(run(dc1)) == ["target.credentials_refused"]


def test_a_credential_that_nobody_accepts_is_tried_three_times_in_all(dc1):
    """Whatever number of targets, runs and targets read at one time: more would lock the account."""
    sources.put(dc1.context, "dc1", "paper", {"folder": str(dc1.folder), "token": "env:TOKEN"}, at_once=16)
    for n in range(1, 21):
        dc1.write(f"row{n}", fail="CredentialsRefused")
    tried = [codes(run(dc1, by="clock")).count("target.credentials_refused") for _ in range(4)]
    assert tried == [3, 0, 0, 0]


def test_three_broken_targets_do_not_keep_the_others_from_being_read(dc1):
    """A credential that others accept is not wrong altogether."""
    for n in range(2, 6):
        dc1.write(f"row{n}", fail="CredentialsRefused")
    for n in range(6, 20):
        dc1.write(f"row{n}", {"name": f"web{n}", "serial": f"Acme|S{n}"})
    first, second = run(dc1, by="clock"), run(dc1, by="clock")
    assert codes(first).count("target.credentials_refused") <= 4
    assert set(codes(first)) == {"target.credentials_refused"}
    assert codes(second) == ["target.credential_held"] * 4
    assert second.figures["failed"] == 4


def test_a_target_that_is_gone_is_forgotten(dc1):
    """With its finding."""
    run(dc1)
    (dc1.folder / "row2.json").unlink()
    run(dc1)
    assert (open_findings(dc1), dc1.context.store.count(LOCKOUTS)) == ([], 0)


def test_a_source_that_refuses_to_list_its_targets_is_asked_once(dc1, monkeypatch):
    """Its own credential is guarded as that of a target."""
    from dataclasses import replace

    from discovery import run as running
    from discovery.ports import CredentialsRefused
    from tests.discovery.paper import CONNECTOR

    asked = []

    def targets(settings, line):
        asked.append(line.secret(settings["token"]))
        raise CredentialsRefused(target="dc1", reason="no")

    monkeypatch.setattr(running, "connector_of", lambda _: replace(CONNECTOR, targets=targets))
    assert run(dc1).said.code == "target.credentials_refused"
    assert run(dc1, by="clock").said.code == "target.credential_held"
    assert len(asked) == 1
    run(dc1, try_refused=True)
    assert len(asked) == 2


# targets that are away -----------------------------------------------------------------------------------------------
def test_a_target_that_is_away_is_asked_less_and_less_often(dc1):
    """After three runs not for a while, then once; for twice as long if it is still away."""
    dc1.write("row2", fail="Unreachable")
    for _ in range(breaker.CLOSED):
        assert codes(run(dc1, by="clock")) == ["target.unreachable"]
    ended = run(dc1, by="clock")
    assert (ended.state, codes(ended)) == (RunState.PARTIAL, ["target.away"])
    assert asking.not_asked(dc1.context, "dc1")["away"][0]["runs"] == 3
    dc1.context.clock.forward(minutes=16)
    assert codes(run(dc1, by="clock")) == ["target.unreachable"]
    dc1.context.clock.forward(minutes=16)
    assert codes(run(dc1, by="clock")) == ["target.away"]
    dc1.context.clock.forward(minutes=16)
    dc1.write("row2", HOST)
    assert codes(run(dc1, by="clock")) == []
    assert asking.not_asked(dc1.context, "dc1")["away"] == []


def test_a_person_asks_a_target_that_is_away_all_the_same(dc1):
    """They have a reason to think it is back; it is asked once, not three times."""
    dc1.write("row2", fail="Unreachable")
    for _ in range(4):
        run(dc1, by="clock")
    assert codes(run(dc1)) == ["target.unreachable"]
    dc1.write("row2", HOST)
    assert codes(run(dc1, targets=["row2"])) == []
    assert codes(run(dc1, by="clock")) == []


def test_a_clock_that_was_set_back_keeps_no_target_out(dc1):
    """Nobody waits for longer than the longest pause."""
    dc1.write("row2", fail="Unreachable")
    for _ in range(4):
        run(dc1, by="clock")
    dc1.write("row2", HOST)
    dc1.context.clock._now -= timedelta(days=400)
    assert codes(run(dc1, by="clock")) == []


def test_what_is_left_out_retires_nothing(dc1):
    """It was not read, so what it had told stands."""
    dc1.write("row2", {"name": "db1", "serial": "Acme|S2"})
    run(dc1)
    dc1.write("row2", fail="Unreachable")
    for _ in range(12):
        dc1.context.clock.forward(days=3)
        run(dc1, by="clock")
    from cmdb.model.ci import CIS, CIStatus

    assert {ci.status for ci in dc1.context.records.find(CIS)} == {CIStatus.ACTIVE}

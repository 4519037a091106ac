"""Jobs, runs and the worker at the command line."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from cmdb import jobs
from cmdb.context import Context
from cmdb.jobs import Job, Result
from cmdb.model.run import RunState, Said
from cmdb.roles import Actor, Role
from cmdb.running import Pace, Runner
from cmdb.stores.sqlite import open_store
from web.worker import table as the_table
from web.worker.audit import verify
from web.worker.retention import let_go


@pytest.fixture
def replaced(monkeypatch):
    """A function that puts another call behind the job audit-verify."""

    def replace(call, **more):
        real = the_table.table

        def table(settings, store):
            return {name: job._replace(call=call, **more) for name, job in real(settings, store).items()}

        monkeypatch.setattr(the_table, "table", table)

    return replace


def alter(store: Path) -> None:
    """Change one byte of what the log holds."""
    connection = sqlite3.connect(store)
    connection.execute("UPDATE revision SET actor = 'nobody' WHERE number = 1")
    connection.commit()
    connection.close()


def test_a_job_is_run_now_and_its_run_is_a_record(foreshock, estate):
    """It waits until the end, and says what came of it."""
    ended = foreshock("job", "run", "audit-verify", "-o", "json").ok().json
    assert (ended["id"], ended["state"], ended["progress"]) == ("audit-verify@1", "ok", None)
    assert ended["figures"]["findings"] == 0
    shown = foreshock("run", "show", "audit-verify@1").ok().out
    assert "audit-verify@1 went well: nothing was altered, up to revision" in shown
    assert foreshock("run", "show", "audit-verify@1", "-o", "json").ok().json == ended
    listed = foreshock("run", "list", "-o", "json").ok().json
    assert listed == {"rows": [ended], "next": None}


def test_a_log_that_was_altered_fails_the_run_and_every_finding_is_readable(foreshock, estate, tmp_path):
    """Status 1, and the words of `foreshock check`."""
    alter(tmp_path / "estate.db")
    run = foreshock("job", "run", "audit-verify")
    assert run.status == 1
    assert "audit-verify@1 failed: 1 thing is wrong in the store, 1 of them listed" in run.out
    assert "its bytes were altered [check.altered]: revision 1" in run.out


def test_jobs_are_listed_with_their_schedule_and_last_run(foreshock, estate):
    """The next moment in UTC; `off` leaves the job to those who ask."""
    rows = {row["name"]: row for row in foreshock("job", "list", "-o", "json").ok().json["rows"]}
    row, asked = rows["audit-verify"], rows["question"]
    assert (asked["name"], asked["schedule"], asked["next"]) == ("question", None, None)
    assert (row["name"], row["schedule"], row["last"]) == ("audit-verify", "30 2 * * *", None)
    assert row["next"].endswith("T02:30:00Z")
    foreshock("job", "run", "audit-verify").ok()
    off = {"FORESHOCK_AUDIT_SCHEDULE": "off"}
    told = " ".join(foreshock("job", "list", env=off).ok().out.split())
    assert "audit-verify only when asked for audit-verify@1 ok" in told
    sundays = {"FORESHOCK_AUDIT_SCHEDULE": " 0  4 * * sun "}
    assert foreshock("job", "list", "-o", "json", env=sundays).ok().json["rows"][0]["schedule"] == "0 4 * * sun"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0 4 * * 7", "schedule.weekday"),
        ("0 4 31 2 *", "schedule.unreadable"),
        ("61 4 * * *", "schedule.unreadable"),
        ("never", "schedule.unreadable"),
        ("* * * * * *", "schedule.unreadable"),
        ("☃ ☃ ☃ ☃ ☃", "schedule.unreadable"),
    ],
)
@pytest.mark.parametrize("words", [("job", "list"), ("job", "run", "audit-verify")])
def test_a_schedule_that_never_comes_is_refused(foreshock, text, code, words):
    """Before anything is done, naming the setting."""
    refused = foreshock(*words, "-o", "json", env={"FORESHOCK_AUDIT_SCHEDULE": text})
    assert refused.status == 2
    assert "FORESHOCK_AUDIT_SCHEDULE" in refused.json["title"]
    assert [fault["code"] for fault in refused.json["errors"]] == [code]


def test_what_is_not_there_is_told(foreshock, estate):
    """A job, a run; and what has ended can not be cancelled."""
    assert foreshock("job", "run", "nothing").status == 4
    assert foreshock("run", "show", "audit-verify@7").status == 4
    assert foreshock("run", "cancel", "audit-verify@7").status == 4
    foreshock("job", "run", "audit-verify").ok()
    assert foreshock("run", "cancel", "audit-verify@1").status == 2
    assert "No run is there" in foreshock("run", "list", "--state", "lost").ok().out


def test_who_may_not_run_jobs_is_told_who_may(foreshock, people, estate):
    """A board member reads runs; workers are the administrator's."""
    foreshock("job", "list", env=people("board")).ok()
    assert foreshock("job", "run", "audit-verify", env=people("board")).status == 7
    assert foreshock("job", "run", "audit-verify", env=people("auditor")).status == 0


def test_a_job_that_works_in_part_has_a_status_of_its_own(foreshock, replaced, estate):
    """And one line for each target that failed, also where nobody made a sentence for it yet."""

    def call(_):
        return Result(RunState.PARTIAL, Said("scan.partly", {"of": 2}), (Said("scan.away", {"host": "h1"}),), {"n": 1})

    replaced(call)
    run = foreshock("job", "run", "audit-verify")
    assert run.status == 6
    assert "went well in part: scan.partly: of 2" in run.out
    assert "scan.away: host h1" in run.out


def test_why_a_run_waits_is_said_while_somebody_watches(foreshock, replaced, estate):
    """An error that passes: the run is begun anew by the one who waits for it."""
    from cmdb.ports.errors import StoreUnavailable

    answers = iter([StoreUnavailable(store="cmdb", cause="it is away"), None])

    def call(_):
        error = next(answers)
        if error is not None:
            raise error
        return Result()

    replaced(call, backoff=0.3)
    run = foreshock("job", "run", "audit-verify").ok()
    assert "audit-verify@1 waits to be begun anew: the store cmdb can not be used: it is away" in run.err
    assert "attempt    2" in run.out


def test_ctrl_c_cancels_the_run_one_waits_for(foreshock, replaced, estate):
    """It is on record who did; the status is that of an interruption."""
    begun = threading.Event()

    def call(work):
        begun.set()
        while True:
            work.progress("waiting", 1)
            time.sleep(0.01)

    def interrupt() -> None:
        begun.wait(20)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    replaced(call)
    threading.Thread(target=interrupt).start()
    run = foreshock("job", "run", "audit-verify")
    assert run.status == 130
    assert "audit-verify@1 is asked to stop\naudit-verify@1 is cancelled\n" in run.err
    assert foreshock("run", "show", "audit-verify@1", "-o", "json").ok().json["state"] == "cancelled"


def test_ctrl_c_that_comes_too_late_is_not_called_a_cancellation(foreshock, replaced, estate):
    """What is said is what the record says: the run went on to its end."""

    def call(work):
        os.kill(os.getpid(), signal.SIGINT)
        while work.told_to_stop is None:
            time.sleep(0.01)
        return Result(said=Said("audit.sound", {"revision": 1}))

    replaced(call)
    run = foreshock("job", "run", "audit-verify")
    assert run.status == 130
    assert "audit-verify@1 is asked to stop\n" in run.err
    assert "audit-verify@1 went well, though" in run.err
    assert "is cancelled" not in run.err
    assert foreshock("run", "show", "audit-verify@1", "-o", "json").ok().json["state"] == "ok"


def step(file: Path, call, name: str = "audit-verify") -> threading.Thread:
    """Let another worker, in a thread of its own, do the run that waits."""
    from web.bootstrap import SystemClock

    def work() -> None:
        store = open_store(file)
        job = Job(name, "Look.", call, frozenset({Role.AUDITOR, Role.ADMINISTRATOR}))
        try:
            context = Context(store, store.coordination, SystemClock(), Actor("peer", frozenset({Role.ENGINEER})))
            jobs.submit(context, name)
            Runner(store, SystemClock(), {name: job}, holder="other", pace=Pace(tick=0.02)).step()
        finally:
            store.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("name", "real"), [("audit-verify", verify), ("history-compact", partial(let_go, days=1))], ids=["audit", "history"]
)
def test_the_jobs_there_are_stop_when_their_run_is_cancelled(foreshock, estate, tmp_path, name, real):
    """At the next part of their work, however small the store; the command waits until the record says so."""
    begun = threading.Event()

    def call(work):
        begun.set()
        while work.told_to_stop is None:
            time.sleep(0.01)
        return real(work)

    other = step(tmp_path / "estate.db", call, name)
    assert begun.wait(20)
    assert "was cancelled" in foreshock("run", "cancel", f"{name}@1").ok().out
    other.join(20)
    assert foreshock("run", "show", f"{name}@1", "-o", "json").ok().json["state"] == "cancelled"


def test_a_run_that_goes_on_after_it_was_cancelled_is_said_to_be_asked(foreshock, monkeypatch, estate, tmp_path):
    """Until its end; and when it ends well all the same, that is said."""
    begun, released = threading.Event(), threading.Event()

    def call(_):
        begun.set()
        released.wait(20)
        return Result()

    monkeypatch.setattr("web.cli.runs.PATIENCE", 0.2)
    other = step(tmp_path / "estate.db", call)
    assert begun.wait(20)
    assert "audit-verify@1 still runs and was asked to stop by" in foreshock("run", "cancel", "audit-verify@1").ok().out
    released.set()
    other.join(20)
    assert "audit-verify@1 went well, though" in foreshock("run", "show", "audit-verify@1").ok().out


def test_a_run_that_has_ended_says_how_when_somebody_cancels_it(foreshock, replaced, estate):
    """In words, and by a code for scripts."""
    foreshock("job", "run", "audit-verify").ok()
    refused = foreshock("run", "cancel", "audit-verify@1")
    assert refused.status == 2
    assert "audit-verify@1 has ended already and can not be cancelled: it ended ok" in refused.err
    assert foreshock("run", "cancel", "audit-verify@1", "-o", "json").json["code"] == "run.ended"
    replaced(lambda _: Result(RunState.FAILED))
    assert foreshock("job", "run", "audit-verify").status == 1
    assert "can not be cancelled: it failed" in foreshock("run", "cancel", "audit-verify@2").err


def test_a_job_that_is_not_there_is_told_with_the_way_to_those_that_are(foreshock, estate):
    """One that a setting switches on is told with the setting."""
    nope = foreshock("job", "run", "nope")
    assert nope.status == 4
    assert "there is no job nope\nSee which jobs there are: foreshock job list\n" in nope.err
    off = foreshock("job", "run", "history-compact")
    assert off.status == 4
    assert "the job history-compact is switched off; FORESHOCK_HISTORY_DAYS switches it on" in off.err
    assert foreshock("job", "run", "history-compact", "-o", "json").json["code"] == "job.off"


def test_history_is_only_let_go_of_where_a_setting_asks(foreshock, estate):
    """Then there is one job more, which does what `foreshock store compact` does."""
    assert foreshock("job", "run", "history-compact").status == 4
    ten_years = {"FORESHOCK_HISTORY_DAYS": "3650"}
    names = [row["name"] for row in foreshock("job", "list", "-o", "json", env=ten_years).ok().json["rows"]]
    without = [row["name"] for row in foreshock("job", "list", "-o", "json").ok().json["rows"]]
    assert sorted(names) == sorted([*without, "history-compact"])
    run = foreshock("job", "run", "history-compact", "-o", "json", env=ten_years).ok().json
    assert run["figures"] == {"floor": 0, "gone": 0, "kept": 0, "cited": 0}


@pytest.mark.parametrize("days", ["0", "-1", "ten", "1.5", "٣", "9999999"])
def test_days_that_are_no_days_are_refused(foreshock, days):
    """Nothing is let go of by mistake."""
    refused = foreshock("job", "list", "-o", "json", env={"FORESHOCK_HISTORY_DAYS": days})
    assert refused.status == 2
    assert [fault["code"] for fault in refused.json["errors"]] == ["history.days"]


# the worker ----------------------------------------------------------------------------------------------------------
def ready(running) -> str:
    """Wait for the worker's line."""
    return running.stdout.readline().decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_runs_until_it_is_told_to_end(process, environment, number):
    """One line when it is ready; status 0."""
    with process("worker", "--at-once", "1") as running:
        assert ready(running).endswith("is ready for 1 run at once.\n")
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (0, b"")
    assert b"Traceback" not in err


def test_a_worker_that_was_frozen_hears_that_it_is_to_end(process, environment):
    """What comes right after it goes on may reach any of its threads."""
    with process("worker", "--at-once", "4") as running:
        ready(running)
        for _ in range(5):
            running.send_signal(signal.SIGSTOP)
            time.sleep(0.02)
            running.send_signal(signal.SIGCONT)
        running.terminate()
        running.communicate(timeout=60)
    assert running.returncode == 0


def test_a_worker_asks_for_what_is_due_and_does_what_others_asked_for(process, foreshock, estate):
    """The clock's run and one that somebody left in the queue, both told on standard error."""
    from web.bootstrap import SystemClock

    store = open_store(Path(estate).parent / "estate.db")
    context = Context(store, store.coordination, SystemClock(), Actor("peer", frozenset({Role.ENGINEER})))
    jobs.submit(context, "audit-verify")
    clock = Context(store, store.coordination, SystemClock(), Actor("clock", frozenset({Role.ENGINEER})))
    jobs.submit(clock, "audit-verify", slot="2026-03-02T02:30:00Z")
    jobs.cancel(clock, "audit-verify@2026-03-02T02:30:00Z")
    with process("worker", "-o", "json") as running:
        for _ in range(200):
            runs = jobs.listing(context, states=[RunState.OK]).rows
            if len(runs) == 2:
                break
            time.sleep(0.1)
        running.terminate()
        _, err = running.communicate(timeout=60)
    store.close()
    assert running.returncode == 0
    made_up = next(held.record for held in runs if held.record.requested_by == "clock")
    assert made_up.because.code == "clock.missed"
    assert "it makes up for every moment after 2026-03-02T02:30:00Z until" in err.decode()
    assert "audit-verify@1 went well" in err.decode()


def test_a_worker_needs_the_right_and_a_store_of_this_machine(foreshock, people, estate, finish):
    """Status 7; with a server named, it says where to run."""
    assert finish("worker", env=people("requester")).status == 7
    assert finish("worker", env={"FORESHOCK_URL": "http://127.0.0.1:9"}).status == 2
    assert finish("worker", env={"FORESHOCK_AUDIT_SCHEDULE": "often"}).status == 2


def test_assessments_are_computed_again_and_what_differs_is_told(foreshock, estate, tmp_path, people):
    """The job tells of each why: here a record that somebody altered."""
    window = ("--from", "2032-03-01T22:00Z", "--to", "2032-03-01T23:00Z")
    foreshock("change", "new", "--title", "T", "--reason", "R", "--target", "web1", *window, "--submit").ok()
    foreshock("change", "assess", "CHG-1001").ok()
    assert "1 of 1 assessment computed again" in foreshock("job", "run", "audit-replay").ok().out
    with sqlite3.connect(tmp_path / "estate.db") as connection:
        connection.execute("UPDATE doc_assessment SET document = replace(document, 'CHG-1001', 'CHG-1009')")
    connection.close()
    run = foreshock("job", "run", "audit-replay")
    assert run.status == 1
    assert "1 of 1 assessment came out otherwise" in run.out
    assert "ASM-1001 of CHG-1001: the record, or one it is linked with, was altered" in run.out

"""Questions asked with --job, progress of long ones, and Ctrl-C."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cmdb.running import Pace, Runner
from cmdb.stores.sqlite import open_store
from tests.web.cli.conftest import ROOT

ASKED = [
    ("impact", "web1", "lb1"),
    ("spof", "checkout", "--down", "lb1"),
    ("outage", "checkout", "--down", "lb1", "web1", "--window", "4"),
    ("outage", "checkout", "--budget", "0"),
    ("risk-groups", "checkout", "--top", "3"),
    ("criticality", "pdu-b4-1", "web1"),
    ("calendar", "conflicts", "--from", "2032-01-01T00:00Z", "--down", "lb2", "--state", "assessed"),
]


def step(file) -> bool:
    """Let a worker do the next run that waits; False when there is none."""
    from web.bootstrap import SystemClock, job_table
    from web.settings import Settings

    store = open_store(file)
    try:
        return Runner(store, SystemClock(), job_table(Settings(), store), holder="w1", pace=Pace(tick=0.02)).step()
    finally:
        store.close()


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_a_question_asked_as_a_job_is_answered_as_it_is_directly(foreshock, estate, tmp_path, words):
    """The run is told at once; its answer is printed as the command itself prints it, in every format."""
    as_of = () if words[0] == "calendar" else ("--as-of", "1")
    direct = [foreshock(*words, *as_of, "-o", shape).ok().out for shape in ("json", "table", "csv")]

    run = foreshock(*words, "--job", "-o", "json").ok().json

    assert (run["id"], run["state"], run["parameters"]["at"]) == ("question@1", "queued", 1)
    waiting = foreshock("run", "result", "question@1")
    assert (waiting.status, "question@1 has no answer: it waits for a worker" in waiting.err) == (2, True)
    assert step(tmp_path / "estate.db")
    answers = [foreshock("run", "result", "question@1", "-o", shape).ok().out for shape in ("json", "table", "csv")]
    if words[0] == "calendar":
        direct, answers = ([text.replace("revision 4", "revision 1") for text in texts] for texts in (direct, answers))
        answers[0], direct[0] = ({**json.loads(text), "revision": 0} for text in (answers[0], direct[0]))
    assert answers == direct
    shown = foreshock("run", "show", "question@1").ok().out
    assert "is answered; read it: foreshock run result question@1" in shown


def test_the_same_question_has_the_same_bytes_whatever_is_written_meanwhile(foreshock, estate, tmp_path):
    """It is answered as of the revision that was newest when it was asked."""
    foreshock("criticality", "--job").ok()
    foreshock("ci", "add", "web9", "--class", "server", "--name", "web9").ok()
    foreshock("criticality", "--job", "--as-of", "1").ok()
    foreshock("ci", "retire", "web1", "--yes").ok()
    while step(tmp_path / "estate.db"):
        pass
    rows = foreshock("run", "list", "-o", "json").ok().json["rows"]
    assert len({row["figures"]["result"] for row in rows}) == 1
    assert {row["figures"]["revision"] for row in rows} == {1}


def test_what_is_wrong_with_a_question_is_told_before_there_is_a_run(foreshock, estate, revision):
    """All at once, with the nearest names; nothing is written."""
    before = revision()
    wrong = foreshock("outage", "checkout", "--window", "-1", "--budget", "-1", "--job", "-o", "json")
    assert (wrong.status, [fault["pointer"] for fault in wrong.json["errors"]]) == (2, ["/window", "/budget"])
    unknown = foreshock("outage", "chekout", "--down", "WEB-1", "nope", "--job", "-o", "json")
    assert (unknown.status, unknown.json["ids"]) == (4, ["WEB-1", "chekout", "nope"])
    assert unknown.json["nearest"] == {"WEB-1": ["web1"], "chekout": ["checkout"]}
    late = foreshock("calendar", "conflicts", "--from", "2032-01-02T00:00Z", "--to", "2032-01-01T00:00Z", "--job")
    assert late.status == 2
    assert foreshock("impact", "web1", "--blast", "--job").status == 2
    assert foreshock("impact", "web1", "--job", "--as-of", "99").status == 4
    assert foreshock("job", "run", "question").status == 2
    assert revision() == before


def test_who_may_ask_directly_may_ask_as_a_job(foreshock, estate, people):
    """A viewer too, who may run no other job and cancel no run that another asked for."""
    foreshock("outage", "checkout", "--job", env=people("somebody")).ok()
    foreshock("outage", "checkout", "--job", env=people("peer")).ok()
    foreshock("run", "show", "question@1", env=people("somebody")).ok()
    assert foreshock("run", "cancel", "question@2", env=people("somebody")).status == 7
    foreshock("run", "cancel", "question@1", env=people("somebody")).ok()
    refused = foreshock("run", "result", "question@1", "-o", "json", env=people("somebody"))
    assert (refused.status, refused.json["code"]) == (2, "question.not_answered")


@pytest.fixture
def maze(foreshock, tmp_path):
    """A service whose diagram is larger than any budget: forty pools that share their members at random."""
    draw = random.Random(7)
    servers = [f"s{number:02d}" for number in range(90)]
    items = [{"id": ci, "class": "server", "name": ci, "unavailability": 0.01} for ci in servers]
    items.append({"id": "maze", "class": "service", "name": "maze"})
    relations, groups = [], []
    for pool in range(60):
        groups.append({"item": "maze", "name": f"pool{pool}", "needs": 3})
        for target in draw.sample(servers, 6):
            relations.append({"source": "maze", "type": "depends_on", "target": target, "group": f"pool{pool}"})
    path = tmp_path / "maze.json"
    path.write_text(json.dumps({"format": "estate/1", "items": items, "relations": relations, "groups": groups}))
    foreshock("import", "estate", str(path)).ok()


def test_a_question_that_goes_on_tells_how_far_it_is_and_stops_when_it_is_cancelled(foreshock, maze, tmp_path):
    """In the middle of its diagram; there is no answer then."""
    foreshock("outage", "maze", "--budget", "16777216", "--job").ok()
    worker = threading.Thread(target=step, args=(tmp_path / "estate.db",))
    worker.start()
    seen = None
    while not seen or seen["step"] == "graph":
        shown = foreshock("run", "show", "question@1", "-o", "json").ok().json
        assert shown["state"] in ("queued", "running")
        seen = shown["progress"]
        time.sleep(0.05)
    assert seen["step"] == "nodes of a diagram"
    assert "was cancelled" in foreshock("run", "cancel", "question@1").ok().out
    worker.join(60)
    assert not worker.is_alive()
    ended = foreshock("run", "show", "question@1", "-o", "json").ok().json
    assert (ended["state"], ended["figures"]) == ("cancelled", {})


def test_progress_is_drawn_for_who_watches_and_ctrl_c_ends_the_question(process, maze):
    """On standard error alone; status 130, and it is said that nothing was written."""
    ours, theirs = os.openpty()
    words = ("outage", "maze", "--budget", "16777216")
    with process(*words, stderr=theirs, env={"TERM": "xterm"}) as running:
        os.close(theirs)
        seen = b""
        while b"nodes of a diagram" not in seen:
            seen += os.read(ours, 4096)
        running.send_signal(signal.SIGINT)
        while b"interrupted" not in seen:
            seen += os.read(ours, 4096)
        out = running.stdout.read()
    os.close(ours)
    assert (running.returncode, out) == (130, b"")
    assert b"interrupted; nothing was written" in seen


DEAF = """
import hashlib
from web.cli.asking import asking
from web.cli.session import Session
with asking(Session()):
    print("begun", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


def spent(pid: int) -> int:
    """Return the ticks of the processor that a process has used."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc whether the process is at work")
def test_ctrl_c_ends_a_question_that_is_deep_in_compiled_code(environment):
    """Code that hears no signal while it runs does not hold up who wants to leave."""
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(
        [sys.executable, "-c", DEAF], env=whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout.readline() == b"begun\n"
        began = spent(running.pid)
        while spent(running.pid) < began + 20:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said.decode()) == (130, "foreshock: interrupted; nothing was written\n")

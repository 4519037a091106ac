"""A run in words: every code we write has a sentence, and one of somebody else's is shown with its facts."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from cmdb.model import run as run_model
from cmdb.model.run import Run, RunState, Said
from tests.builders import NOON, moment
from web import wording_run
from web.wording_run import SENTENCES, STATE_WORDS, progress_words, run_words, said_words
from web.worker import clock

ROOT = Path(__file__).resolve().parents[2]
CANCELLED = Said("run.cancelled", {"by": "peer"})


def a_run(state: RunState, **more) -> Run:
    return Run("scan@1", "scan", "1", state, "engineer", moment(NOON), **more)


def test_every_code_a_run_of_ours_says_has_a_sentence():
    """Those of the office, the worker, hooks and receivers, found where they are written."""
    said = set()
    answering = ROOT / "impact" / "questions" / "background.py"
    asking = [ROOT / "discovery" / name for name in ("hooks.py", "receiving.py")]
    for path in (*(ROOT / "cmdb").glob("*.py"), *(ROOT / "web" / "worker").rglob("*.py"), answering, *asking):
        text = path.read_text(encoding="utf-8")
        said |= set(re.findall(r'Said\(\s*"([a-z_.]+)"', text))
        said |= set(re.findall(r'^[A-Z_]+ = "(run\.[a-z_]+)"', text, re.MULTILINE))
    for name in ("run.py", "together.py", "bounds.py"):
        source_runs = (ROOT / "discovery" / name).read_text(encoding="utf-8")
        said |= set(re.findall(r'"(discover\.[a-z_]+)"', source_runs))
    # What was lost is never written: it is another's run by then.
    assert said - {"run.gone"} == set(SENTENCES)
    assert set(STATE_WORDS) == set(RunState)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said("run.time_limit", {"seconds": 5.0}), "it took longer than the 5 s it may take"),
        (Said("store.unavailable", {"store": "it", "cause": "away"}), "the store it can not be used: away"),
        (Said("scan.away", {"host": "h", "n": 2}), "scan.away: host h, n 2"),
        (Said("scan.away"), "scan.away"),
        (Said("run.time_limit", {"other": 1}), "run.time_limit: other 1"),
        (Said("run.time_limit", {"seconds": "long"}), "run.time_limit: seconds long"),
    ],
)
def test_what_is_said_is_a_sentence_with_its_facts(said, words):
    """Of a code nobody knows here, or with facts that do not fit, the code and the facts."""
    assert said_words(said) == words


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (a_run(RunState.QUEUED), "scan@1 waits"),
        (a_run(RunState.QUEUED, attempt=1, said=Said("a.b")), "scan@1 waits to be begun anew: a.b"),
        (a_run(RunState.RUNNING, attempt=1), "scan@1 runs"),
        (a_run(RunState.RUNNING, attempt=2), "scan@1 runs, attempt 2"),
        (
            a_run(RunState.RUNNING, cancelled_by="peer"),
            "scan@1 still runs and was asked to stop by peer; "
            "if its worker has died, cancel it again in half a minute, which ends it",
        ),
        (a_run(RunState.OK, cancelled_by="peer"), "scan@1 went well, though peer asked it to stop"),
        (
            a_run(RunState.CANCELLED, said=Said("run.cancelled", {"by": "peer"})),
            "scan@1 was cancelled: peer cancelled it",
        ),
        (a_run(RunState.OK), "scan@1 went well"),
    ],
)
def test_how_a_run_stands_is_one_line(run, words):
    """Its id, its state, and why."""
    assert run_words(run) == words


def test_progress_counts_up_to_what_is_known():
    """With the total where there is one."""
    assert progress_words({"step": "check", "done": 1200}) == "check: 1,200"
    assert progress_words({"step": "fetch", "done": 1, "total": 4000}) == "fetch: 1 of 4,000"


@pytest.mark.parametrize("module", [wording_run, run_model, clock], ids=lambda module: module.__name__)
def test_the_examples_hold(module):
    """As they stand in the docstrings."""
    assert doctest.testmod(module) == (0, doctest.testmod(module).attempted)
    assert doctest.testmod(module).attempted

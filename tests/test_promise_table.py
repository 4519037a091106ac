"""The table of promises shows what was seen, also of a promise that was broken, whichever process saw it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = ("-c", os.devnull)
CONFTEST = "from tests.promise_table import promise, pytest_addoption, pytest_terminal_summary\n"
TESTS = """
import pytest

def test_kept(promise):
    promise("b is kept", "0 lost in 3", "Neo4j").seen("0 lost in 3 | quickly")

def test_broken(promise):
    kept = promise("a is kept", "0 lost in 5")
    kept.seen("2 lost in 5")
    assert False

def test_not_reached(promise):
    promise("c is kept", "1")
    raise ValueError

def test_skipped(promise):
    pytest.skip("there is no server")
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "several"])
def test_every_row_is_there_in_order(tmp_path, workers):
    """Kept, broken, not reached, and what was not run, with the reason."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *workers, "--rootdir", tmp_path, "--promises", "anew", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (tmp_path / "bench" / "promises.md").read_text(encoding="utf-8").splitlines()
    assert lines[4:] == [
        "| promise | store | asked | seen |",
        "|---|---|---|---|",
        "| a is kept | SQLite | 0 lost in 5 | BROKEN: 2 lost in 5 |",
        "| b is kept | Neo4j | 0 lost in 3 | 0 lost in 3 \\| quickly |",
        "| c is kept | SQLite | 1 | BROKEN: nothing: the test did not come so far |",
        "",
        "not run: test_it.py::test_skipped: there is no server",
    ]
    assert "b is kept  Neo4j   0 lost in 3  0 lost in 3 | quickly" in done.stdout


def test_a_second_run_adds_to_the_rows_of_the_first(tmp_path):
    """What may run beside other tests and what must run alone end up in one table; what is run again is replaced."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name, how, seen in (("b", "anew", "y"), ("a", "more", "1"), ("a", "more", "2")):
        (tmp_path / "test_it.py").write_text(f"def test_it(promise):\n    promise('{name}', 'x').seen('{seen}')\n")
        subprocess.run(
            [sys.executable, "-m", "pytest", *OPTIONS, "--rootdir", tmp_path, "--promises", how, tmp_path],
            cwd=ROOT,
            check=True,
        )
    lines = (tmp_path / "bench" / "promises.md").read_text(encoding="utf-8").splitlines()
    assert lines[6:] == ["| a | SQLite | x | 2 |", "| b | SQLite | x | y |"]

"""A data centre of up to 70,656 devices goes through the ordinary import, and its outage is known to the last digit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.fat_tree import FatTree

ROOT = Path(__file__).resolve().parents[2]
MOST = 1.0
TREES = [
    # Ports, replicas, how many of them are needed, and the probability of an outage in as many digits as are known.
    (48, 3, 1, "7.988005999e-09"),
    (48, 5, 3, "7.96407311506e-08"),
    (64, 3, 1, "7.988005999e-09"),
]


def foreshock(folder: Path, *words: str) -> tuple[Any, dict[str, float]]:
    """Run a command as a process of its own; return its answer and its seconds."""
    settings = {"FORESHOCK_STORE": f"sqlite:///{folder}/estate.db", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", *words, "--timing", "-o", "json"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])


def answered(folder: Path, tree: FatTree) -> tuple[dict[str, Any], dict[str, float], float]:
    """Import a tree and ask for the outage twice: the answer, the second one's seconds, and those of the import."""
    tree.write(folder / "estate.jsonl.gz")
    _, imported = foreshock(folder, "import", "estate", str(folder / "estate.jsonl.gz"))
    first, _ = foreshock(folder, "outage", "service")
    again, seconds = foreshock(folder, "outage", "service")
    assert again == first
    return again, seconds, imported["total"]


@pytest.mark.promises
@pytest.mark.timed
@pytest.mark.parametrize(("k", "replicas", "needs", "probability"), TREES)
def test_an_outage_in_a_data_centre_is_exact_within_a_second(k, replicas, needs, probability, tmp_path, promise):
    """As an engineer does it: `foreshock import estate`, then `foreshock outage`; loading is told apart."""
    tree = FatTree(k, replicas, needs)
    asked = f"exactly {probability}, below {MOST:g} s after load"
    kept = promise(f"outage of {needs} of {replicas} in a fat-tree of {tree.devices:,} devices", asked)
    answer, seconds, imported = answered(tmp_path, tree)
    digits = len(probability.partition("e")[0]) - 1
    found = f"{answer['probability']:.{digits}g}"
    kept.seen(
        f"{found}, {answer['method']}, {answer['nodes']} nodes: {seconds['compute']:.2f} s "
        f"after {seconds['load']:.2f} s of loading (the import took {imported:.1f} s)"
    )
    assert (found, answer["method"]) == (probability, "exact")
    assert seconds["compute"] < MOST

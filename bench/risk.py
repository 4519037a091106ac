"""
P(fail) measured on a history: time of the whole backtest of 100,000 changes, and how good it is on a real history.

``python -m bench.risk [CHANGES]`` draws organisations with known truth (:mod:`tests.oracles.change_simulator`) and asks
``foreshock risk backtest`` as a process of its own. The real history is that of the test data, where it is there.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.table import tell
from tests.oracles.change_simulator import simulate

ROOT = Path(__file__).resolve().parent.parent
BENEATH = ROOT.parent / "shared" / "data"
MOST_SECONDS = 60.0


def write(path: Path, changes: int) -> None:
    """Write a simulated history as a file of changes."""
    simulated = simulate(1, changes=changes, days=changes / 20.0, rate=0.05)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        head = ["id", "started_at", "outcome", "outcome_known_at", "type", "model", "team", "targets", "requested_at"]
        rows.writerow([*head, "fact_test_evidence"])
        for change in simulated.changes:
            known = change.planned
            targets = "|".join(f"{name}:{ci}" for name, ci in zip(known.classes, known.targets, strict=True))
            times = [moment.isoformat() for moment in (known.starts_at, change.known_at, known.requested_at)]
            row = [known.id, times[0], change.outcome, times[1], known.type, known.model, known.team, targets, times[2]]
            rows.writerow([*row, "true" if known.facts["test_evidence"] else "false"])


def asked(file: Path, *words: str) -> tuple[dict[str, Any], float, float]:
    """Return the answer of the command, its seconds, and its peak of memory in megabytes."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        command = [sys.executable, "-m", "web.cli", "risk", "backtest", str(file), *words, "-o", "json"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, env={**os.environ, "NO_COLOR": "1"})
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(process.returncode)
        out.seek(0)
        return json.load(out), seconds, used.ru_maxrss / 1024


def main() -> int:
    """Measure both, and print what was seen."""
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "changes.csv"
        write(file, changes)
        answer, seconds, memory = asked(file)
    print(f"{changes:,} simulated changes: {seconds:.1f} s, {memory:,.0f} MB, AUC {answer['auc']:.3f}")
    goal = f"{MOST_SECONDS:g} s"
    tell(
        "backtest of P(fail), with all it is measured beside",
        f"{changes:,} changes",
        f"{seconds:.1f} s",
        goal=goal,
        kept=seconds < MOST_SECONDS,
        memory_mb=memory,
    )
    real = Path(os.environ.get("FORESHOCK_TEST_DATA", BENEATH)) / "wikimedia" / "changes-2011-2018.csv.gz"
    if not real.is_file():
        print(f"no data: {real} is not there")
        return 0
    answer, seconds, memory = asked(real, "--score-from", "2014-01-01")
    rules = {one["name"]: one for one in answer["by"]}
    best = max(rules[name]["auc"] for name in ("overall rate", "CI rate", "implementer rate"))
    ours = f"AUC {answer['auc']:.3f}, skill {answer['brier_skill']:.4f}, calibration error {answer['ece']:.4f}"
    peers = [f"{name} {rules[name]['auc']:.3f}" for name in ("plain logistic", "gradient boosting")]
    print(f"{answer['n']:,} real changes: {ours}, coverage {answer['coverage90']:.3f}, {seconds:.1f} s")
    tell(
        "P(fail) on a real history, scored from 2014",
        f"{answer['n']:,} changes, {answer['positives']:,} backed out",
        f"{ours}, coverage {answer['coverage90']:.3f} in {seconds:.1f} s",
        peer=f"best simple rule {best:.3f}; {'; '.join(peers)}",
        ratio=f"{answer['auc'] - best:+.3f}",
        goal="AUC 0.05 above the best simple rule",
        kept=answer["auc"] >= best + 0.05,
        memory_mb=memory,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

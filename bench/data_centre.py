"""
An outage in a fat-tree data centre, through the ordinary import, beside SCRAM on the same fault tree in the same run.

``python -m bench.data_centre [SECONDS]``: each estate is written, imported into a store of its own by the command, and
asked for by ``foreshock outage --timing``, so that loading and computing are told apart; each command is a process.
SCRAM (Debian package ``scram``) gets the service's cone as a fault tree in Open-PSA MEF, and SECONDS (60) and 8 GB.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.aralia import SECONDS, scram
from bench.fat_tree import SERVICE, FatTree
from bench.table import megabytes, tell

ROOT = Path(__file__).resolve().parent.parent
TREES = (FatTree(48, 3, 1), FatTree(48, 5, 3), FatTree(64, 3, 1))
GOAL, DIGITS = 1.0, 1e-9


def command(folder: str, *words: str) -> tuple[dict[str, Any], dict[str, float], float]:
    """Run a command on the store of a folder; return its answer, its seconds and its peak of memory in megabytes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORESHOCK_STORE": f"sqlite:///{folder}/store.db"}
    out, err = Path(folder, "out"), Path(folder, "err")
    with out.open("wb") as told, err.open("wb") as timed:
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", *words, "--timing", "-o", "json"],
            env=environment,
            stdout=told,
            stderr=timed,
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(err.read_text(encoding="utf-8"))
    seconds = json.loads(err.read_text(encoding="utf-8").splitlines()[-1])
    return json.loads(out.read_bytes()), seconds, used.ru_maxrss / 1024


def fault_tree(tree: FatTree) -> Iterator[str]:
    """Yield the cone of the service as Open-PSA MEF: who is lost by itself or by what it needs."""
    needed: dict[str, dict[str | None, list[str]]] = {}
    for each in tree.relations():
        needed.setdefault(each["source"], {}).setdefault(each.get("group"), []).append(each["target"])
    needs = {(each["item"], each["name"]): each["needs"] for each in tree.groups()}
    cone = [SERVICE]
    seen = {SERVICE}
    yield '<opsa-mef><define-fault-tree name="fat-tree">'
    for ci in cone:
        own = [f'<basic-event name="{ci}-itself"/>'] if ci != SERVICE else []
        parts = []
        for group, members in sorted(needed.get(ci, {}).items(), key=str):
            lost = "".join(f'<gate name="{member}"/>' for member in members)
            least = 1 if group is None else len(members) - needs[ci, group] + 1
            parts.append(f'<atleast min="{least}">{lost}</atleast>' if 1 < least < len(members) else _gate(least, lost))
            cone += [member for member in members if member not in seen]
            seen.update(members)
        joined = "".join([*own, *parts])
        yield f'<define-gate name="{ci}">{joined if len([*own, *parts]) == 1 else f"<or>{joined}</or>"}</define-gate>'
    yield "</define-fault-tree><model-data>"
    for ci in cone[1:]:
        yield f'<define-basic-event name="{ci}-itself"><float value="{tree.chance}"/></define-basic-event>'
    yield "</model-data></opsa-mef>"


def _gate(least: int, lost: str) -> str:
    if lost.count("<gate") == 1:
        return lost
    return f"<or>{lost}</or>" if least == 1 else f"<and>{lost}</and>"


def peer(tree: FatTree, folder: str, seconds: float) -> str:
    """Return what SCRAM says of a tree, and in which time."""
    if shutil.which("scram") is None:
        return "SCRAM is missing"
    path = Path(folder, "tree.xml")
    path.write_text("\n".join(fault_tree(tree)), encoding="utf-8")
    found = scram(path, counted=False, seconds=seconds)
    if found.probability is None:
        return f"SCRAM did not in {found.seconds:.0f} s"
    return f"SCRAM {found.probability:g} in {found.seconds:.2f} s"


def main() -> None:
    """Print a line for each data centre."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    for tree in TREES:
        with tempfile.TemporaryDirectory() as folder:
            tree.write(Path(folder, "estate.jsonl.gz"))
            _, imported, _ = command(folder, "import", "estate", str(Path(folder, "estate.jsonl.gz")))
            command(folder, "outage", SERVICE)
            answer, taken, memory = command(folder, "outage", SERVICE)
            other = peer(tree, folder, seconds)
        right = abs(answer["probability"] / tree.expected() - 1) <= DIGITS and answer["method"] == "exact"
        job, size = (
            f"outage, {tree.needs} of {tree.replicas} in a fat-tree of k = {tree.k}",
            f"{tree.devices:,} devices",
        )
        ours = f"{answer['probability']:.12g} in {taken['compute']:.2f} s after {taken['load']:.2f} s of loading"
        print(f"{job}, {size}: {ours}, import {imported['total']:.1f} s, {megabytes(memory)}; {other}", flush=True)
        goal = f"{tree.expected():.12g}, {GOAL:g} s after load"
        tell(job, size, ours, peer=other, goal=goal, kept=right and taken["compute"] < GOAL, memory_mb=memory)


if __name__ == "__main__":
    main()

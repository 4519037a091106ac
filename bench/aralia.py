"""
The fault trees of the Aralia benchmark: exact probability and number of minimal cut sets, beside SCRAM in the same run.

``python -m bench.aralia [FOLDER] [SECONDS]`` takes every tree of the folder (left out: ``aralia`` of the test data)
that its ``expected.json`` names, asks SCRAM (Debian package ``scram``) for the probability by its binary decision
diagram, and then for the minimal cut sets as well, without a limit on their size; each question is a process of its
own with SECONDS (60) and 8 GB. SCRAM is stopped once it has said how many cut sets there are, so that writing them
out, which is most of its time for large trees, does not count. Six digits are compared, as many as SCRAM writes. Ours
is one process, its kernels loaded before; the time of a tree is from its file to both answers.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from math import floor, log10
from pathlib import Path
from typing import NamedTuple

from bench.table import tell
from cmdb.exchange.estate import Faults
from cmdb.exchange.open_psa import read
from impact.graph import Graph, build
from impact.kernels import warm
from impact.risks import outage, risk_groups

SECONDS = 60.0
MEMORY = 8 * 1024**3
_ANY_ORDER = 100_000
_RESULT = re.compile(rb"<sum-of-products ([^>]*)>")
_PRODUCTS = re.compile(rb"<products>([^<]*)</products>")
_PROBABILITY = re.compile(rb"<probability>([^<]*)</probability>")
_ATTRIBUTE = re.compile(rb'(\S+)="([^"]*)"')


class Told(NamedTuple):
    """
    What SCRAM said of one tree, None where it did not.

    ``seconds`` is the time of the whole process until then, ``products`` and ``figure`` what SCRAM itself says that it
    took for the cut sets and for the probability from them; ``processor`` is user and system time.
    """

    probability: float | None
    count: int | None
    seconds: float
    processor: float
    products: float | None
    figure: float | None


def tree_of(path: Path) -> tuple[Graph, str]:
    """
    Return a fault tree as the graph of its estate, and the id of the service that stands for its top gate.

    Raises:
        InvalidInput: it is none.
    """
    faults = Faults()
    with path.open("rb") as stream:
        tree = read(stream, faults)
    faults.refuse(path.name)
    assert tree is not None
    of_kind: dict[str, list[dict[str, object]]] = {"item": [], "relation": [], "group": []}
    for _, kind, document, _ in tree.rows:
        of_kind[kind].append(document)
    items = [
        (i["id"], i["class"], i["name"], i["unavailability"], None, None, i["id"] == tree.service)
        for i in of_kind["item"]
    ]
    relations = [(r["source"], r["target"], r.get("group"), "hard", 1.0) for r in of_kind["relation"]]
    groups = [(g["item"], g["name"], g["needs"], "hard") for g in of_kind["group"]]
    rows = {"items": [items], "relations": [relations], "groups": [groups]}
    return build(revision=1, **rows), tree.service  # type: ignore[arg-type]


def ours(path: Path) -> tuple[float, int]:
    """Return the probability and the number of minimal cut sets of a tree by our own engine, from its file."""
    graph, service = tree_of(path)
    found, groups = outage(graph, service), risk_groups(graph, service, most=0)
    if found.method != "exact" or groups.count is None:
        raise RuntimeError(f"{path.name}: {found.method}, {groups.count_method}")
    return found.probability, groups.count


def scram(path: Path, *, counted: bool, seconds: float = SECONDS) -> Told:
    """
    Ask SCRAM for the exact probability of a tree, and if it is ``counted`` for its minimal cut sets of any size.

    Without the cut sets it is asked for those of one event at most, which costs it next to nothing and leaves the
    probability exact. Units: seconds.
    """
    order = _ANY_ORDER if counted else 1
    command = ["scram", "--bdd", "--probability", "1", "-l", str(order), "--no-indent", "-o", "/dev/stdout", str(path)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=_limit_memory
    ) as process:
        clock = threading.Timer(seconds, process.kill)
        clock.start()
        head = b""
        assert process.stdout is not None
        while _RESULT.search(head) is None and (piece := process.stdout.read1(65_536)):
            head += piece
        taken = time.perf_counter() - began
        clock.cancel()
        process.kill()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = _RESULT.search(head)
    said = dict(_ATTRIBUTE.findall(found[1])) if found else {}
    probability = float(said[b"probability"]) if b"probability" in said else None
    count = int(said[b"products"]) if counted and b"products" in said else None
    return Told(probability, count, taken, processor, _seconds(_PRODUCTS, head), _seconds(_PROBABILITY, head))


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _seconds(pattern: re.Pattern[bytes], head: bytes) -> float | None:
    found = pattern.search(head)
    return float(found[1]) if found else None


def alike(one: float, six_digits: float) -> bool:
    """Tell whether a figure is, rounded to six digits, one that has no more; half a unit of the last is allowed for."""
    unit = 10 ** (floor(log10(six_digits)) - 5)
    return abs(one - six_digits) <= 0.51 * unit


def row(name: str, path: Path, expected: dict[str, float], seconds: float) -> tuple[str, dict[str, float], bool, bool]:
    """Return the line of one tree, the seconds of each answer, whether all is right, and whether SCRAM counted."""
    alone, whole = (scram(path, counted=counted, seconds=seconds) for counted in (False, True))
    began = time.perf_counter()
    found = ours(path)
    taken = time.perf_counter() - began
    wrong = [
        what
        for what, is_right in (
            ("SCRAM's probability", alone.probability is None or alike(alone.probability, expected["probability"])),
            ("SCRAM's count", whole.count is None or whole.count == expected["minimal_cut_sets"]),
            ("our probability", alike(found[0], expected["probability"])),
            ("our count", found[1] == expected["minimal_cut_sets"]),
        )
        if not is_right
    ]
    mine = f"{found[0]:.6g}, {found[1]:,} | {taken:.3f} |"
    count = f"{whole.count:,}" if whole.count is not None else "did not"
    line = (
        f"| {name} | {expected['probability']:.6g} | {expected['minimal_cut_sets']:,} | "
        f"{alone.probability if alone.probability is not None else 'did not'} | {alone.seconds:.3f}{_inside(alone)} | "
        f"{count} | {whole.seconds:.3f}{_inside(whole)} | {mine} {'WRONG: ' + ', '.join(wrong) if wrong else 'right'} |"
    )
    return (
        line,
        {"probability": alone.seconds, "cut sets": whole.seconds, "ours": taken},
        not wrong,
        whole.count is not None,
    )


def _inside(told: Told) -> str:
    return "" if told.products is None else f" (analysis {told.products + (told.figure or 0):.4f})"


def main() -> None:
    """Print a line for each tree, and the sums."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    data = Path(os.environ.get("FORESHOCK_TEST_DATA", beside)) / "aralia"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else data
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    if shutil.which("scram") is None or not (folder / "expected.json").is_file():
        print(f"skipped: needs scram and {folder / 'expected.json'}")
        return
    warm()
    print("| tree | probability | minimal cut sets | SCRAM's | s | SCRAM's count | s | ours | s | |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    sums: dict[str, float] = {}
    solved: dict[str, float] = {}
    trees = right = counted = 0
    for name, expected in sorted(json.loads((folder / "expected.json").read_text()).items()):
        line, taken, is_right, is_counted = row(name, folder / f"{name}.xml", expected, seconds)
        print(line, flush=True)
        trees, right, counted = trees + 1, right + is_right, counted + is_counted
        for what, each in taken.items():
            sums[what] = sums.get(what, 0.0) + each
            if is_counted:
                solved[what] = solved.get(what, 0.0) + each
        if not is_counted:
            size = f"{expected['minimal_cut_sets']:,} minimal cut sets"
            tell(
                f"{name}, which SCRAM does not count",
                size,
                f"{taken['ours']:.2f} s",
                peer=f"SCRAM not in {seconds:g} s",
            )
    print("sums: " + ", ".join(f"{what} {each:.2f} s" for what, each in sums.items()))
    tell(
        "Aralia: probability and cut sets of all trees SCRAM solves",
        f"{counted} of {trees} trees",
        f"{solved['ours']:.2f} s; {right} of {trees} right",
        peer=f"SCRAM {solved['cut sets']:.2f} s",
        ratio=f"{solved['cut sets'] / solved['ours']:.1f}",
        goal="not slower than SCRAM in total",
        kept=right == trees and solved["ours"] <= solved["cut sets"],
    )
    tell(
        "Aralia: both answers of all trees, beside SCRAM's probability alone",
        f"{trees} trees",
        f"{sums['ours']:.2f} s",
        peer=f"SCRAM {sums['probability']:.2f} s",
        ratio=f"{sums['probability'] / sums['ours']:.1f}",
    )


if __name__ == "__main__":
    main()

"""What the kernels answer, beside networkx and rustworkx in the same run: one table, at 100,000 and 1,000,000 CIs.

``python -m bench.impact [CIS ...]`` prints a row a job: our time, the peers' for the same questions, how many times
ours goes into theirs, and the goal. Every answer of a peer is compared with ours, so a faster wrong answer can not win.
A job about the whole estate is asked of the peers for a sample of it and taken times as many; such a time has a ``~``.
Times are by the clock. Each question is asked in four rounds, of ours and of the peers alike, and its least time but
the first counts, since what else a machine does can only add to it.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.peers import OnNetworkx, OnRustworkx, Peer
from bench.synthetic import Synthetic
from bench.table import tell
from impact.answers import blast_radius, criticality, what_goes_down
from impact.graph import Graph, build
from impact.graph.blast import blast_of
from impact.graph.states import states_of
from impact.kernels import warm
from impact.reliability.criticality import criticality_of, every_single_failure
from impact.reliability.scenarios import SCENARIOS, sampled

SIZES = (100_000, 1_000_000)
ANY, HUBS, SAMPLE, DRAWN = 2_000, 20, 400, 5
ROUNDS = 3
UNAVAILABILITY = 0.001
PEERS: tuple[type[Peer], ...] = (OnNetworkx, OnRustworkx)

LARGE = 1_000_000
GOALS: dict[str, dict[bool, tuple[float | None, float | None]]] = {
    # Job > above or below a million CIs > seconds at the 95th percentile, times a peer; None where none is stated.
    "blast radius with depths, hubs": {False: (0.003, 30), True: (0.010, 30)},
    "what goes down, hubs": {False: (0.001, 15), True: (None, None)},
    "what goes down, any CI": {False: (0.001, 15), True: (None, None)},
    "every single failure": {False: (0.1, None), True: (2.5, None)},
    "criticality of every CI": {False: (0.5, None), True: (15, None)},
    "10,000 scenarios": {False: (0.1, None), True: (2.5, None)},
}


class Taken(NamedTuple):
    """Seconds of each question, and what was answered."""

    seconds: list[float]
    answers: list[Any]

    @property
    def middle(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[ceil(len(self.seconds) * 0.95) - 1]


def timed(questions: Sequence[Any], answer: Callable[[Any], Any]) -> Taken:
    """Ask all questions once unmeasured, and then in rounds; the least time of each counts."""
    answers = [answer(question) for question in questions]
    least = [float("inf")] * len(answers)
    for _ in range(ROUNDS):
        for number, question in enumerate(questions):
            start = time.perf_counter()
            answer(question)
            least[number] = min(least[number], time.perf_counter() - start)
    return Taken(least, answers)


def digits(seconds: float) -> str:
    """Return milliseconds in three digits, more where they are whole."""
    return f"{seconds * 1e3:,.0f}" if seconds >= 0.1 else f"{seconds * 1e3:.3g}"


class Table:
    """Prints the rows as they come, and tells them for the table of all benchmarks."""

    def __init__(self, graph: Graph, peaks: dict[str, float]) -> None:
        self.size, self.large, self.peaks = len(graph), len(graph) >= LARGE, peaks
        heads = ("ours p50", "p95 ms", "networkx", "ratio", "rustworkx", "ratio", "goal")
        print(f"{'job':34} {'CIs':>9} " + " ".join(f"{head:>10}" for head in heads), flush=True)

    def row(self, job: str, ours: Taken, theirs: Sequence[tuple[list[float], str]] = ()) -> None:
        """Print our middle and 95th percentile, each peer's middle and the ratio of sums, and the goal."""
        line = f"{job:34} {self.size:9,} {ours.middle * 1e3:10.3f} {ours.p95 * 1e3:10.3f}"
        ratios = [sum(seconds) / sum(ours.seconds[: len(seconds)]) for seconds, _ in theirs]
        middles = [f"{mark}{digits(statistics.median(seconds))}" for seconds, mark in theirs]
        for middle, ratio in zip(middles, ratios, strict=True):
            line += f" {middle:>10} {ratio:10.1f}"
        line += " " * (22 * (2 - len(theirs)))
        goals = self.goals(job, ours, ratios)
        print(line + "".join(f"  {goal}: {'met' if kept else 'MISSED'}" for goal, kept in goals), flush=True)
        tell(
            job,
            f"{self.size:,} CIs",
            f"p50 {digits(ours.middle)} ms, p95 {digits(ours.p95)}",
            peer="; ".join(f"{kind.name} {middle} ms" for kind, middle in zip(PEERS, middles, strict=False)),
            ratio="; ".join(f"{ratio:,.1f}" for ratio in ratios),
            goal="; ".join(goal for goal, _ in goals),
            kept="; ".join("yes" if kept else "NO" for _, kept in goals),
            memory_mb=self.peaks.get(job),
        )

    def goals(self, job: str, ours: Taken, ratios: Sequence[float]) -> list[tuple[str, bool]]:
        """Return each goal of a job in words, and whether it is kept."""
        most, least = GOALS.get(job, {}).get(self.large, (None, None))
        found = [] if most is None else [(f"p95 {most * 1e3:g} ms", ours.p95 <= most)]
        if least is not None and ratios:
            found.append((f"{least:g} x networkx", ratios[0] >= least))
        return found


def hubs_of(graph: Graph, count: int) -> list[int]:
    """Return the CIs of the widest blast among those with the most direct dependents."""
    direct = graph.effect_starts[1:] - graph.effect_starts[:-1]
    likely = np.argsort(-direct, kind="stable")[: 20 * count].tolist()
    return sorted(likely, key=lambda ci: (-len(blast_of(graph, [ci]).cis), ci))[:count]


def walks(graph: Graph, peers: Sequence[Peer], table: Table) -> None:
    """Measure blast radius and states of hubs and of any CIs, and compare every answer."""
    draw = random.Random(1)
    for who, asked in (("hubs", hubs_of(graph, HUBS)), ("any CI", [draw.randrange(len(graph)) for _ in range(ANY)])):
        some = asked[:SAMPLE]
        ours, theirs = timed(asked, lambda ci: blast_of(graph, [ci])), []
        for peer in peers:
            found = timed(some, peer.blast_radius)
            for blast, rings in zip(ours.answers, found.answers, strict=False):
                assert blast.rings() == [sorted(ring) for ring in rings], peer.name
            theirs.append((found.seconds, ""))
        table.row(f"blast radius with depths, {who}", ours, theirs)
        ours, theirs = timed(asked, lambda ci: states_of(graph, [ci])), []
        for peer in peers:
            found = timed(some, lambda ci, peer=peer: peer.states([ci]))
            for states, (down, degraded) in zip(ours.answers, found.answers, strict=False):
                assert (set(states.down), set(states.degraded)) == (down, degraded), peer.name
            theirs.append((found.seconds, ""))
        table.row(f"what goes down, {who}", ours, theirs)
        table.row(f"blast radius in ids, {who}", timed(asked[:100], lambda ci: blast_radius(graph, [graph.ids[ci]])))
        table.row(f"whole answer, {who}", timed(asked[:10], lambda ci: what_goes_down(graph, [graph.ids[ci]])))


def whole(graph: Graph, peers: Sequence[Peer], table: Table) -> None:
    """Measure what is asked of every CI at once, and scenarios; a peer is asked for some and taken times as many."""
    some = range(0, len(graph), max(1, len(graph) // SAMPLE))
    ours, theirs = timed(range(3), lambda _: every_single_failure(graph)), []
    found = ours.answers[0]
    for peer in peers:
        each = timed(some, lambda ci, peer=peer: peer.states([ci]))
        for ci, (down, degraded) in zip(some, each.answers, strict=True):
            assert (found.cis_down[ci], found.cis_degraded[ci]) == (len(down), len(degraded)), peer.name
        theirs.append(([sum(each.seconds) / len(some) * len(graph)], "~"))
    table.row("every single failure", ours, theirs)
    table.row("criticality of every CI", timed(range(3), lambda _: criticality_of(graph)), theirs)
    table.row("criticality of every CI, in ids", timed(range(1), lambda _: criticality(graph)))
    chances = np.full(len(graph), UNAVAILABILITY)
    ours, theirs = timed(range(3), lambda _: sampled(graph, chances, seed=1)), []
    draw = random.Random(2)
    failures = [
        [ci for ci in range(len(graph)) if draw.random() < UNAVAILABILITY] for _ in range(DRAWN)
    ]  # The draws of a peer cost it nothing here.
    for peer in peers:
        each = timed(failures, peer.states)
        theirs.append(([sum(each.seconds) / DRAWN * SCENARIOS], "~"))
    table.row("10,000 scenarios", ours, theirs)


def peak_mb() -> float:
    """Return the most memory this process has had since it was last forgotten."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def forget_peak() -> None:
    """Count the peak from now on, where the system can."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5", encoding="ascii")


def measure(size: int) -> None:
    """Build an estate, load the peers, and print the table."""
    start = time.perf_counter()
    graph = build(revision=1, **Synthetic(size).rows())
    taken = time.perf_counter() - start
    print(
        f"\n{len(graph):,} CIs, {len(graph.targets):,} relations, {len(graph.owners):,} groups: built in "
        f"{taken:.1f} s, {graph.array_bytes() / 1e6:.0f} MB beside the ids, "
        f"peak {peak_mb():,.0f} MB while building"
    )
    peaks = memory(graph)
    peers: list[Peer] = []
    for kind in PEERS:
        start = time.perf_counter()
        peers.append(kind(graph))
        print(f"{kind.name} loaded in {time.perf_counter() - start:.1f} s", flush=True)
    table = Table(graph, peaks)
    walks(graph, peers, table)
    whole(graph, peers, table)


def memory(graph: Graph) -> dict[str, float]:
    """Print and return the megabytes that each job takes at most beyond the graph, before any peer is loaded."""
    hub = hubs_of(graph, 1)
    chances = np.full(len(graph), UNAVAILABILITY)
    jobs: dict[str, Callable[[], object]] = {
        "blast radius with depths, hubs": lambda: blast_of(graph, hub),
        "what goes down, hubs": lambda: states_of(graph, hub),
        "every single failure": lambda: every_single_failure(graph),
        "criticality of every CI": lambda: criticality_of(graph),
        "10,000 scenarios": lambda: sampled(graph, chances, seed=1),
    }
    forget_peak()
    base, peaks = peak_mb(), dict[str, float]()
    for job, ask in jobs.items():
        forget_peak()
        before = peak_mb()
        ask()
        peaks[job] = peak_mb() - before
    told = "; ".join(f"{job} {peak:,.0f}" for job, peak in peaks.items())
    print(f"peak memory, MB: before {base:,.0f}; beyond it {told}", flush=True)
    return peaks


def main() -> None:
    """Measure the sizes given, or both of the goals."""
    start = time.perf_counter()
    warm()
    print(f"kernels ready in {time.perf_counter() - start:.2f} s")
    for size in [int(word) for word in sys.argv[1:]] or SIZES:
        measure(size)


if __name__ == "__main__":
    main()

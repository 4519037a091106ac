"""What goes down and the blast radius at 100,000 CIs, beside the same rules on networkx in the same process.

``python -m bench.impact [CIS] [QUESTIONS]`` prints a line a job: the times of both, and the ratio, which is what holds
from one machine to the next. Every answer of networkx is compared with ours, so a faster wrong answer can not win.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import networkx as nx

from bench.synthetic import Synthetic
from impact.answers import what_goes_down
from impact.graph import Graph, build, to_networkx
from impact.graph.blast import blast_rings
from impact.graph.states import states_of

CIS, QUESTIONS, HUBS = 100_000, 200, 12


class OnNetworkx:
    """The rules of impact on a networkx multigraph: a worklist, and a dictionary of losses for the groups touched."""

    def __init__(self, graph: Graph) -> None:
        self.network = to_networkx(graph)
        self.sizes: dict[tuple[str, str], int] = {}
        self.needs: dict[tuple[str, str], int] = {}
        for group, owner in enumerate(graph.owners.tolist()):
            key = (graph.ids[owner], graph.group_names[graph.group_name_codes[group]])
            self.sizes[key], self.needs[key] = len(graph.members(group)), int(graph.needs[group])
        followed = nx.DiGraph()
        followed.add_nodes_from(self.network)
        followed.add_edges_from(
            (target, source)
            for source, target, facts in self.network.edges(data=True)
            if self._strength(source, facts) != "none"
        )
        self.dependents = followed

    def _strength(self, source: str, facts: dict[str, Any]) -> str:
        group = facts["group"]
        strength: str = facts["strength"] if group is None else self.network.nodes[source]["groups"][group]["strength"]
        return strength

    def states(self, failed: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return who is down and who is degraded."""
        down = set(failed)
        lost: dict[tuple[str, str], set[str]] = {}
        hurt = self._spread(sorted(down), down, lost, soft=True)
        degraded = hurt - down
        self._spread(sorted(degraded), degraded, lost, soft=False, outside=down)
        return down, degraded

    def _spread(
        self,
        work: list[str],
        reached: set[str],
        lost: dict[tuple[str, str], set[str]],
        *,
        soft: bool,
        outside: Iterable[str] = (),
    ) -> set[str]:
        hurt: set[str] = set()
        outside = set(outside)
        for ci in work:
            for source, _, facts in self.network.in_edges(ci, data=True):
                group, strength = facts["group"], self._strength(source, facts)
                if strength == "none" or (strength == "soft" and not soft):
                    continue
                if group is not None:
                    members = lost.setdefault((source, group), set())
                    members.add(ci)
                    if self.sizes[source, group] - len(members) >= self.needs[source, group]:
                        continue
                if strength == "soft":
                    hurt.add(source)
                elif source not in reached and source not in outside:
                    reached.add(source)
                    work.append(source)
        return hurt

    def blast_radius(self, root: str) -> dict[str, int]:
        """Return the depth of every CI that depends on ``root``."""
        return dict(nx.single_source_shortest_path_length(self.dependents, root))


def timed(questions: list[Any], answer: Callable[[Any], Any]) -> tuple[list[float], list[Any]]:
    """Return the seconds of each answer, and the answers; each question is asked once before, unmeasured."""
    seconds, answers = [], []
    for question in questions:
        answer(question)
        start = time.perf_counter()
        found = answer(question)
        seconds.append(time.perf_counter() - start)
        answers.append(found)
    return seconds, answers


def report(job: str, ours: list[float], theirs: list[float] | None = None) -> None:
    """Print the middle, the 95th percentile and the sum of both, and theirs divided by ours."""
    line = f"{job:44}"
    for name, seconds in (("foreshock", ours), ("networkx", theirs)):
        if seconds is not None:
            ordered = sorted(seconds)
            p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
            line += f"  {name} p50 {p50 * 1e3:8.3f} p95 {p95 * 1e3:8.2f} ms"
    if theirs is not None:
        ratios = sorted(their / our for our, their in zip(ours, theirs, strict=True))
        line += f"  ratio: median {ratios[len(ratios) // 2]:5.1f}, of sums {sum(theirs) / sum(ours):5.1f}"
    print(line, flush=True)


def busiest(graph: Graph, count: int) -> list[int]:
    """Return the CIs of the widest blast among those with the most direct dependents."""
    sizes = graph.effect_starts[1:] - graph.effect_starts[:-1]
    likely = sorted(range(len(graph)), key=lambda ci: (-int(sizes[ci]), ci))[: 20 * count]
    return sorted(likely, key=lambda ci: (-sum(map(len, blast_rings(graph, [ci]))), ci))[:count]


def compare(name: str, graph: Graph, peer: OnNetworkx, questions: list[int]) -> None:
    """Measure states and blast radius of single failures on both, and check that the answers are the same."""
    ids = [graph.ids[ci] for ci in questions]
    ours, states = timed(questions, lambda ci: states_of(graph, [ci]))
    theirs, peer_states = timed(ids, lambda ci: peer.states([ci]))
    for found, (down, degraded) in zip(states, peer_states, strict=True):
        assert set(graph.ids_of(found.down)) == down
        assert set(graph.ids_of(found.degraded)) == degraded
    report(f"what goes down, {name}", ours, theirs)
    ours, reached = timed(questions, lambda ci: blast_rings(graph, [ci]))
    theirs, depths = timed(ids, peer.blast_radius)
    for rings, depth in zip(reached, depths, strict=True):
        assert {graph.ids[ci]: far for far, ring in enumerate(rings) for ci in ring} == depth
    report(f"blast radius with depths, {name}", ours, theirs)
    seconds, _ = timed(ids, lambda ci: what_goes_down(graph, [ci]))
    report(f"the whole answer with outcomes, {name}", seconds)


def main() -> None:
    """Build the estate on both sides and print the comparison."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else CIS
    asked = int(sys.argv[2]) if len(sys.argv) > 2 else QUESTIONS
    start = time.perf_counter()
    rows = {name: list(batches) for name, batches in Synthetic(size).rows().items()}
    drawn = time.perf_counter()
    graph = build(revision=1, **rows)
    loaded = time.perf_counter()
    per_relation = graph.array_bytes() / len(graph.targets)
    print(
        f"{len(graph)} CIs, {len(graph.targets)} relations, {len(graph.owners)} groups: "
        f"drawn in {drawn - start:.1f} s, "
        f"loaded in {loaded - drawn:.2f} s, {graph.array_bytes() / 1e6:.1f} MB beside the ids "
        f"({per_relation:.0f} bytes a relation in all)"
    )
    del rows
    peer = OnNetworkx(graph)
    print(f"networkx loaded in {time.perf_counter() - loaded:.1f} s")
    draw = random.Random(1)
    compare("any CI", graph, peer, [draw.randrange(len(graph)) for _ in range(asked)])
    compare("the widest hubs", graph, peer, busiest(graph, HUBS))


if __name__ == "__main__":
    main()

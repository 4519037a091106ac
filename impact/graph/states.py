"""Down, degraded, up: the least fixpoint of what a set of failed CIs does, by counting losses at each group.

A worklist visits every CI that goes down once and every effect of its loss once; a group counts its lost members and
fails when the count reaches its ``falls_at``. Nothing is recursive and nothing as large as the estate is allocated, so
a question costs what it touches: O(effects of the CIs that go down or degrade). Source: Dowling and Gallier,
Linear-time algorithms for testing the satisfiability of propositional Horn formulae, 1984, with thresholds for its
counters.

Wide questions are answered by the compiled twin, :func:`impact.kernels.walks.states_walk`, with the same states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from impact.graph.numbers import Counts, Numbers
from impact.graph.structure import ALONE_HARD, ALONE_SOFT, GROUP_HARD, GROUP_SOFT, Graph
from impact.kernels.asking import walked_states
from impact.kernels.patience import Patience, TooWide


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """
    The states of all CIs with ``failed`` failed; whoever is neither down nor degraded is up. All are CI numbers.

    ``down`` holds the failed ones too. ``lost`` counts for each touched group its members that are down,
    ``lost_or_degraded`` those of hard groups that are down or degraded (where it differs from ``lost``).
    """

    failed: tuple[int, ...]
    down: AbstractSet[int]
    degraded: AbstractSet[int]
    lost: Mapping[int, int]
    lost_or_degraded: Mapping[int, int]


@dataclass(slots=True)
class Spread:
    """
    A fixpoint that can be extended and taken back: who is down, and how many members each group lost by that.

    ``soft_hits`` are the CIs that a soft relation or a failed soft group touched; some of them may be down.
    """

    down: set[int]
    lost: dict[int, int]
    soft_hits: list[int]


@dataclass(frozen=True, slots=True)
class Step:
    """What one extension of a spread added: the CIs that went down, and each group once for every member it lost."""

    fell: list[int]
    touched: list[int]


def at_rest(graph: Graph) -> Spread:
    """Return the spread with nothing failed: empty but for groups that need more members than they have."""
    spread = Spread(down=set(), lost={}, soft_hits=list(graph.ailing))
    extend(graph, spread, graph.failing)
    return spread


def extend(graph: Graph, spread: Spread, failed: Iterable[int], patience: Patience | None = None) -> Step:
    """
    Fail ``failed`` on top of ``spread`` and bring it to its least fixpoint; return what that added.

    With ``patience`` it raises TooWide when that is at an end, and ``spread`` is of no more use.
    """
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners = graph.falls_at.data, graph.owners.data
    down, lost, soft_hits = spread.down, spread.lost, spread.soft_hits
    fell = sorted(set(failed) - down)
    touched: list[int] = []
    down.update(fell)
    for ci in fell:  # The list grows while it is walked: it is the worklist.
        caused = effects[starts[ci] : starts[ci + 1]].tolist()
        if patience is not None:
            patience.spend(len(caused))
        for effect in caused:
            kind, subject = effect & 3, effect >> 2
            if kind == ALONE_HARD:
                if subject not in down:
                    down.add(subject)
                    fell.append(subject)
            elif kind == ALONE_SOFT:
                soft_hits.append(subject)
            else:
                lost[subject] = count = lost.get(subject, 0) + 1
                touched.append(subject)
                if count == falls_at[subject]:
                    owner = owners[subject]
                    if kind == GROUP_SOFT:
                        soft_hits.append(owner)
                    elif owner not in down:
                        down.add(owner)
                        fell.append(owner)
    return Step(fell, touched)


def take_back(spread: Spread, step: Step) -> None:
    """Undo the last extension of ``spread``; its soft hits stay, so trials must not be asked for degraded CIs."""
    spread.down.difference_update(step.fell)
    lost = spread.lost
    for group in step.touched:
        if lost[group] == 1:
            del lost[group]
        else:
            lost[group] -= 1


def states_of(graph: Graph, failed: Iterable[int]) -> States:
    """Return the states of the estate with the CI numbers ``failed`` failed."""
    ordered = tuple(sorted(set(failed)))
    try:
        return plain_states(graph, ordered, Patience())
    except TooWide:
        return kernel_states(graph, ordered)


def plain_states(graph: Graph, failed: tuple[int, ...], patience: Patience) -> States:
    """Return the states by plain Python; ``failed`` is ascending. Raises TooWide."""
    spread = Spread(down=set(), lost={}, soft_hits=list(graph.ailing))
    extend(graph, spread, {*failed, *graph.failing}, patience)
    degraded, lost_or_degraded = _degraded(graph, spread, patience) if spread.soft_hits else (set(), {})
    patience.settle()
    return States(
        failed=failed, down=spread.down, degraded=degraded, lost=spread.lost, lost_or_degraded=lost_or_degraded
    )


def kernel_states(graph: Graph, failed: tuple[int, ...]) -> States:
    """Return the states by a kernel; ``failed`` is ascending."""
    found = walked_states(graph, failed)
    return States(
        failed=failed,
        down=Numbers(found.down),
        degraded=Numbers(found.degraded),
        lost=Counts(found.groups, found.lost),
        lost_or_degraded=Counts(found.bruised, found.lost_or_degraded),
    )


def _degraded(graph: Graph, spread: Spread, patience: Patience) -> tuple[set[int], dict[int, int]]:
    """Return the CIs that are degraded once the down ones are known, and the hard groups' counts that this changed."""
    starts, effects = graph.effect_starts.data, graph.effects.data
    falls_at, owners = graph.falls_at.data, graph.owners.data
    down, lost = spread.down, spread.lost
    degraded = set(spread.soft_hits) - down
    counts: dict[int, int] = {}
    work = sorted(degraded)
    for ci in work:
        caused = effects[starts[ci] : starts[ci + 1]].tolist()
        patience.spend(len(caused))
        for effect in caused:
            kind, subject = effect & 3, effect >> 2
            if kind == GROUP_HARD:
                counts[subject] = count = counts.get(subject, lost.get(subject, 0)) + 1
                if count != falls_at[subject]:
                    continue
                subject = owners[subject]
            elif kind != ALONE_HARD:
                continue
            if subject not in down and subject not in degraded:
                degraded.add(subject)
                work.append(subject)
    return degraded, counts

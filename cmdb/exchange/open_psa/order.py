"""The order of things that use one another, what is used before what uses it; cycles are found and named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmdb.exchange.open_psa.faults import IN_A_CYCLE


def in_order(roots: Iterable[str], uses: Mapping[str, Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """
    Return what the roots use, directly or not, and they themselves: the used before the user; and the cycles among it.

    Each cycle begins and ends with the same; of cycles that share a member only one is told.

    Cost: O(n + m), without recursion, whatever the depth.
    """
    order: list[str] = []
    cycles: list[list[str]] = []
    ringed: set[str] = set()
    done: set[str] = set()
    path: dict[str, int] = {}
    for root in roots:
        if root in done:
            continue
        path[root] = 0
        trail = [(root, iter(uses.get(root, ())))]
        while trail:
            name, rest = trail[-1]
            used = next(rest, None)
            if used is None:
                trail.pop()
                del path[name]
                done.add(name)
                order.append(name)
            elif used in path:
                cycle = [each for each, _ in trail[path[used] :]]
                if ringed.isdisjoint(cycle):
                    ringed.update(cycle)
                    cycles.append([*cycle, used])
            elif used not in done:
                path[used] = len(trail)
                trail.append((used, iter(uses.get(used, ()))))
    return order, cycles


def shown_cycle(cycle: Sequence[str]) -> str:
    """Return a cycle as people read it; of a long one, its beginning and its end."""
    if len(cycle) > IN_A_CYCLE + 1:
        left = len(cycle) - IN_A_CYCLE
        return " > ".join([*cycle[: IN_A_CYCLE - 1], f"({left} more)", cycle[-1]])
    return " > ".join(cycle)

"""Strongly connected rings of anything that rests on something, without recursion.

Source: Tarjan, Depth-first search and linear graph algorithms, 1972, with a stack of its own in place of recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def rings(start: int, below: Callable[[int], Iterable[int]]) -> Iterator[list[int]]:
    """Yield what ``start`` reaches in strongly connected rings, ascending within each, each after all it rests on."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    waiting: list[int] = []
    waits_at: dict[int, int] = {}
    on_path: set[int] = set()
    stack: list[tuple[int, Iterator[int]]] = []

    def enter(node: int) -> None:
        number[node] = lowest[node] = len(number)
        waits_at[node] = len(waiting)
        waiting.append(node)
        on_path.add(node)
        stack.append((node, iter(below(node))))

    enter(start)
    while stack:
        node, belows = stack[-1]
        for child in belows:
            if child not in number:
                enter(child)
                break
            if child in on_path:
                lowest[node] = min(lowest[node], number[child])
        else:
            stack.pop()
            if stack:
                above = stack[-1][0]
                lowest[above] = min(lowest[above], lowest[node])
            if lowest[node] == number[node]:
                ring = waiting[waits_at[node] :]
                del waiting[-len(ring) :]
                on_path.difference_update(ring)
                yield sorted(ring)

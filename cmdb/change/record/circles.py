"""Whether things that come after one another do so in a circle, and in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def circle_in(before: Mapping[str, Sequence[str]], start: str) -> tuple[str, ...]:
    """
    Return a circle through ``start`` as the ids along it, ``start`` first and last; empty if there is none.

    ``before`` maps each id to those that come before it; of several circles the one with the fewest steps, of equal
    ones the smallest ids.

    >>> circle_in({"a": ["b"], "b": ["c"], "c": ["a"]}, "a")
    ('a', 'b', 'c', 'a')
    >>> circle_in({"a": ["b"], "b": ["c"], "c": ["b"]}, "a")
    ()
    """
    came_from: dict[str, str] = {}
    work = [start]
    for here in work:
        for other in sorted(before.get(here, ())):
            if other == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if other not in came_from:
                came_from[other] = here
                work.append(other)
    return ()

"""
The risk facts: what P(fail) may be told from, a file each.

A fact sees a :class:`impact.failure.seen.Seen`, which holds nothing of what came after the start. It is told of every
change in the order of time: ``judged`` at its start, ``begun`` right after, and ``learned`` when its outcome is known,
which is after the starts of others. A new fact is a file with a class and a line in :data:`FACTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import ClassVar, Protocol

from impact.failure.facts.column import Column
from impact.failure.layer import Layer
from impact.failure.seen import Known, Seen


class Fact(Protocol):
    """
    One risk fact: the columns it gives, and what it remembers of earlier changes.

    ``of_begun`` names the attributes (dictionaries and counts) that ``begun`` writes; it writes no others.
    """

    of_begun: ClassVar[tuple[str, ...]]

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> tuple[Column, ...]: ...

    def judged(self, seen: Seen) -> tuple[Sequence[float], float]:
        """Return a value for each column (NaN: not known), and the variance of what the rates among them estimate."""
        ...

    def begun(self, seen: Seen) -> None:
        """Remember that a change started."""
        ...

    def learned(self, seen: Seen, known: Known) -> None:
        """Take in what became of a change."""
        ...


def facts(names: Sequence[str]) -> list[Fact]:
    """Return all facts, new and knowing nothing; ``names`` are those of the given facts (``fact_NAME`` columns)."""
    from impact.failure.facts import (
        activity,
        asked,
        clock,
        given,
        implementer,
        kind,
        lead,
        model,
        nesting,
        pairing,
        size,
        targets,
        team,
        window,
        words,
    )

    makers: list[Callable[[], Fact]] = [
        nesting.Nesting,
        model.Model,
        team.Team,
        implementer.Implementer,
        targets.Targets,
        pairing.Pairing,
        words.Words,
        size.Size,
        lead.Lead,
        window.Window,
        kind.Kind,
        activity.Activity,
        clock.Clock,
    ]
    found = [make() for make in makers]
    known = set(names)
    for row in asked.ASKED:
        if row.name in known:
            found.append(asked.Asked(row))
    asked_for = {row.name for row in asked.ASKED}
    found += [given.Given(name) for name in sorted(known - asked_for)]
    return found


def on_top(fact: Fact) -> Fact:
    """Return the same memory, to which changes that begin may be added; what is learned is that of the fact given."""
    if not fact.of_begun:
        return fact
    found = copy(fact)
    for name in fact.of_begun:
        memory = getattr(fact, name)
        setattr(found, name, Layer(memory) if isinstance(memory, dict) else memory.on_top())
    return found

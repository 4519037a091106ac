"""Joint conflicts: changes and incidents that stop a service together, and none of them needlessly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SmallestMove:
    """
    Move a change by ``minutes``, earlier when they are negative: its window is then ``from`` to ``to``.

    ``frees`` is "all" where the change is in no conflict at all afterwards, and "this" where no move within reach does
    that, but this one leaves it in none with the other members of this conflict.
    """

    change: str
    minutes: int
    from_: datetime = field(metadata={"json": "from"})
    to: datetime
    frees: str


@dataclass(frozen=True, slots=True)
class ConflictStretch:
    """A time in which the members stop ``services``; ``to`` is None where there is no end."""

    from_: datetime | None = field(metadata={"json": "from"})
    to: datetime | None
    services: tuple[str, ...]
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JointConflict:
    """
    ``changes``, ``incidents`` and failed CIs (``standing``) that stop ``services`` together, and none needlessly.

    ``drafts`` are those of the changes that nobody has submitted yet. ``cut`` are CIs that are out then, none of them
    needlessly. ``from`` is None where it was always so, ``to`` where there is no end; ``stretches`` tells when what is
    stopped. ``moves`` has the smallest move of each change that has not begun, if there is one.
    """

    changes: tuple[str, ...]
    incidents: tuple[str, ...]
    standing: tuple[str, ...]
    drafts: tuple[str, ...]
    services: tuple[str, ...]
    from_: datetime | None = field(metadata={"json": "from"})
    to: datetime | None
    cut: tuple[str, ...]
    stretches: tuple[ConflictStretch, ...]
    moves: tuple[SmallestMove, ...]

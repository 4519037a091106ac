"""The groups on the way of a failure and the new single points as rows: the words of every door, with a look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmdb.errors import NotFound
from cmdb.model.gate import Why
from cmdb.ports.errors import HistoryGone
from web.naming import Names
from web.wording_change import listed
from web.wording_why import alone_words, gate_words

FEW_GATES = 5


@dataclass(frozen=True, slots=True)
class GateRow:
    """One group on the way: its sentence, and the icon and class that say at a glance what it has left."""

    words: str
    css: str


@dataclass(frozen=True, slots=True)
class Point:
    """A CI that becomes a single point of failure, the services it would stop, and why it stands alone."""

    ci: str
    services: str
    why: str


def kept(ask: Callable[[], Why]) -> Why | None:
    """Return what stands behind the outcomes, None where the store no longer keeps what it was computed from."""
    try:
        return ask()
    except (HistoryGone, NotFound):
        return None


def gates_shown(why: Why | None, names: Names, *, every: bool) -> tuple[list[GateRow], int]:
    """Return the groups on the way, those that failed first, and how many are not shown."""
    if why is None:
        return [], 0
    gates = gate_words(why, names)
    shown = gates if every else gates[:FEW_GATES]
    return [GateRow(gate.words, _css(gate.spares)) for gate in shown], len(gates) - len(shown)


def points_shown(points: Sequence[tuple[str, Sequence[str]]], why: Why | None, names: Names) -> list[Point]:
    """Return the single points, each with the services it carries alone, six of them by name."""
    return [Point(ci, _services(stopped), alone_words(why, ci, names) if why else "") for ci, stopped in points]


def _services(names: Sequence[str]) -> str:
    return listed([*names[:6], f"{len(names) - 6} more"] if len(names) > 6 else names)


def _css(spares: int) -> str:
    return "down" if spares < 0 else "lost" if spares == 0 else "reduced"

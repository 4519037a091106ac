"""What is not sure in an impact answer: doubtful relations, outcomes they flip, how probable each outcome is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.outcome import Outcome
from cmdb.model.relation import Strength


@dataclass(frozen=True, slots=True)
class DoubtfulRelation:
    """
    A relation nobody is sure of, from ``source`` to ``target`` in ``group`` (None: alone).

    Parallel ones that count alike are one, with the confidence that one of them exists. ``strength`` is that of the
    relation itself, None in a group.
    """

    source: str
    target: str
    group: str | None
    confidence: float
    strength: Strength | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A service whose outcome hangs on ``relation``: ``outcome`` with it, ``without_it`` if it does not exist."""

    service: str
    relation: DoubtfulRelation
    outcome: Outcome
    without_it: Outcome


@dataclass(frozen=True, slots=True)
class CertainOutcome:
    """A service whose ``outcome`` is another one, ``certain``, when only relations of confidence 1 count."""

    service: str
    outcome: Outcome
    certain: Outcome


@dataclass(frozen=True, slots=True)
class OutcomeChances:
    """
    How probable each outcome of a service is when every doubtful relation exists independently with its confidence.

    The five add up to 1. None where a limit was reached before it was known; those that are None share what the others
    leave.
    """

    service: str
    down: float | None
    degraded: float | None
    redundancy_lost: float | None
    reduced: float | None
    unaffected: float | None


@dataclass(frozen=True, slots=True)
class Confidence:
    """
    How sure an impact answer is.

    ``differences`` are the services whose outcome is another over certain relations only; ``flips`` what single
    relations do to the outcomes; ``chances`` the services that may have more than one outcome. ``doubts`` are the
    doubtful relations that could matter, ``unexamined`` those of them that were not looked at one by one, because
    there are more than ``most``. ``limits`` names the limits that were reached, sorted.
    """

    revision: int
    failed: tuple[str, ...]
    differences: tuple[CertainOutcome, ...]
    flips: tuple[Flip, ...]
    chances: tuple[OutcomeChances, ...]
    doubts: int
    unexamined: int
    most: int
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What a doubtful relation rests on: the ``types`` of its records and the ``sources`` that gave them, sorted.

    ``revision`` last wrote one of the records, at ``recorded_at``; ``age_seconds`` is how much older that is than the
    revision the answer is of. Both are None where the history does not go back so far.
    """

    relation: DoubtfulRelation
    types: tuple[str, ...]
    sources: tuple[str, ...]
    revision: int
    recorded_at: datetime | None
    age_seconds: int | None

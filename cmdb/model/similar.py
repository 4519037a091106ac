"""Similar past changes: which there are, how alike each is part by part, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.model.change import ChangeState, ChangeType


@dataclass(frozen=True, slots=True)
class SimilarityPart:
    """
    How alike two changes are in one respect, from 0 to 1, and its weight.

    ``name`` is "classes", "services", "model" or "words". ``value`` is None where there is nothing to compare; such a
    part has no say.
    """

    name: str
    weight: float
    value: float | None


@dataclass(frozen=True, slots=True)
class SimilarChange:
    """
    A past change with its ``similarity``, from 0 to 1: the mean of the parts that have a say, by weight.

    ``outcome`` is how it went, None where nobody recorded it: then ``state`` tells how far it came. ``ended`` is when
    its window was over.
    """

    id: str
    title: str
    type: ChangeType
    state: ChangeState
    outcome: str | None
    ended: datetime
    similarity: float
    parts: tuple[SimilarityPart, ...]


@dataclass(frozen=True, slots=True)
class SimilarChanges:
    """
    The past changes most like ``change``, the most similar first, of equals by id.

    Past is a change that was submitted and whose window was over when this one's begins (without a window: when it was
    raised). ``past`` counts them, ``compared`` those that were compared: the newest, and older ones that name the same
    targets. ``alike`` counts those of them that have anything in common with the change.
    """

    change: str
    similar: tuple[SimilarChange, ...]
    past: int
    compared: int
    alike: int

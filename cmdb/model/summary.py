"""What the one-page summary of a change is made of: the records of the change, and what was found about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.called import Called
from cmdb.model.change import Change
from cmdb.model.decision import Decision
from cmdb.model.gate import Why
from cmdb.model.similar import SimilarChanges


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """One reason of a verdict: its code, its English sentence with places for the facts, and these facts."""

    code: str
    sentence: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision on the change; ``void`` tells that it counts no more, ``because`` of what (a code)."""

    decision: Decision
    void: bool
    because: str | None


@dataclass(frozen=True, slots=True)
class EntryMet:
    """
    A freeze or a peak event that the change's window meets: ``demand`` times the usual one where it is a peak event.

    ``name`` and ``demand`` are as of the assessment's revision, empty and None where that is no longer kept.
    """

    id: str
    name: str = ""
    demand: float | None = None


@dataclass(frozen=True, slots=True)
class CalendarJudged:
    """
    What the verdict was told of the calendar: the freezes and peak events met, and the teams asked for more than they
    can do. None is *not known*, an empty tuple *none there are*.
    """

    freezes: tuple[EntryMet, ...] | None
    peaks: tuple[EntryMet, ...] | None
    overruns: tuple[str, ...] | None


CIS_OF_REASONS = ("targets", "missing", "unreconciled")
"""The facts of reasons that have ids of CIs."""


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """
    All that the one-page summary of a change may show; what of it fits is judged when it is set.

    ``assessment`` is the newest, None where there is none; ``why`` is None where its estate is no longer kept, and
    ``calendar`` where no calendar was judged.
    ``could_be`` is the verdict if every service had the worst outcome that the doubt about a single relation leaves
    open, None where nothing is in doubt or nobody can tell. ``called`` is what the CIs that the page names are called,
    and what those are called that they are parts of, by id and as of the assessment's revision. ``overridden`` tells
    whether two persons have overridden the BLOCK of the assessment, and that still counts.
    """

    change: Change
    assessment: Assessment | None
    reasons: tuple[ReasonFacts, ...]
    approvals: tuple[Approval, ...]
    why: Why | None
    could_be: Verdict | None
    similar: SimilarChanges
    called: Mapping[str, Called] = field(default_factory=dict)
    calendar: CalendarJudged | None = None
    overridden: bool = False
